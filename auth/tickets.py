"""Tickets: single-use secrets that someone holds, of which only the SHA-256 is stored (OWASP Forgot Password sheet).

A secret is an HMAC over the ticket's random id, under a key that is not in the database: so whoever sends the letter
can derive it once more after a crash, and whoever reads the tables cannot.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update

from auth.base64url import spelt
from auth.errors import InvalidToken, SpentTicket
from auth.guard import guard
from glances import glance
from models import Ticket, User, db, now, random_id

CONFIRMATION, RESET, INVITATION, NEW_ADDRESS = "confirmation", "reset", "invitation", "new_address"
#: A reset that the terminal gives out: no letter asked for by a stranger takes its place.
RECOVERY = "recovery"
#: The password was right, and a second factor is waited for.
SECOND_STEP = "second_step"
#: How long a ticket can be redeemed.
LIFETIMES = {
    CONFIRMATION: timedelta(hours=48),
    RESET: timedelta(hours=1),
    RECOVERY: timedelta(hours=1),
    INVITATION: timedelta(days=7),
    NEW_ADDRESS: timedelta(hours=48),
    SECOND_STEP: timedelta(minutes=5),
}
#: How every ticket begins, so that it is known at sight, also to those who scan for leaks.
PREFIX = "ltk_"


def issue(user_id: int, purpose: str, bound_to: str | None = None, asked_at: datetime | None = None) -> Ticket:
    """Return a new ticket; those for the same purpose that the user had are void.

    One that is `bound_to` an address is good while that is the user's, or for making it theirs; `asked_at` says since
    when it was waited for.
    """
    void(user_id, purpose)
    return _issue(
        Ticket(id=random_id(), user_id=user_id, purpose=purpose, bound_to=bound_to, created_at=asked_at or now())
    )


def _issue(ticket: Ticket) -> Ticket:
    ticket.secret_hash = _hash(_derived(ticket)[0])
    ticket.expires_at = now() + LIFETIMES[ticket.purpose]
    db.session.add(ticket)
    return ticket


def issue_for_second_step(user_id: int, waits: str) -> Ticket:
    """Return a ticket for the second step of a sign-in, and what kind of session `waits` for it.

    One may sign in from several devices at once, so those that there are stay good; what has expired is removed.
    """
    is_over = (Ticket.user_id == user_id, Ticket.purpose == SECOND_STEP, Ticket.expires_at < now())
    db.session.execute(delete(Ticket.__table__).where(*is_over))
    return _issue(Ticket(id=random_id(), user_id=user_id, purpose=SECOND_STEP, waits=waits, created_at=now()))


def secret_of(ticket: Ticket) -> str:
    """Return the secret of a ticket, of 256 bits; raise ValueError where the key that made it is no longer there."""
    secret = _known_secret(ticket)
    if secret is None:
        raise ValueError("this ticket was made under a SECRET_KEY that is gone")
    return secret


def can_be_told(ticket: Ticket) -> bool:
    """Tell whether the key that made a ticket is still there, so that its secret can be told once more."""
    return _known_secret(ticket) is not None


def is_overtaken(user: User, purpose: str, asked_at: datetime) -> bool:
    """Tell whether a ticket that was asked for at a moment must not be issued any more.

    Something that makes all tickets void has happened since, or one that was asked for later was issued already.
    """
    if user.tickets_void_at is not None and asked_at < user.tickets_void_at:
        return True
    later = (Ticket.user_id == user.id, Ticket.purpose == purpose, Ticket.created_at > asked_at)
    return db.session.scalar(select(Ticket.id).where(*later).limit(1)) is not None


class Owner(NamedTuple):
    """Whose a ticket is that can be redeemed, and until when."""

    user_id: int
    username: str
    email: str | None
    purpose: str
    expires_at: datetime


def owner(secret: str, purposes: Collection[str]) -> Owner:
    """Return whose ticket this is, without redeeming it. Raises InvalidToken, or SpentTicket. Takes no lock."""
    told = select(Ticket.user_id, User.username, User.email, Ticket.purpose, Ticket.expires_at, Ticket.used_at).join(
        User, User.id == Ticket.user_id
    )
    row = glance(told.where(*_meant(secret, purposes)))
    if row is None:
        raise InvalidToken
    if row.used_at is not None or row.expires_at <= now():
        raise SpentTicket
    return Owner(row.user_id, row.username, row.email, row.purpose, row.expires_at)


def redeem(secret: str, purposes: Collection[str]) -> tuple[User, Ticket]:
    """Spend a ticket; return its owner, locked, and the ticket. Of all who try, one succeeds. Raises as `owner`."""
    user = User.locked(owner(secret, purposes).user_id)
    if user is None or not user.is_active:
        raise InvalidToken
    is_good = (*_meant(secret, purposes), Ticket.used_at.is_(None), Ticket.expires_at > now())
    spent: Any = db.session.execute(update(Ticket.__table__).where(*is_good).values(used_at=now()))
    if spent.rowcount != 1:
        raise SpentTicket
    ticket = db.session.scalars(select(Ticket).where(*_meant(secret, purposes))).one()
    if ticket.purpose != NEW_ADDRESS and ticket.bound_to not in (None, user.email_key):
        raise SpentTicket
    return user, ticket


def void(user_id: int, purpose: str) -> None:
    """Let no ticket of a user be redeemed any more that is for this purpose."""
    _void(Ticket.user_id == user_id, Ticket.purpose == purpose)


def void_all(user: User) -> None:
    """Let no ticket of a locked user be redeemed any more, nor any that was asked for and not yet sent."""
    user.tickets_void_at = now()
    _void(Ticket.user_id == user.id)


def _void(*which: Any) -> None:
    db.session.execute(update(Ticket.__table__).where(*which, Ticket.used_at.is_(None)).values(used_at=now()))


def _known_secret(ticket: Ticket) -> str | None:
    return next((secret for secret in _derived(ticket) if _hash(secret) == ticket.secret_hash), None)


def _derived(ticket: Ticket) -> list[str]:
    """What the secret is under each key of the ring, the newest first."""
    message = f"{ticket.id} {ticket.purpose} {ticket.user_id}".encode()
    return [PREFIX + spelt(mac) for mac in guard.ticket_keys.macs(message)]


def _meant(secret: str, purposes: Collection[str]) -> tuple[Any, ...]:
    return Ticket.secret_hash == _hash(secret), Ticket.purpose.in_(purposes)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
