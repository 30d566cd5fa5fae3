"""Registration: a stranger becomes a user, and is signed in, or has to confirm their address first."""

from dataclasses import dataclass

from flask import current_app

from auth import accounts, mail, passwords, sessions
from auth.actions import Action
from auth.caller import Caller
from auth.errors import EmailTaken, InvalidField, RegistrationClosed
from auth.mail import Kind
from auth.names import check_email
from auth.sessions import SignedIn
from models import User, db


@dataclass(frozen=True)
class Registered:
    """What a door tells of a new account."""

    user: User
    #: The address that was given, in its canonical form; None where there was none.
    email: str | None
    #: None where the address must be confirmed first.
    signed_in: SignedIn | None


def register(username: str, password: str, email: str | None, by: Caller) -> Registered:
    """Open an account. Raises RegistrationClosed, InvalidField, UsernameTaken or EmailTaken.

    Where addresses are confirmed, one that is known is not refused: its owner gets a letter, and whoever asked gets
    an account without an address, which nobody can sign in to. So nobody else can tell, not even by asking for the
    same name once more.
    """
    if current_app.config["REGISTRATION"] == "closed":
        raise RegistrationClosed
    if mail.confirms_addresses():
        return _unconfirmed(username, password, email, by)
    hashed = passwords.hashed_new(password)
    user = accounts.add(username, email, hashed, [], by=by, action=Action.REGISTERED)
    return Registered(user, user.email, sessions.start(user, sessions.ACCESS, by))


def _unconfirmed(username: str, password: str, email: str | None, by: Caller) -> Registered:
    if email is None:
        raise InvalidField("email", "An e-mail address is needed here: it has to be confirmed.")
    address, hashed = check_email(email), passwords.hashed_new(password)
    try:
        with db.session.begin_nested():
            user = _add(username, address, hashed, by)
        mail.ask(Kind.CONFIRM, address, by)
    except EmailTaken:
        user = _add(username, None, hashed, by)
        mail.ask(Kind.KNOWN_ADDRESS, address, by)
    return Registered(user, address, None)


def _add(username: str, address: str | None, hashed: str, by: Caller) -> User:
    return accounts.add(username, address, hashed, [], by=by, action=Action.REGISTERED, is_unconfirmed=True)
