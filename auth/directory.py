"""The directory: one account, by its id or its name."""

from typing import Any

from sqlalchemy import func, select

from auth.errors import StaleVersion, UnknownUser
from auth.names import is_storable
from models import MAX_ID, LoginSession, User, db


def locked(user_id: int, version: int | None = None) -> User:
    """Return a user as the row is now, locked until the transaction ends. Raises UnknownUser, or StaleVersion."""
    user = User.locked(user_id) if 0 < user_id <= MAX_ID else None
    if user is None:
        raise UnknownUser
    if version is not None and user.version != version:
        raise StaleVersion
    return user


def show(user_id: int) -> User:
    """Return a user, or raise UnknownUser."""
    user = db.session.get(User, user_id) if 0 < user_id <= MAX_ID else None
    if user is None:
        raise UnknownUser
    return user


def named(username: str) -> User:
    """Return the user of this name, in whatever spelling, or raise UnknownUser."""
    user = User.lookup(username) if is_storable(username) else None
    if user is None:
        raise UnknownUser
    return user


def last_seen(users: list[User]) -> dict[int, Any]:
    """Return when each of these users was last seen in any session, by id; whoever never was is left out."""
    ids = [user.id for user in users]
    seen = func.max(LoginSession.last_seen_at, type_=LoginSession.last_seen_at.type)
    rows = select(LoginSession.user_id, seen).where(LoginSession.user_id.in_(ids)).group_by(LoginSession.user_id)
    return dict(db.session.execute(rows).all())
