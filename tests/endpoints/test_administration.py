"""Accounts, as administrators make, edit and delete them, and the set of roles that each is to hold."""

from datetime import UTC, datetime, timedelta

import pytest

from models import AuditEvent, LoginSession, RoleGrant, User, db
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, sign_in

USERS = "/api/admin/users"
EVE = {"username": "eve", "password": PASSWORD}
EDITS = {
    "username": {"username": "bea"},
    "email": {"email": "bea@example.com"},
    "is_active": {"is_active": False},
    "all": {"username": "bea", "email": "bea@example.com", "is_active": False},
}
NO_PATCHES = {
    "nothing": ({}, "body"),
    "only a reason": ({"reason": "none"}, "body"),
    "null name": ({"username": None}, "username"),
    "null is_active": ({"is_active": None}, "is_active"),
    "number": ({"is_active": 1}, "is_active"),
    "no name": ({"username": "b e a"}, "username"),
    "empty name": ({"username": ""}, "username"),
    "no address": ({"email": "nowhere"}, "email"),
    "password": ({"is_active": True, "password": PASSWORD}, "password"),
    "roles": ({"is_active": True, "roles": ["admin"]}, "roles"),
    "version": ({"is_active": True, "version": 1}, "version"),
}


def test_a_made_account_signs_in_and_is_shown_at_once(client, ask, make):
    make("bob", "editor")
    made = ask("POST", USERS, EVE | {"email": "Eve@Example.com", "roles": ["editor"]})

    assert (made.status_code, made.headers["ETag"]) == (201, f'"{made.json["version"]}"')
    assert (made.json["username"], made.json["email"]) == ("eve", "eve@example.com")
    assert made.json["roles"] == ["editor", "user"] and made.json["is_active"] is True
    assert ask("GET", f"{USERS}/{made.json['id']}").json == made.json
    assert sign_in(client, "eve@example.com").answer["user"]["roles"] == ["editor", "user"]


def test_what_is_not_said_of_an_account_is_left_out(ask):
    made = ask("POST", USERS, EVE).json

    assert (made["email"], made["roles"], made["grants"], made["last_seen_at"]) == (None, ["user"], [], None)


def test_an_account_that_is_made_is_on_record(ask, root):
    made = ask("POST", USERS, EVE | {"email": "eve@example.com", "roles": ["admin"], "reason": "joined"}).json
    (event,) = trail(ask, made["id"])

    assert (event["action"], event["actor_id"], event["reason"]) == ("user.created", root.id, "joined")
    assert event["after"] == {"username": "eve", "roles": ["admin", "user"]}
    assert PASSWORD not in str(event)


NO_ACCOUNTS = {
    "taken name": ({"username": "ada"}, "username_taken"),
    "taken name, spelt otherwise": ({"username": "ＡＤＡ"}, "username_taken"),
    "taken address": ({"email": "ADA@example.com"}, "email_taken"),
    "unknown role": ({"roles": ["user", "pirate"]}, "unknown_role"),
    "list of roles": ({"roles": ["admin,user"]}, "unknown_role"),
    "null password": ({"password": None}, ["password"]),
    "short password": ({"password": "short"}, ["password"]),
    "no name": ({"username": "e v e"}, ["username"]),
    "no address": ({"email": "nowhere"}, ["email"]),
    "empty address": ({"email": ""}, ["email"]),
    "text for roles": ({"roles": "admin"}, ["roles"]),
    "is_active": ({"is_active": False}, ["is_active"]),
    "id": ({"id": 1}, ["id"]),
    "long reason": ({"reason": "x" * 501}, ["reason"]),
}


@pytest.mark.parametrize(("body", "code"), NO_ACCOUNTS.values(), ids=NO_ACCOUNTS)
def test_an_account_that_cannot_be_is_not_made(app, ask, make, body, code):
    make("ada", email="ada@example.com")
    before = everything(app)
    response = ask("POST", USERS, EVE | body)
    told = assert_refused(
        response, {"username_taken": 409, "email_taken": 409, "unknown_role": 404}.get(str(code), 422)
    )

    assert code == (list(told["fields"]) if told["status_code"] == 422 else told["error"])
    assert everything(app) == before


