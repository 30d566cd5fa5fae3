"""Users, as administrators see and change them."""

import base64
import json
from urllib.parse import quote

import pytest

from models import AuditEvent, User, db
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, make_user, sign_in

USERS = "/api/admin/users"
#: Ids that no user has, and that no database need be asked for.
NOBODY = [0, 999_999, 2**31 - 1, 2**31, 2**63, 10**30, 10**400]


@pytest.fixture
def root(as_user):
    return as_user("root", roles="admin,user")


@pytest.fixture
def make(app):
    """Put people into the database without a password; return the id of the last."""

    def made(*names, **over):
        with app.app_context():
            return [make_user(name, stored="!", **over) for name in names][-1]

    return made


@pytest.fixture
def listed(client, root):
    """The names that a query lists."""

    def found(query=""):
        response = client.get(f"{USERS}?{query}", headers=root.headers)
        assert response.status_code == 200, response.json
        return [user["username"] for user in response.json["users"]]

    return found


def last_event(app):
    with app.app_context():
        return db.session.scalar(db.select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1))


def cursor(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_a_user_in_the_list_has_what_an_administrator_needs(client, root):
    (shown,) = client.get(USERS, headers=root.headers).json["users"]

    assert shown.keys() == {
        *(
            "id",
            "username",
            "email",
            "roles",
            "grants",
            "is_active",
            "created_at",
            "last_seen_at",
            "version",
            "factors",
        ),
        *("email_confirmed_at", "unconfirmed_since"),
    }
    assert (shown["id"], shown["username"], shown["roles"]) == (root.id, "root", ["admin", "user"])
    assert shown["is_active"] is True and shown["last_seen_at"] >= shown["created_at"]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("grace", ["grace"]),
        ("GRACE", ["grace"]),
        ("ｇｒａｃｅ", ["grace"]),
        ("rac", ["grace"]),
        ("navy.example", ["grace"]),
        ("a", ["a%b", "a_b", "ada"]),
        ("ad", ["ada"]),
        ("Ｇ", ["grace"]),
        ("na", []),
        ("%", []),
        ("_", []),
        ("a%", ["a%b"]),
        ("a%b", ["a%b"]),
        ("a_b", ["a_b"]),
        ("%%%", []),
        ("\U0010ffff", []),
        ("\\", []),
        ("' OR 1=1 --", []),
        ("", ["a%b", "a_b", "ada", "grace", "root"]),
    ],
)
def test_a_search_finds_a_part_of_a_name_or_an_address(listed, make, search, names):
    make("ada", "a%b", "a_b")
    make("grace", email="hopper@navy.example")

    assert sorted(listed(f"search={quote(search)}")) == names


@pytest.mark.parametrize(
    ("role", "names"), [("admin", ["root"]), ("editor", ["grace", "linus"]), ("user", ["ada", "grace", "root"])]
)
def test_a_role_is_listed_with_everyone_who_holds_it(listed, make, role, names):
    make("ada", roles="user")
    make("grace", roles="editor,user")
    make("linus", roles="editor")
    make("eve", roles="editor-in-chief")

    assert sorted(listed(f"role={role}")) == names


def test_a_role_that_was_written_by_hand_is_found(app, listed, make):
    with app.app_context():
        db.session.execute(db.update(User).where(User.id == make("ada")).values(roles=" user, admin"))
        db.session.commit()

    assert sorted(listed("role=admin")) == ["ada", "root"]


def test_a_role_that_there_is_not_is_unknown(client, root):
    assert_refused(client.get(f"{USERS}?role=pirate", headers=root.headers), 404, "unknown_role")


@pytest.mark.parametrize(("active", "names"), [("true", ["root"]), ("false", ["ada"]), ("1", ["root"]), ("0", ["ada"])])
def test_a_list_can_be_of_the_active_or_of_the_others(listed, make, active, names):
    make("ada", is_active=False)

    assert listed(f"active={active}") == names


