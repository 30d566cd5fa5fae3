"""Everything without a mouse, in an order that follows what is seen."""

import pytest
from playwright.sync_api import expect

from tests.browser.states import STATES
from tests.factories import PASSWORD

STOPS = [
    "Skip to content",
    "Lictor",
    "Sign in",
    "Register",
    "Username or e-mail address",
    "Password",
    "Show password",
    "Stay signed in on this device",
    "Sign in",
    "Sign in with a passkey",
    "Forgot your password?",
    "No letter to confirm your address?",
    "Open an account",
]


def test_the_tab_key_goes_through_the_login_page_from_top_to_bottom(visitor):
    visitor.go("/login")

    assert [_next_stop(visitor) for _ in STOPS] == STOPS


def test_the_first_stop_skips_to_the_content(visitor):
    visitor.go("/login").tab_to("Skip to content").page.keyboard.press("Enter")

    expect(visitor.page.get_by_role("main")).to_be_focused()
    assert _next_stop(visitor) == "Username or e-mail address"


@pytest.mark.parametrize("state", ["login", "account-refused", "sessions-two"])
def test_whatever_has_the_focus_shows_it(visitor, ada, state):
    STATES[state](visitor)
    while _next_stop(visitor) and visitor.page.evaluate("document.activeElement !== document.body"):
        outline = visitor.page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "solid 3px" in outline, visitor.focused()


def test_whoever_has_a_keyboard_alone_opens_an_account(visitor, inbox):
    visitor.go("/").tab_to("Register").tap("Enter")
    visitor.tab_to("Username").type("ada").tab_to("E-mail address").type("ada@example.com")
    visitor.tab_to("Password").type(PASSWORD).tab_to("Open the account").tap("Space")

    visitor.go(inbox.link("confirm")).tab_to("Confirm").tap("Enter")
    expect(visitor.page.get_by_role("status").first).to_contain_text("is confirmed")


def test_whoever_has_a_keyboard_alone_signs_in_and_out(visitor, ada):
    visitor.go("/login").tab_to("Username or e-mail address").type("ada").tab_to("Password").type(PASSWORD)
    visitor.tab_to("Stay signed in on this device").page.keyboard.press("Space")
    visitor.tab_to("Sign in").tap("Enter")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Hello, ada")
    assert "lictor_remember" in {cookie["name"] for cookie in visitor.page.context.cookies()}

    visitor.tab_to("Sign out").tap("Enter").tab_to("Stay signed in").page.keyboard.press("Shift+Tab")
    visitor.tap("Enter")
    expect(visitor.page.get_by_role("status").first).to_have_text("You are signed out.")


def _next_stop(visitor):
    visitor.page.keyboard.press("Tab")
    return visitor.focused()
