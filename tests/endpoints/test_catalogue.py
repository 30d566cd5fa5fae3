"""The catalogue: what administrators make, change and delete of the roles that there are."""

from datetime import UTC, datetime, timedelta

import pytest

from models import User, db
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, make_role, make_user, sign_in

ROLES = "/api/admin/roles"
USERS = "/api/admin/users"
REVIEWER = {
    "name": "reviewer",
    "description": "Reads before it is printed",
    "is_default": False,
    "requires_factor": False,
}


def test_a_role_that_is_made_can_be_seen_and_given(ask, as_user):
    ada = as_user("ada")
    made = ask("POST", ROLES, REVIEWER)

    assert (made.status_code, made.json) == (201, REVIEWER | {"is_protected": False})
    assert ask("GET", f"{ROLES}/reviewer").json == made.json
    assert made.json in ask("GET", ROLES).json["roles"]
    assert ask("PUT", f"{USERS}/{ada.id}/roles/reviewer").json["roles"] == ["reviewer", "user"]


def test_a_role_that_is_only_named_has_no_description_and_goes_to_nobody(ask):
    assert ask("POST", ROLES, {"name": "reviewer"}).json == {
        "name": "reviewer",
        "description": "",
        "is_default": False,
        "is_protected": False,
        "requires_factor": False,
    }


@pytest.mark.parametrize("name", ["reviewer", "admin", "user"])
def test_a_role_that_there_is_already_is_not_made_again(ask, name):
    ask("POST", ROLES, REVIEWER)
    before = ask("GET", ROLES).json

    assert_refused(ask("POST", ROLES, {"name": name, "description": "another"}), 409, "role_exists")
    assert ask("GET", ROLES).json == before


@pytest.mark.parametrize("name", ["a", "a" * 64, "a9", "a-b_c", "a-", "a_"])
def test_a_name_that_a_role_can_have_is_taken(ask, name):
    assert ask("POST", ROLES, {"name": name}).json["name"] == name
    assert ask("GET", f"{ROLES}/{name}").status_code == 200


NO_NAMES = {
    "empty": "",
    "upper case": "Editor",
    "comma": "editor,admin",
    "blank": "editor admin",
    "blank at the end": "editor ",
    "new line at the end": "editor\n",
    "look-alike": "еditor",
    "full width": "ｅditor",
    "umlaut": "rédacteur",
    "digit first": "1st-editor",
    "underscore first": "_editor",
    "hyphen first": "-editor",
    "dot": "editor.chief",
    "slash": "editor/chief",
    "65 characters": "a" * 65,
    "NUL": "editor\0",
    "half a character": "editor\ud800",
}


@pytest.mark.parametrize("name", NO_NAMES.values(), ids=NO_NAMES)
def test_a_name_that_no_role_can_have_is_refused(ask, name):
    before = ask("GET", ROLES).json
    told = assert_refused(ask("POST", ROLES, {"name": name}), 422, "validation_error")

    assert list(told["fields"]) == ["name"]
    assert ask("GET", ROLES).json == before


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [
        ("POST", {}, "name"),
        ("POST", {"name": None}, "name"),
        ("POST", {"name": "editor", "description": "x" * 256}, "description"),
        ("POST", {"name": "editor", "description": "a\0"}, "description"),
        ("POST", {"name": "editor", "is_default": "yes"}, "is_default"),
        ("POST", {"name": "editor", "is_protected": True}, "is_protected"),
        ("POST", {"name": "editor", "reason": "x" * 501}, "reason"),
        ("PATCH", {}, "body"),
        ("PATCH", {"reason": "no change"}, "body"),
        ("PATCH", {"description": None}, "description"),
        ("PATCH", {"is_default": None}, "is_default"),
        ("PATCH", {"name": "critic"}, "name"),
        ("PATCH", {"description": "x" * 256}, "description"),
    ],
)
def test_what_cannot_be_said_of_a_role_is_refused(ask, method, body, field):
    ask("POST", ROLES, REVIEWER)
    before = ask("GET", ROLES).json
    response = ask(method, ROLES if method == "POST" else f"{ROLES}/reviewer", body)

    assert list(assert_refused(response, 422, "validation_error")["fields"]) == [field]
    assert ask("GET", ROLES).json == before


@pytest.mark.parametrize(
    "change", [{"description": "Reads it twice"}, {"is_default": True}, {"requires_factor": True}, {"description": ""}]
)
def test_what_is_said_of_a_role_is_changed_and_the_rest_stays(ask, change):
    ask("POST", ROLES, REVIEWER)
    edited = ask("PATCH", f"{ROLES}/reviewer", change)

    assert (edited.status_code, edited.json) == (200, REVIEWER | {"is_protected": False} | change)
    assert ask("GET", f"{ROLES}/reviewer").json == edited.json


