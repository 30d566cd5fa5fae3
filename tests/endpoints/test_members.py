"""Who has a role: giving it to many and taking it from many, in one call."""

from datetime import UTC, datetime, timedelta

import pytest

from endpoints.roles import MEMBERS_BYTES
from models import AuditEvent, RoleGrant, User, db
from tests.endpoints.shape import assert_refused

USERS = "/api/admin/users"
EDITORS = "/api/admin/roles/editor/users"
ADMINS = "/api/admin/roles/admin/users"
NOBODY = 999_999


def test_what_became_of_each_is_told_in_the_order_in_which_they_were_named(ask, make):
    ada, bob, cyd, dan = make("ada"), make("bob", "editor"), make("cyd", "editor"), make("dan")
    answer = ask("POST", EDITORS, {"add": [bob, ada], "remove": [dan, cyd]}).json

    assert told(answer) == [(bob, "unchanged"), (ada, "granted"), (dan, "unchanged"), (cyd, "withdrawn")]
    assert (answer["dry_run"], answer["changed"]) == (False, 2)


def test_it_counts_at_the_next_request_of_each(client, ask, as_user, make):
    make("cyd", "editor")
    ada, bob = as_user("ada"), as_user("bob", roles="editor,user")
    ask("POST", EDITORS, {"add": [ada.id], "remove": [bob.id]})

    assert roles_of(client, ada) == ["editor", "user"]
    assert roles_of(client, bob) == ["user"]


def test_said_twice_or_of_nobody_it_changes_nothing_more(app, ask, make):
    body = {"add": [make("ada")], "remove": [make("bob", "editor")]}
    ask("POST", EDITORS, body)
    before = everything(app)

    assert ask("POST", EDITORS, body).json["changed"] == 0
    assert ask("POST", EDITORS, {}).json == {"dry_run": False, "changed": 0, "outcomes": []}
    assert everything(app) == before


@pytest.mark.parametrize("partial", [True, False])
def test_a_dry_run_tells_what_would_become_of_each_and_changes_nothing(app, clock, ask, make, partial):
    ada, bob = make("ada"), make("bob", "editor")
    cyd = make("cyd")
    ask("PUT", f"{USERS}/{cyd}/roles/editor", {"expires_at": soon(60)})
    body = {"add": [ada, cyd], "remove": [bob] + [NOBODY] * partial, "partial": partial}
    before = everything(app)
    dry = ask("POST", EDITORS, body | {"dry_run": True}).json

    assert everything(app) == before
    assert dry == ask("POST", EDITORS, body).json | {"dry_run": True}
    assert dry["changed"] == 3


@pytest.mark.parametrize("unknown", ["add", "remove"])
def test_one_who_there_is_not_stops_all(app, ask, make, unknown):
    body = {"add": [make("ada")], "remove": [make("bob", "editor")]}
    body[unknown] = [*body[unknown], NOBODY]
    before = everything(app)
    refused = ask("POST", EDITORS, body)

    assert (refused.status_code, refused.json["error"], refused.json["unknown"]) == (404, "unknown_user", [NOBODY])
    assert everything(app) == before


def test_where_some_will_do_one_who_there_is_not_stops_nobody(ask, make):
    ada, bob = make("ada"), make("bob", "editor")
    answer = ask("POST", EDITORS, {"add": [NOBODY, ada], "remove": [bob, -1], "partial": True}).json

    assert told(answer) == [(NOBODY, "unknown_user"), (ada, "granted"), (bob, "withdrawn"), (-1, "unknown_user")]
    assert ask("GET", f"{USERS}/{ada}").json["roles"] == ["editor", "user"]


def test_a_refusal_names_a_hundred_of_those_who_there_are_not(ask, make):
    make("ada", "editor")
    nobodies = list(range(NOBODY, NOBODY + 150))

    assert ask("POST", EDITORS, {"add": nobodies}).json["unknown"] == nobodies[:100]


ODD_IDS = {"0": 0, "-1": -1, "2**31": 2**31, "2**63": 2**63, "10**30": 10**30, "huge": 10**4000, "-huge": -(10**4000)}


@pytest.mark.parametrize("odd", ODD_IDS.values(), ids=ODD_IDS)
def test_an_id_that_no_user_can_have_is_unknown(ask, make, odd):
    make("ada", "editor")
    refused = ask("POST", EDITORS, {"add": [odd]})

    assert (refused.status_code, refused.json["unknown"]) == (404, [odd])
    assert told(ask("POST", EDITORS, {"remove": [odd], "partial": True}).json) == [(odd, "unknown_user")]


@pytest.mark.parametrize("odd", [True, False, "1", "", 1.0, 1.5, None, [], [1], {}], ids=repr)
@pytest.mark.parametrize("name", ["add", "remove"])
def test_what_is_no_id_is_refused(app, ask, make, name, odd):
    ada = make("ada", "editor")
    before = everything(app)

    assert_refused(ask("POST", EDITORS, {name: [ada, odd], "partial": True}), 422, "validation_error")
    assert everything(app) == before


