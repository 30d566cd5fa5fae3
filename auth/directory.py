"""The directory: finding accounts, one by one or a page at a time."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from auth import catalogue
from auth.errors import InvalidField, StaleVersion, UnknownUser
from auth.names import is_storable
from models import MAX_ID, LoginSession, RoleGrant, User, db, this_second, username_key

SORTS = ("username", "-username", "id", "-id")


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
    user = User.lookup(username)
    if user is None:
        raise UnknownUser
    return user


@dataclass(frozen=True)
class Search:
    """What is looked for in the list of users; `search` is a part of a name or an address."""

    search: str | None = None
    role: str | None = None
    active: bool | None = None
    sort: str = "username"
    limit: int = 25
    cursor: str | None = None


def find(wanted: Search) -> tuple[list[User], str | None]:
    """Return one page of users, and the cursor of the next page or None. Raises InvalidField for a foreign cursor."""
    column = User.username_key if wanted.sort.endswith("username") else User.id
    descending = wanted.sort.startswith("-")
    query = _matching(wanted)
    if wanted.cursor is not None:
        query = query.where(_behind(column, descending, *_read_cursor(wanted)))
    order = (column.desc(), User.id.desc()) if descending else (column, User.id)
    found: list[User] = list(db.session.scalars(query.order_by(*order).limit(wanted.limit + 1)))
    page = found[: wanted.limit]
    more = len(found) > wanted.limit
    return page, _cursor(wanted, page[-1]) if more else None


def last_seen(users: list[User]) -> dict[int, Any]:
    """Return when each of these users was last seen in any session, by id; whoever never was is left out."""
    ids = [user.id for user in users]
    seen = func.max(LoginSession.last_seen_at, type_=LoginSession.last_seen_at.type)
    rows = select(LoginSession.user_id, seen).where(LoginSession.user_id.in_(ids)).group_by(LoginSession.user_id)
    return dict(db.session.execute(rows).all())


def _matching(wanted: Search) -> Select[tuple[User]]:
    query = select(User)
    if wanted.search:
        part = username_key(wanted.search)
        query = query.where(
            or_(User.username_key.contains(part, autoescape=True), User.email_key.contains(part, autoescape=True))
        )
    if wanted.role is not None:
        role, at = catalogue.named(wanted.role).name, this_second()
        borrowers = select(RoleGrant.user_id).where(
            RoleGrant.role == role, RoleGrant.starts_at <= at, RoleGrant.expires_at > at
        )
        query = query.where(or_(User.stands(role), User.id.in_(borrowers)))
    return query if wanted.active is None else query.where(User.is_active == wanted.active)


def _behind(column: Any, descending: bool, value: Any, user_id: int) -> ColumnElement[bool]:
    if descending:
        return or_(column < value, and_(column == value, User.id < user_id))
    return or_(column > value, and_(column == value, User.id > user_id))


def _cursor(wanted: Search, last: User) -> str:
    value = last.username_key if wanted.sort.endswith("username") else last.id
    return base64.urlsafe_b64encode(json.dumps([wanted.sort, value, last.id]).encode()).decode().rstrip("=")


def _read_cursor(wanted: Search) -> tuple[str | int, int]:
    text = wanted.cursor or ""
    try:
        sort, value, user_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        raise _foreign_cursor() from None
    is_named = wanted.sort.endswith("username")
    is_value = isinstance(value, str) and is_storable(value) if is_named else type(value) is int and value == user_id
    if sort != wanted.sort or not is_value or type(user_id) is not int or not 0 < user_id <= MAX_ID:
        raise _foreign_cursor()
    return value, user_id


def _foreign_cursor() -> InvalidField:
    return InvalidField("cursor", "This is not the cursor of such a list.")