@pytest.mark.parametrize("missing", EVE)
def test_an_account_has_a_name_and_a_password(ask, missing):
    body = {name: value for name, value in EVE.items() if name != missing}

    told = assert_refused(ask("POST", USERS, body), 422, "validation_error")
    # Without a password somebody is invited, which takes an address.
    assert list(told["fields"]) == [{"password": "email"}.get(missing, missing)]


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_is_named_is_changed_and_the_rest_stays(ask, make, edit):
    address = f"{USERS}/{make('ada', email='ada@example.com')}"
    before = ask("GET", address).json
    edited = ask("PATCH", address, edit)

    assert (edited.status_code, edited.headers["ETag"]) == (200, f'"{edited.json["version"]}"')
    assert edited.json == before | edit | {"version": edited.json["version"]}
    assert edited.json["version"] > before["version"]
    assert ask("GET", address).json == edited.json


def test_a_renamed_user_stays_signed_in_and_signs_in_by_the_new_name(client, ask, as_user):
    ada = as_user("ada")
    ask("PATCH", f"{USERS}/{ada.id}", {"username": "bea", "email": "bea@example.com"})

    assert client.get("/api/me", headers=ada.headers).json["user"]["username"] == "bea"
    assert sign_in(client, "BEA").id == sign_in(client, "bea@example.com").id == ada.id
    assert_refused(client.post("/api/login", json={"username": "ada", "password": PASSWORD}), 401)


def test_each_thing_that_is_changed_is_on_record_and_addresses_are_masked(ask, make):
    ada = make("ada", email="ada@example.com")
    ask("PATCH", f"{USERS}/{ada}", EDITS["all"] | {"reason": "married"})
    ask("PATCH", f"{USERS}/{ada}", {"email": None})

    assert {(e["action"], str(e["before"]), str(e["after"]), e["reason"]) for e in trail(ask, ada)} == {
        ("user.renamed", "ada", "bea", "married"),
        ("user.email_changed", "a…@example.com", "b…@example.com", "married"),
        ("user.disabled", "True", "False", "married"),
        ("user.email_changed", "b…@example.com", "None", None),
    }


def test_an_address_is_taken_away_and_another_may_have_it(client, ask, make):
    ada = make("ada", email="ada@example.com")

    assert ask("PATCH", f"{USERS}/{ada}", {"email": None}).json["email"] is None
    assert_refused(client.post("/api/login", json={"username": "ada@example.com", "password": PASSWORD}), 401)
    assert ask("POST", USERS, EVE | {"email": "ada@example.com"}).status_code == 201


@pytest.mark.parametrize("taken", [{"username": "BOB"}, {"email": "Bob@example.com"}], ids=["name", "address"])
def test_of_a_change_that_is_refused_nothing_is_done(app, client, ask, as_user, make, taken):
    make("bob", email="bob@example.com")
    ada = as_user("ada", email="ada@example.com")
    before = everything(app)
    refused = ask("PATCH", f"{USERS}/{ada.id}", EDITS["all"] | taken)

    assert_refused(refused, 409, "username_taken" if "username" in taken else "email_taken")
    assert everything(app) == before
    assert client.get("/api/me", headers=ada.headers).json["user"]["username"] == "ada"


def test_the_last_administrator_is_not_renamed_where_they_cannot_be_disabled(app, ask, root):
    before = everything(app)

    assert_refused(ask("PATCH", f"{USERS}/{root.id}", EDITS["all"]), 409, "last_admin")
    assert everything(app) == before


@pytest.mark.parametrize(("body", "field"), NO_PATCHES.values(), ids=NO_PATCHES)
def test_a_change_of_another_form_is_refused(app, ask, make, body, field):
    address = f"{USERS}/{make('ada', email='ada@example.com')}"
    before = everything(app)

    assert list(assert_refused(ask("PATCH", address, body), 422, "validation_error")["fields"]) == [field]
    assert everything(app) == before


def test_an_empty_address_is_no_address_and_takes_none_away(ask, make):
    address = f"{USERS}/{make('ada', email='ada@example.com')}"

    assert_refused(ask("PATCH", address, {"email": ""}), 422, "validation_error")
    assert ask("GET", address).json["email"] == "ada@example.com"


