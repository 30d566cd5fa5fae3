"""Visits: the sessions of the pages. A cookie only names the row; the row says, with every request, what it is worth.

One that is not remembered ends when it was not used for PAGE_SESSION_MINUTES, and none outlives SESSION_DAYS. What
remembers one over a closed browser is its refresh credential, which is counted as every other one (auth/sessions.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Row, and_, bindparam, select, true, update

from auth import audit, holding, sessions
from auth.actions import Action
from auth.caller import Caller
from auth.guard import SESSION_ID
from auth.holding import Borrowed
from auth.sessions import PAGE, SignedIn
from glances import glances
from models import LoginSession, RoleGrant, User, db, now, this_second

#: How long, at most, it takes until the row of a visit that goes on says so.
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Visit:
    """Who is behind an open session of the pages now."""

    session_id: str
    user_id: int
    username: str
    email: str | None
    #: What is held now.
    roles: list[str]
    refresh_count: int
    used_count: int
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime

    @property
    def is_due(self) -> bool:
        """Whether it should be noted that the visit goes on."""
        return now() - self.last_seen_at > min(_NOTED_EVERY, sessions.idle_time() / 10)


def sign_in(login: object, password: object, by: Caller, *, remember: bool) -> SignedIn:
    """Open a visit for whoever has this name or address and this password. Raises InvalidCredentials."""
    return sessions.sign_in(login, password, PAGE, by, remember=remember)


def seen(session_id: object) -> Visit | None:
    """Return who is behind a visit; None where it has ended, or its owner is gone. One look, under no lock."""
    if not isinstance(session_id, str) or not SESSION_ID.match(session_id):
        return None
    at = this_second()
    return _visit(session_id, glances(_BEHIND, sid=session_id, at=at, moment=now()), at)


def go_on(visit: Visit) -> None:
    """Note that a visit goes on, which puts off its end, but never beyond the longest life of a session."""
    moment = now()
    last = visit.created_at + timedelta(days=current_app.config["SESSION_DAYS"])
    ends = max(visit.expires_at, min(moment + sessions.idle_time(), last))
    is_open = (LoginSession.id == visit.session_id, LoginSession.ended_at.is_(None))
    db.session.execute(update(LoginSession.__table__).where(*is_open).values(last_seen_at=moment, expires_at=ends))


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
    roles = holding.held(owner.pop("standing"), grants, at)
    told = {name: value for name, value in owner.items() if name not in ("role", "starts_at", "ends_at")}
    return Visit(session_id=session_id, roles=roles, **told)


_BEHIND = (
    select(
        LoginSession.user_id,
        User.username,
        User.email,
        User.roles.label("standing"),
        LoginSession.refresh_count,
        LoginSession.used_count,
        LoginSession.created_at,
        LoginSession.expires_at,
        LoginSession.last_seen_at,
        # A row for each grant that has not ended; one, with NULLs, where there is none.
        RoleGrant.role,
        RoleGrant.starts_at,
        RoleGrant.expires_at.label("ends_at"),
    )
    .join(User, User.id == LoginSession.user_id)
    .outerjoin(RoleGrant, and_(RoleGrant.user_id == User.id, RoleGrant.expires_at > bindparam("at")))
    .where(
        LoginSession.id == bindparam("sid"),
        LoginSession.via == PAGE,
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > bindparam("moment", type_=LoginSession.expires_at.type),
        User.is_active == true(),
    )
)
