"""Every page in each state that people meet it in, by name, and how it is reached; Ada has an account then."""

from collections.abc import Callable

from auth import tickets
from models import Passkey, Totp, User, db, now, random_id
from tests.browser.chromium import SIGN_IN, Visitor
from tests.factories import PASSWORD

State = Callable[[Visitor], object]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEWCOMER = {"Username": "grace", "E-mail address": "grace@example.com", "Password": PASSWORD}
MISTAKEN = SIGN_IN | {"Password": "not this one"}
ODD = {"Username": "a b", "E-mail address": "x", "Password": "short"}
NOBODY = {"E-mail address": "nobody@example.com"}


def at(address: str) -> State:
    """What an address shows."""
    return lambda visitor: visitor.go(address)


def sent(address: str, button: str, fields: dict[str, str] | None = None) -> State:
    """What a form answers."""
    return lambda visitor: visitor.go(address).fill(fields or {}).press(button)


def signed_in(state: State) -> State:
    """A state, for whoever has signed in."""
    return lambda visitor: state(visitor.enter())


def with_ticket(page: str, purpose: str, state: Callable[[str], State] = at) -> State:
    """A state of a page behind a link of a letter."""
    return lambda visitor: state(f"/{page}?token={secret(visitor, purpose)}")(visitor)


def secret(visitor: Visitor, purpose: str) -> str:
    """What a letter to Ada would carry."""
    with visitor.server.app.app_context():
        (user_id,) = db.session.execute(db.text("SELECT id FROM users WHERE username = 'ada'")).one()
        ticket = tickets.issue(user_id, purpose, bound_to="ada@example.com")
        db.session.commit()
        return tickets.secret_of(ticket)


def throttled(visitor: Visitor) -> None:
    """Somebody guessed at Ada's password, and now she comes, from a device that nobody knows."""
    for _ in range(10):
        visitor.server("POST", "/api/login", {"username": "ada", "password": "a guess"})
    visitor.go("/login").fill(MISTAKEN).press("Sign in")


def rated(told: str) -> State:
    """Somebody who registers thinks of a password, and is told what it is worth."""

    def reached(visitor: Visitor) -> None:
        visitor.go("/register").fill({"Username": "grace", "Password": "password1"})
        visitor.page.get_by_text(told).wait_for()

    return reached


def on_two_devices(visitor: Visitor) -> None:
    given = {"username": "ada", "password": PASSWORD}
    visitor.server("POST", "/api/login", given, **{"User-Agent": FIREFOX})
    visitor.enter().go("/account/sessions")


def with_a_past(visitor: Visitor) -> None:
    visitor.server("POST", "/api/login", {"username": "ada", "password": "not this one"})
    visitor.enter().go("/account/history")


def with_factors(state: State) -> State:
    """A state, for whoever has signed in, and then set up an app and two passkeys elsewhere."""

    def reached(visitor: Visitor) -> None:
        visitor.enter()
        set_up(visitor)
        state(visitor)

    return reached


def set_up(visitor: Visitor) -> None:
    """Ada has an app and two passkeys, none of which is at hand."""
    with visitor.server.app.app_context():
        ada = db.session.scalars(db.select(User).where(User.username == "ada")).one()
        ada.factors = "totp,passkey"
        db.session.add(Totp(user_id=ada.id, sealed="-", confirmed_at=now(), last_step=0))
        for name, used in (("Telephone", now()), ("The key in the drawer", None)):
            known = {"credential_hash": random_id(), "credential_id": "AAAA", "public_key": "AAAA"}
            db.session.add(Passkey(user_id=ada.id, name=name, last_used_at=used, **known))
        db.session.commit()


def second_step(visitor: Visitor) -> None:
    set_up(visitor)
    visitor.go("/login").fill(SIGN_IN).press("Sign in")


def withheld(visitor: Visitor) -> None:
    """Ada holds a role that waits for a second factor."""
    visitor.server.sql("UPDATE users SET roles = 'admin,user' WHERE username = 'ada'")
    visitor.server.sql("UPDATE roles SET requires_factor = :on WHERE name = 'admin'", on=True)
    visitor.go("/dashboard")


def stale(state: State) -> State:
    """A state, for whoever signed in long ago."""

    def reached(visitor: Visitor) -> None:
        visitor.enter()
        visitor.server.sql("UPDATE login_sessions SET authenticated_at = :at", at="2020-01-01 00:00:00")
        state(visitor)

    return reached


STATES: dict[str, State] = {
    "home": at("/"),
    "home-signed-in": signed_in(at("/")),
    "login": at("/login"),
    "login-empty": sent("/login", "Sign in"),
    "login-refused": sent("/login", "Sign in", MISTAKEN),
    "login-throttled": throttled,
    "login-with-status": at("/account/history"),
    "register": at("/register"),
    "register-empty": sent("/register", "Open the account"),
    "register-rated": rated("tried first"),
    "register-refused": sent("/register", "Open the account", ODD),
    "check-inbox": sent("/register", "Open the account", NEWCOMER),
    "check-inbox-stranger": at("/check-inbox"),
    "check-inbox-empty": sent("/check-inbox", "Send it once more"),
    "check-inbox-with-status": sent("/check-inbox", "Send it once more", NOBODY),
    "confirm": with_ticket("confirm", tickets.CONFIRMATION),
    "confirm-new-address": with_ticket("confirm", tickets.NEW_ADDRESS, lambda link: at(f"{link}&purpose=new_address")),
    "confirm-spent": at("/confirm?token=spent"),
    "forgot": at("/forgot"),
    "forgot-empty": sent("/forgot", "Send the letter"),
    "forgot-sent": sent("/forgot", "Send the letter", NOBODY),
    "reset": with_ticket("reset", tickets.RESET),
    "reset-refused": with_ticket("reset", tickets.RESET, lambda link: sent(link, "Change the password")),
    "reset-spent": at("/reset?token=spent"),
    "logout": signed_in(at("/logout")),
    "dashboard": signed_in(at("/dashboard")),
    "dashboard-withheld": signed_in(withheld),
    "account": signed_in(at("/account")),
    "account-refused": signed_in(sent("/account", "Save", {"Username": ""})),
    "email": signed_in(at("/account/email")),
    "email-empty": signed_in(sent("/account/email", "Change it")),
    "password": signed_in(at("/account/password")),
    "password-empty": signed_in(sent("/account/password", "Change the password")),
    "sessions": signed_in(at("/account/sessions")),
    "sessions-two": on_two_devices,
    "history": with_a_past,
    "second-step": second_step,
    "second-step-refused": lambda visitor: (second_step(visitor), visitor.fill({"Code": "000000"}).press("Sign in")),
    "factors": signed_in(at("/account/factors")),
    "factors-set-up": with_factors(at("/account/factors")),
    "factors-app": signed_in(at("/account/factors/app")),
    "factors-app-code": signed_in(sent("/account/factors/app", "Show the QR code")),
    "factors-passkey": signed_in(at("/account/factors/passkeys")),
    "factors-passkey-name": with_factors(
        lambda visitor: visitor.go("/account/factors").page.get_by_role("link", name="Rename Telephone").click()
    ),
    "confirm-identity": stale(at("/account/confirm-identity")),
    "confirm-identity-factors": with_factors(at("/account/confirm-identity")),
    "delete": signed_in(at("/account/delete")),
    "delete-empty": signed_in(sent("/account/delete", "Delete it for good")),
    "not-found": at("/nowhere"),
}