def test_filters_hold_together(listed, make):
    make("ada", "adam", roles="editor")
    make("adele", roles="editor", is_active=False)
    make("adrian", roles="user")

    assert listed("search=ad&role=editor&active=true&sort=-username") == ["adam", "ada"]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("username", ["Ada", "bob", "root", "zoë", "Ärger", "Анна"]),
        ("-username", ["Анна", "Ärger", "zoë", "root", "bob", "Ada"]),
        ("id", ["root", "zoë", "Анна", "bob", "Ada", "Ärger"]),
        ("-id", ["Ärger", "Ada", "bob", "Анна", "zoë", "root"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 5, 6, 100])
def test_pages_in_either_order_are_the_same_on_every_database(client, root, make, sort, names, limit):
    make("zoë", "Анна", "bob", "Ada", "Ärger")

    assert _all_pages(client, root, f"sort={sort}&limit={limit}") == names


@pytest.mark.parametrize("sort", ["username", "-username", "id", "-id"])
def test_nobody_is_lost_or_told_twice_while_others_come_and_go(client, root, make, sort):
    stay = {f"m{number:02}" for number in range(12)}
    make(*sorted(stay))
    newcomers = iter([("a1", "z1"), ("a2", "m055"), ("m00a", "z2"), ("a3", "z3"), ("m11a", "a4"), ("z4", "a5")])
    seen = _all_pages(client, root, f"sort={sort}&limit=3", between=lambda: make(*next(newcomers, ("y" * 9,))[:2]))

    assert len(seen) == len(set(seen))
    assert stay | {"root"} <= set(seen)


def _all_pages(client, root, query, between=None):
    seen, cursor = [], ""
    for _ in range(12):
        page = client.get(f"{USERS}?{query}{cursor}", headers=root.headers).json
        seen += [user["username"] for user in page["users"]]
        if page["next_cursor"] is None:
            return seen
        cursor = f"&cursor={page['next_cursor']}"
        if between and len(seen) < 15:
            between()
    raise AssertionError(f"the pages do not end: {seen}")


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "x",
        "x" * 1025,
        "é",
        "====",
        "bnVsbA",
        cursor(),
        cursor("username", "ada"),
        cursor("-username", "ada", 1),
        cursor("id", 1, 1),
        cursor("username", "ada", 0),
        cursor("username", "ada", -1),
        cursor("username", "ada", 2**31),
        cursor("username", "ada", 10**30),
        cursor("username", "ada", True),
        cursor("username", "ada", "1"),
        cursor("username", "ada", 1.5),
        cursor("username", "ada", None),
        cursor("username", 1, 1),
        cursor("username", ["ada"], 1),
        cursor("username", "a\0", 1),
        cursor("username", "a\ud800", 1),
        cursor(["username"], "ada", 1),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
        base64.urlsafe_b64encode(b'["username","\xff",1]').decode(),
        base64.urlsafe_b64encode(b'["username","ada",' + b"9" * 700 + b"]").decode(),
    ],
    ids=lambda text: text[:24],
)
def test_a_cursor_that_is_not_of_this_list_is_refused(client, root, foreign):
    told = assert_refused(client.get(f"{USERS}?cursor={foreign}", headers=root.headers), 422, "validation_error")

    assert list(told["fields"]) == ["cursor"]


@pytest.mark.parametrize("value", ["1", [1], None, 2, 2**63, True, 1.0])
def test_a_cursor_by_id_holds_nothing_but_an_id(client, root, value):
    response = client.get(f"{USERS}?sort=id&cursor={cursor('id', value, 1)}", headers=root.headers)

    assert_refused(response, 422, "validation_error")


def test_a_user_is_shown_with_a_version_to_match(client, root, make):
    response = client.get(f"{USERS}/{make('ada', email='ada@example.com')}", headers=root.headers)

    assert response.status_code == 200
    assert response.json["username"] == "ada" and response.json["email"] == "ada@example.com"
    assert response.headers["ETag"] == f'"{response.json["version"]}"'


