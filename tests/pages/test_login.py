"""Signing in and out with a form."""

import pytest
from flask_login import user_logged_in, user_logged_out

from tests.factories import PASSWORD
from tests.pages.conftest import REMEMBER, SESSION, rows, words

#: Other sites, and this one's name in other people's mouths, in spellings that browsers take for addresses.
ELSEWHERE = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "javascript:alert(1)",
    "data:text/html,hello",
    "evil.example",
    "@evil.example",
    "/dashboard\r\nSet-Cookie: a=b",
    "/／evil.example",
    "http://localhost@evil.example/",
    "/.//evil.example",
    "/a/..//evil.example",
    "/" + "a" * 3000,
]


@pytest.fixture(autouse=True)
def _ada(make):
    make("ada", email="ada@example.com", roles="editor,user")


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.com", "Ada@Example.com"])
def test_a_name_or_an_address_signs_in(visitor, name):
    answer = visitor.send("/login", username=name, password=PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard")
    assert "Hello, ada" in words(visitor.get("/dashboard"))


def test_an_address_in_a_field_of_its_own_signs_in(visitor):
    visitor.send("/login", email="ada@example.com", password=PASSWORD)

    assert visitor.is_in()


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "ada", "password": "not this one"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "ada\0", "password": PASSWORD},
        {"username": "ada", "password": "x" * 5000},
    ],
    ids=["password", "name", "odd", "long"],
)
def test_what_is_wrong_is_not_told_apart(visitor, fields):
    answer = visitor.send("/login", **fields)

    assert answer.status_code == 401
    assert "Wrong username or password." in words(answer)
    assert 'role="alert"' in answer.text and "<title>Error: " in answer.text
    assert "not this one" not in answer.text and PASSWORD not in answer.text
    assert not visitor.is_in()


@pytest.mark.parametrize("over", [{"is_active": False}, {"stored": "!"}])
def test_whoever_may_not_sign_in_is_told_the_same(visitor, make, over):
    make("bea", **over)
    mistaken = visitor.send("/login", username="ada", password="not this one")
    answer = visitor.send("/login", username="bea", password=PASSWORD)

    assert answer.status_code == 401
    assert words(answer) == words(mistaken)


def test_a_refused_sign_in_is_on_record(visitor, root, client):
    visitor.send("/login", username="ada", password="not this one")
    (event,) = client.get("/api/admin/events?action=session.refused", headers=root.headers).json["events"]

    assert event["subject_id"] and event["actor"] == "stranger"


def test_an_empty_form_says_what_is_missing_beside_each_field(visitor):
    page = visitor.send("/login", username="", password="")

    assert page.status_code == 422
    assert words(page).count("Enter your username or your e-mail address.") == 2
    assert words(page).count("Enter your password.") == 2
    assert 'href="#username"' in page.text and 'aria-describedby="password-problem"' in page.text


def test_whoever_was_going_somewhere_comes_back(visitor):
    stopped = visitor.get("/account/history?before=7")
    page = visitor.get(stopped.headers["Location"])

    assert "Sign in to go on." in words(page)
    answer = visitor.post(
        "/login", {"csrf_token": visitor.token(), "username": "ada", "password": PASSWORD, "next": _goal(page)}
    )
    assert answer.headers["Location"] == "/account/history?before=7"


@pytest.mark.parametrize("place", ["form", "query"])
@pytest.mark.parametrize("goal", ELSEWHERE)
def test_next_leads_nowhere_else(visitor, goal, place):
    given = {"csrf_token": visitor.token(), "username": "ada", "password": PASSWORD}
    query = {"next": goal} if place == "query" else {}
    answer = visitor.client.post("/login", data=given | ({} if query else {"next": goal}), query_string=query)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard")
    assert visitor.client.get("/login", query_string={"next": goal}).headers["Location"] == "/dashboard"


@pytest.mark.parametrize("goal", ["/account", "/account/history?before=7", "/a/b?c=%2F%2Fd#e"])
def test_next_leads_to_a_page_of_ours(visitor, goal):
    assert visitor.send("/login", username="ada", password=PASSWORD, next=goal).headers["Location"] == goal


def test_a_next_is_not_written_into_the_page_unless_it_is_ours(visitor):
    assert "evil" not in visitor.get("/login?next=https://evil.example").text
    assert "&#34;&gt;" in visitor.get('/login?next=/"><script>').text


def test_signing_in_begins_a_new_session_with_a_new_csrf_secret(app, visitor):
    token, cookie = visitor.token(), visitor.cookie(SESSION)
    visitor.sign_in()

    assert visitor.cookie(SESSION) != cookie
    assert visitor.post("/account/sessions/end", {"csrf_token": token}).status_code == 400
    first = visitor.cookies()
    visitor.send("/login", form="/logout", username="ada", password=PASSWORD)
    former, current = rows(app)
    assert former.ended_because == "logout" and current.is_open and former.id != current.id
    visitor.client.set_cookie(SESSION, first[SESSION])
    assert not visitor.is_in()


