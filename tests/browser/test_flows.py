"""What people come for, from the first page to the last: with scripts, and in a browser that runs none."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import SIGN_IN, Visitor
from tests.browser.states import MISTAKEN
from tests.factories import PASSWORD

ADA = {"Username": "ada", "E-mail address": "ada@example.com", "Password": PASSWORD}
NEW = "staple by the window"
REMEMBER = "lictor_remember"
#: What opens nothing: it says that this device was in an account.
DEVICE = "lictor_device"


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def visitor(browse, request):
    return browse(java_script_enabled=request.param)


def test_whoever_registers_confirms_the_address_and_signs_in(visitor, inbox):
    visitor.go("/register").fill(ADA).press("Open the account")
    shows(visitor, "Check your inbox", "/check-inbox")

    visitor.go(inbox.link("confirm")).press("Confirm")
    expect(visitor.page.get_by_role("status").first).to_have_text(re.compile("is confirmed"))
    visitor.sign_in()
    shows(visitor, "Hello, ada", "/dashboard")


def test_a_link_is_good_for_once(visitor, inbox):
    visitor.go("/register").fill(ADA).press("Open the account")
    link = inbox.link("confirm")
    visitor.go(link).press("Confirm")

    visitor.go(link)
    shows(visitor, "This link is no longer good", "/confirm")


def test_whoever_was_going_somewhere_is_sent_back_and_signs_out(visitor, ada):
    visitor.go("/account/history").fill(SIGN_IN).press("Sign in")
    shows(visitor, "What happened to your account", "/account/history")

    visitor.go("/logout").press("Sign out")
    shows(visitor, "Sign in", "/login")
    visitor.go("/account/history")
    shows(visitor, "Sign in", "/login")


def test_a_forgotten_password_is_replaced_by_a_link(visitor, ada, inbox):
    visitor.go("/forgot").fill({"E-mail address": "ada@example.com"}).press("Send the letter")
    shows(visitor, "Check your inbox", "/forgot/sent")

    visitor.go(inbox.link("reset")).fill({"New password": NEW}).press("Change the password")
    shows(visitor, "Sign in", "/login")
    visitor.sign_in(NEW)
    shows(visitor, "Hello, ada", "/dashboard")


def test_whoever_is_remembered_is_still_there_after_the_browser_was_closed(visitor, ada, browse):
    visitor.go("/login").page.get_by_label("Stay signed in on this device").check()
    visitor.fill(SIGN_IN).press("Sign in")
    kept = [cookie for cookie in visitor.page.context.cookies() if cookie["expires"] > 0]
    assert [cookie["name"] for cookie in kept] == [REMEMBER, DEVICE]

    reopened = browse(storage_state={"cookies": kept, "origins": []})
    shows(reopened.go("/dashboard"), "Hello, ada", "/dashboard")


def test_of_whoever_is_not_remembered_the_browser_knows_that_they_were_there_and_no_more(visitor, ada, browse):
    visitor.sign_in()
    kept = [cookie for cookie in visitor.page.context.cookies() if cookie["expires"] > 0]
    assert [cookie["name"] for cookie in kept] == [DEVICE]

    reopened = browse(storage_state={"cookies": kept, "origins": []})
    shows(reopened.go("/dashboard"), "Sign in", "/login")


def test_a_wrong_password_is_told_where_one_looks_and_listens(visitor, ada):
    visitor.go("/login").fill(MISTAKEN).press("Sign in")

    expect(visitor.page).to_have_title(re.compile("^Error: Sign in"))
    expect(visitor.page.locator(".summary")).to_be_focused()
    expect(visitor.page.get_by_role("alert")).to_contain_text("Wrong username or password.")
    expect(visitor.page.get_by_label("Username or e-mail address")).to_have_value("ada")


def test_a_problem_leads_to_its_field(visitor):
    visitor.go("/login").press("Sign in")
    visitor.page.get_by_role("link", name="Enter your password.").click()

    expect(visitor.page.get_by_label("Password", exact=True)).to_be_focused()


def test_a_changed_password_ends_what_others_have_open(visitor, ada, browse):
    other = browse().sign_in()
    visitor.sign_in().go("/account/password")
    visitor.fill({"Current password": PASSWORD, "New password": NEW}).press("Change the password")
    expect(visitor.page.get_by_role("status").first).to_have_text(re.compile("^Your password is changed."))

    shows(visitor.go("/dashboard"), "Hello, ada", "/dashboard")
    shows(other.go("/dashboard"), "Sign in", "/login")
    shows(other.sign_in(NEW), "Hello, ada", "/dashboard")


def test_another_session_is_ended(visitor, ada, browse):
    other = browse().sign_in()
    visitor.sign_in().go("/account/sessions").press("Sign out Chrome on Linux, 127.0.0.1")

    expect(visitor.page.get_by_role("main")).to_contain_text("You are signed in nowhere else.")
    shows(other.go("/dashboard"), "Sign in", "/login")
    shows(visitor.go("/dashboard"), "Hello, ada", "/dashboard")


def test_an_account_is_deleted(visitor, ada):
    visitor.sign_in().go("/account/delete").fill({"Current password": PASSWORD}).press("Delete it for good")
    expect(visitor.page.get_by_role("status").first).to_have_text("Your account is deleted.")

    visitor.sign_in()
    expect(visitor.page.get_by_role("alert")).to_contain_text("Wrong username or password.")


def test_no_button_is_there_that_needs_scripts(browse):
    visitor = browse(java_script_enabled=False).go("/login")

    expect(visitor.page.get_by_role("button")).to_have_text(["Sign in"])


def shows(visitor: Visitor, heading: str, path: str) -> None:
    """Whether a page is open, whatever its query."""
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(visitor.page).to_have_url(re.compile(rf"^http://127\.0\.0\.1:\d+{path}(\?|$)"))