def test_who_holds_a_role_keeps_it_when_it_is_edited(app, client, ask, as_user):
    with app.app_context():
        make_role("reviewer")
    ada = as_user("ada", roles="reviewer")
    ask("PATCH", f"{ROLES}/reviewer", {"description": "Reads it twice", "is_default": True})

    assert roles_of(client, ada) == ["reviewer"]


def test_making_editing_and_deleting_are_on_record(ask, root):
    ask("POST", ROLES, REVIEWER | {"reason": "a new desk"})
    ask("PATCH", f"{ROLES}/reviewer", {"description": "Reads it twice", "reason": "clearer"})
    ask("PATCH", f"{ROLES}/reviewer", {"description": "Reads it twice", "reason": "once more"})
    ask("DELETE", f"{ROLES}/reviewer", {"reason": "the desk is gone"})
    twice = REVIEWER | {"description": "Reads it twice"}

    assert [
        (event["action"], event["actor_id"], event["before"], event["after"], event["reason"])
        for event in events(ask, "role.deleted") + events(ask, "role.edited") + events(ask, "role.created")
    ] == [
        ("role.deleted", root.id, twice, None, "the desk is gone"),
        ("role.edited", root.id, REVIEWER, twice, "clearer"),
        ("role.created", root.id, None, REVIEWER, "a new desk"),
    ]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "name", ["pirate", "User", "user,admin", "user%20", "user%00", "user%0a", "x" * 65, "%ff", "аdmin"]
)
def test_a_role_that_there_is_not_is_unknown(ask, method, name):
    body = {"description": "another"} if method == "PATCH" else None

    assert_refused(ask(method, f"{ROLES}/{name}", body), 404, "unknown_role")


def test_a_role_that_nobody_has_is_deleted(ask):
    ask("POST", ROLES, REVIEWER)
    deleted = ask("DELETE", f"{ROLES}/reviewer")

    assert (deleted.status_code, deleted.json["withdrawn"]) == (200, 0)
    assert_refused(ask("GET", f"{ROLES}/reviewer"), 404, "unknown_role")
    assert ask("POST", ROLES, REVIEWER).status_code == 201


@pytest.mark.parametrize(("name", "code"), [("admin", "last_admin"), ("user", "protected_role")])
@pytest.mark.parametrize("query", ["", "?withdraw=true"])
def test_a_role_that_ships_stays(client, ask, root, name, code, query):
    assert_refused(ask("DELETE", f"{ROLES}/{name}{query}"), 409, code)
    assert roles_of(client, root) == ["admin", "user"]
    assert ask("GET", f"{ROLES}/{name}").status_code == 200


@pytest.mark.parametrize(("name", "is_default"), [("admin", False), ("user", True)])
def test_who_gets_a_role_that_ships_is_not_open_to_change(ask, name, is_default):
    refused = ask("PATCH", f"{ROLES}/{name}", {"is_default": not is_default})

    assert_refused(refused, 409, "protected_role")
    assert ask("PATCH", f"{ROLES}/{name}", {"is_default": is_default}).json["is_default"] is is_default


def test_what_a_role_that_ships_says_may_be_changed(ask):
    shipped = ask("GET", f"{ROLES}/user").json["description"]
    changed = ask("PATCH", f"{ROLES}/user", {"description": "Everyone"})
    back = ask("PATCH", f"{ROLES}/user", {"description": shipped})

    assert (changed.json["description"], back.json["description"]) == ("Everyone", shipped)


HOLDINGS = {
    "for good": {},
    "now, for a while": {"expires_at": 60},
    "later, for a while": {"starts_at": 30, "expires_at": 60},
    "later, for good": {"starts_at": 30},
}


@pytest.mark.parametrize("holding", HOLDINGS.values(), ids=HOLDINGS)
def test_a_role_in_use_is_not_deleted(clock, ask, ada, holding):
    ask("PUT", f"{USERS}/{ada}/roles/reviewer", window(holding))
    refused = ask("DELETE", f"{ROLES}/reviewer")

    assert (refused.status_code, refused.json["error"], refused.json["holders"]) == (409, "role_in_use", 1)
    assert ask("GET", f"{ROLES}/reviewer").status_code == 200


def test_a_loan_that_has_ended_is_no_use(clock, ask, ada):
    ask("PUT", f"{USERS}/{ada}/roles/reviewer", window({"expires_at": 60}))
    clock.shift(60)
    deleted = ask("DELETE", f"{ROLES}/reviewer")

    assert (deleted.status_code, deleted.json["withdrawn"]) == (200, 0)
    assert_refused(ask("GET", f"{ROLES}/reviewer"), 404, "unknown_role")


