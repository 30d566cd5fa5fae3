"""The requests of the Flask-Login guide: forms, flashed messages, a dashboard, and remembering."""

from flask_login import user_logged_in, user_logged_out
from werkzeug.security import generate_password_hash

from tests.factories import PASSWORD, make_user
from tests.pages.conftest import REMEMBER, Browser, words

ADA = {"username": "ada", "password": PASSWORD}


def test_the_guide_from_registration_to_signing_out(app):
    browser = Browser(app)
    heard = []

    def hear(name):
        return lambda sender, user: heard.append((name, user.username))

    registered = browser.send("/register", **ADA)
    assert registered.headers["Location"] == "/login"
    assert "Please log in." in words(browser.get("/login"))

    into = hear("in")
    out = hear("out")
    with user_logged_in.connected_to(into, app), user_logged_out.connected_to(out, app):
        signed_in = browser.send("/login", **ADA, remember="on")
        assert signed_in.headers["Location"] == "/dashboard"
        assert "Hello, ada" in words(browser.get("/dashboard"))

        signed_out = browser.send("/logout")
        assert signed_out.headers["Location"] == "/login"
    assert heard == [("in", "ada"), ("out", "ada")]
    assert browser.get("/dashboard").status_code == 302


def test_wrong_credentials_are_told_on_the_login_page(app):
    browser = Browser(app)
    browser.send("/register", **ADA)
    page = browser.send("/login", username="ada", password="not this one")

    assert "Wrong username or password." in words(page) and "Sign in" in words(page)
    assert browser.get("/dashboard").status_code == 302


def test_an_anonymous_visitor_lands_on_the_login_page_and_comes_back(app):
    browser = Browser(app)
    browser.send("/register", **ADA)
    stopped = browser.get("/dashboard")
    assert stopped.headers["Location"] == "/login?next=/dashboard"

    page = browser.get(stopped.headers["Location"])
    assert "Sign in to go on." in words(page)
    answer = browser.post(stopped.headers["Location"], ADA | {"csrf_token": browser.token()})
    assert answer.headers["Location"] == "/dashboard"


def test_the_remember_cookie_survives_a_closed_browser(app):
    browser = Browser(app)
    browser.send("/register", **ADA)
    browser.send("/login", **ADA, remember="on")

    assert "Hello, ada" in words(Browser(app, **{REMEMBER: browser.cookie(REMEMBER)}).get("/dashboard"))


def test_without_the_box_a_closed_browser_forgets(app):
    browser = Browser(app)
    browser.send("/register", **ADA)
    browser.send("/login", **ADA)

    assert browser.cookie(REMEMBER) is None


def test_every_form_has_a_csrf_token(app):
    browser = Browser(app)
    browser.send("/register", **ADA)
    assert browser.post("/login", ADA).status_code == 400
    browser.send("/login", **ADA)

    assert browser.post("/logout").status_code == 400
    assert browser.get("/dashboard").status_code == 200


def test_a_password_that_the_guide_stored_still_signs_in(app):
    with app.app_context():
        make_user("ada", stored=generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000"))
    for _ in range(2):
        assert Browser(app).send("/login", **ADA).headers["Location"] == "/dashboard"
