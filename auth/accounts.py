"""Accounts: making, renaming, enabling, disabling, deleting and finding them."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.exc import IntegrityError

from auth import audit, passwords, roles, sessions
from auth.audit import Action
from auth.caller import Caller
from auth.errors import EmailTaken, InvalidField, StaleVersion, UnknownUser, UsernameTaken
from auth.names import check_email, check_username, is_storable
from models import MAX_ID, LoginSession, User, db, now, username_key

SORTS = ("username", "-username", "id", "-id")


def add(username: str, email: str | None, hashed: str, role_names: list[str], *, by: Caller, action: Action) -> User:
    """Add an active account. Raises InvalidField, UsernameTaken, EmailTaken or UnknownRole."""
    name = check_username(username)
    address = check_email(email) if email is not None else None
    user = User(
        username=name,
        username_key=username_key(name),
        email=address,
        email_key=address,
        password=hashed,
        is_active=True,
        password_changed_at=now(),
    )
    user.rolenames = [roles.check_name(role) for role in role_names]
    db.session.add(user)
    _flush_names()
    if by.kind == "stranger":
        by = sessions.signed_in_as(user.id, None, by)
    audit.record(action, by, user.id, after={"username": name, "roles": user.rolenames})
    return user


def rename(user_id: int, username: str, by: Caller) -> User:
    """Give an account another username. Raises InvalidField, UsernameTaken or UnknownUser."""
    name = check_username(username)
    user = roles.locked_user(user_id)
    before = user.username
    if name != before:
        user.username, user.username_key = name, username_key(name)
        user.version += 1
        _flush_names()
        audit.record(Action.RENAMED, by, user.id, before=before, after=name)
    return user


def disable(user_id: int, by: Caller, reason: str | None = None, *, version: int | None = None) -> User:
    """Shut an account and end its sessions. Raises UnknownUser, LastAdmin or StaleVersion."""
    roles.hold_the_keys()
    user = _at_version(user_id, version)
    if user.is_active:
        roles.refuse_if_last_admin(user)
        user.is_active, user.deactivated_at = False, now()
        user.version += 1
        audit.record(Action.DISABLED, by, user.id, before=True, after=False, reason=reason)
    sessions.end_all(user.id, "disabled", by)
    return user


def enable(user_id: int, by: Caller, reason: str | None = None, *, version: int | None = None) -> User:
    """Open an account again; its former sessions stay ended. Raises UnknownUser or StaleVersion."""
    user = _at_version(user_id, version)
    if not user.is_active:
        user.is_active, user.deactivated_at = True, None
        user.version += 1
        audit.record(Action.ENABLED, by, user.id, before=False, after=True, reason=reason)
    return user


def delete(user_id: int, by: Caller, reason: str | None = None) -> None:
    """Remove an account and its sessions for good; its trail stays. Raises UnknownUser or LastAdmin."""
    roles.hold_the_keys()
    _remove(roles.locked_user(user_id), by, reason)


def delete_own(user_id: int, password: str, by: Caller) -> None:
    """Remove one's own account, given its password once more. Raises as `delete`, and WrongPassword."""
    known = passwords.known_hash(user_id, password)
    roles.hold_the_keys()
    _remove(passwords.confirmed_owner(user_id, password, known, by), by)


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


def _remove(user: User, by: Caller, reason: str | None = None) -> None:
    roles.refuse_if_last_admin(user)
    before = {"username": user.username, "roles": user.rolenames}
    audit.record(Action.DELETED, by, user.id, before=before, reason=reason)
    db.session.delete(user)
    db.session.flush()


def _flush_names() -> None:
    """Let the database settle who has a name: asking first would leave room for a race."""
    try:
        db.session.flush()
    except IntegrityError as error:
        broken = _CONSTRAINT.search(str(error.orig))
        if broken is None:
            raise
        raise (EmailTaken if "email" in broken[1] else UsernameTaken) from None


# How SQLite, PostgreSQL, and MariaDB or MySQL name the constraint; the value that broke it stands elsewhere.
_CONSTRAINT = re.compile(
    r"(?:constraint failed: users\.|unique constraint \"|for key '(?:users\.)?)(\w*(?:username|email)\w*)"
)


def _at_version(user_id: int, version: int | None) -> User:
    user = roles.locked_user(user_id)
    if version is not None and user.version != version:
        raise StaleVersion
    return user


def _matching(wanted: Search) -> Select[tuple[User]]:
    query = select(User)
    if wanted.search:
        part = username_key(wanted.search)
        query = query.where(
            or_(User.username_key.contains(part, autoescape=True), User.email_key.contains(part, autoescape=True))
        )
    if wanted.role is not None:
        held = "," + func.replace(User.roles, " ", "") + ","
        query = query.where(held.contains(f",{roles.check_name(wanted.role)},", autoescape=True))
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
