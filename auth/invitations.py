"""Invitations: an account whose owner chooses the password, with the ticket of a letter."""

from auth import accounts, mail
from auth.actions import Action
from auth.caller import Caller
from auth.errors import InvalidField
from auth.hashing import NO_PASSWORD
from auth.mail import Kind
from models import User


def invite(username: str, email: str | None, role_names: list[str], by: Caller, reason: str | None = None) -> User:
    """Make an account, and mail an invitation to it. Raises as `accounts.add`, and where no letter can get there."""
    if not mail.is_on():
        raise InvalidField("password", "No mail is set up, so nobody can be invited: give a password.")
    if email is None:
        raise InvalidField("email", "An invitation needs an address; without one, give a password.")
    user = accounts.add(username, email, NO_PASSWORD, role_names, by=by, action=Action.CREATED, reason=reason)
    mail.ask(Kind.INVITATION, user.email_key or "", by, user.id)
    return user