@pytest.mark.parametrize("matches", ["current", "*", None])
def test_a_change_at_the_expected_version_is_made(client, root, make, matches):
    address = f"{USERS}/{make('ada')}"
    etag = client.get(address, headers=root.headers).headers["ETag"]
    match = {"If-Match": etag if matches == "current" else matches} if matches else {}
    response = client.patch(address, json={"is_active": False}, headers=root.headers | match)

    assert response.status_code == 200 and response.json["is_active"] is False
    assert response.headers["ETag"] == f'"{response.json["version"]}"' != etag


@pytest.mark.parametrize(
    "stale", ['"0"', '"999999999"', '"9999999999999999999"', "1", 'W/"1"', '""', "x", '"1 "', '"²"']
)
@pytest.mark.parametrize("is_active", [True, False])
def test_a_change_at_another_version_is_refused(client, root, make, stale, is_active):
    address = f"{USERS}/{make('ada', is_active=not is_active)}"
    response = client.patch(address, json={"is_active": is_active}, headers=root.headers | {"If-Match": stale})

    assert_refused(response, 412, "stale_version")
    assert client.get(address, headers=root.headers).json["is_active"] is not is_active


def test_the_second_of_two_who_saw_the_same_version_is_refused(client, root, make):
    address = f"{USERS}/{make('ada')}"
    match = root.headers | {"If-Match": client.get(address, headers=root.headers).headers["ETag"]}
    client.patch(address, json={"is_active": False}, headers=match)

    assert_refused(client.patch(address, json={"is_active": True}, headers=match), 412, "stale_version")


def test_a_disabled_user_is_out_at_once_and_an_enabled_one_signs_in_anew(app, client, root, as_user):
    ada = as_user("ada")
    client.patch(f"{USERS}/{ada.id}", json={"is_active": False, "reason": "left"}, headers=root.headers)

    assert_refused(client.get("/api/protected", headers=ada.headers), 401, "invalid_token")
    assert_refused(client.post("/api/login", json={"username": "ada", "password": PASSWORD}), 401)
    client.patch(f"{USERS}/{ada.id}", json={"is_active": True, "reason": "back"}, headers=root.headers)
    assert_refused(client.get("/api/protected", headers=ada.headers), 401, "invalid_token")
    assert client.get("/api/protected", headers=sign_in(client, "ada").headers).status_code == 200


@pytest.mark.parametrize(("is_active", "action"), [(False, "user.disabled"), (True, "user.enabled")])
def test_disabling_and_enabling_are_on_record(app, client, root, make, is_active, action):
    ada = make("ada", is_active=not is_active)
    client.patch(f"{USERS}/{ada}", json={"is_active": is_active, "reason": "as agreed"}, headers=root.headers)
    event = last_event(app)

    assert (event.action, event.actor, event.actor_id, event.subject_id) == (action, "user", root.id, ada)
    assert (event.before, event.after, event.reason) == (
        json.dumps(not is_active),
        json.dumps(is_active),
        "as agreed",
    )


@pytest.mark.parametrize("is_active", [True, False])
def test_what_is_so_already_changes_nothing(app, client, root, make, is_active):
    address = f"{USERS}/{make('ada', is_active=is_active)}"
    before, event = client.get(address, headers=root.headers).json, last_event(app).id
    response = client.patch(address, json={"is_active": is_active}, headers=root.headers)

    assert response.status_code == 200 and response.json == before
    assert last_event(app).id == event


def test_a_role_is_granted_and_counts_at_the_next_request(client, root, as_user):
    ada = as_user("ada")
    response = client.put(f"{USERS}/{ada.id}/roles/admin", headers=root.headers)

    assert response.status_code == 200 and response.json["roles"] == ["admin", "user"]
    assert response.headers["ETag"] == f'"{response.json["version"]}"'
    assert client.get(USERS, headers=ada.headers).status_code == 200


