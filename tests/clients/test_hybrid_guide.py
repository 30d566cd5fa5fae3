"""The requests of the hybrid guide: pages and tokens at once, on the database of the run; one of them is MariaDB."""

import pytest

from tests.factories import PASSWORD, bearer
from tests.pages.conftest import Browser, words

ADA = {"username": "ada", "email": "test@example.com", "password": PASSWORD}
LOGIN = {"email": "test@example.com", "password": PASSWORD}


@pytest.fixture
def registered(app):
    browser = Browser(app)
    answer = browser.send("/register", **ADA)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert "Registration successful! Please log in." in words(browser.get("/login"))
    return browser


def test_whoever_signs_in_with_the_address_is_greeted(registered):
    answer = registered.send("/login", **LOGIN)

    assert answer.status_code == 302
    assert "Hello, ada" in words(registered.get(answer.headers["Location"]))
    assert "Hello, ada" in words(registered.get("/"))


def test_a_token_is_given_for_the_address_and_the_password(registered, client):
    answer = client.post("/token", json=LOGIN)

    assert answer.status_code == 200
    assert client.get("/protected", headers=bearer(answer.json["access_token"])).json["msg"] == "Hello, ada!"
    assert client.post("/token", json=LOGIN | {"password": "not this one"}).status_code == 401
    assert client.get("/protected").status_code == 401


def test_both_are_held_at_once_and_each_ends_alone(registered, client):
    token = client.post("/token", json=LOGIN).json["access_token"]
    registered.send("/login", **LOGIN)
    registered.send("/logout")

    assert not registered.is_in()
    assert client.get("/protected", headers=bearer(token)).status_code == 200


def test_signing_out_asks_and_the_form_does_it(registered):
    registered.send("/login", **LOGIN)
    assert "Sign out?" in words(registered.get("/logout")) and registered.is_in()

    answer = registered.send("/logout")
    assert answer.headers["Location"] == "/login"
    assert "You are signed out." in words(registered.get("/login")) and not registered.is_in()