@pytest.mark.parametrize(
    "body",
    [{"add": 1}, {"add": None}, {"add": [1], "roles": []}, {"dry_run": 1}, {"partial": "yes"}, {"reason": "x" * 501}],
    ids=repr,
)
def test_a_body_of_another_form_is_refused(ask, make, body):
    make("ada", "editor")

    assert_refused(ask("POST", EDITORS, body), 422, "validation_error")


def test_nobody_is_both_added_and_removed(app, ask, make):
    ada, bob = make("ada"), make("bob", "editor")
    before = everything(app)
    refused = ask("POST", EDITORS, {"add": [ada, bob], "remove": [bob], "partial": True})

    assert list(assert_refused(refused, 422, "validation_error")["fields"]) == ["remove"]
    assert everything(app) == before


def test_who_is_named_twice_counts_once(ask, make):
    ada, bob = make("ada"), make("bob", "editor")
    answer = ask("POST", EDITORS, {"add": [ada] * 9_998, "remove": [bob, bob]}).json

    assert told(answer) == [(ada, "granted"), (bob, "withdrawn")]
    assert answer["changed"] == len(events(ask)) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("role", ["pirate", "Admin", "admin,user", "admin%20", "admin%00", "x" * 65])
def test_a_role_that_there_is_not_is_unknown(ask, make, method, role):
    body = {"add": [make("ada")]} if method == "POST" else None

    assert_refused(ask(method, f"/api/admin/roles/{role}/users", body), 404, "unknown_role")


@pytest.mark.parametrize("removed", [0, 1, 5000, 10_001])
def test_more_than_ten_thousand_users_are_too_many(ask, make, removed):
    ids = list(range(make("ada", "editor"), 10**6))[:10_001]
    refused = ask("POST", EDITORS, {"add": ids[removed:], "remove": ids[:removed], "partial": True})

    assert_refused(refused, 413, "too_many_users")
    assert ask("GET", EDITORS).json["users"][0]["username"] == "ada"


def test_ten_thousand_users_with_long_ids_fit(ask, make):
    make("ada", "editor")
    answer = ask("POST", EDITORS, {"add": list(range(10**6, 10**6 + 10_000)), "partial": True})

    assert (answer.status_code, len(answer.json["outcomes"])) == (200, 10_000)


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)], ids=["as large as may be", "one byte more"])
def test_a_list_of_users_may_take_256_kib(client, root, make, more, status):
    make("ada", "editor")
    data = b'{"add": []}'.ljust(MEMBERS_BYTES + more)
    response = client.post(EDITORS, data=data, headers=root.headers)

    assert MEMBERS_BYTES == 256 * 1024
    assert response.status_code == status
    assert status == 200 or assert_refused(response, 413, "too_large")


def test_every_other_address_takes_64_kib(app, client, root):
    rules = [rule for rule in app.url_map.iter_rules() if rule.methods & {"POST", "PUT", "PATCH", "DELETE"}]
    for rule in rules:
        path = rule.rule.replace("<int:user_id>", "1").replace("<role>", "user").replace("<session_id>", "x")
        for method in rule.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            if (method, rule.endpoint) != ("POST", "roles.assign"):
                response = client.open(path, method=method, data=b" " * (64 * 1024 + 1), headers=root.headers)
                assert_refused(response, 413, "too_large")
    assert len(rules) > 20


def test_a_borrowed_role_that_is_given_for_good_stays_when_the_loan_would_end(clock, ask, make):
    make("bob", "editor")
    ada = make("ada")
    ask("PUT", f"{USERS}/{ada}/roles/editor", {"expires_at": soon(60)})

    assert told(ask("POST", EDITORS, {"add": [ada]}).json) == [(ada, "granted")]
    clock.shift(120)
    shown = ask("GET", f"{USERS}/{ada}").json
    assert (shown["roles"], shown["grants"]) == (["editor", "user"], [])


@pytest.mark.parametrize("begins", [None, 30], ids=["now", "later"])
def test_a_borrowed_role_is_taken_like_any_other(clock, ask, make, begins):
    make("bob", "editor")
    ada = make("ada")
    times = {"expires_at": soon(60)} | ({"starts_at": soon(begins)} if begins else {})
    ask("PUT", f"{USERS}/{ada}/roles/editor", times)

    assert told(ask("POST", EDITORS, {"remove": [ada]}).json) == [(ada, "withdrawn")]
    clock.shift(45)
    shown = ask("GET", f"{USERS}/{ada}").json
    assert (shown["roles"], shown["grants"]) == (["user"], [])


