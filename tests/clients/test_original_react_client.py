"""The React client of the original app, request for request: JSON sent as text, raw tokens, no cookies."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from models import db
from tests.clients.browser import atob, claims
from tests.conftest import ORIGIN
from tests.factories import PASSWORD, bearer, make_user

FETCHED = "text/plain;charset=UTF-8"
CURLED = "application/x-www-form-urlencoded"
JSON = "application/json"
LOGIN = b'{"username":"ada","password":"a lantern in the harbour"}'
CONTENT_TYPES = pytest.mark.parametrize("content_type", [FETCHED, JSON, CURLED], ids=["fetch", "json", "curl"])


@pytest.fixture
def fetch(client):
    """What `fetch` sends from the client's origin: no cookie, and no content type but that of the body."""

    def sent(method, path, body=None, content_type=FETCHED, token=None, **headers):
        headers |= {"Origin": ORIGIN, "Accept": "*/*"} | (bearer(token) if token else {})
        kind = content_type if body is not None else None
        response = client.open(path, method=method, data=body, content_type=kind, headers=headers)
        assert "Set-Cookie" not in response.headers
        return response

    return sent


@pytest.fixture
def token(fetch, app):
    """The token of Ada, who is signed in."""
    with app.app_context():
        make_user("ada")
    return fetch("POST", "/api/login", LOGIN).json["access_token"]


@pytest.fixture
def expired(token, clock):
    """The same token, when its time is over."""
    clock.shift(claims(token)["exp"] - time.time() + 1)
    return token


@pytest.mark.parametrize("path", ["/api/", "/api"])
def test_the_service_says_that_it_runs(fetch, path):
    response = fetch("GET", path)

    assert response.status_code == 200
    assert response.json["JWT Server Application"] == "Running!"


@CONTENT_TYPES
def test_a_login_is_answered_with_an_access_token(fetch, app, content_type):
    with app.app_context():
        make_user("ada")

    response = fetch("POST", "/api/login", LOGIN, content_type)

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert fetch("GET", "/api/protected", token=response.json["access_token"]).status_code == 200


@CONTENT_TYPES
@pytest.mark.parametrize(
    "body",
    [
        b'{"username":"ada","password":"not this one"}',
        b'{"username":"nobody","password":"a lantern in the harbour"}',
        b'{"username":"","password":""}',
    ],
    ids=["password", "username", "empty"],
)
def test_a_wrong_login_is_refused_without_a_token(fetch, token, content_type, body):
    response = fetch("POST", "/api/login", body, content_type)

    assert response.status_code == 401
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.json["error"] == "invalid_credentials"
    assert not response.json.get("access_token")


@pytest.mark.parametrize("body", [b"", b"{}", b"undefined", b"[object Object]", b"username=ada"])
def test_a_login_that_is_none_is_refused_in_json(fetch, body):
    response = fetch("POST", "/api/login", body)

    assert response.status_code in (400, 422)
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.json["message"]
    assert not response.json.get("access_token")


def test_nothing_is_handed_out_that_must_not_be_kept_in_local_storage(fetch, app):
    with app.app_context():
        make_user("ada")

    answer = fetch("POST", "/api/login", LOGIN).json

    assert answer.keys() == {"message", "access_token", "token", "token_type", "expires_in", "user"}
    assert answer["user"].keys() == {"id", "username", "email", "roles"}


def test_the_expiry_is_read_from_the_token(token):
    told = claims(token)

    assert told["exp"] > time.time()
    assert type(told["exp"]) is int


@pytest.mark.parametrize("name", ["ada", "wer?>~da", "\u00fe\u00ff\u00ff>?", "\U0001f9ad~~~"])
def test_every_token_is_read_by_atob(fetch, app, name):
    roles = ",".join(["admin", "a-b_c", "user", *(letter * 7 + "_-9" for letter in "nopqrstuvwxyz")])
    with app.app_context():
        make_user(name, roles=roles, email="ada?~@example.com")

    response = fetch("POST", "/api/login", f'{{"username":"{name}","password":"{PASSWORD}"}}'.encode())

    assert claims(response.json["access_token"])["rls"].split(",") == sorted(roles.split(","))


