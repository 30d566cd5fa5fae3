"""Who is behind a session at this moment, with the roles that they hold: what the guard asks with every request."""

from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, select, true

from auth import demands, holding
from auth.holding import Borrowed
from glances import Prepared
from models import LoginSession, RoleGrant, User, db, this_second


class Presence(NamedTuple):
    """The owner of an open session, whose account is active."""

    user_id: int
    refresh_count: int
    used_count: int
    username: str
    #: What counts in this session; and what is held too, and waits for a second factor.
    roles: list[str]
    withheld: list[str]


def seen(session_id: str) -> Presence | None:
    """Return who is behind a session; None where it has ended, or its owner is gone. One look, under no lock."""
    at = this_second()
    return _presence(_BEHIND.rows(sid=session_id, at=at), at)


def seen_under_lock(session_id: str) -> Presence | None:
    """The same within the transaction at hand: what its locks keep from changing is told as it stays."""
    at = this_second()
    return _presence(db.session.execute(_BEHIND.statement, {"sid": session_id, "at": at}).all(), at, under_lock=True)


def _presence(rows: Any, at: int, *, under_lock: bool = False) -> Presence | None:
    if not rows:
        return None
    user_id, refresh_count, used_count, username, standing, factors, demanding = rows[0][:7]
    grants = [Borrowed(*row[7:]) for row in rows if row[7] is not None]
    held = holding.held(standing, grants, at)
    roles, withheld = demands.split(held, factors, demanding=demanding, under_lock=under_lock)
    return Presence(user_id, refresh_count, used_count, username, roles, withheld)


def behind(*columns: Any) -> Select[Any]:
    """Return the look at an open session, `sid`, with its owner, whose account is active.

    It has a row for each of the owner's grants that have not ended `at` a moment; one, with NULLs, where there is none.
    """
    return (
        select(*columns, RoleGrant.role, RoleGrant.starts_at, RoleGrant.expires_at.label("ends_at"))
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(RoleGrant, and_(RoleGrant.user_id == User.id, RoleGrant.expires_at > bindparam("at")))
        .where(LoginSession.id == bindparam("sid"), LoginSession.ended_at.is_(None), User.is_active == true())
    )


_BEHIND = Prepared(
    behind(
        *(LoginSession.user_id, LoginSession.refresh_count, LoginSession.used_count, User.username, User.roles),
        *(LoginSession.factors, demands.COUNT.label("demanding")),
    )
)
