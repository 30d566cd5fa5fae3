"""Registration: a stranger becomes a user, and is signed in."""

from flask import current_app

from auth import accounts, passwords, sessions
from auth.actions import Action
from auth.caller import Caller
from auth.errors import RegistrationClosed
from auth.sessions import SignedIn


def register(username: str, password: str, email: str | None, by: Caller) -> SignedIn:
    """Open an account and its first session. Raises InvalidField, UsernameTaken, EmailTaken or RegistrationClosed."""
    if current_app.config["REGISTRATION"] == "closed":
        raise RegistrationClosed
    hashed = passwords.hashed_new(password)
    user = accounts.add(username, email, hashed, [], by=by, action=Action.REGISTERED)
    return sessions.start(user, "access", by)
