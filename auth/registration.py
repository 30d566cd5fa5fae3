"""Registration: a stranger becomes a user, and is signed in, or has to confirm their address first."""

from dataclasses import dataclass, replace

from flask import current_app
from sqlalchemy import select

from auth import accounts, mail, passwords, sessions, throttle, tickets
from auth.actions import Action
from auth.caller import Caller
from auth.errors import InvalidField, RegistrationClosed
from auth.hashing import NO_PASSWORD
from auth.mail import Kind
from auth.names import check_email
from auth.sessions import SignedIn
from dialects import lock_for_update
from models import User, db


@dataclass(frozen=True)
class Registered:
    """What a door tells of a new account."""

    user: User
    #: The address that was given, in its canonical form; None where there was none.
    email: str | None
    #: None where whoever registered was not signed in.
    signed_in: SignedIn | None = None

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the address must be confirmed before anyone can sign in."""
        return self.user.unconfirmed_since is not None


def register(username: str, password: str, email: str | None, by: Caller) -> Registered:
    """Open an account, and sign in, unless the address must be confirmed first. Raises as `open_account`."""
    opened = open_account(username, password, email, by)
    if opened.is_unconfirmed:
        return opened
    return replace(opened, signed_in=sessions.start(opened.user, sessions.ACCESS, by))


def open_account(username: str, password: str, email: str | None, by: Caller) -> Registered:
    """Open an account. Raises RegistrationClosed, TooManyRequests, Busy, InvalidField, UsernameTaken or EmailTaken.

    Where addresses are confirmed, one that is known is not refused: its owner gets a letter, and whoever asked gets
    an account without an address, which nobody can sign in to. So nobody else can tell, not even by asking for the
    same name once more.
    """
    if current_app.config["REGISTRATION"] == "closed":
        raise RegistrationClosed
    throttle.register(by)
    by = by.as_stranger()
    if mail.confirms_addresses():
        return _unconfirmed(username, password, email, by)
    hashed = passwords.hashed_new(password, about=(username, email))
    user = accounts.add(username, email, hashed, [], by=by, action=Action.REGISTERED)
    return Registered(user, user.email)


def _unconfirmed(username: str, password: str, email: str | None, by: Caller) -> Registered:
    if email is None:
        raise InvalidField("email", "An e-mail address is needed here: it has to be confirmed.")
    address, hashed = check_email(email), passwords.hashed_new(password, about=(username, email))
    user = accounts.add(username, None, hashed, [], by=by, action=Action.REGISTERED, is_unconfirmed=True)
    # One row is added in either case, so the ids of those that follow tell nothing.
    if accounts.give_address(user, address):
        mail.ask(Kind.CONFIRM, address, by, user.id)
    else:
        _let_nobody_wait(address)
        mail.ask(Kind.KNOWN_ADDRESS, address, by)
    return Registered(user, address)


def _let_nobody_wait(address: str) -> None:
    """Of two who registered with an address that was never confirmed, neither is known to be its owner.

    So the password that the account waits with is no good from now on, nor is what would confirm it: a letter lets
    whoever can read it choose another (auth/mail/prepare.py).
    """
    waits = (User.email_key == address, User.unconfirmed_since.is_not(None))
    waiting = db.session.scalar(lock_for_update(select(User).where(*waits)))
    if waiting is not None:
        waiting.password = NO_PASSWORD
        tickets.void(waiting.id, tickets.CONFIRMATION)
