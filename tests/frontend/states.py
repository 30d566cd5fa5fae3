"""Every page of the app in each state that people meet it in, and how it is reached; Ada has an account then."""

from collections.abc import Callable

from playwright.sync_api import expect

from auth import tickets, totp
from models import this_second
from tests.browser.states import (
    MISTAKEN,
    NEWCOMER,
    NOBODY,
    ODD,
    at,
    on_two_devices,
    rated,
    second_step,
    sent,
    signed_in,
    stale,
    throttled,
    with_a_past,
    with_factors,
    with_ticket,
)
from tests.browser.states import withheld as with_a_waiting_role
from tests.frontend import console
from tests.frontend.guests import Guest

#: What tells that a page is there, and how it is reached.
PROBLEM = "There is a problem"
SPENT = "This link is no longer good"


def then(state: Callable[[Guest], object], *steps: str | dict[str, str]) -> Callable[[Guest], None]:
    """What is there after these fields were filled in, and these buttons pressed, one after the other."""

    def reached(guest: Guest) -> None:
        state(guest)
        for step in steps:
            guest.press(step) if isinstance(step, str) else guest.fill(step)

    return reached


def recovery_codes(guest: Guest) -> None:
    """Ada has set up an app, and its codes are shown this once."""
    guest.enter().go("/account/factors").press("Set up an app")
    secret = guest.page.get_by_role("dialog").locator("code").inner_text().replace(" ", "")
    given = {"The six digits that the app shows": totp.code_at(secret, this_second() // totp.STEP)}
    guest.fill(given).press("Confirm")


def withheld(path: str) -> Callable[[Guest], None]:
    """A page for Ada, who holds a role that waits for a second factor."""

    def reached(guest: Guest) -> None:
        with_a_waiting_role(guest.enter())
        guest.go(path)

    return reached


_STATES: dict[str, tuple[str, Callable[[Guest], object]]] = {
    "home": ("One account", at("/")),
    "home-signed-in": ("Hello, ada", signed_in(at("/"))),
    "login": ("Sign in", at("/login")),
    "login-empty": (PROBLEM, sent("/login", "Sign in")),
    "login-refused": ("Wrong username or password.", sent("/login", "Sign in", MISTAKEN)),
    "login-throttled": ("Try again in", throttled),
    "login-with-status": ("Sign in to go on.", at("/account/history")),
    "register": ("Open an account", at("/register")),
    "register-empty": (PROBLEM, sent("/register", "Open the account")),
    "register-rated": ("This one cannot be chosen", rated("This one cannot be chosen")),
    "register-refused": (PROBLEM, sent("/register", "Open the account", ODD)),
    "check-inbox": ("A letter is on its way to grace", sent("/register", "Open the account", NEWCOMER)),
    "check-inbox-stranger": ("Check your inbox", at("/check-inbox")),
    "check-inbox-empty": (PROBLEM, sent("/check-inbox", "Send it once more")),
    "check-inbox-waiting": ("Another one can be asked for", sent("/check-inbox", "Send it once more", NOBODY)),
    "confirm": ("Confirm your e-mail address", with_ticket("confirm", tickets.CONFIRMATION)),
    "confirm-spent": (SPENT, sent("/confirm?token=spent", "Confirm")),
    "forgot": ("Forgot your password?", at("/forgot")),
    "forgot-empty": (PROBLEM, sent("/forgot", "Send the letter")),
    "forgot-sent": ("If an account has the address", sent("/forgot", "Send the letter", NOBODY)),
    "reset": ("Choose a new password", with_ticket("reset", tickets.RESET)),
    "reset-refused": (PROBLEM, with_ticket("reset", tickets.RESET, lambda link: sent(link, "Change the password"))),
    "reset-spent": (SPENT, sent("/reset?token=spent", "Change the password", {"New password": "x" * 12})),
    "dashboard": ("allowed usr ada", signed_in(at("/dashboard"))),
    "account": ("ada@example.com", signed_in(at("/account"))),
    "account-refused": (PROBLEM, signed_in(sent("/account", "Save", {"Username": ""}))),
    "email": ("New e-mail address", signed_in(at("/account/email"))),
    "email-empty": (PROBLEM, signed_in(sent("/account/email", "Change it"))),
    "password": ("Change your password", signed_in(at("/account/password"))),
    "password-empty": (PROBLEM, signed_in(sent("/account/password", "Change the password"))),
    "sessions": ("You are signed in nowhere else.", signed_in(at("/account/sessions"))),
    "sessions-two": ("Sign out all others", on_two_devices),
    "history": ("Sign-in refused", with_a_past),
    "second-step": ("The password is right.", second_step),
    "second-step-refused": (PROBLEM, then(second_step, {"Code": "000000"}, "Sign in")),
    "factors": ("With a passkey you sign in", signed_in(at("/account/factors"))),
    "factors-set-up": ("The key in the drawer", with_factors(at("/account/factors"))),
    "factors-app": ("Let the app read this picture.", then(signed_in(at("/account/factors")), "Set up an app")),
    "factors-passkey": ("Your browser asks next", then(signed_in(at("/account/factors")), "Add a passkey")),
    "factors-passkey-name": (
        "So that you know it again",
        then(with_factors(at("/account/factors")), "Rename Telephone"),
    ),
    "recovery-codes": ("Keep them where you will find them", recovery_codes),
    "step-up": ("needs a sign-in of the last ten minutes", then(stale(at("/account/factors")), "Set up an app")),
    "step-up-factors": ("Use a passkey", then(with_factors(at("/account/factors")), "Remove the app")),
    "withheld": ("it counts only when you have shown a second factor", withheld("/admin")),
    "withheld-dashboard": ("waits for a second factor", withheld("/dashboard")),
    "delete": ("This cannot be undone.", signed_in(at("/account/delete"))),
    "delete-empty": (PROBLEM, signed_in(sent("/account/delete", "Delete it for good"))),
    "not-allowed": ("Not allowed", signed_in(at("/admin"))),
    "not-found": ("There is nothing at this address.", at("/nowhere")),
} | console.STATES


def reach(guest: Guest, name: str) -> None:
    """Bring a page into a state, and wait until it is there."""
    told, go = _STATES[name]
    go(guest)
    expect(guest.page.get_by_text(told).filter(visible=True).first).to_be_visible()


STATES = list(_STATES)
