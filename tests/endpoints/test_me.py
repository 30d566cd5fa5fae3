"""What a person may see and change of their own account."""

import pytest

from models import User, db
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, make_user, sign_in

OWN = [
    ("GET", "/api/me"),
    ("GET", "/api/profile"),
    ("PATCH", "/api/me"),
    ("DELETE", "/api/me"),
    ("PUT", "/api/me/password"),
    ("GET", "/api/me/sessions"),
    ("DELETE", "/api/me/sessions"),
    ("DELETE", "/api/me/sessions/0"),
    ("GET", "/api/me/events"),
    ("GET", "/api/protected"),
]


@pytest.fixture
def ada(as_user):
    return as_user("ada", email="ada@example.com")


@pytest.fixture
def events(client):
    """What a person's own history tells, newest first."""

    def told(person, query=""):
        return client.get(f"/api/me/events?{query}", headers=person.headers).json["events"]

    return told


@pytest.mark.parametrize(("method", "path"), OWN)
def test_a_stranger_is_asked_for_a_token(client, method, path):
    assert_refused(client.open(path, method=method, data=b"not even JSON"), 401, "missing_token")


@pytest.mark.parametrize("path", ["/api/me", "/api/profile"])
def test_the_profile_is_ones_own(client, ada, path):
    shown = client.get(path, headers=ada.headers).json

    assert list(shown) == ["user"]
    user = shown["user"]
    assert user.keys() == {
        *("id", "username", "email", "roles", "grants", "withheld", "is_active", "created_at", "password_changed_at"),
        "email_confirmed_at",
    }
    assert (user["id"], user["username"], user["email"]) == (ada.id, "ada", "ada@example.com")
    assert (user["roles"], user["is_active"]) == (["user"], True)
    assert user["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("asked", "kept"), [("grace", "grace"), ("Ada", "Ada"), ("ａｄａ２", "ada2"), ("Ада", "Ада"), ("ada", "ada")]
)
def test_a_new_username_is_the_one_to_sign_in_with(client, ada, asked, kept):
    response = client.patch("/api/me", json={"username": asked}, headers=ada.headers)

    assert response.status_code == 200 and response.json["user"]["username"] == kept
    assert sign_in(client, asked).id == ada.id
    assert client.get("/api/protected", headers=ada.headers).json["message"].endswith(f"{kept})")


def test_the_former_username_is_free_for_others(client, ada):
    client.patch("/api/me", json={"username": "grace"}, headers=ada.headers)

    assert_refused(client.post("/api/login", json={"username": "ada", "password": PASSWORD}), 401)
    assert client.post("/api/registration", json={"username": "ada", "password": PASSWORD}).status_code == 201


@pytest.mark.parametrize("taken", ["grace", "GRACE", "ｇｒａｃｅ"])
def test_a_username_of_someone_else_is_taken(app, client, ada, taken):
    with app.app_context():
        make_user("grace")

    assert_refused(client.patch("/api/me", json={"username": taken}, headers=ada.headers), 409, "username_taken")
    assert client.get("/api/me", headers=ada.headers).json["user"]["username"] == "ada"


@pytest.mark.parametrize("name", ["", " ", "ada lovelace", "adа", "a\u200bda", "x" * 65, ".ada"])
def test_a_username_that_cannot_be_is_refused(client, ada, name):
    told = assert_refused(client.patch("/api/me", json={"username": name}, headers=ada.headers), 422)

    assert list(told["fields"]) == ["username"]


def test_a_new_username_is_on_record(client, ada, events):
    client.patch("/api/me", json={"username": "grace"}, headers=ada.headers)
    event = events(ada)[0]

    assert (event["action"], event["before"], event["after"]) == ("user.renamed", "ada", "grace")


def test_who_deletes_the_account_is_gone_at_once(app, client, ada):
    response = client.delete("/api/me", json={"password": PASSWORD}, headers=ada.headers)

    assert (response.status_code, response.data) == (204, b"")
    assert_refused(client.get("/api/me", headers=ada.headers), 401, "invalid_token")
    assert_refused(client.post("/api/login", json={"username": "ada", "password": PASSWORD}), 401)
    with app.app_context():
        assert db.session.get(User, ada.id) is None


def test_a_token_of_a_deleted_account_is_never_someone_elses(client, ada, as_user):
    client.delete("/api/me", json={"password": PASSWORD}, headers=ada.headers)
    again = as_user("ada", email="ada@example.com")

    assert again.id != ada.id
    assert_refused(client.get("/api/me", headers=ada.headers), 401, "invalid_token")


@pytest.mark.parametrize("wrong", ["", "wrong", PASSWORD.upper(), "x" * 1025, "\0"])
def test_an_account_is_not_deleted_without_its_password(client, ada, events, wrong):
    assert_refused(client.delete("/api/me", json={"password": wrong}, headers=ada.headers), 403, "wrong_password")

    assert client.get("/api/me", headers=ada.headers).status_code == 200
    assert events(ada)[0]["action"] == "user.password_refused"


def test_the_current_session_is_told_first(client, ada, clock):
    clock.shift(60)
    here = sign_in(client, "ada", refresh="token")
    clock.shift(60)
    sign_in(client, "ada")
    sessions = client.get("/api/me/sessions", headers=here.headers).json["sessions"]

    assert [session["current"] for session in sessions] == [True, False, False]
    assert [session["via"] for session in sessions] == ["token", "access", "access"]
    assert sessions[1]["last_seen_at"] > sessions[2]["last_seen_at"]


