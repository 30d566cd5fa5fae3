"""Sessions: signing in, refreshing, telling reuse from a race, and ending one or all.

A session has exactly one refresh credential, and counts it (auth/credentials.py).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Update, insert, select, update

from auth import audit, credentials, demands, devices, holding, mail, pending
from auth.actions import Action
from auth.caller import Caller
from auth.credentials import Presented
from auth.demands import PASSWORD
from auth.errors import (
    InvalidCredentials,
    InvalidToken,
    ReusedCredential,
    SecondFactorRequired,
    TooEarly,
    UnknownSession,
)
from auth.guard import RACE_WINDOW, SESSION_ID, Identity, guard
from auth.mail import Kind
from dialects import lock_for_update
from glances import glance
from models import LoginSession, User, db, now, random_id, this_second

ACCESS, COOKIE, TOKEN, PAGE = "access", "cookie", "token", "page"
#: How long before its end, in seconds, an access token may already be refreshed.
LEEWAY = 60


@dataclass(frozen=True)
class SignedIn:
    """What a door hands out. `refresh_token` is None where the access token itself is the refresh credential."""

    user: User
    #: What counts in this session now; and what the user holds too, and waits for a second factor.
    roles: list[str]
    withheld: list[str]
    session: LoginSession
    access_token: str
    #: Seconds until the access token expires.
    expires_in: int
    refresh_token: str | None
    remember: bool


def sign_in(login: object, password: object, via: str, by: Caller, *, remember: bool = False) -> SignedIn:
    """Open a session for whoever has this name or address and this password.

    Raises as the guard does, and SecondFactorRequired where there is one.
    """
    by = by.as_stranger()
    try:
        user = guard.authenticate(login, password, by)
    except InvalidCredentials as refusal:
        audit.record(Action.SIGN_IN_REFUSED, by, refusal.subject_id)
        raise
    return let_in(user, via, by, remember=remember)


def let_in(user: User, via: str, by: Caller, *, remember: bool, factors: str = PASSWORD) -> SignedIn:
    """Open a session as `start` does, and let the user know where they have never used this device."""
    is_new = mail.is_on() and user.email_key and devices.is_new(user.id, by)
    signed_in = start(user, via, by, remember=remember, factors=factors)
    if is_new:
        mail.notify(user, Kind.NEW_DEVICE, ip=by.ip)
    return signed_in


def start(
    user: User,
    via: str,
    by: Caller,
    *,
    remember: bool = False,
    factors: str = PASSWORD,
    is_complete: bool = False,
) -> SignedIn:
    """Open a session for a locked user who has proved who they are, with these factors.

    Every door comes by here: where a second factor is set up and none was shown, it raises SecondFactorRequired, unless
    the session `is_complete` and only takes the place of another one.
    """
    if user.factors and not is_complete and not demands.is_strong(factors):
        raise SecondFactorRequired(**pending.ask(user, via, by, remember=remember))
    moment = now()
    columns = {
        "id": random_id(),
        "user_id": user.id,
        "via": via,
        "refresh_count": 0,
        "refreshed_at": moment,
        "used_count": 0,
        "refresh_salt": random_id(),
        "created_at": moment,
        "expires_at": moment + _lifetime(via, remember),
        "last_seen_at": moment,
        "authenticated_at": moment,
        "factors": factors,
        "ip": by.ip,
        "user_agent": by.user_agent,
    }
    # Past the ORM, which would take as long again: a sign-in costs its hash, and little else.
    db.session.execute(_OPENED, columns)
    session = LoginSession(**columns)
    audit.record(
        Action.SIGNED_IN,
        signed_in_as(user.id, session.id, by),
        user.id,
        after={"via": via} | ({"factors": factors} if demands.is_strong(factors) else {}),
    )
    return _signed_in(user, session, remember)


_OPENED = insert(LoginSession.__table__).inline()


def idle_time() -> timedelta:
    """How long a session of the pages that is not remembered may go unused."""
    return timedelta(minutes=current_app.config["PAGE_SESSION_MINUTES"])


def _lifetime(via: str, remember: bool) -> timedelta:
    longest = timedelta(days=current_app.config["SESSION_DAYS"])
    return min(idle_time(), longest) if via == PAGE and not remember else longest


def refresh(credential: str, via: str, by: Caller) -> SignedIn:
    """Exchange a refresh credential for its successor, which is the same for all who race.

    Raises InvalidToken; TooEarly for an access token that is still fresh; and ReusedCredential, the session then
    being ended, for a credential that was exchanged before and whose successor is in use (RFC 9700, 4.14.2).
    """
    presented = credentials.parse(credential)
    session = _proven(presented)
    user = db.session.get(User, session.user_id)
    if presented.is_access_token != (via == ACCESS):
        raise InvalidToken
    if session.via != via or not session.is_open or user is None or not user.is_valid():
        raise InvalidToken
    if now().timestamp() < presented.expires - LEEWAY:
        raise TooEarly
    if presented.count == session.refresh_count:
        _advance(session, presented.count)
    if not session.is_open or presented.count > session.refresh_count:
        raise InvalidToken
    if not _is_current_successor(session, presented.count):
        if _end(session, "reuse"):
            audit.record(Action.REUSE_DETECTED, by, user.id, session_id=session.id)
            mail.notify(user, Kind.TOKEN_REUSED)
        raise ReusedCredential
    return _signed_in(user, session, presented.remember)


def could_refresh(credential: str, via: str) -> bool:
    """Tell whether a credential is one of an open session of this kind. One look, under no lock."""
    try:
        presented = credentials.parse(credential)
    except InvalidToken:
        return False
    is_meant = (LoginSession.id == presented.session_id, LoginSession.via == via)
    is_open = (LoginSession.ended_at.is_(None), LoginSession.expires_at > now())
    row = glance(select(LoginSession.id, LoginSession.refresh_salt).where(*is_meant, *is_open))
    return row is not None and not presented.is_access_token and presented.belongs_to(row)


def sign_out(credential: str, by: Caller) -> LoginSession | None:
    """End the session that a credential of any kind and age names, and return it; None where it names none."""
    try:
        session = _proven(credentials.parse(credential))
        ended_here = _end(session, "logout")
    except InvalidToken:
        return None
    if ended_here:
        audit.record(Action.SIGNED_OUT, signed_in_as(session.user_id, session.id, by), session.user_id)
    return session


def of_user(user_id: int, current_id: str | None = None) -> list[LoginSession]:
    """Return a user's open sessions: the current one first, then the one seen last."""
    own = select(LoginSession).where(
        LoginSession.user_id == user_id, LoginSession.ended_at.is_(None), LoginSession.expires_at > now()
    )
    found = db.session.scalars(own.order_by(LoginSession.last_seen_at.desc(), LoginSession.id))
    return sorted(found, key=lambda session: session.id != current_id)


