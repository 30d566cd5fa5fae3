"""Confirmation: whoever can read what is sent to an address has shown that it is theirs."""

from auth import audit, mail, sessions, throttle, tickets
from auth.actions import Action
from auth.caller import Caller
from auth.errors import InvalidField
from auth.mail import Kind
from auth.names import check_email
from auth.sessions import SignedIn
from auth.tickets import Owner
from models import User, now


def ask(kind: Kind, address: str, by: Caller) -> None:
    """Let a letter of this kind go to whoever has an address; what is no address is as good as one that nobody has.

    Raises TooManyRequests where too many letters were asked for.
    """
    try:
        canonical = check_email(address)
    except InvalidField:
        canonical = ""
    throttle.letter(canonical, by)
    if canonical:
        mail.ask(kind, canonical, by)


def finalize(ticket: str, by: Caller) -> SignedIn:
    """Confirm the address of whoever holds a ticket for that, and sign them in. Raises as `confirm`."""
    user = confirm(ticket, by)
    return sessions.start(user, sessions.ACCESS, sessions.signed_in_as(user.id, None, by))


def confirm(ticket: str, by: Caller) -> User:
    """Confirm the address of whoever holds a ticket for that. Raises InvalidToken or SpentTicket."""
    user, _ = tickets.redeem(ticket, (tickets.CONFIRMATION,))
    confirm_of(user, sessions.signed_in_as(user.id, None, by))
    return user


def owner_of(ticket: str) -> Owner:
    """Return whose address a ticket confirms or changes, without redeeming it. Raises as `tickets.owner`."""
    return tickets.owner(ticket, (tickets.CONFIRMATION, tickets.NEW_ADDRESS))


def confirm_of(user: User, by: Caller, reason: str | None = None) -> None:
    """A locked user's address, if they have one, is confirmed now; they may sign in."""
    if user.unconfirmed_since is None and (user.email_confirmed_at is not None or user.email is None):
        return
    user.email_confirmed_at, user.unconfirmed_since = now() if user.email else None, None
    user.version += 1
    tickets.void(user.id, tickets.CONFIRMATION)
    audit.record(Action.EMAIL_CONFIRMED, by, user.id, reason=reason)