def test_a_role_is_withdrawn_and_gone_at_the_next_request(client, root, as_user):
    ada = as_user("ada", roles="admin,user")
    response = client.delete(f"{USERS}/{ada.id}/roles/admin", headers=root.headers)

    assert response.status_code == 200 and response.json["roles"] == ["user"]
    assert_refused(client.get(USERS, headers=ada.headers), 403, "missing_role")
    assert client.get("/api/protected", headers=ada.headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "roles", "action", "before", "after"),
    [
        ("PUT", "user", "role.granted", ["user"], ["editor", "user"]),
        ("DELETE", "editor,user", "role.withdrawn", ["editor", "user"], ["user"]),
    ],
)
def test_a_change_of_roles_is_on_record_with_its_reason(
    app, client, root, as_user, make, method, roles, action, before, after
):
    make("grace", roles="editor")
    ada = make("ada", roles=roles)
    client.open(f"{USERS}/{ada}/roles/editor", method=method, json={"reason": "on duty"}, headers=root.headers)
    event = last_event(app)

    assert (event.action, event.actor_id, event.subject_id, event.reason) == (action, root.id, ada, "on duty")
    assert (json.loads(event.before), json.loads(event.after)) == (before, after)
    assert event.session_id and event.request_id and event.ip == "127.0.0.1"


@pytest.mark.parametrize(("method", "roles"), [("PUT", "editor,user"), ("DELETE", "user")])
def test_a_change_of_roles_may_be_said_twice(app, client, root, make, method, roles):
    make("grace", roles="editor")
    address = f"{USERS}/{make('ada', roles=roles)}"
    before, event = client.get(address, headers=root.headers).json, last_event(app).id
    response = client.open(f"{address}/roles/editor", method=method, headers=root.headers)

    assert response.status_code == 200 and response.json == before
    assert last_event(app).id == event


@pytest.mark.parametrize(
    "role", ["pirate", "Admin", "admin,user", "admin ", "%20admin", "admin%00", "x" * 65, "аdmin", "%ff"]
)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_role_that_there_is_not_is_neither_granted_nor_withdrawn(client, root, make, method, role):
    address = f"{USERS}/{make('ada')}"

    assert_refused(client.open(f"{address}/roles/{role}", method=method, headers=root.headers), 404, "unknown_role")
    assert client.get(address, headers=root.headers).json["roles"] == ["user"]


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"is_active": False}),
        ("PATCH", "", {"is_active": True}),
        ("PUT", "/roles/user", {}),
        ("DELETE", "/roles/user", {}),
        ("DELETE", "/roles/admin", {}),
        ("GET", "/sessions", None),
        ("DELETE", "/sessions", None),
    ],
)
def test_a_user_that_there_is_not_is_unknown(client, root, method, rest, body):
    for nobody in NOBODY:
        response = client.open(f"{USERS}/{nobody}{rest}", method=method, json=body, headers=root.headers)

        assert_refused(response, 404, "unknown_user")


def test_an_id_too_long_for_a_number_is_unknown(client, root):
    response = client.get(f"{USERS}/{'9' * 5000}", headers=root.headers)

    assert response.status_code == 404


