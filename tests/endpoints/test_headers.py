"""What every answer carries, and which pages of other origins may read it."""

import pytest

from tests.conftest import ORIGIN

#: Answers of every kind: made by a view, by an error, by Flask, and by the documentation.
ANSWERS = {
    "a view": ("GET", "/api", 200),
    "a refusal": ("POST", "/api/login", 422),
    "no token": ("GET", "/api/protected", 401),
    "nothing there": ("GET", "/api/nothing", 404),
    "outside the API": ("GET", "/nothing", 404),
    "a wrong method": ("DELETE", "/api/login", 405),
    "the methods": ("OPTIONS", "/api/login", 200),
    "the documentation": ("GET", "/api/docs", 200),
    "a script": ("GET", "/api/docs/start.js", 200),
    "the specification": ("GET", "/api/openapi.json", 200),
}
LOOKALIKES = [
    "https://evil.example",
    "null",
    f"{ORIGIN}.evil.example",
    f"https://evil.example/{ORIGIN}",
    "https://evilapp.example.com",
    "https://app.example.com.",
    "https://app.example.comx",
    "https://appxexample.com",
    "https://app-example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com:443",
    "https://app.example.com/",
    "https://user@app.example.com",
    "https://sub.app.example.com",
    "https://example.com",
    ORIGIN.upper(),
    f" {ORIGIN}",
    f"{ORIGIN} https://evil.example",
    f"{ORIGIN}\t",
    "*",
    "",
]
TOLD_TO_ORIGINS = "Access-Control-Allow-Origin"


@pytest.fixture(params=ANSWERS)
def answer(request, client):
    method, path, status = ANSWERS[request.param]

    def asked(**options):
        response = client.open(path, method=method, buffered=True, **options)
        assert response.status_code == status
        return response

    return asked


def test_every_answer_is_private_and_is_what_it_says(answer):
    headers = answer().headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Request-ID"]


def test_every_answer_has_a_strict_policy_and_one_of_it(answer):
    (policy,) = answer().headers.getlist("Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert not {"unsafe", "*", "http:", "https:", "data:"} & set(rules.get("script-src", "").replace("-", " ").split())
    assert "unsafe-" not in policy and "*" not in policy


def test_the_browser_is_told_to_stay_with_https_over_https_alone(answer):
    assert "Strict-Transport-Security" not in answer().headers
    assert "max-age=" in answer(base_url="https://localhost").headers["Strict-Transport-Security"]


def test_the_word_of_a_proxy_that_is_not_trusted_makes_no_https(client):
    headers = client.get("/api", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}).headers

    assert "Strict-Transport-Security" not in headers


def test_an_allowed_origin_may_read_every_answer_under_api(client):
    for method, path, status in ANSWERS.values():
        headers = client.open(path, method=method, headers={"Origin": ORIGIN}, buffered=True).headers

        assert headers.get(TOLD_TO_ORIGINS) == (ORIGIN if path.startswith("/api") else None), (path, status)
        assert "Origin" in headers["Vary"]


def test_an_allowed_origin_may_send_cookies_and_read_what_it_needs(client):
    headers = client.get("/api", headers={"Origin": ORIGIN}).headers

    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert set(headers["Access-Control-Expose-Headers"].split(", ")) == {
        *("ETag", "Retry-After", "WWW-Authenticate", "X-Request-ID"),
    }


@pytest.mark.parametrize("origin", LOOKALIKES)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_other_origin_is_allowed(client, origin, method):
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    headers = client.open("/api/protected", method=method, headers=asked).headers

    assert not [name for name, _ in headers.items() if name.startswith("Access-Control-")]
    assert "Origin" in headers["Vary"]


def test_an_answer_without_an_origin_varies_by_it_too(answer):
    headers = answer().headers

    assert "Origin" in headers["Vary"] and TOLD_TO_ORIGINS not in headers


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("GET", "/api/protected", "authorization"),
        ("GET", "/api/me", "authorization, content-type"),
        ("POST", "/api/login", "content-type"),
        ("PUT", "/api/me/password", "authorization,content-type"),
        ("PATCH", "/api/admin/users/1", "authorization, content-type, if-match"),
        ("DELETE", "/api/me/sessions/1", "authorization"),
    ],
)
def test_the_preflight_of_a_client_is_answered(client, method, path, asked):
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": asked}
    response = client.options(path, headers=headers)

    assert response.status_code == 200
    assert response.headers[TOLD_TO_ORIGINS] == ORIGIN
    assert method in response.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = {name.strip().lower() for name in response.headers["Access-Control-Allow-Headers"].split(",")}
    assert {name.strip() for name in asked.split(",")} <= allowed
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def test_a_preflight_allows_no_header_that_no_client_needs(client):
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization, x-anything"}
    headers = client.options("/api/protected", headers={"Origin": ORIGIN} | asked).headers

    assert "x-anything" not in headers["Access-Control-Allow-Headers"].lower()


def test_no_answer_sets_a_cookie_unless_one_was_asked_for(client, as_user):
    ada = as_user()
    for path in ["/api", "/api/protected", "/api/nothing", "/api/docs"]:
        assert "Set-Cookie" not in client.get(path, headers=ada.headers, buffered=True).headers