@pytest.mark.parametrize("holding", HOLDINGS.values(), ids=HOLDINGS)
def test_a_role_that_is_deleted_for_all_is_gone_at_the_next_request(clock, client, ask, ada, holding):
    ask("PUT", f"{USERS}/{ada}/roles/reviewer", window(holding))
    person = sign_in(client, "ada")
    deleted = ask("DELETE", f"{ROLES}/reviewer?withdraw=true", {"reason": "the desk is gone"})

    assert (deleted.status_code, deleted.json["withdrawn"]) == (200, 1)
    assert roles_of(client, person) == ["user"]
    assert ask("GET", f"{USERS}/{ada}").json["grants"] == []
    (event,) = events(ask, "role.withdrawn")
    assert (event["subject_id"], event["reason"], event["after"]) == (ada, "the desk is gone", ["user"])


def test_a_role_made_anew_under_an_old_name_is_held_by_nobody(clock, ask, ada):
    ask("PUT", f"{USERS}/{ada}/roles/reviewer", window({"expires_at": 60}))
    ask("DELETE", f"{ROLES}/reviewer?withdraw=true")
    ask("POST", ROLES, REVIEWER)

    assert ask("GET", f"{ROLES}/reviewer/users").json["users"] == []


def test_however_many_have_a_deleted_role_each_loses_it_on_record(app, ask):
    with app.app_context():
        make_role("reviewer")
        db.session.execute(db.insert(User), [row(number) for number in range(1001)])
        db.session.commit()

    assert ask("DELETE", f"{ROLES}/reviewer").json["holders"] == 1001
    assert ask("DELETE", f"{ROLES}/reviewer?withdraw=true").json["withdrawn"] == 1001
    with app.app_context():
        assert set(db.session.scalars(db.select(User.roles))) == {"user", "admin,user"}
    assert len(events(ask, "role.withdrawn")) == 1001


DOORS = {
    "registration": lambda ask: ask("POST", "/api/registration", {"username": "eve", "password": PASSWORD}),
    "an administrator": lambda ask: ask("POST", USERS, {"username": "eve", "password": PASSWORD}),
    "the console": lambda ask: ask.console("users", "create", "eve", "--password-stdin"),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize(
    ("last", "roles"),
    [
        (("PATCH", {"is_default": True}), ["reviewer", "user"]),
        (("PATCH", {"is_default": False}), ["user"]),
        (("DELETE", None), ["user"]),
    ],
    ids=["made default", "default no more", "deleted"],
)
def test_new_accounts_get_the_roles_that_are_default_then(client, ask, door, last, roles):
    ask("POST", ROLES, REVIEWER | {"is_default": True})
    ask(last[0], f"{ROLES}/reviewer", last[1])
    door(ask)

    assert roles_of(client, sign_in(client, "eve")) == roles


@pytest.mark.parametrize(("method", "path"), [("POST", ROLES), ("PATCH", f"{ROLES}/user"), ("DELETE", f"{ROLES}/user")])
def test_nobody_else_may_change_the_catalogue(client, as_user, method, path):
    ada = as_user(roles="user")

    assert_refused(client.open(path, method=method, data=b"not even JSON"), 401, "missing_token")
    assert_refused(client.open(path, method=method, json=REVIEWER, headers=ada.headers), 403, "missing_role")


@pytest.fixture
def root(as_user):
    return as_user("root", roles="admin,user")


@pytest.fixture
def ask(app, client, root):
    """Ask as an administrator; `ask.console` types a command, and the password."""

    def asked(method, path, body=None):
        return client.open(path, method=method, json=body, headers=root.headers)

    asked.console = lambda *words: app.test_cli_runner().invoke(args=words, input=PASSWORD)
    return asked


@pytest.fixture
def ada(app):
    """The id of someone who may get the role that there is."""
    with app.app_context():
        make_role("reviewer")
        return make_user("ada")


def window(seconds):
    """The times of a loan, this many seconds from now."""
    return {name: (datetime.now(UTC) + timedelta(seconds=wait)).isoformat() for name, wait in seconds.items()}


def events(ask, action):
    """What is on record of an action, newest first."""
    found, cursor = [], ""
    while cursor is not None:
        page = ask("GET", f"/api/admin/events?action={action}&limit=100{cursor}").json
        found += page["events"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    return found


def roles_of(client, person):
    return client.get("/api/me", headers=person.headers).json["user"]["roles"]


def row(number):
    name = f"reader{number}"
    return {"username": name, "username_key": name, "password": "!", "roles": "reviewer,user"}


def test_there_are_only_so_many_roles(ask, monkeypatch):
    monkeypatch.setattr("auth.catalogue.MOST", 3)
    first, second = (ask("POST", "/api/admin/roles", {"name": name}) for name in ("reviewer", "proofreader"))

    assert first.status_code == 201
    assert_refused(second, 409, "too_many_roles")