@pytest.fixture(params=["alone", "beside a disabled one", "beside a look-alike"])
def last_admin(request, root, make):
    """The one administrator who is left, whoever else seems to be one."""
    if request.param == "beside a disabled one":
        make("grace", roles="admin", is_active=False)
    if request.param == "beside a look-alike":
        make("grace", roles="admin-emeritus,superadmin")
    return root


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/api/admin/users/{id}/roles/admin", {}),
        ("PATCH", "/api/admin/users/{id}", {"is_active": False}),
        ("DELETE", "/api/me", {"password": PASSWORD}),
    ],
)
def test_the_last_administrator_stays_one(client, last_admin, method, path, body):
    path = path.format(id=last_admin.id)

    assert_refused(client.open(path, method=method, json=body, headers=last_admin.headers), 409, "last_admin")
    assert client.get(USERS, headers=last_admin.headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/api/admin/users/{id}/roles/admin", {}),
        ("PATCH", "/api/admin/users/{id}", {"is_active": False}),
        ("DELETE", "/api/me", {"password": PASSWORD}),
    ],
)
def test_one_of_two_administrators_may_go(client, root, as_user, method, path, body):
    as_user("grace", roles="admin")
    response = client.open(path.format(id=root.id), method=method, json=body, headers=root.headers)

    assert response.status_code in (200, 204)
    assert client.get(USERS, headers=root.headers).status_code in (401, 403)


def test_an_administrator_without_the_role_does_not_count(client, root, as_user):
    ada = as_user("ada", roles="admin,user")
    client.delete(f"{USERS}/{ada.id}/roles/admin", headers=root.headers)

    assert_refused(client.delete(f"{USERS}/{root.id}/roles/admin", headers=root.headers), 409, "last_admin")


def test_the_sessions_of_a_user_are_listed(client, root, as_user):
    ada = as_user("ada")
    sign_in(client, "ada", refresh="token")
    found = client.get(f"{USERS}/{ada.id}/sessions", headers=root.headers).json["sessions"]

    assert sorted(session["via"] for session in found) == ["access", "token"]
    assert not any(session["current"] for session in found)
    assert found[0].keys() == {
        *("id", "current", "via", "ip", "user_agent", "created_at", "last_seen_at", "expires_at"),
    }


def test_an_administrator_ends_all_sessions_of_a_user_at_once(app, client, root, as_user):
    ada = as_user("ada")
    again = sign_in(client, "ada", refresh="token")
    response = client.delete(f"{USERS}/{ada.id}/sessions", headers=root.headers)

    assert (response.status_code, response.data) == (204, b"")
    for gone in (ada, again):
        assert_refused(client.get("/api/protected", headers=gone.headers), 401, "invalid_token")
    assert client.get(f"{USERS}/{ada.id}/sessions", headers=root.headers).json == {"sessions": []}
    assert client.get(USERS, headers=root.headers).status_code == 200
    event = last_event(app)
    assert (event.action, event.actor_id, event.subject_id) == ("session.ended_all", root.id, ada.id)


ADMINISTRATION = [
    ("GET", USERS),
    ("GET", f"{USERS}/1"),
    ("PATCH", f"{USERS}/1"),
    ("PUT", f"{USERS}/1/roles/user"),
    ("DELETE", f"{USERS}/1/roles/user"),
    ("GET", f"{USERS}/1/sessions"),
    ("DELETE", f"{USERS}/1/sessions"),
    ("GET", "/api/admin/roles"),
]


@pytest.mark.parametrize(("method", "path"), ADMINISTRATION)
@pytest.mark.parametrize("roles", ["user", "admin-emeritus,user", ""])
def test_who_is_not_an_administrator_is_told_what_is_required(client, as_user, method, path, roles):
    response = client.open(path, method=method, data=b"not even JSON", headers=as_user(roles=roles).headers)

    assert assert_refused(response, 403, "missing_role")["required"] == ["admin"]


@pytest.mark.parametrize(("method", "path"), ADMINISTRATION)
def test_a_stranger_is_asked_for_a_token_before_anything_else(client, method, path):
    response = client.open(path, method=method, data=b"not even JSON")

    assert_refused(response, 401, "missing_token")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ADMINISTRATION)
def test_a_token_that_is_none_is_said_to_be_invalid(client, method, path):
    response = client.open(path, method=method, headers={"Authorization": "Bearer e30.e30.e30"})

    assert_refused(response, 401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