def test_what_else_is_borrowed_stays_borrowed(clock, ask, make):
    make("bob", "editor,reader")
    ada = make("ada")
    for role in ("editor", "reader"):
        ask("PUT", f"{USERS}/{ada}/roles/{role}", {"expires_at": soon(60)})
    ask("POST", EDITORS, {"remove": [ada]})

    assert ask("GET", f"{USERS}/{ada}").json["roles"] == ["reader", "user"]
    clock.shift(60)
    assert ask("GET", f"{USERS}/{ada}").json["roles"] == ["user"]


def test_each_change_is_on_record_with_the_reason(ask, root, make):
    ada, bob, _ = make("ada"), make("bob", "editor,user"), make("cyd", "editor")
    ask("POST", EDITORS, {"add": [ada], "remove": [bob], "reason": "the new desk"})

    assert sorted((e["action"], e["subject_id"], e["before"], e["after"]) for e in events(ask)) == [
        ("role.granted", ada, ["user"], ["editor", "user"]),
        ("role.withdrawn", bob, ["editor", "user"], ["user"]),
    ]
    assert {(event["actor_id"], event["reason"]) for event in events(ask)} == {(root.id, "the new desk")}


def test_a_changed_user_is_at_another_version(ask, make):
    ada, bob = make("ada"), make("bob", "editor")
    etags = {each: ask("GET", f"{USERS}/{each}").headers["ETag"] for each in (ada, bob)}
    ask("POST", EDITORS, {"add": [ada, bob]})

    assert ask("PATCH", f"{USERS}/{ada}", {"is_active": False}, etags[ada]).status_code == 412
    assert ask("PATCH", f"{USERS}/{bob}", {"is_active": False}, etags[bob]).status_code == 200


def test_the_last_administrator_is_replaced_by_another_in_one_call(client, ask, root, as_user):
    bea = as_user("bea")
    answer = ask("POST", ADMINS, {"add": [bea.id], "remove": [root.id]})

    assert told(answer.json) == [(bea.id, "granted"), (root.id, "withdrawn")]
    assert_refused(client.get(USERS, headers=root.headers), 403, "missing_role")
    assert client.get(USERS, headers=bea.headers).status_code == 200


SUCCESSORS = {"nobody": [], "a disabled one": [{"is_active": False}], "one without a password": [{"stored": "!"}]}


@pytest.mark.parametrize("successors", SUCCESSORS.values(), ids=SUCCESSORS)
def test_the_last_administrator_is_not_replaced_by(app, client, ask, root, make, successors):
    add = [make("bea", **over) for over in successors]
    before = everything(app)

    assert_refused(ask("POST", ADMINS, {"add": add, "remove": [root.id]}), 409, "last_admin")
    assert everything(app) == before


def test_where_some_will_do_one_administrator_is_spared(client, ask, root, make):
    bea, cyd = make("bea", "admin"), make("cyd", "admin")
    answer = ask("POST", ADMINS, {"remove": [bea, root.id, cyd], "partial": True}).json

    assert told(answer) == [(bea, "withdrawn"), (root.id, "last_admin"), (cyd, "withdrawn")]
    assert [user["username"] for user in ask("GET", ADMINS).json["users"]] == ["root"]


def test_who_holds_a_role_now_is_listed(clock, ask, make):
    make("ada", "editor"), make("zoe", "editor", is_active=False), make("eve", "editor-in-chief")
    for name, times in [("now", {}), ("later", {"starts_at": soon(30)}), ("over", {"expires_at": soon(5)})]:
        ask("PUT", f"{USERS}/{make(name)}/roles/editor", {"expires_at": soon(60)} | times)
    clock.shift(5)

    assert names(ask("GET", EDITORS)) == ["ada", "now", "zoe"]
    assert names(ask("GET", f"{EDITORS}?search=now&active=true&sort=-username")) == ["now"]
    page = ask("GET", f"{EDITORS}?limit=2")
    assert names(page) + names(ask("GET", f"{EDITORS}?limit=2&cursor={page.json['next_cursor']}")) == [
        "ada",
        "now",
        "zoe",
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_else_sees_or_changes_who_has_a_role(client, as_user, method):
    ada = as_user(roles="editor,user")

    assert_refused(client.open(EDITORS, method=method, data=b"not even JSON"), 401, "missing_token")
    assert_refused(client.open(EDITORS, method=method, json={}, headers=ada.headers), 403, "missing_role")


def everything(app):
    """Every row that could have changed."""
    with app.app_context():
        tables = [each.__table__ for each in (User, RoleGrant, AuditEvent)]
        return [db.session.execute(db.select(table).order_by(table.c.id)).all() for table in tables]


def soon(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def told(answer):
    return [(one["id"], one["outcome"]) for one in answer["outcomes"]]


def names(response):
    return [user["username"] for user in response.json["users"]]


def events(ask):
    """What is on record of roles given and taken."""
    found = ask("GET", "/api/admin/events?limit=100").json["events"]
    return [event for event in found if event["action"] in ("role.granted", "role.withdrawn")]


def roles_of(client, person):
    return client.get("/api/me", headers=person.headers).json["user"]["roles"]