def test_atob_reads_plain_base64_with_and_without_padding():
    assert atob("YT4+") == "a>>"
    assert atob("YT4=") == atob("YT4") == "a>"


@pytest.mark.parametrize("text", ["YT4-", "YT8_", "YWFhY", "Y*=="])
def test_atob_takes_nothing_else(text):
    with pytest.raises(ValueError, match="InvalidCharacterError"):
        atob(text)


def test_the_protected_page_greets(fetch, token):
    response = fetch("GET", "/api/protected", token=token)

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.json["message"] == "protected endpoint (allowed usr ada)"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer null"}, {"Authorization": "Bearer undefined"}])
def test_the_protected_page_is_refused_without_a_token(fetch, headers):
    response = fetch("GET", "/api/protected", **headers)

    assert response.status_code == 401
    assert response.json["status_code"] == 401


def test_an_expired_token_is_refused_as_one_that_can_be_refreshed(fetch, expired):
    response = fetch("GET", "/api/protected", token=expired)

    assert response.status_code == 401
    assert response.json["error"] == "expired_token"


@pytest.mark.parametrize("content_type", [FETCHED, CURLED, None], ids=["fetch", "curl", "none"])
def test_the_raw_expired_token_is_refreshed(fetch, expired, content_type):
    response = fetch("POST", "/api/refresh", expired.encode(), content_type)

    assert response.status_code == 200
    assert response.json["access_token"] != expired
    assert fetch("GET", "/api/protected", token=response.json["access_token"]).status_code == 200


def test_the_expired_token_is_refreshed_as_bearer(fetch, expired):
    response = fetch("POST", "/api/refresh", token=expired)

    assert response.status_code == 200
    assert fetch("GET", "/api/protected", token=response.json["access_token"]).status_code == 200


def test_two_refreshes_at_once_with_the_same_token_both_succeed(app, fetch, expired):
    barrier = Barrier(2)

    def refresh(_):
        barrier.wait(10)
        return app.test_client(use_cookies=False).post("/api/refresh", data=expired, content_type=FETCHED)

    with ThreadPoolExecutor(2) as tabs:
        answers = list(tabs.map(refresh, range(2)))

    assert [answer.status_code for answer in answers] == [200, 200]
    (successor,) = {answer.json["access_token"] for answer in answers}
    assert fetch("GET", "/api/protected", token=successor).status_code == 200


def test_refreshes_follow_one_another_for_as_long_as_the_session_lasts(fetch, token, clock):
    for _ in range(5):
        clock.shift(claims(token)["exp"] - time.time() + 3600)
        token = fetch("POST", "/api/refresh", token.encode()).json["access_token"]

        assert fetch("GET", "/api/protected", token=token).status_code == 200


def test_a_fresh_token_is_not_refreshed(fetch, token):
    response = fetch("POST", "/api/refresh", token.encode())

    assert response.status_code == 425
    assert response.json["error"] == "too_early"
    assert not response.json.get("access_token")


@pytest.mark.parametrize("body", [b"null", b"undefined", b"not.a.token", b"\xff\xfe", b"lrt_AAAA"])
def test_a_refused_refresh_is_answered_with_null(fetch, body):
    response = fetch("POST", "/api/refresh", body)

    assert response.status_code == 401
    assert response.content_type == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.data.strip() == b"null"


def test_a_refresh_of_an_ended_session_is_answered_with_null(fetch, expired):
    fetch("POST", "/api/logout", expired.encode())

    response = fetch("POST", "/api/refresh", expired.encode())

    assert (response.status_code, response.data.strip()) == (401, b"null")


def test_a_refresh_of_a_disabled_account_is_answered_with_null(fetch, app, expired):
    with app.app_context():
        db.session.execute(db.text("UPDATE users SET is_active = :no"), {"no": False})
        db.session.commit()

    response = fetch("POST", "/api/refresh", expired.encode())

    assert (response.status_code, response.data.strip()) == (401, b"null")


