"""Explain: why a person has a role, since when and from whom; or why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from auth import catalogue, chain, directory, holding
from auth.actions import ROLE_CHANGES
from models import AuditEvent, RoleGrant, User, db, this_second


@dataclass(frozen=True)
class Giver:
    """Who gave or took a role; `id` and `username` are None unless a user did, whose account is still there."""

    actor: str
    id: int | None
    username: str | None


@dataclass(frozen=True)
class Cause:
    """A standing role or a grant. What is None is not on record: somebody wrote to the database by hand."""

    kind: str
    since: datetime | None
    by: Giver | None
    reason: str | None
    expires_at: datetime | None


@dataclass(frozen=True)
class Lack:
    """What is missing for a role to be held.

    `disabled`: the account is; `not_begun` and `ended`: a grant is, and `at` is its beginning or end; `withdrawn`: the
    role was taken away, at a time and by someone unless somebody wrote to the database by hand; `never_given`.
    """

    kind: str
    at: datetime | None = None
    by: Giver | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Explanation:
    """Whether a role is held now, as the guard has it; what it comes from; and what is missing where it is not."""

    holds: bool
    because: list[Cause]
    missing: list[Lack]


#: How many events are looked through at a time.
_AT_A_TIME = 100


def explain(user_id: int, role: str) -> Explanation:
    """Return why a user has a role now, or why not. Raises UnknownUser or UnknownRole."""
    user, at = directory.show(user_id), this_second()
    if role not in user.rolenames:
        catalogue.named(role)
    grants = list(db.session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id, RoleGrant.role == role)))
    is_held = role in holding.held(user.roles, grants, at)
    because = [_standing(user, role)] if role in user.rolenames else []
    because += [_lent(grant) for grant in grants if holding.is_open(grant, at)]
    missing = [] if user.is_valid() else [Lack("disabled", user.deactivated_at)]
    if not is_held:
        missing.append(_lack(user, role, grants, at))
    return Explanation(is_held and user.is_valid(), because, missing)


def giver(given: RoleGrant | AuditEvent) -> Giver:
    """Return who gave a grant, or caused an event."""
    user = db.session.get(User, given.actor_id) if given.actor_id else None
    return Giver(given.actor, given.actor_id, user.username if user else None)


def _standing(user: User, role: str) -> Cause:
    gained, event = _last_change(user, role, _name_if_standing)
    if event is None or not gained:
        return Cause("standing", None, None, None, None)
    return Cause("standing", event.at, giver(event), event.reason, None)


def _lent(grant: RoleGrant) -> Cause:
    since = max(grant.granted_at, holding.moment(grant.starts_at) or grant.granted_at)
    return Cause("grant", since, giver(grant), grant.reason, holding.moment(grant.expires_at))


def _lack(user: User, role: str, grants: list[RoleGrant], at: int) -> Lack:
    if grants:  # Of one role there is at most one.
        kind, edge = ("not_begun", grants[0].starts_at) if grants[0].starts_at > at else ("ended", grants[0].expires_at)
        return Lack(kind, holding.moment(edge), giver(grants[0]), grants[0].reason)
    gained, event = _last_change(user, role, _name)
    if event is None:
        return Lack("never_given")
    if not gained:
        return Lack("withdrawn", event.at, giver(event), event.reason)
    ends = [item["expires_at"] for item in _roles(event.after) if _name(item) == role and isinstance(item, dict)]
    if ends and ends[0]:
        return Lack("ended", datetime.fromisoformat(ends[0]), giver(event), event.reason)
    return Lack("withdrawn")


def _last_change(user: User, role: str, named: Callable[[Any], str]) -> tuple[bool, AuditEvent | None]:
    """Return whether the trail's last word on a role is that it was given, and that event."""
    events = select(AuditEvent).where(AuditEvent.subject_id == user.id, AuditEvent.action.in_([*ROLE_CHANGES]))
    newest = events.order_by(AuditEvent.id.desc()).limit(_AT_A_TIME)
    found = db.session.scalars(newest).all()
    while found:
        for event in found:
            had, has = (role in map(named, _roles(text)) for text in (event.before, event.after))
            if had != has:
                return has, event
        found = db.session.scalars(newest.where(AuditEvent.id < found[-1].id)).all()
    return False, None


def _roles(text: str | None) -> list[Any]:
    """The roles in what an event says of before or after: names of standing ones, windows of borrowed ones."""
    value = chain.value(text)
    roles = value.get("roles") if isinstance(value, dict) else value
    return roles if isinstance(roles, list) else []


def _name_if_standing(item: Any) -> str:
    return item if isinstance(item, str) else ""


def _name(item: Any) -> str:
    return str(item.get("role")) if isinstance(item, dict) else _name_if_standing(item)
