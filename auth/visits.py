"""Visits: the sessions of the pages. A cookie only names the row; the row says, with every request, what it is worth.

One that is not remembered ends when it was not used for PAGE_SESSION_MINUTES, and none outlives SESSION_DAYS. What
remembers one over a closed browser is its refresh credential, which is counted as every other one (auth/sessions.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Row, bindparam, update

from auth import audit, demands, holding, presence, sessions, throttle
from auth.actions import Action
from auth.caller import Caller
from auth.errors import InvalidToken
from auth.guard import SESSION_ID
from auth.holding import Borrowed
from auth.sessions import PAGE, SignedIn
from glances import glances
from models import LoginSession, User, db, now, this_second

#: How long, at most, it takes until the row of a visit that goes on says so.
_NOTED_EVERY = timedelta(minutes=1)
#: How long after a refresh a browser has surely written its cookies to the disk: until then it may crash, and come back
#: with the former one.
_KEPT_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Visit:
    """Who is behind an open session of the pages now."""

    session_id: str
    user_id: int
    username: str
    email: str | None
    #: What counts in this session; and what is held too, and waits for a second factor.
    roles: list[str]
    withheld: list[str]
    used_count: int
    refreshed_at: datetime
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime

    @property
    def is_kept(self) -> bool:
        """Whether a browser that knows the current credential will know it after a crash, too."""
        return now() - self.refreshed_at > _KEPT_AFTER

    @property
    def is_due(self) -> bool:
        """Whether it should be noted that the visit goes on."""
        return now() - self.last_seen_at > min(_NOTED_EVERY, sessions.idle_time() / 10)


def sign_in(login: object, password: object, by: Caller, *, remember: bool) -> SignedIn:
    """Open a visit for whoever has this name or address and this password. Raises InvalidCredentials."""
    return sessions.sign_in(login, password, PAGE, by, remember=remember)


def renew(user: User, by: Caller, *, remember: bool) -> SignedIn:
    """Open another visit for a user who has just proved who they are, and whose former one, at hand, was ended."""
    former = sessions.under_lock(by.session_id or "")
    if former is None:
        raise InvalidToken
    return sessions.start(user, PAGE, by, remember=remember, factors=former.factors, is_complete=True)


def can_be_restored(credential: str) -> bool:
    """Tell whether a browser's credential is worth to be asked for a visit. One look, under no lock."""
    return sessions.could_refresh(credential, PAGE)


def restore(credential: str, by: Caller) -> SignedIn:
    """Go on with the visit that a browser remembers, and give it the next credential.

    Raises as `sessions.refresh`, and TooManyRequests.
    """
    throttle.refresh(by)
    return sessions.refresh(credential, PAGE, by)


def begun(signed_in: SignedIn) -> Visit:
    """Return the visit that was just opened, or restored."""
    user, row = signed_in.user, signed_in.session
    return Visit(
        session_id=row.id,
        user_id=user.id,
        username=user.username,
        email=user.email,
        roles=signed_in.roles,
        withheld=signed_in.withheld,
        used_count=row.used_count,
        refreshed_at=row.refreshed_at,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_seen_at=row.last_seen_at,
    )


def seen(session_id: object) -> Visit | None:
    """Return who is behind a visit; None where it has ended, or its owner is gone. One look, under no lock."""
    if not isinstance(session_id, str) or not SESSION_ID.match(session_id):
        return None
    at = this_second()
    return _visit(session_id, glances(_BEHIND, sid=session_id, at=at, moment=now()), at)


def go_on(visit: Visit) -> bool:
    """Note that a visit goes on, which puts off its end, but never beyond the longest life of a session.

    Tells whether it does: it may have been ended meanwhile.
    """
    moment = now()
    last = visit.created_at + timedelta(days=current_app.config["SESSION_DAYS"])
    ends = max(visit.expires_at, min(moment + sessions.idle_time(), last))
    is_open = (LoginSession.id == visit.session_id, LoginSession.ended_at.is_(None))
    noted = update(LoginSession.__table__).where(*is_open).values(last_seen_at=moment, expires_at=ends)
    result: Any = db.session.execute(noted)
    return bool(result.rowcount)


def leave(by: Caller) -> None:
    """End the visit of whoever is asking, and with it every cookie that names it."""
    session = sessions.under_lock(by.session_id or "")
    if session is not None and session.is_open:
        session.end("logout")
        audit.record(Action.SIGNED_OUT, by, session.user_id)


def _visit(session_id: str, rows: Sequence[Row[Any]], at: int) -> Visit | None:
    if not rows:
        return None
    grants = [Borrowed(row.role, row.starts_at, row.ends_at) for row in rows if row.role is not None]
    owner = dict(rows[0]._mapping)
    held = holding.held(owner.pop("standing"), grants, at)
    roles, withheld = demands.split(held, owner.pop("factors"), demanding=owner.pop("demanding"))
    told = {name: value for name, value in owner.items() if name not in ("role", "starts_at", "ends_at")}
    return Visit(session_id=session_id, roles=roles, withheld=withheld, **told)


_BEHIND = presence.behind(
    LoginSession.user_id,
    User.username,
    User.email,
    User.roles.label("standing"),
    LoginSession.factors,
    demands.COUNT.label("demanding"),
    LoginSession.used_count,
    LoginSession.refreshed_at,
    LoginSession.created_at,
    LoginSession.expires_at,
    LoginSession.last_seen_at,
).where(
    LoginSession.via == PAGE,
    LoginSession.expires_at > bindparam("moment", type_=LoginSession.expires_at.type),
)
