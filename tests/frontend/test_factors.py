"""The second step, and showing once more who one is, in the app."""

from playwright.sync_api import expect

from auth import totp
from models import this_second
from tests.browser.chromium import SIGN_IN
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
