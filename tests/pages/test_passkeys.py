"""Passkeys on the pages: what a script of theirs puts into the forms is made by an authenticator of the tests."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest

from tests.authenticator import PRESENT, Authenticator
from tests.factories import PASSWORD
from tests.pages.conftest import Browser, token_in

OURS = "http://localhost"
PASSKEYS = "/account/factors/passkeys"


@pytest.fixture
def key():
    return Authenticator(OURS, "localhost")


@pytest.fixture
def ada(app, make):
    make("ada")
    return Browser(app).sign_in("ada")


@pytest.fixture
def stranger(app):
    return Browser(app)


@pytest.fixture
def enrolled(ada, key):
    """The number of Ada's passkey."""
    page = ada.get(PASSKEYS)
    assert len(re.findall(r"<code>", add(ada, page, key, name="Phone").text)) == 10
    return re.search(rf'{PASSKEYS}/(\d+)"', ada.get("/account/factors").text)[1]


def options(page):
    return json.loads(unescape(re.search(r'data-options="([^"]*)"', page.text)[1]))


def ticket(page):
    return re.search(r'name="ticket" value="([^"]*)"', page.text)[1]


def add(browser, page, key, name):
    made = json.dumps(key.make(options(page)))
    form = {"csrf_token": token_in(page), "ticket": ticket(page), "credential": made, "name": name}
    return browser.post(PASSKEYS, form)


def sign_in(browser, key, flags=None, **more):
    begun = browser.client.post("/api/login/passkey/options").json
    signed = key.sign(begun["options"], **({} if flags is None else {"flags": flags}))
    form = {"csrf_token": browser.token("/login"), "ticket": begun["ticket"], "credential": json.dumps(signed)}
    return browser.post("/login/passkey", form | more)


def test_a_passkey_signs_in_by_itself_and_goes_on(ada, stranger, key, enrolled):
    answer = sign_in(stranger, key, next="/account/history")

    assert answer.location == "/account/history" and stranger.is_in()
    assert "last used" in stranger.get("/account/factors").text


def test_who_did_not_say_that_they_stay_leaves_with_the_browser(ada, stranger, app, key, enrolled):
    sign_in(stranger, key, remember="")
    assert stranger.cookie("lictor_remember") is None
    another = Browser(app)
    sign_in(another, key, remember="y")

    assert another.cookie("lictor_remember")


def test_a_passkey_that_does_not_know_its_owner_signs_nobody_in(ada, stranger, key, enrolled):
    answer = sign_in(stranger, key, flags=PRESENT)

    assert answer.status_code == 403 and not stranger.is_in()


@pytest.mark.parametrize("said", ["", "{}", "[]", "1", "{", "[" * 100_000, '{"id": 5}', '{"id": "x", "response": []}'])
def test_what_no_passkey_says_signs_nobody_in(ada, stranger, enrolled, said):
    begun = stranger.client.post("/api/login/passkey/options").json
    form = {"csrf_token": stranger.token("/login"), "ticket": begun["ticket"], "credential": said}
    answer = stranger.post("/login/passkey", form)

    assert answer.status_code in (403, 413, 422) and not stranger.is_in()


def test_a_passkey_is_the_second_step(ada, stranger, key, enrolled):
    stranger.send("/login", username="ada", password=PASSWORD, next="/account")
    page = stranger.get("/login/factor?next=/account")
    signed = json.dumps(key.sign(options(page), flags=PRESENT))
    answer = stranger.post("/login/factor", {"csrf_token": token_in(page), "credential": signed, "next": "/account"})

    assert answer.location == "/account" and stranger.is_in()


def test_a_passkey_shows_once_more_who_one_is(ada, key, enrolled, clock):
    clock.shift(timedelta(minutes=11))
    removal = f"{PASSKEYS}/{enrolled}/remove"
    refusal = ada.post(removal, {"csrf_token": ada.token("/account/factors")})
    assert refusal.location == "/account/confirm-identity?next=/account/factors"
    page = ada.get("/account/confirm-identity?next=/account/factors")
    signed = json.dumps(key.sign(options(page)))
    form = {"csrf_token": token_in(page), "ticket": ticket(page), "credential": signed, "next": "/account/factors"}
    assert ada.post("/account/confirm-identity", form).location == "/account/factors"

    assert ada.post(removal, {"csrf_token": ada.token("/account/factors")}).location == "/account/factors"
    assert "You have none." in ada.get("/account/factors").text


def test_a_passkey_is_called_otherwise(ada, enrolled):
    page = ada.get(f"{PASSKEYS}/{enrolled}")
    assert ada.post(f"{PASSKEYS}/{enrolled}", {"csrf_token": token_in(page), "name": ""}).status_code == 422
    ada.post(f"{PASSKEYS}/{enrolled}", {"csrf_token": token_in(page), "name": "<b>Old</b>"})

    assert "&lt;b&gt;Old&lt;/b&gt;" in ada.get("/account/factors").text


def test_a_passkey_of_someone_else_is_not_called_otherwise(app, make, ada, enrolled):
    make("eve")
    eve = Browser(app).sign_in("eve")
    form = {"csrf_token": eve.token("/account"), "name": "Mine"}

    assert eve.post(f"{PASSKEYS}/{enrolled}", form).location == "/account/factors"
    assert "Phone" in ada.get("/account/factors").text


def test_a_passkey_is_not_made_with_what_was_asked_for_elsewhere(ada, key):
    page = ada.get(PASSKEYS)
    key.origin = "https://evil.example"

    answer = add(ada, page, key, name="Phone")
    assert answer.status_code == 403 and "You have none." in ada.get("/account/factors").text
    assert options(answer)["challenge"] != options(page)["challenge"]
