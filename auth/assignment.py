"""Giving one role to many, or taking it from many: a few statements, however many they are.

Hold the keys first (auth/administrators.py).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, or_, select, update

from auth import audit, holding, mail
from auth.actions import Action
from auth.caller import Caller
from auth.mail import Kind
from dialects import lock_for_update
from models import RoleGrant, User, db, role_names, roles_text, this_second

#: How many ids one statement names.
BATCH = 1000

Names = set[str]


def locked(ids: Iterable[int]) -> list[Row[Any]]:
    """Return those of these users that there are, by id, locked until the transaction ends."""
    return [row for part in _parts(sorted(set(ids))) for row in db.session.execute(_LOCKED.where(User.id.in_(part)))]


_LOCKED = lock_for_update(select(User.id, User.roles, User.username, User.email_key).order_by(User.id))


def give(role: str, rows: Sequence[Row[Any]], by: Caller, reason: str | None) -> set[int]:
    """Give locked users a role for good; return the ids of those who did not have it so before."""
    return _change(role, rows, lambda names: names | {role}, Action.ROLE_GRANTED, by, reason)


def take(role: str, rows: Sequence[Row[Any]], by: Caller, reason: str | None) -> set[int]:
    """Take a role from locked users, standing or borrowed; return the ids of those who had it."""
    return _change(role, rows, lambda names: names - {role}, Action.ROLE_WITHDRAWN, by, reason)


def take_from_all(role: str, by: Caller, reason: str | None) -> int:
    """Take a role from everyone, and return how many that were; nothing refers to it any more."""
    taken, last_id = 0, 0
    borrowers = select(RoleGrant.user_id).where(RoleGrant.role == role)
    holders = select(User.id).where(or_(User.stands(role), User.id.in_(borrowers))).order_by(User.id).limit(BATCH)
    while ids := list(db.session.scalars(holders.where(User.id > last_id))):
        taken += len(take(role, locked(ids), by, reason))
        last_id = ids[-1]
    db.session.execute(delete(RoleGrant.__table__).where(RoleGrant.role == role))  # Also what has ended.
    return taken


def count_holders(role: str) -> int:
    """Return how many have a role for good, or borrow it now or later."""
    borrowers = select(RoleGrant.user_id).where(RoleGrant.role == role, RoleGrant.expires_at > this_second())
    count = select(func.count(User.id)).where(or_(User.stands(role), User.id.in_(borrowers)))
    return int(db.session.scalar(count) or 0)


def _change(
    role: str,
    rows: Sequence[Row[Any]],
    standing_after: Callable[[Names], Names],
    action: Action,
    by: Caller,
    reason: str | None,
) -> set[int]:
    borrowed = _borrowed([row.id for row in rows])
    same_roles: dict[str, list[int]] = defaultdict(list)
    ends, told, at = [], [], this_second()
    for row in rows:
        standing, grants = set(role_names(row.roles)), borrowed[row.id]
        kept = [grant for grant in grants if grant.role != role]
        names = standing_after(standing)
        before, after = holding.told(standing, grants), holding.told(names, kept)
        if before != after:
            text = roles_text(names)
            same_roles[text].append(row.id)
            audit.record(action, by, row.id, before=before, after=after, reason=reason)
            told.append((row.id, row.username, row.email_key, {"roles": holding.held(text, kept, at)}))
        if before != after and len(kept) < len(grants):
            ends.append({"row": row.id, "end": max((grant.expires_at for grant in kept), default=0)})
    mail.notify_all(Kind.ROLES_CHANGED, told)
    for text, ids in same_roles.items():
        for part in _parts(ids):
            written = update(User.__table__).where(User.id.in_(part))
            db.session.execute(written.values(roles=text, version=User.version + 1))
    if ends:
        db.session.execute(_RETURNED.where(RoleGrant.role == role), ends)
        db.session.execute(_BORROWS_UNTIL, ends)
    return {user_id for ids in same_roles.values() for user_id in ids}


def _borrowed(ids: list[int]) -> dict[int, list[RoleGrant]]:
    found: dict[int, list[RoleGrant]] = defaultdict(list)
    for part in _parts(ids):
        for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.user_id.in_(part))):
            found[grant.user_id].append(grant)
    return found


_RETURNED = delete(RoleGrant.__table__).where(RoleGrant.user_id == bindparam("row"))
_BORROWS_UNTIL = update(User.__table__).where(User.id == bindparam("row")).values(borrows_until=bindparam("end"))


def _parts(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