CHANGES = {
    "PATCH": ("", {"username": "bea"}),
    "DELETE": ("", None),
    "PUT": ("/roles", {"roles": []}),
}


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("is_stale", [True, False], ids=["stale", "current"])
def test_whoever_decides_on_what_has_changed_meanwhile_is_refused(app, ask, make, method, is_stale):
    address = f"{USERS}/{make('ada')}"
    etag = ask("GET", address).headers["ETag"]
    if is_stale:
        ask("PATCH", address, {"email": "ada@example.com"})
    before = everything(app)
    rest, body = CHANGES[method]
    response = ask(method, address + rest, body, etag)

    assert response.status_code == (412 if is_stale else 204 if method == "DELETE" else 200)
    assert not is_stale or assert_refused(response, 412, "stale_version")["error"]
    assert (everything(app) == before) is is_stale


def test_a_deleted_user_is_out_at_once_and_leaves_the_name_and_the_address(client, ask, as_user):
    ada = as_user("ada", email="ada@example.com")
    phone = sign_in(client, "ada", refresh="token")
    deleted = ask("DELETE", f"{USERS}/{ada.id}", {"reason": "left"})

    assert (deleted.status_code, deleted.data) == (204, b"")
    assert_refused(client.get("/api/protected", headers=ada.headers), 401, "invalid_token")
    assert_refused(client.post("/api/refresh", json={"refresh_token": phone.refresh_token}), 401, "invalid_token")
    assert_refused(ask("GET", f"{USERS}/{ada.id}"), 404, "unknown_user")
    assert_refused(ask("DELETE", f"{USERS}/{ada.id}"), 404, "unknown_user")
    again = ask("POST", USERS, {"username": "ada", "email": "ada@example.com", "password": PASSWORD})
    assert (again.status_code, again.json["id"] > ada.id) == (201, True)
    assert_refused(client.get("/api/protected", headers=ada.headers), 401, "invalid_token")


def test_what_happened_to_a_deleted_user_stays_on_record(app, ask, root, make):
    ada = ask("POST", USERS, EVE | {"roles": ["admin"]}).json["id"]
    ask("DELETE", f"{USERS}/{ada}", {"reason": "left"})
    deleted, created = trail(ask, ada)

    assert (created["action"], deleted["action"]) == ("user.created", "user.deleted")
    assert (deleted["actor_id"], deleted["reason"]) == (root.id, "left")
    assert deleted["before"] == {"username": "eve", "roles": ["admin", "user"]}


def test_what_a_deleted_user_borrowed_or_held_is_gone(app, ask, make):
    ada = make("ada", "user,editor")
    ask("PUT", f"{USERS}/{ada}/roles/editor", {"expires_at": soon(60)})
    ask("DELETE", f"{USERS}/{ada}")

    assert ask("GET", "/api/admin/grants").json["grants"] == []
    assert ask("DELETE", "/api/admin/roles/editor").status_code == 200


def test_a_deletion_leaves_an_administrator(client, ask, root, as_user):
    bea = as_user("bea", roles="admin")

    assert ask("DELETE", f"{USERS}/{root.id}").status_code == 204
    refused = client.delete(f"{USERS}/{bea.id}", headers=bea.headers)
    assert_refused(refused, 409, "last_admin")
    assert client.get(USERS, headers=bea.headers).status_code == 200


SETS = {
    "for good, and named": ("editor", {}, ["editor"], (["editor"], 0)),
    "for good, and not named": ("editor,user", {}, ["user"], (["user"], 0)),
    "none named": ("editor,user", {}, [], ([], 0)),
    "named twice": ("user", {}, ["editor", "editor"], (["editor"], 0)),
    "borrowed, and named": ("user", {"expires_at": 60}, ["editor", "user"], (["editor", "user"], 1)),
    "borrowed without end, and named": ("user", {"starts_at": 0}, ["editor"], (["editor"], 1)),
    "borrowed, and not named": ("user", {"expires_at": 60}, ["user"], (["user"], 0)),
    "to be borrowed, and named": ("user", {"starts_at": 30, "expires_at": 60}, ["editor"], (["editor"], 0)),
    "to be borrowed, and not named": ("user", {"starts_at": 30, "expires_at": 60}, ["user"], (["user"], 1)),
}


