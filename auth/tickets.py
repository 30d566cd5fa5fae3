"""Tickets: single-use secrets that someone holds, of which only the SHA-256 is stored (OWASP Forgot Password sheet)."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from auth.errors import InvalidToken, SpentTicket
from models import Ticket, User, db, glance, now

RESET = "reset"
#: How long a ticket can be redeemed.
LIFETIMES = {RESET: timedelta(hours=1)}
#: How every ticket begins, so that it is known at sight, also to those who scan for leaks.
PREFIX = "ltk_"


def issue(user: User, purpose: str) -> str:
    """Return a new secret of 256 bits; those for the same purpose that the user had are void."""
    void(user.id, purpose)
    secret = PREFIX + secrets.token_urlsafe(32)
    expires_at = now() + LIFETIMES[purpose]
    db.session.add(Ticket(user_id=user.id, purpose=purpose, secret_hash=_hash(secret), expires_at=expires_at))
    return secret


def owner(secret: str, purpose: str) -> int:
    """Return whose ticket this is, without redeeming it. Raises InvalidToken, or SpentTicket. Takes no lock."""
    row = glance(select(Ticket.user_id, Ticket.used_at, Ticket.expires_at).where(*_meant(secret, purpose)))
    if row is None:
        raise InvalidToken
    if row.used_at is not None or row.expires_at <= now():
        raise SpentTicket
    return int(row.user_id)


def redeem(secret: str, purpose: str) -> User:
    """Spend a ticket and return its owner, locked; of all who try, one succeeds. Raises as `owner`."""
    user = User.locked(owner(secret, purpose))
    if user is None or not user.is_valid():
        raise InvalidToken
    is_good = (*_meant(secret, purpose), Ticket.used_at.is_(None), Ticket.expires_at > now())
    spent: Any = db.session.execute(update(Ticket.__table__).where(*is_good).values(used_at=now()))
    if spent.rowcount != 1:
        raise SpentTicket
    return user


def void(user_id: int, purpose: str | None = None) -> None:
    """Let no ticket of a user be redeemed any more, be it for one purpose or for all."""
    open_ones = [Ticket.user_id == user_id, Ticket.used_at.is_(None)]
    if purpose is not None:
        open_ones.append(Ticket.purpose == purpose)
    db.session.execute(update(Ticket.__table__).where(*open_ones).values(used_at=now()))


def _meant(secret: str, purpose: str) -> tuple[Any, ...]:
    return Ticket.secret_hash == _hash(secret), Ticket.purpose == purpose


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
