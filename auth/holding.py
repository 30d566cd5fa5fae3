"""Which roles a person holds at a moment: one answer for the guard, for `explain` and for every list.

Standing roles are in `users.roles`, borrowed ones are rows of `role_grants`; no role of a person is in both.
Moments are whole seconds since 1970: a grant counts from its first second on, and in the second of its end no more.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select

from models import NEVER, RoleGrant, User, db, role_names, this_second


class Window(Protocol):
    """A role, and from when to when it is held."""

    @property
    def role(self) -> str: ...
    @property
    def starts_at(self) -> int: ...
    @property
    def expires_at(self) -> int: ...


class Borrowed(NamedTuple):
    """A window that was read past the ORM."""

    role: str
    starts_at: int
    expires_at: int


def held(standing: str | None, grants: Iterable[Window], at: int) -> list[str]:
    """Return the roles that are held at a moment, by name: `standing` is the column, `grants` are those there are."""
    return sorted({*role_names(standing), *(grant.role for grant in grants if is_open(grant, at))})


def is_open(grant: Window, at: int) -> bool:
    """Tell whether a grant counts at a moment."""
    return grant.starts_at <= at < grant.expires_at


def is_unending(grant: Window, at: int) -> bool:
    """Tell whether a grant counts from a moment on for ever, as a standing role does."""
    return grant.starts_at <= at and grant.expires_at == NEVER


def next_change(grants: Iterable[Window], at: int) -> int | None:
    """Return when, after this moment, the first of these grants begins or ends; None where none does."""
    edges = (edge for grant in grants for edge in (grant.starts_at, grant.expires_at))
    return min((edge for edge in edges if at < edge < NEVER), default=None)


def grants_of(user: User) -> list[RoleGrant]:
    """Return what a user borrows, will borrow, or has borrowed."""
    return grants_of_all([user])[user.id]


def grants_of_all(users: Collection[User]) -> dict[int, list[RoleGrant]]:
    """Return the same for each of these users, by id."""
    found: dict[int, list[RoleGrant]] = {user.id: [] for user in users}
    for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.user_id.in_(found))):
        found[grant.user_id].append(grant)
    return found


def told(standing: Iterable[str], grants: Iterable[Window]) -> list[Any]:
    """What a person has, as the trail tells it: standing roles by name, then windows that have not ended."""
    at = this_second()
    windows = sorted((grant.role, grant.starts_at, grant.expires_at) for grant in grants if grant.expires_at > at)
    return [
        *sorted(standing),
        *({"role": role, "starts_at": spelt(first), "expires_at": spelt(end)} for role, first, end in windows),
    ]


def moment(second: int) -> datetime | None:
    """Return a second as a time; None for the end of what does not end."""
    return None if second == NEVER else datetime.fromtimestamp(second, UTC)


def spelt(second: int) -> str | None:
    """Return a second as RFC 3339 writes it; None for the end of what does not end."""
    at = moment(second)
    return None if at is None else at.isoformat().replace("+00:00", "Z")