def test_a_session_tells_where_it_was_opened(client, as_user):
    as_user("ada")
    agent = {"User-Agent": "Lighthouse/1.0 \N{SNOWMAN}".encode().decode("latin-1")}
    token = client.post("/api/login", json={"username": "ada", "password": PASSWORD}, headers=agent).json["token"]
    session = client.get("/api/me/sessions", headers={"Authorization": f"Bearer {token}"}).json["sessions"][0]

    assert session.keys() == {
        *("id", "current", "via", "ip", "user_agent", "created_at", "last_seen_at", "expires_at"),
    }
    assert session["ip"] == "127.0.0.1" and session["user_agent"].startswith("Lighthouse/1.0")


def test_one_session_is_ended_elsewhere(client, ada):
    other = sign_in(client, "ada")
    (gone,) = [s["id"] for s in _sessions(client, ada) if not s["current"]]
    response = client.delete(f"/api/me/sessions/{gone}", headers=ada.headers)

    assert (response.status_code, response.data) == (204, b"")
    assert_refused(client.get("/api/me", headers=other.headers), 401, "invalid_token")
    assert [s["current"] for s in _sessions(client, ada)] == [True]


def test_the_current_session_may_be_ended_too(client, ada):
    (own,) = [s["id"] for s in _sessions(client, ada)]

    assert client.delete(f"/api/me/sessions/{own}", headers=ada.headers).status_code == 204
    assert_refused(client.get("/api/me", headers=ada.headers), 401, "invalid_token")


def test_all_sessions_but_this_one_are_ended(client, ada):
    others = [sign_in(client, "ada") for _ in range(2)]
    response = client.delete("/api/me/sessions", headers=ada.headers)

    assert (response.status_code, response.data) == (204, b"")
    assert client.get("/api/me", headers=ada.headers).status_code == 200
    for other in others:
        assert_refused(client.get("/api/me", headers=other.headers), 401, "invalid_token")


def test_the_session_of_someone_else_is_unknown(client, ada, as_user):
    grace = as_user("grace")
    (hers,) = [s["id"] for s in _sessions(client, grace)]

    assert_refused(client.delete(f"/api/me/sessions/{hers}", headers=ada.headers), 404, "unknown_session")
    assert client.get("/api/me", headers=grace.headers).status_code == 200


def test_a_session_is_ended_once(client, ada):
    sign_in(client, "ada")
    (gone,) = [s["id"] for s in _sessions(client, ada) if not s["current"]]
    client.delete(f"/api/me/sessions/{gone}", headers=ada.headers)

    assert_refused(client.delete(f"/api/me/sessions/{gone}", headers=ada.headers), 404, "unknown_session")


def test_what_is_no_session_is_unknown(client, ada):
    (own,) = [s["id"] for s in _sessions(client, ada)]
    for odd in [
        "0",
        "0" * 32,
        own.upper(),
        own + "0",
        own[:-1],
        own + "%20",
        "%00",
        own + "%00",
        "%ff",
        "é",
        "x" * 2000,
    ]:
        assert_refused(client.delete(f"/api/me/sessions/{odd}", headers=ada.headers), 404, "unknown_session")


def test_an_expired_session_is_not_listed(client, ada, clock):
    clock.shift(31 * 24 * 3600)
    again = sign_in(client, "ada")

    assert [s["current"] for s in _sessions(client, again)] == [True]


def test_the_history_tells_newest_first_what_happened(client, ada, events):
    client.delete("/api/me", json={"password": "wrong"}, headers=ada.headers)
    client.post("/api/login", json={"username": "ada", "password": "wrong"})
    first, second, third = events(ada)

    assert [first["action"], second["action"], third["action"]] == [
        "session.refused",
        "user.password_refused",
        "session.started",
    ]
    assert (first["actor"], first["actor_id"], first["subject_id"]) == ("stranger", None, ada.id)
    assert first["ip"] == second["ip"] == "127.0.0.1"


def test_the_history_hides_where_someone_else_was(client, ada, events, as_user):
    root = as_user("root", roles="admin")
    client.put(f"/api/admin/users/{ada.id}/roles/admin", json={"reason": "trusted"}, headers=root.headers)
    event = events(ada)[0]

    assert (event["action"], event["actor_id"], event["reason"]) == ("role.granted", root.id, "trusted")
    assert event["ip"] is None and event["session_id"] is None
    assert events(root)[0]["ip"] == "127.0.0.1"


def test_the_history_of_others_is_not_told(client, ada, events, as_user):
    as_user("grace")
    client.post("/api/login", json={"username": "nobody", "password": "wrong"})

    assert {event["subject_id"] for event in events(ada)} == {ada.id}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_the_history_is_told_page_by_page(client, ada, limit):
    for _ in range(4):
        client.post("/api/login", json={"username": "ada", "password": "wrong"})
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/api/me/events?limit={limit}{cursor}", headers=ada.headers).json
        seen += [event["id"] for event in page["events"]]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None

    assert len(seen) == 5 and seen == sorted(set(seen), reverse=True)


def _sessions(client, person):
    return client.get("/api/me/sessions", headers=person.headers).json["sessions"]
