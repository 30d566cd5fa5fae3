"""One role, many users, one transaction: what becomes of each is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth import administrators, assignment, catalogue, stepup
from auth.administrators import ADMIN
from auth.caller import Caller
from auth.errors import InvalidField, LastAdmin, TooManyUsers, UnknownUser
from models import MAX_ID, NEVER

#: How many users one call may name.
MOST = 10_000
#: How many of the unknown ones a refusal names.
TOLD = 100

GRANTED, WITHDRAWN, UNCHANGED = "granted", "withdrawn", "unchanged"
OUTCOMES = (GRANTED, WITHDRAWN, UNCHANGED, UnknownUser.code, LastAdmin.code)


@dataclass(frozen=True)
class Outcome:
    """What became of one user: one of `OUTCOMES`."""

    id: int
    outcome: str


def assign(
    role: str,
    add: Sequence[int],
    remove: Sequence[int],
    by: Caller,
    reason: str | None = None,
    *,
    partial: bool = False,
) -> list[Outcome]:
    """Give a role to some and take it from others; return what became of each, in the order in which they were named.

    Without `partial` it is all or nothing: it raises UnknownUser, or LastAdmin. Raises UnknownRole, TooManyUsers, and
    InvalidField for a user who is to get the role and to lose it.
    """
    if len(add) + len(remove) > MOST:
        raise TooManyUsers
    add, remove = list(dict.fromkeys(add)), list(dict.fromkeys(remove))
    if not set(add).isdisjoint(remove):
        raise InvalidField("remove", "Someone is named in both lists.")
    administrators.begin(by)
    if role == ADMIN and add:
        administrators.check_reach(by, NEVER)
    catalogue.named(role)
    if add:
        stepup.check_grant([role], by)
    rows = assignment.locked(_storable([*add, *remove]))
    known = {row.id for row in rows}
    unknown = [user_id for user_id in [*add, *remove] if user_id not in known]
    if unknown and not partial:
        raise UnknownUser(unknown=unknown[:TOLD])
    gaining = set(add)
    given = assignment.give(role, [row for row in rows if row.id in gaining], by, reason)
    spared = _spared(set(remove), partial) if role == ADMIN else None
    losing = set(remove) - {spared}
    taken = assignment.take(role, [row for row in rows if row.id in losing], by, reason)
    outcomes = dict.fromkeys(given, GRANTED) | dict.fromkeys(taken, WITHDRAWN)
    outcomes |= dict.fromkeys(unknown, UnknownUser.code) | ({spared: LastAdmin.code} if spared else {})
    return [Outcome(user_id, outcomes.get(user_id, UNCHANGED)) for user_id in [*add, *remove]]


def _spared(leaving: set[int], partial: bool) -> int | None:
    """Return who must keep `admin` for someone to have it; None where others do."""
    try:
        administrators.keep_one(leaving)
    except LastAdmin:
        if not partial:
            raise
        return next(administrators.effective())
    return None


def _storable(ids: list[int]) -> list[int]:
    """Those that can be an id: a database need not be asked for the others."""
    return [user_id for user_id in ids if 0 < user_id <= MAX_ID]
