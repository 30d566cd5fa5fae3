"""What people come to the app for, from the first page to the last."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import SIGN_IN
from tests.browser.states import MISTAKEN
from tests.factories import PASSWORD

ADA = {"Username": "ada", "E-mail address": "ada@example.com", "Password": PASSWORD}
NEW = "staple by the window"


def test_whoever_registers_confirms_the_address_and_is_sent_to_where_they_were_going(guest, inbox):
    guest.go("/register").fill(ADA).press("Open the account").sees("Check your inbox", "check-inbox")
    guest.go(inbox.link("confirm")).press("Confirm").sees("Sign in", "login").hears("is confirmed")

    guest.go("/account/history").sees("Sign in", "login").fill(SIGN_IN).press("Sign in")
    guest.sees("What happened to your account", "account/history")
    guest.press("Sign out").sees("Sign in", "login")


def test_a_link_is_good_for_once(guest, inbox):
    guest.go("/register").fill(ADA).press("Open the account")
    link = inbox.link("confirm")
    guest.go(link).press("Confirm").sees("Sign in", "login")

    guest.go(link).press("Confirm").sees("This link is no longer good")


def test_whoever_forgot_the_password_is_signed_in_with_another_one(guest, ada, inbox):
    guest.go("/forgot").fill({"E-mail address": "ada@example.com"}).press("Send the letter").sees("Check your inbox")

    guest.go(inbox.link("reset")).fill({"New password": NEW}).press("Change the password")
    guest.sees("Hello, ada", "dashboard")
    guest.press("Sign out").sign_in(NEW)


def test_a_wrong_password_is_told_where_one_looks_and_listens(guest, ada):
    guest.go("/login").fill(MISTAKEN).press("Sign in")

    expect(guest.page).to_have_title("Error: Sign in – Lictor")
    expect(guest.page.locator(".summary")).to_be_focused()
    expect(guest.page.get_by_role("alert")).to_contain_text("Wrong username or password.")
    expect(guest.page.get_by_label("Username or e-mail address")).to_have_value("ada")


def test_a_problem_leads_to_its_field(guest):
    guest.go("/login").press("Sign in").follow("Fill in: Password")

    expect(guest.page.get_by_label("Password", exact=True)).to_be_focused()


def test_whoever_reloads_stays_signed_in(guest, ada):
    guest.sign_in().page.reload()

    guest.sees("Hello, ada", "dashboard")


@pytest.mark.parametrize(("remember", "kept"), [(False, []), (True, ["lictor_refresh"])])
def test_the_browser_keeps_what_it_was_asked_to_keep(guest, ada, browse, remember, kept):
    guest.go("/login").page.get_by_label("Stay signed in on this device").set_checked(remember)
    guest.fill(SIGN_IN).press("Sign in").sees("Hello, ada")
    cookies = [cookie for cookie in guest.page.context.cookies() if cookie["expires"] > 0]
    assert [cookie["name"] for cookie in cookies] == kept

    reopened = browse(storage_state={"cookies": cookies, "origins": []}).go("/dashboard")
    reopened.sees("Hello, ada" if kept else "Sign in")


def test_whoever_lacks_the_role_of_a_page_is_told_so(guest, ada):
    guest.enter().go("/admin").sees("Not allowed")

    expect(guest.page.get_by_role("main")).to_contain_text("This page needs the role admin")
    guest.press("Sign in as someone else").sees("Sign in", "login")


def test_an_address_that_leads_nowhere_says_so(guest):
    guest.go("/no/such/page").sees("Not found").follow("Go to the home page")

    guest.sees("One account, and roles that count at once", "app/")


def test_a_changed_password_ends_what_others_have_open(guest, ada, browse):
    other = browse().sign_in()
    guest.sign_in().go("/account/password").fill({"Current password": PASSWORD, "New password": NEW})
    guest.press("Change the password").sees("Profile", "account").hears("Your password is changed.")

    other.sees("Sign in", "login")
    guest.go("/dashboard").sees("Hello, ada")
    other.sign_in(NEW)


def test_another_session_is_ended(guest, ada, browse):
    other = browse(user_agent="curl/8").sign_in()
    guest.sign_in().go("/account/sessions").press("Sign out curl").hears("The session is signed out.")

    expect(guest.page.get_by_role("main")).to_contain_text("You are signed in nowhere else.")
    other.sees("Sign in", "login")


def test_an_account_is_deleted(guest, ada):
    guest.sign_in().go("/account/delete").fill({"Current password": PASSWORD}).press("Delete it for good")
    guest.hears("Your account is deleted.")

    guest.go("/login").fill(SIGN_IN).press("Sign in")
    expect(guest.page.get_by_role("alert")).to_contain_text("Wrong username or password.")


def test_the_app_speaks_german_and_english_again(guest):
    guest.go("/login").choose("Language", "Deutsch").sees("Anmelden")
    expect(guest.page.locator("html")).to_have_attribute("lang", "de")
    guest.page.reload()

    guest.sees("Anmelden").choose("Sprache", "English").sees("Sign in")
    expect(guest.page).to_have_title(re.compile("^Sign in"))


def test_whoever_has_a_keyboard_alone_signs_in_and_out(guest, ada):
    guest.go("/login").sees("Sign in").tab_to("Username or e-mail address").type("ada")
    guest.tab_to("Password").type(PASSWORD).page.keyboard.press("Enter")
    guest.sees("Hello, ada")

    guest.tab_to("Sign out").page.keyboard.press("Enter")
    guest.sees("Sign in", "login")


def test_the_first_stop_of_the_tab_key_skips_to_the_content(guest):
    guest.go("/login").sees("Sign in").tab_to("Skip to content").page.keyboard.press("Enter")

    expect(guest.page.get_by_role("main")).to_be_focused()
    guest.tab_to("Username or e-mail address")
