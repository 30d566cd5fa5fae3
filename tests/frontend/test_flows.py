"""What people come to the app for, from the first page to the last."""

import re

import pytest
from playwright.sync_api import expect

from models import now
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


def test_too_many_attempts_are_told_with_the_time_until_the_next(guest, ada, server):
    for _ in range(10):
        server("POST", "/api/login", {"username": "ada", "password": "a guess"})
    guest.go("/login").fill(SIGN_IN).press("Sign in")

    expect(guest.page.get_by_role("alert")).to_contain_text("Too many attempts.")
    expect(guest.page.get_by_role("timer")).to_have_text(re.compile(r"Try again in [45]:\d\d\."))


def test_a_known_device_gets_in_while_others_guess(guest, ada, server):
    guest.sign_in().press("Sign out").sees("Sign in", "login")
    for _ in range(11):
        server("POST", "/api/login", {"username": "ada", "password": "a guess"})
    assert server.login("ada").status == 429

    guest.sign_in()


def test_a_problem_leads_to_its_field(guest):
    guest.go("/login").press("Sign in").follow("Fill in: Password")

    expect(guest.page.get_by_label("Password", exact=True)).to_be_focused()


def test_whoever_reloads_stays_signed_in(guest, ada):
    guest.sign_in().page.reload()

    guest.sees("Hello, ada", "dashboard")


@pytest.mark.parametrize(("remember", "kept"), [(False, False), (True, True)])
def test_the_browser_keeps_what_it_was_asked_to_keep(guest, ada, browse, remember, kept):
    guest.go("/login").page.get_by_label("Stay signed in on this device").set_checked(remember)
    guest.fill(SIGN_IN).press("Sign in").sees("Hello, ada")
    cookies = [cookie for cookie in guest.page.context.cookies() if cookie["expires"] > 0]
    assert [cookie["name"] for cookie in cookies] == ["lictor_refresh"] * kept + ["lictor_device"]

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


REFUSALS = {
    "a name that is taken": (
        "/register",
        {"Username": "ADA", "E-mail address": "a@example.com", "Password": PASSWORD},
        "Open the account",
        "taken",
    ),
    "a password that is too short": (
        "/register",
        {"Username": "grace", "E-mail address": "a@example.com", "Password": "short"},
        "Open the account",
        "8 to 1024 characters",
    ),
    "a spent link of a confirmation": ("/confirm?token=spent", {}, "Confirm", "This link is no longer good"),
    "a spent link of a reset": (
        "/reset?token=spent",
        {"New password": NEW},
        "Change the password",
        "This link is no longer good",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_stranger_is_told_what_is_wrong(guest, ada, case):
    path, fields, button, told = REFUSALS[case]

    guest.go(path).fill(fields).press(button).reads(told)


OWN_REFUSALS = {
    "a name that is taken": ("/account", {"Username": "GRACE"}, "Save", "taken"),
    "an address with a wrong password": (
        "/account/email",
        {"New e-mail address": "new@example.com", "Current password": "not this one"},
        "Change it",
        "The current password is wrong.",
    ),
    "a wrong current password": (
        "/account/password",
        {"Current password": "not this one", "New password": NEW},
        "Change the password",
        "The current password is wrong.",
    ),
    "a new password that is too short": (
        "/account/password",
        {"Current password": PASSWORD, "New password": "short"},
        "Change the password",
        "8 to 1024 characters",
    ),
    "a deletion with a wrong password": (
        "/account/delete",
        {"Current password": "not this one"},
        "Delete it for good",
        "The current password is wrong.",
    ),
}


@pytest.mark.parametrize("case", OWN_REFUSALS)
def test_the_owner_of_an_account_is_told_what_is_wrong(guest, ada, grace, server, case):
    path, fields, button, told = OWN_REFUSALS[case]
    guest.enter().go(path).fill(fields).press(button)

    expect(guest.page.get_by_role("alert")).to_contain_text(told)
    assert server.sql("SELECT username, email FROM users ORDER BY id")[0] == ("ada", "ada@example.com")
    assert server.login("ada").status == 200


def test_the_last_administrator_cannot_go_and_is_told_why(guest, root):
    guest.enter("root").go("/account/delete").fill({"Current password": PASSWORD}).press("Delete it for good")

    expect(guest.page.get_by_role("alert")).to_contain_text("administrator")


@pytest.mark.parametrize(
    ("password", "told"), [("password1", "This one cannot be chosen"), ("a lantern in the harbour", "Very good.")]
)
def test_a_new_password_is_rated_while_it_is_typed(guest, password, told):
    guest.go("/register").fill({"Username": "grace", "Password": password}).hears(told)

    value = float(guest.page.get_by_label("How good the password is").get_attribute("value") or 0)
    assert (value == 4) == (told == "Very good.")
    guest.fill({"Password": ""})
    expect(guest.page.get_by_text(told)).to_have_count(0)


def test_a_letter_is_sent_once_more_after_a_while(guest, server, inbox):
    server.add("grace", email="grace@example.com", unconfirmed_since=now())
    guest.go("/check-inbox").fill({"E-mail address": "grace@example.com"}).press("Send it once more")
    guest.reads("Another one can be asked for in")

    guest.go(inbox.link("confirm", "grace@example.com")).press("Confirm").sees("Sign in", "login")


def test_a_name_is_changed_and_shows_everywhere(guest, ada):
    guest.sign_in().go("/account").fill({"Username": "lovelace"}).press("Save").hears("You have another username now.")

    guest.page.reload()
    guest.sees("Profile", "account").follow("Dashboard").sees("Hello, lovelace")
    guest.page.go_back()
    guest.sees("Profile", "account")
    expect(guest.page.get_by_text("You have another username now.")).to_have_count(0)


def test_an_address_counts_once_its_owner_opened_the_letter(guest, ada, server, inbox):
    fields = {"New e-mail address": "new@example.com", "Current password": PASSWORD}
    guest.enter().go("/account/email").fill(fields).press("Change it").sees("Profile", "account")
    assert server.sql("SELECT email FROM users") == [("ada@example.com",)]

    guest.go(inbox.link("confirm", "new@example.com")).press("Confirm")
    guest.go("/account").reads("new@example.com")


def test_what_happened_is_told_to_whom_it_happened(guest, ada, server):
    server("POST", "/api/login", {"username": "ada", "password": "not this one"})

    guest.enter().go("/account/history").reads("Sign-in refused").reads("Signed in")


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