def test_cookies_are_for_this_server_alone_and_for_no_script(visitor):
    answer = visitor.send("/login", username="ada", password=PASSWORD, remember="y")
    cookies = {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}

    assert set(cookies) == {SESSION, REMEMBER, "lictor_device"}
    for cookie in cookies.values():
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
        assert "Domain" not in cookie
    assert "Expires" in cookies[REMEMBER] and "Expires" not in cookies[SESSION]


@pytest.mark.parametrize("how", ["over TLS", "in production"])
def test_cookies_are_bound_to_the_host_where_there_is_tls(app, browse, monkeypatch, how):
    base = "https://localhost" if how == "over TLS" else "http://localhost"
    if how == "in production":
        monkeypatch.setitem(app.config, "APP_ENV", "production")
    client = app.test_client(use_cookies=False)
    page = client.get("/login", base_url=base)
    sent = page.headers["Set-Cookie"]
    assert sent.startswith(f"__Host-{SESSION}=") and "Secure" in sent
    from tests.pages.conftest import token_in

    given = {"csrf_token": token_in(page), "username": "ada", "password": PASSWORD, "remember": "y"}
    answer = client.post("/login", data=given, base_url=base, headers={"Cookie": sent.partition(";")[0]})
    assert answer.status_code == 302
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-lictor_") and "Secure" in cookie and "HttpOnly" in cookie


def test_extensions_hear_of_it(app, visitor):
    heard = []

    def hear_in(sender, user):
        heard.append(("in", user.username, user.id))

    def hear_out(sender, user):
        heard.append(("out", user.username, user.id))

    with user_logged_in.connected_to(hear_in, app), user_logged_out.connected_to(hear_out, app):
        visitor.sign_in()
        visitor.send("/logout")
    (row,) = rows(app)

    assert heard == [("in", "ada", row.user_id), ("out", "ada", row.user_id)]


def test_extensions_hear_that_one_takes_the_place_of_another(app, visitor, make):
    make("bea")
    heard = []

    def hear(name):
        return lambda sender, user: heard.append((name, user.username))

    hear_in, hear_out = hear("in"), hear("out")
    with user_logged_in.connected_to(hear_in, app), user_logged_out.connected_to(hear_out, app):
        visitor.sign_in()
        visitor.send("/login", form="/logout", username="bea", password=PASSWORD)

    assert heard == [("in", "ada"), ("out", "ada"), ("in", "bea")]


def test_what_someone_else_tries_is_not_told_of_whoever_is_signed_in(app, visitor, make, browse):
    make("bea")
    visitor.sign_in()
    visitor.send("/login", form="/logout", username="bea", password="not this one")

    page = words(browse().sign_in("bea").get("/account/history"))
    assert "Sign-in refused" in page and "by an administrator" not in page
    assert "refused" not in words(visitor.get("/account/history")) and visitor.is_in()


def test_signing_out_asks_first(app, visitor):
    visitor.sign_in(remember="y")
    page = visitor.get("/logout")

    assert "Sign out?" in words(page) and visitor.is_in()
    answer = visitor.send("/logout")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert "You are signed out." in words(visitor.get("/login"))
    assert not visitor.is_in() and visitor.cookie(REMEMBER) is None


def test_whoever_is_in_need_not_sign_in(visitor):
    visitor.sign_in()

    assert visitor.get("/login").headers["Location"] == "/dashboard"
    assert "Hello, ada" in words(visitor.get("/"))


def test_whoever_is_out_need_not_sign_out(visitor):
    assert visitor.get("/logout").headers["Location"] == "/login"
    assert visitor.send("/logout", form="/login").headers["Location"] == "/login"


def test_the_dashboard_tells_the_roles_that_are_held_now(visitor, client, root):
    visitor.sign_in()
    assert "editor" in words(visitor.get("/dashboard"))

    ada = client.get("/api/admin/users?search=ada", headers=root.headers).json["users"][0]["id"]
    client.delete(f"/api/admin/users/{ada}/roles/editor", headers=root.headers)
    assert "editor" not in words(visitor.get("/dashboard"))


def _goal(page):
    return page.text.partition('name="next" value="')[2].partition('"')[0]


def test_too_many_attempts_are_told_with_the_time_until_the_next(visitor):
    for _ in range(10):
        visitor.send("/login", username="ada", password="a guess")
    answer = visitor.send("/login", username="ada", password=PASSWORD)

    assert answer.status_code == 429
    assert "Too many attempts." in answer.text and f'data-left="{answer.headers["Retry-After"]}"' in answer.text
    assert 1 <= int(answer.headers["Retry-After"]) <= 300


def test_a_browser_that_was_in_gets_in_while_others_guess(visitor, client):
    visitor.send("/login", username="ada", password=PASSWORD)
    visitor.send("/logout")
    for _ in range(11):
        client.post("/api/login", json={"username": "ada", "password": "a guess"})

    assert visitor.send("/login", username="ada", password=PASSWORD).status_code == 302
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 429


def test_too_many_letters_are_told_beside_the_form(visitor, monkeypatch):
    from auth import throttle

    monkeypatch.setattr(throttle, "LETTERS", throttle._budget("letters", "0/hour"))
    answer = visitor.send("/forgot", email="ada@example.com")

    assert answer.status_code == 429 and "Too many attempts." in answer.text and "data-left" in answer.text
