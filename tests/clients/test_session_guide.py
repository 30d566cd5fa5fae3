"""The requests of the JSON session guide (Flask-Login), one by one."""

import pytest
from werkzeug.security import generate_password_hash

from tests.factories import PASSWORD, make_user

ADA = {"username": "test_user", "password": PASSWORD}


@pytest.fixture(autouse=True)
def user_id(app):
    with app.app_context():
        return make_user("test_user", stored=generate_password_hash(PASSWORD, method="scrypt:1024:8:1"))


def test_a_login_is_answered_with_a_message_and_the_id(browser, user_id):
    answer = browser.post("/login", json=ADA)

    assert (answer.status_code, answer.json) == (200, {"message": "Login successful!", "user_id": user_id})
    assert answer.headers["Set-Cookie"].startswith("lictor_session=")


@pytest.mark.parametrize("body", [ADA | {"password": "wrong"}, {"username": "nobody", "password": PASSWORD}])
def test_a_wrong_login_is_answered_with_a_message(browser, body):
    answer = browser.post("/login", json=body)

    assert (answer.status_code, answer.json["message"]) == (401, "Wrong username or password.")
    assert browser.get("/protected").status_code == 401


def test_the_protected_route_greets_whoever_has_the_cookie(browser, client):
    browser.post("/login", json=ADA)
    answer = browser.get("/protected")

    assert answer.status_code == 200
    assert answer.json["message"] == "Hello, test_user! This is a protected route."
    assert client.get("/protected").status_code == 401


@pytest.mark.parametrize("sent", [{}, {"json": {}}], ids=["with nothing", "with JSON"])
def test_a_logout_leaves_a_copied_cookie_dead(app, browser, sent):
    browser.post("/login", json=ADA)
    copy = app.test_client()
    copy.set_cookie("lictor_session", browser.get_cookie("lictor_session").value)
    assert copy.get("/protected").status_code == 200

    answer = browser.post("/logout", **sent)
    assert (answer.status_code, answer.json) == (200, {"message": "Logout successful!"})
    assert copy.get("/protected").status_code == browser.get("/protected").status_code == 401


def test_the_lifetime_of_a_session_is_a_setting(app, browser, clock, monkeypatch):
    monkeypatch.setitem(app.config, "PAGE_SESSION_MINUTES", 30)
    browser.post("/login", json=ADA)
    clock.shift(29 * 60)
    assert browser.get("/protected").status_code == 200
    clock.shift(30 * 60 + 1)

    assert browser.get("/protected").status_code == 401
