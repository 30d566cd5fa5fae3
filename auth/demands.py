"""Demands: roles that count only in a session with a second factor (`roles.requires_factor`)."""

from collections.abc import Sequence

from sqlalchemy import func, select, true

from glances import glances
from models import Role

#: What a session is opened with that has no second factor.
PASSWORD = "password"

_IS_DEMANDING = Role.requires_factor == true()
#: How many roles demand a factor: a column for whoever looks at a session anyway.
COUNT = select(func.count()).select_from(Role).where(_IS_DEMANDING).scalar_subquery()
_DEMANDING = select(Role.name).where(_IS_DEMANDING)


def is_strong(factors: str) -> bool:
    """Tell whether a session was opened, or confirmed, with more than a password."""
    return factors not in ("", PASSWORD)


def with_factor(factors: str, kind: str) -> str:
    """Return the factors of a session in which another one was shown."""
    return ",".join(sorted({*factors.split(","), kind}))


def split(
    roles: Sequence[str], factors: str, *, demanding: int | None = None, under_lock: bool = False
) -> tuple[list[str], list[str]]:
    """Return those of the roles held that count in a session with these factors, and those that wait for another.

    Whoever knows the COUNT of those that demand one says so: where there is none, nobody is asked. `under_lock` asks
    within the transaction at hand.
    """
    if demanding == 0 or is_strong(factors) or not roles:
        return list(roles), []
    waiting = {row.name for row in glances(_DEMANDING, under_lock=under_lock)}
    return [name for name in roles if name not in waiting], [name for name in roles if name in waiting]
