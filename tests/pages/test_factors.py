"""Second factors on the pages: setting an app up, the second step, and showing once more who one is."""

import re
from datetime import timedelta

import pytest

from auth import totp
from auth.caller import CONSOLE
from auth.catalogue import edit
from models import db, this_second
from tests.factories import PASSWORD
from tests.pages.conftest import Browser, token_in, words


@pytest.fixture
def ada(app, make, clock):
    make("ada")
    return Browser(app).sign_in("ada")


def code_of(secret, steps=0):
    return totp.code_at(secret, this_second() // totp.STEP + steps)


def set_up(browser):
    """Set up an app; return its secret and the recovery codes."""
    page = browser.send("/account/factors/app")
    secret = re.search(r"<code>(\w+)</code>", page.text)[1]
    token = token_in(page)
    done = browser.post("/account/factors/app/confirm", {"csrf_token": token, "code": code_of(secret, -1)})
    return secret, re.findall(r"<code>([\w-]+)</code>", done.text)


def first_step(app):
    browser = Browser(app)
    answer = browser.send("/login", username="ada", password=PASSWORD, next="/account")
    assert answer.location == "/login/factor?next=/account" and not browser.is_in()
    return browser


def test_an_app_is_set_up_and_asked_for(app, ada):
    secret, codes = set_up(ada)
    assert len(codes) == 10
    browser = first_step(app)
    assert browser.send("/login/factor", code="000000").status_code == 403 and not browser.is_in()
    answer = browser.send("/login/factor", code=code_of(secret), next="/account")

    assert answer.location == "/account" and browser.is_in()


def test_a_recovery_code_does_too(app, ada):
    _, codes = set_up(ada)
    browser = first_step(app)
    browser.send("/login/factor", code=codes[0])

    assert browser.is_in()
    assert "9 of 10 are left" in browser.get("/account/factors").text


def test_nobody_takes_the_second_step_first(app):
    browser = Browser(app)

    assert browser.get("/login/factor").location == "/login"


def test_what_matters_asks_once_more_who_one_is(ada, clock):
    clock.shift(timedelta(minutes=11))
    form = {"current_password": PASSWORD, "new_password": "another lantern here"}
    answer = ada.send("/account/password", **form)
    assert answer.location == "/account/confirm-identity?next=/account/password"
    assert ada.send("/account/confirm-identity", password="wrong").status_code == 403
    back = ada.send("/account/confirm-identity", password=PASSWORD, next="/account/password")
    assert back.location == "/account/password"

    assert ada.send("/account/password", **form).status_code == 302
    assert ada.is_in()


def test_the_app_is_removed(app, ada):
    set_up(ada)
    token = token_in(ada.get("/account/factors"))
    ada.post("/account/factors/app/remove", {"csrf_token": token})

    assert Browser(app).sign_in("ada").is_in()


@pytest.fixture
def demanding(app):
    """The administrators' role counts only with a second factor."""
    with app.app_context():
        edit("admin", CONSOLE, requires_factor=True)
        db.session.commit()


def test_a_role_that_demands_a_factor_counts_as_soon_as_one_is_set_up(app, make, demanding, clock):
    make("ada", roles="admin,user")
    ada = Browser(app).sign_in("ada")
    assert roles(ada) == ["user"]
    assert "The role admin waits for a second factor. Set up a second factor" in words(ada.get("/dashboard"))
    set_up(ada)

    assert roles(ada) == ["admin", "user"] and "waits" not in words(ada.get("/dashboard"))


def test_it_counts_as_soon_as_one_that_was_set_up_elsewhere_is_shown(app, make, demanding, clock):
    make("ada", roles="admin,user")
    ada, elsewhere = (Browser(app).sign_in("ada") for _ in range(2))
    secret, _ = set_up(elsewhere)
    assert roles(ada) == ["user"]
    assert "Confirm that it is you" in words(ada.get("/dashboard"))
    form = {"code": code_of(secret), "next": "/dashboard"}
    assert ada.send("/account/confirm-identity", **form).location == "/dashboard"

    assert roles(ada) == ["admin", "user"]


def roles(browser):
    listed = re.search(r'<ul class="roles">(.*?)</ul>', browser.get("/dashboard").text)[1]
    return re.findall(r"<li>(.*?)</li>", listed)
