"""Passwords: changing one, and asking for it once more."""

from collections.abc import Iterable

from sqlalchemy import select

from auth import audit, breaches, confirmation, directory, mail, sessions, stepup, strength, throttle, tickets
from auth.actions import Action
from auth.caller import Caller
from auth.errors import InvalidField, WrongPassword
from auth.guard import guard
from auth.mail import Kind
from auth.sessions import SignedIn
from auth.tickets import Owner
from glances import glance
from models import User, now

_FOR_A_PASSWORD = (tickets.RESET, tickets.INVITATION, tickets.RECOVERY)


def change(user_id: int, current: str, new: str, by: Caller, *, keep: str | None) -> User:
    """Replace a password by its owner, and end all their sessions, but for the one to keep.

    Raises ReauthenticationRequired, WrongPassword, or InvalidField where the new one will not do.
    """
    stepup.check(by)
    named = glance(select(User.username, User.email).where(User.id == user_id)) or ()
    hashed = hashed_new(new, "new_password", about=named)
    user = confirmed_owner(user_id, current, known_hash(user_id, current), by)
    _store(user, hashed)
    audit.record(Action.PASSWORD_CHANGED, by, user.id)
    sessions.end_all(user.id, "password_changed", by, keep=keep)
    return user


def reset(ticket: str, new: str, by: Caller) -> SignedIn:
    """Replace the password of whoever holds a ticket for that, and sign them in.

    Raises as `replace`; and SecondFactorRequired, the password being replaced all the same, where there is one.
    """
    user = replace(ticket, new, by)
    return sessions.start(user, sessions.ACCESS, sessions.signed_in_as(user.id, None, by))


def replace(ticket: str, new: str, by: Caller) -> User:
    """Replace the password of whoever holds a ticket for that, and end all their sessions.

    A ticket that came in a letter proves that the address is theirs, so it is confirmed by the way.

    Raises InvalidToken, SpentTicket, or InvalidField where the new one will not do.
    """
    owner = owner_of(ticket)  # Nobody else makes us hash.
    hashed = hashed_new(new, about=(owner.username, owner.email))
    user, redeemed = tickets.redeem(ticket, _FOR_A_PASSWORD)
    by = sessions.signed_in_as(user.id, None, by)
    if redeemed.bound_to is not None:
        confirmation.confirm_of(user, by)
    _store(user, hashed)
    audit.record(Action.PASSWORD_RESET, by, user.id)
    sessions.end_all(user.id, "password_reset", by)
    return user


def owner_of(ticket: str) -> Owner:
    """Return who may choose a password with a ticket, without redeeming it. Raises as `tickets.owner`."""
    return tickets.owner(ticket, _FOR_A_PASSWORD)


def _store(user: User, hashed: str) -> None:
    is_change = guard.hasher.is_usable(user.password)
    user.password, user.password_changed_at = hashed, now()
    user.version += 1
    tickets.void_all(user)
    if is_change:
        mail.notify(user, Kind.PASSWORD_CHANGED)


def known_hash(user_id: int, password: str) -> str | None:
    """Return the stored hash that a password fits, or None. Takes the time of a hash, and no lock.

    Raises TooManyRequests where it was tried too often, and Busy.
    """
    with guard.hasher.turn():
        attempt = throttle.own_password(user_id)
        row = glance(select(User.password).where(User.id == user_id))
        fits = guard.hasher.verify(password, row.password if row else None)
    if row is None or not fits:
        attempt.failed()
        return None
    attempt.succeeded()
    return str(row.password)


def confirmed_owner(user_id: int, password: str, known: str | None, by: Caller) -> User:
    """Return the user, locked, whose password was found to fit the `known` hash; raise WrongPassword or UnknownUser.

    It is hashed once more where another hash was stored meanwhile.
    """
    user = directory.locked(user_id)
    if known is None or (user.password != known and not guard.hasher.verify(password, user.password)):
        audit.record(Action.PASSWORD_REFUSED, by, user_id)
        raise WrongPassword
    return user


def hashed_new(password: str, field: str = "password", *, about: Iterable[str | None] = ()) -> str:
    """Return the hash of a password that may be chosen by whoever is called so; raise InvalidField for `field`."""
    if wrong := strength.problem(password, about):
        raise InvalidField(field, wrong)
    if breaches.knows(password):
        raise InvalidField(field, "This password was stolen somewhere, and is known. Choose another one.")
    return guard.hash_password(password)
