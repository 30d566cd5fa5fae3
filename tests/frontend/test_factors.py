"""The second step, and showing once more who one is, in the app."""

import pytest
from playwright.sync_api import expect

from auth import totp
from models import this_second
from tests.browser.chromium import SIGN_IN, authenticator, without_autofill
from tests.factories import PASSWORD

NEW = "staple by the window"
LONG_AGO = "2020-01-01 00:00:00"


def code(secret: str, steps: int = 0) -> str:
    return totp.code_at(secret, this_second() // totp.STEP + steps)


def set_up(server) -> tuple[str, list[str]]:
    """Set up an app for Ada, by the API; return its secret and the recovery codes."""
    token = server.sign_in("ada")
    secret = server("POST", "/api/me/factors/totp", token=token).json["secret"]
    answer = server("POST", "/api/me/factors/totp/confirm", {"code": code(secret, -1)}, token=token)
    assert answer.status == 200, answer
    return secret, answer.json["recovery_codes"]


def test_a_code_of_the_app_is_the_second_step(guest, ada, server):
    secret, _ = set_up(server)
    guest.go("/account/history").fill(SIGN_IN).press("Sign in").sees("Second step")
    guest.fill({"Code": "000000"}).press("Sign in")
    expect(guest.page.get_by_role("alert")).to_contain_text("This code is wrong")
    guest.fill({"Code": code(secret)}).press("Sign in")

    guest.sees("What happened to your account", "account/history")


def test_a_recovery_code_does_too(guest, ada, server):
    _, codes = set_up(server)
    guest.go("/login").fill(SIGN_IN).press("Sign in").sees("Second step")
    guest.fill({"Code": codes[0]}).press("Sign in").sees("Hello, ada", "dashboard")


def test_what_matters_asks_once_more_who_one_is_and_goes_on(guest, ada, server):
    guest.enter("ada")
    server.sql("update login_sessions set authenticated_at = :at", at=LONG_AGO)
    guest.go("/account/password").fill({"Current password": PASSWORD, "New password": NEW})
    guest.press("Change the password")
    dialog = guest.page.get_by_role("dialog", name="Confirm that it is you")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Confirm").click()

    guest.hears("password is changed")


@pytest.fixture
def telephone(browse, server):
    """A browser with an authenticator in it. Passkeys are for a name, so the server is called by that of this host."""
    guest = browse(base_url=f"http://localhost:{server.port}/app/")
    authenticator(guest.page)
    return guest


@pytest.fixture
def enrolled(telephone, ada):
    """Ada has added a passkey, and is signed in."""
    telephone.sign_in().go("/account/factors").press("Add a passkey").fill({"Name": "Telephone"}).press("Go on")
    return telephone.hears("The passkey Telephone counts from now on.").press("I have kept them")


def test_a_passkey_that_is_chosen_in_the_autofill_signs_in(enrolled):
    with enrolled.page.expect_response("**/api/login/passkey") as answer:
        enrolled.press("Sign out")

    assert answer.value.ok
    enrolled.sees("Second factors", "account/factors").reads("Last used")


def test_a_passkey_signs_in_by_itself(enrolled):
    without_autofill(enrolled.reads("Not used yet.")).page.reload()
    enrolled.press("Sign out").press("Sign in with a passkey")

    enrolled.sees("Second factors", "account/factors").reads("Last used")


def test_a_passkey_is_the_second_step(enrolled):
    without_autofill(enrolled).page.reload()
    enrolled.press("Sign out").fill(SIGN_IN).press("Sign in").sees("Second step")

    enrolled.press("Use a passkey").sees("Second factors", "account/factors")


def test_a_passkey_shows_once_more_who_one_is(enrolled, server):
    server.sql("update login_sessions set authenticated_at = :at", at=LONG_AGO)
    enrolled.press("Remove Telephone").press("Use a passkey")

    enrolled.hears("The passkey Telephone is removed.")


def test_a_passkey_is_called_otherwise(enrolled):
    enrolled.press("Rename Telephone").fill({"Name": "Old telephone"}).press("Save")

    enrolled.hears("called Old telephone now").alone()
    expect(enrolled.page.get_by_role("heading", name="Old telephone")).to_be_visible()


def test_one_device_has_one_passkey(enrolled):
    enrolled.press("Add a passkey").press("Go on")

    expect(enrolled.page.get_by_role("alert")).to_contain_text("has a passkey for this account already")


def test_an_app_is_set_up_and_its_recovery_codes_are_kept(guest, ada):
    guest.sign_in().go("/account/factors").press("Set up an app")
    secret = guest.page.get_by_role("dialog").locator("code").inner_text().replace(" ", "")
    assert guest.page.get_by_role("img", name="QR code").evaluate("picture => picture.naturalWidth") > 0
    guest.fill({"The six digits that the app shows": code(secret)}).press("Confirm").sees("Recovery codes")
    codes = guest.page.locator(".codes code").all_inner_texts()
    with guest.page.expect_download() as kept:
        guest.page.get_by_role("link", name="Download").click()

    assert len(codes) == 10 and kept.value.path().read_text().split() == codes
    guest.press("I have kept them").reads("10 of 10 are left.")


def test_a_role_that_waits_for_a_factor_says_so_and_counts_when_it_is_shown(guest, ada, server):
    server.sql("update users set roles = 'admin,user' where username = 'ada'")
    secret, _ = set_up(server)
    server.sql("update users set factors = '' where username = 'ada'")
    guest.enter("ada")
    server.sql("update users set factors = 'totp' where username = 'ada'")
    server.sql("update roles set requires_factor = :on where name = 'admin'", on=True)
    guest.go("/admin").sees("A second factor is needed").press("Confirm that it is you")
    guest.fill({"Code of the authenticator app": code(secret)}).press("Confirm")

    guest.sees("Users", "admin/users")
