"""Second factors on the pages, in a browser that has an authenticator in it, as telephones have."""

import pytest
from playwright.sync_api import expect

from auth import totp
from models import this_second
from tests.browser.chromium import SIGN_IN, authenticator, without_autofill


@pytest.fixture
def telephone(browse, server):
    """Passkeys are for a name, so the server is called by that of this host."""
    visitor = browse(base_url=f"http://localhost:{server.port}")
    authenticator(visitor.page)
    return visitor


@pytest.fixture
def enrolled(telephone, ada):
    """Ada has added a passkey, and is signed in."""
    telephone.sign_in().go("/account/factors")
    telephone.page.get_by_role("link", name="Add a passkey").click()
    telephone.fill({"Name": "Telephone"}).press("Go on")
    expect(telephone.page.locator(".codes code")).to_have_count(10)
    return telephone


def sign_out(visitor):
    visitor.go("/logout").press("Sign out")
    return visitor


def test_a_passkey_that_is_chosen_in_the_autofill_signs_in(enrolled):
    sign_out(enrolled)

    expect(enrolled.page.get_by_role("heading", level=1)).to_have_text("Hello, ada")


def test_a_passkey_signs_in_by_a_button(enrolled):
    sign_out(without_autofill(enrolled)).press("Sign in with a passkey")

    expect(enrolled.page.get_by_role("heading", level=1)).to_have_text("Hello, ada")


def test_a_passkey_is_the_second_step(enrolled):
    sign_out(without_autofill(enrolled)).fill(SIGN_IN).press("Sign in")
    enrolled.press("Use a passkey")

    expect(enrolled.page.get_by_role("heading", level=1)).to_have_text("Hello, ada")


def test_a_passkey_shows_once_more_who_one_is(enrolled, server):
    enrolled.go("/account/factors")
    server.sql("update login_sessions set authenticated_at = :at", at="2020-01-01 00:00:00")
    enrolled.press("Remove Telephone").press("Use a passkey").press("Remove Telephone")

    expect(enrolled.page.get_by_role("status").first).to_have_text("The passkey is removed.")


def test_one_device_has_one_passkey(enrolled):
    enrolled.go("/account/factors/passkeys").page.get_by_role("button", name="Go on").click()

    expect(enrolled.page.get_by_role("alert")).to_contain_text("has a passkey for this account already")


def test_where_there_are_no_scripts_nothing_offers_a_passkey(browse, ada):
    visitor = browse(java_script_enabled=False)
    visitor.go("/login")
    expect(visitor.page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    visitor.sign_in().go("/account/factors/passkeys")

    expect(visitor.page.get_by_text("This needs a browser that has passkeys")).to_be_visible()


def test_an_app_is_set_up_and_its_recovery_codes_are_kept(browse, ada):
    visitor = browse(permissions=["clipboard-read", "clipboard-write"])
    visitor.sign_in().go("/account/factors/app").press("Show the QR code")
    secret = visitor.page.locator("code").inner_text()
    visitor.fill({"Code": totp.code_at(secret, this_second() // totp.STEP)}).press("Confirm")
    codes = visitor.page.locator(".codes code").all_inner_texts()
    with visitor.page.expect_download() as kept:
        visitor.page.get_by_role("link", name="Download").click()
    visitor.page.get_by_role("button", name="Copy").click()
    expect(visitor.page.get_by_text("Copied.")).to_be_visible()

    assert len(codes) == 10 and kept.value.path().read_text().split() == codes
    assert visitor.page.evaluate("navigator.clipboard.readText()").split() == codes