def split_in(session_id: str, roles: list[str]) -> tuple[list[str], list[str]]:
    """Return those of the roles held that count in a session, and those that wait for a second factor."""
    factors = db.session.scalar(select(LoginSession.factors).where(LoginSession.id == session_id))
    return demands.split(roles, factors or "", under_lock=True)


def end(user_id: int, session_id: str, by: Caller) -> None:
    """End one open session of a user, or raise UnknownSession."""
    session = db.session.get(LoginSession, session_id) if SESSION_ID.match(session_id) else None
    if session is None or session.user_id != user_id or not _end(session, "revoked"):
        raise UnknownSession
    audit.record(Action.SIGNED_OUT, by, user_id, session_id=session.id)


def end_all(user_id: int, because: str, by: Caller, *, keep: str | None = None) -> int:
    """End every open session of a user, but for the one to keep; return how many there were."""
    is_open = (LoginSession.user_id == user_id, LoginSession.ended_at.is_(None), LoginSession.id != (keep or ""))
    ended = _run(update(LoginSession).where(*is_open).values(ended_at=now(), ended_because=because))
    if ended:
        audit.record(Action.ALL_SIGNED_OUT, by, user_id, after={"because": because, "ended": ended})
    return ended


def note_use(who: Identity) -> None:
    """Remember that the current credential arrived: from now on its predecessor, presented again, is reuse."""
    _run(
        update(LoginSession)
        .where(LoginSession.id == who.session_id, LoginSession.used_count < who.generation)
        .values(used_count=who.generation, last_seen_at=now())
    )


def signed_in_as(user_id: int, session_id: str | None, by: Caller) -> Caller:
    """Return the same caller, now that they have proved who they are."""
    return replace(by, kind="user", user_id=user_id, session_id=session_id)


def _signed_in(user: User, session: LoginSession, remember: bool) -> SignedIn:
    at = this_second()
    # Most borrow nothing: they need not wait for being asked.
    grants = holding.grants_of(user) if user.borrows_until > at else []
    roles, withheld = demands.split(holding.held(user.roles, grants, at), session.factors, under_lock=True)
    return SignedIn(
        user=user,
        roles=roles,
        withheld=withheld,
        session=session,
        access_token=guard.encode_jwt_token(user, session=session, grants=grants, roles=roles),
        expires_in=guard.lifespan(session, grants)[1] - at,
        refresh_token=None if session.via == ACCESS else credentials.made(session, remember),
        remember=remember,
    )


def _advance(session: LoginSession, count: int) -> None:
    """Move a session to its next count, unless another request just did; either way, know where it is now."""
    moment = now()
    _run(
        update(LoginSession)
        .where(LoginSession.id == session.id, LoginSession.refresh_count == count, LoginSession.ended_at.is_(None))
        .values(refresh_count=count + 1, refreshed_at=moment, last_seen_at=moment)
    )
    _read_again(session)


def _end(session: LoginSession, because: str) -> bool:
    """End a session, unless another request just did; tell whether it was this one."""
    _read_again(session)
    if not session.is_open:
        return False
    session.end(because)
    return True


def _read_again(session: LoginSession) -> None:
    """Read a session as it is now, and lock it; raise InvalidToken where it was deleted with its account meanwhile."""
    if under_lock(session.id) is None:
        raise InvalidToken


def under_lock(session_id: str) -> LoginSession | None:
    """Return a session as it is now, locked until the transaction ends."""
    found: LoginSession | None = db.session.scalar(
        lock_for_update(select(LoginSession).where(LoginSession.id == session_id))
    )
    return found


def _is_current_successor(session: LoginSession, count: int) -> bool:
    """Tell whether the session's present credential is the one that this count was, or may be, exchanged for."""
    if count != session.refresh_count - 1:
        return False
    in_the_race = now() - session.refreshed_at <= timedelta(seconds=RACE_WINDOW)
    return in_the_race or session.used_count < session.refresh_count


def _proven(presented: Presented) -> LoginSession:
    """Return the session that a credential names and proves to belong to, open or not, or raise InvalidToken."""
    session: LoginSession | None = db.session.get(LoginSession, presented.session_id)
    if session is None:
        raise InvalidToken
    if presented.user_id not in (None, session.user_id):
        raise InvalidToken
    if not presented.belongs_to(session):
        raise InvalidToken
    return session


def _run(statement: Update) -> int:
    """Execute an UPDATE past the ORM's memory of the rows, and return how many rows it found."""
    result: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)
