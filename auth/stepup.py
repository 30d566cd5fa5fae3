"""Step-up: what asks for more than a session that has been open for long (OWASP Authentication sheet, ASVS 7.5.1)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select, true

from auth import demands, pending
from auth.caller import Caller
from auth.errors import InvalidToken, ReauthenticationRequired
from glances import glance
from models import LoginSession, Role, User, db, now

#: How long a sign-in, or a factor that was shown, is good for it.
FRESH = timedelta(minutes=10)


def check(by: Caller, *, under_lock: bool = False) -> None:
    """Raise ReauthenticationRequired unless whoever acts showed who they are a short time ago.

    Where a second factor is set up, it must have been shown in this session: a stolen password alone changes nothing.
    The terminal need not show anything. `under_lock` asks within the transaction at hand.
    """
    if by.kind != "user":
        return
    row = session_of(by, under_lock=under_lock)
    is_strong = demands.is_strong(row.factors) or not row.set_up
    if not is_strong or not timedelta(0) <= now() - row.authenticated_at <= FRESH:
        raise ReauthenticationRequired(factors=ways(row.set_up, row.factors))


def session_of(by: Caller, *, under_lock: bool = False) -> Any:
    """Return whose session it is that somebody acts in, when and how it was authenticated, and what is set up.

    One look, under no lock but where that is said. Raises InvalidToken.
    """
    columns = (LoginSession.user_id, LoginSession.authenticated_at, LoginSession.factors)
    found = select(*columns, User.factors.label("set_up")).join(User, User.id == LoginSession.user_id)
    own = found.where(LoginSession.id == (by.session_id or ""), LoginSession.ended_at.is_(None))
    row = glance(own, under_lock=under_lock)
    if row is None:
        raise InvalidToken
    return row


def check_grant(names: Iterable[str], by: Caller) -> None:
    """Raise as `check` where one of these roles, which are to be given, is protected."""
    wanted = set(names)
    protected = select(Role.name).where(Role.name.in_(wanted), Role.is_protected == true(), Role.is_default.is_(False))
    if by.kind == "user" and wanted and db.session.scalar(protected.limit(1)) is not None:
        check(by, under_lock=True)


def ways(set_up: str, shown: str) -> list[str]:
    """Return what may be shown to go on, where these factors are set up, and those were shown in the session."""
    kinds = pending.kinds_of(set_up)
    return kinds if kinds and not demands.is_strong(shown) else ["password", *kinds]