@CONTENT_TYPES
@pytest.mark.parametrize(
    "body",
    [
        b'{"username":"ada","password":"a lantern in the harbour"}',
        b'{"username":"ada","password":"a lantern in the harbour","email":"ada@example.com"}',
        b'{"username":"ada","email":"ada@example.com","password":"a lantern in the harbour"}',
    ],
    ids=["guide", "client", "other order"],
)
def test_a_registration_is_answered_with_an_access_token(fetch, body, content_type):
    response = fetch("POST", "/api/registration", body, content_type)

    assert response.status_code == 201
    assert fetch("GET", "/api/protected", token=response.json["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"username":"ada","password":"a lantern in the harbour"}', "username_taken"),
        (b'{"username":"eve","password":"a lantern in the harbour","email":"ADA@example.com"}', "email_taken"),
    ],
    ids=["name", "address"],
)
def test_what_is_taken_is_refused_without_a_token(fetch, body, code):
    taken = b'{"username":"ada","password":"a lantern in the harbour","email":"ada@example.com"}'
    assert fetch("POST", "/api/registration", taken).status_code == 201

    response = fetch("POST", "/api/registration", body)

    assert (response.status_code, response.json["error"]) == (409, code)
    assert not response.json.get("access_token")


def test_the_preflight_of_the_protected_page_is_allowed(client):
    response = _preflight(client, ORIGIN)

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "authorization" in response.headers["Access-Control-Allow-Headers"].lower()
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://evil.example.com", f"{ORIGIN}.evil.example", "null", ORIGIN + ":8443"])
def test_the_preflight_of_another_origin_is_not(client, origin):
    assert "Access-Control-Allow-Origin" not in _preflight(client, origin).headers


def test_a_role_assigned_with_sql_counts_at_the_next_request(fetch, app, token):
    assert fetch("GET", "/api/admin/users", token=token).status_code == 403

    with app.app_context():
        db.session.execute(db.text("UPDATE users SET roles = 'admin,user' WHERE username = 'ada'"))
        db.session.commit()

    assert fetch("GET", "/api/admin/users", token=token).status_code == 200


def _preflight(client, origin):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    return client.options("/api/protected", headers=asked)


# Letters


def test_a_registration_with_confirmation_is_finalized_twice(fetch, post):
    body = b'{"username":"ada","email":"ada@example.com","password":"a lantern in the harbour"}'
    registered = fetch("POST", "/api/registration", body)
    assert registered.status_code == 201 and not registered.json.get("access_token")
    assert fetch("POST", "/api/login", LOGIN).status_code == 401

    ticket = post.one().token
    first, second = [fetch("GET", "/api/finalize", token=ticket, **{"Content-Type": JSON}) for _ in range(2)]

    assert (first.status_code, first.json["user"]) == (200, "ada")
    assert (second.status_code, second.json["error"]) == (409, "ticket_spent")
    assert not second.json.get("access_token")
    assert fetch("GET", "/api/protected", token=first.json["access_token"]).status_code == 200
    assert fetch("POST", "/api/login", LOGIN).status_code == 200


@CONTENT_TYPES
def test_a_forgotten_password_is_replaced_once(fetch, app, post, content_type):
    with app.app_context():
        make_user("ada", email="ada@example.com")
    answers = [
        fetch("POST", "/api/reset", f'{{"email":"{address}"}}'.encode(), content_type)
        for address in ("ada@example.com", "nobody@example.com")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json and answers[0].json["message"]

    ticket = post.one().token
    body = f'{{"password":"another lantern","token":"{ticket}"}}'.encode()
    first, second = [fetch("POST", "/api/reset_finalize", body, JSON, token=ticket) for _ in range(2)]

    assert (first.status_code, first.json["user"]) == (200, "ada")
    assert fetch("GET", "/api/protected", token=first.json["access_token"]).status_code == 200
    assert (second.status_code, second.json["error"]) == (409, "ticket_spent")


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/finalize"), ("POST", "/api/reset_finalize")])
def test_the_preflight_of_a_ticket_is_allowed(client, method, path):
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    response = client.options(path, headers=asked)

    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed and "content-type" in allowed
    assert method in response.headers["Access-Control-Allow-Methods"]
