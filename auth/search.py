"""The list of accounts, a page at a time, found among a million as fast as among a hundred.

A page is looked for in two steps. Most are found on a *walk*: the next so many accounts in the order of the list, read
from an index, of which those that match are kept. What is too rare for that is found by the indexes of the names and
the roles, and sorted. No estimate of a planner decides, so no page takes seconds because one was wrong.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, false, func, literal_column, or_, select, true, union

from auth import catalogue
from auth.base64url import spelt
from auth.errors import InvalidField
from auth.names import is_storable
from dialects import among
from models import MAX_ID, RoleGrant, User, db, this_second, username_key

SORTS = ("username", "-username", "id", "-id")
#: How many accounts a walk looks at; fewer, where their roles are looked at too, which no index of names holds, and
#: fewer still, where little matches both.
WALK, WALK_WITH_ROLES, WALK_WITH_BOTH = 20_000, 6_000, 2_000
#: How many where what is searched for is known to no index of letters taken three by three.
LONG_WALK = 100_000
#: A shorter part is looked for at the beginning of the username alone.
SHORTEST_PART = 3
_TRIGRAM = re.compile(r"[^\W_]{3}")


@dataclass(frozen=True)
class Search:
    """What is looked for; `search` is a part of a name or an address, or one or two letters a name begins with."""

    search: str | None = None
    role: str | None = None
    active: bool | None = None
    sort: str = "username"
    limit: int = 25
    cursor: str | None = None

    @property
    def is_by_name(self) -> bool:
        return self.sort.endswith("username")

    @property
    def key(self) -> str:
        return "username_key" if self.is_by_name else "id"


def find(wanted: Search) -> tuple[list[User], str | None]:
    """Return one page of users, and the cursor of the next page or None.

    Raises UnknownRole, and InvalidField for a foreign cursor.
    """
    query = _Query(wanted)
    found = query.walk() if query.is_filtered else query.users(query.in_order(User.id))
    if query.is_filtered and len(found) <= wanted.limit:
        found = query.candidates()
    page = found[: wanted.limit]
    return page, _cursor(wanted, page[-1]) if len(found) > wanted.limit else None


class _Query:
    """The statements of one search."""

    def __init__(self, wanted: Search) -> None:
        self.wanted = wanted
        self.part = username_key(wanted.search or "")
        self.role = None if wanted.role is None else catalogue.named(wanted.role).name
        self.column = getattr(User, wanted.key)
        #: What an index in the order of the list answers by itself.
        self.near = [*self._near()]
        if self._is_prefix_in_order():
            self.part = ""

    @property
    def is_filtered(self) -> bool:
        return bool(self.part or self.role)

    def walk(self) -> list[User]:
        """Return what matches of the next accounts; it is the page where it fills one."""
        columns = [User.id, User.username_key, User.email_key] + ([User.roles] if self.role else [])
        near = self.in_order(*columns).limit(self._steps()).subquery("near").c
        return self.users(select(near.id).where(*self._matches(near)).order_by(self._order(near)))

    def candidates(self) -> list[User]:
        """Return the page from all that match, which the indexes of the names and roles find."""
        columns = (User.id, User.username_key)
        found: Any = select(*columns).where(*self.near, *self._contains_by_index())
        if self.role:
            borrowers = select(*columns).where(*self.near, *self._contains(User), _borrows(User, self.role))
            found = union(found.where(User.stands(self.role)), borrowers)
        every = found.cte("candidates")
        for dialect in ("postgresql", "sqlite"):  # Sorted afterwards, and not walked through in the order of the list.
            every = every.prefix_with("MATERIALIZED", dialect=dialect)
        return self.users(select(every.c.id).order_by(self._order(every.c)))

    def in_order(self, *columns: Any) -> Select[Any]:
        """What an index in the order of the list holds, from the cursor on."""
        return select(*columns).where(*self.near).order_by(self._order(User))

    def users(self, ids: Select[Any]) -> list[User]:
        """Return the users whose ids come first, one more than a page has."""
        first = ids.limit(self.wanted.limit + 1).subquery("page")
        return list(db.session.scalars(select(User).join(first, first.c.id == User.id).order_by(self._order(User))))

    def _near(self) -> Iterator[ColumnElement[bool]]:
        if self.wanted.active is not None:
            yield User.is_active == true() if self.wanted.active else User.is_active == false()
        if self.wanted.cursor is not None:
            value = _read_cursor(self.wanted)
            yield self.column < value if self.wanted.sort.startswith("-") else self.column > value
        if self._is_prefix_in_order():
            yield _begins(User, self.part)

    def _is_prefix_in_order(self) -> bool:
        return self.wanted.is_by_name and 0 < len(self.part) < SHORTEST_PART

    def _steps(self) -> int:
        if self.role:
            return WALK_WITH_BOTH if self.part else WALK_WITH_ROLES
        return LONG_WALK if len(self.part) >= SHORTEST_PART and not _TRIGRAM.search(self.part) else WALK

    def _order(self, columns: Any) -> Any:
        column = getattr(columns, self.wanted.key)
        return column.desc() if self.wanted.sort.startswith("-") else column

    def _matches(self, columns: Any) -> Iterator[ColumnElement[bool]]:
        yield from self._contains(columns)
        if self.role:
            yield or_(among(columns.roles, self.role), _borrows(columns, self.role))

    def _contains(self, columns: Any) -> Iterator[ColumnElement[bool]]:
        if len(self.part) >= SHORTEST_PART:
            keys = (columns.username_key, columns.email_key)
            yield or_(*(key.contains(self.part, autoescape=True) for key in keys))
        elif self.part:
            yield _begins(columns, self.part)

    def _contains_by_index(self) -> Iterator[ColumnElement[bool]]:
        """The same, to the letter as PostgreSQL has an index of it."""
        if len(self.part) < SHORTEST_PART or db.engine.dialect.name != "postgresql":
            yield from self._contains(User)
        else:
            blank, line = literal_column("''", String), literal_column(r"E'\n'", String)
            yield (User.username_key + line + func.coalesce(User.email_key, blank)).contains(self.part, autoescape=True)


def _borrows(columns: Any, role: str) -> ColumnElement[bool]:
    at = this_second()
    grants = select(RoleGrant.user_id).where(RoleGrant.role == role)
    found: ColumnElement[bool] = columns.id.in_(grants.where(RoleGrant.starts_at <= at, RoleGrant.expires_at > at))
    return found


def _begins(columns: Any, part: str) -> ColumnElement[bool]:
    """A range, which an index answers; LIKE would be read as one by some databases only."""
    code = ord(part[-1]) + 1
    if code > 0x10FFFF:
        return and_(columns.username_key >= part)
    behind = part[:-1] + chr(0xE000 if code == 0xD800 else code)  # No text holds half of a surrogate pair.
    return and_(columns.username_key >= part, columns.username_key < behind)


def _cursor(wanted: Search, last: User) -> str:
    value = getattr(last, wanted.key)
    return spelt(json.dumps([wanted.sort, value, last.id]).encode())


def _read_cursor(wanted: Search) -> str | int:
    """Return the value of the last account of the page before, in the column that the list is sorted by."""
    text = wanted.cursor or ""
    try:
        sort, value, user_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        raise _foreign_cursor() from None
    is_value = (
        isinstance(value, str) and is_storable(value) if wanted.is_by_name else type(value) is int and value == user_id
    )
    if sort != wanted.sort or not is_value or type(user_id) is not int or not 0 < user_id <= MAX_ID:
        raise _foreign_cursor()
    found: str | int = value
    return found


def _foreign_cursor() -> InvalidField:
    return InvalidField("cursor", "This is not the cursor of such a list.")