@pytest.mark.parametrize(("roles", "loan", "named", "held"), SETS.values(), ids=SETS)
def test_a_user_holds_just_the_roles_that_are_named(clock, ask, make, roles, loan, named, held):
    ada = make("ada", roles)
    if loan:
        ask("PUT", f"{USERS}/{ada}/roles/editor", {name: soon(wait) for name, wait in loan.items()})
    shown = ask("PUT", f"{USERS}/{ada}/roles", {"roles": named, "reason": "as agreed"})

    assert (shown.status_code, shown.headers["ETag"]) == (200, f'"{shown.json["version"]}"')
    assert (shown.json["roles"], len(shown.json["grants"])) == held
    assert ask("GET", f"{USERS}/{ada}").json == shown.json


def test_what_stays_borrowed_ends_in_its_time_and_what_became_standing_does_not(clock, ask, make):
    ada, bob = make("ada"), make("bob")
    ask("PUT", f"{USERS}/{ada}/roles/editor", {"expires_at": soon(60)})
    ask("PUT", f"{USERS}/{bob}/roles/editor", {"expires_at": soon(60), "starts_at": soon(30)})
    for each in (ada, bob):
        ask("PUT", f"{USERS}/{each}/roles", {"roles": ["editor", "user"]})
    clock.shift(60)

    assert ask("GET", f"{USERS}/{ada}").json["roles"] == ["user"]
    assert ask("GET", f"{USERS}/{bob}").json["roles"] == ["editor", "user"]


def test_a_set_of_roles_counts_at_the_next_request_and_is_on_record(client, ask, root, as_user):
    ada = as_user("ada", roles="user")
    ask("PUT", f"{USERS}/{ada.id}/roles", {"roles": ["admin"], "reason": "moved"})
    ask("PUT", f"{USERS}/{ada.id}/roles", {"roles": ["admin"], "reason": "once more"})

    assert client.get(USERS, headers=ada.headers).status_code == 200
    event = trail(ask, ada.id)[0]
    assert (event["action"], event["actor_id"], event["reason"]) == ("role.replaced", root.id, "moved")
    assert (event["before"], event["after"]) == (["user"], ["admin"])


NO_SETS = {
    "an unknown role": ({"roles": ["user", "pirate"]}, 404, "unknown_role"),
    "a list of roles": ({"roles": ["admin,user"]}, 404, "unknown_role"),
    "another case": ({"roles": ["Admin"]}, 404, "unknown_role"),
    "no name": ({"roles": ["admin", ""]}, 404, "unknown_role"),
    "nothing for the last administrator": ({"roles": []}, 409, "last_admin"),
    "less for the last administrator": ({"roles": ["user"]}, 409, "last_admin"),
    "nothing said": ({}, 422, "validation_error"),
    "null": ({"roles": None}, 422, "validation_error"),
    "text": ({"roles": "admin"}, 422, "validation_error"),
    "numbers": ({"roles": ["admin", 1]}, 422, "validation_error"),
    "something else": ({"roles": ["admin"], "add": ["user"]}, 422, "validation_error"),
}


@pytest.mark.parametrize(("body", "status", "code"), NO_SETS.values(), ids=NO_SETS)
def test_a_set_that_cannot_be_changes_nothing(app, ask, root, body, status, code):
    before = everything(app)

    assert_refused(ask("PUT", f"{USERS}/{root.id}/roles", body), status, code)
    assert everything(app) == before


@pytest.mark.parametrize("nobody", [0, 999_999, 2**31, 10**30])
@pytest.mark.parametrize("method", CHANGES)
def test_a_user_that_there_is_not_is_unknown(ask, method, nobody):
    rest, body = CHANGES[method]

    assert_refused(ask(method, f"{USERS}/{nobody}{rest}", body), 404, "unknown_user")


@pytest.mark.parametrize(("method", "path"), [("POST", USERS), ("DELETE", f"{USERS}/1"), ("PUT", f"{USERS}/1/roles")])
def test_nobody_else_makes_or_changes_accounts(client, as_user, method, path):
    assert_refused(client.open(path, method=method, data=b"not even JSON"), 401, "missing_token")
    assert_refused(client.open(path, method=method, json=EVE, headers=as_user("ada").headers), 403, "missing_role")


def everything(app):
    """Every row that could have changed."""
    with app.app_context():
        tables = [each.__table__ for each in (User, RoleGrant, LoginSession, AuditEvent)]
        return [db.session.execute(db.select(table).order_by(table.c.id)).all() for table in tables]


def trail(ask, user_id):
    """What was done to someone, newest first."""
    return ask("GET", f"/api/admin/events?subject={user_id}").json["events"]


def soon(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
