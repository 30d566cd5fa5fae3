"""The catalogue: the roles that there are. A name that is not here is given to nobody."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select, true

from auth import administrators, assignment, audit, stepup
from auth.actions import Action
from auth.administrators import ADMIN
from auth.caller import Caller
from auth.errors import InvalidField, LastAdmin, ProtectedRole, RoleExists, RoleInUse, TooManyRoles, UnknownRole
from auth.names import is_storable
from dialects import lock_for_update
from models import ROLE_NAME, Role, db

#: How many roles there may be, so that whoever has them all fits into every column.
MOST = 500
#: In characters.
MAX_DESCRIPTION = 255


def roles() -> list[Role]:
    """Return every role that there is, by name."""
    return list(db.session.scalars(select(Role).order_by(Role.name)))


def default_names() -> list[str]:
    """Return the names of the roles that a new account gets; they stay what they are until the transaction ends.

    Each is asked for by its name alone, and shared: whoever registers waits for nobody but who changes such a role.
    """
    names = db.session.scalars(select(Role.name).where(Role.is_default == true()).order_by(Role.name)).all()
    kept = select(Role.name).where(Role.is_default == true()).with_for_update(read=True)
    return [name for name in names if db.session.scalar(kept.where(Role.name == name))]


def named(name: str) -> Role:
    """Return the role of this name, or raise UnknownRole."""
    role = db.session.get(Role, name) if ROLE_NAME.match(name) else None
    if role is None:
        raise UnknownRole
    return role


def check(names: Iterable[str]) -> None:
    """Raise UnknownRole where one of these is not in the catalogue."""
    wanted = set(names)
    if not all(ROLE_NAME.match(name) for name in wanted):
        raise UnknownRole
    if wanted != set(db.session.scalars(select(Role.name).where(Role.name.in_(wanted)))):
        raise UnknownRole


def create(
    name: str,
    description: str,
    is_default: bool,
    by: Caller,
    reason: str | None = None,
    *,
    requires_factor: bool = False,
) -> Role:
    """Add a role. Raises InvalidField for what no role can be called or say, RoleExists, or TooManyRoles."""
    if not ROLE_NAME.match(name):
        raise InvalidField("name", "A role is a small letter, then small letters, digits, _ or -, 64 in all.")
    _check(description)
    administrators.begin(by)
    if db.session.get(Role, name):
        raise RoleExists
    if (db.session.scalar(select(func.count(Role.name))) or 0) >= MOST:
        raise TooManyRoles
    role = Role(name=name, description=description, is_default=is_default, is_protected=False)
    role.requires_factor = requires_factor
    db.session.add(role)
    audit.record(Action.ROLE_CREATED, by, after=_facts(role), reason=reason)
    return role


def edit(
    name: str,
    by: Caller,
    *,
    description: str | None = None,
    is_default: bool | None = None,
    requires_factor: bool | None = None,
    reason: str | None = None,
) -> Role:
    """Change what is given of a role; who holds it is not touched. Raises UnknownRole, InvalidField, or ProtectedRole.

    To let it count without a second factor, one has to have shown who one is: else it raises ReauthenticationRequired.

    Whether new accounts get a protected role is not open to change: everyone who registers would be an administrator.
    """
    _check(description)
    administrators.begin(by)
    role = _locked(name)
    before = _facts(role)
    if role.is_protected and is_default not in (None, role.is_default):
        raise ProtectedRole
    if role.requires_factor and requires_factor is False:
        stepup.check(by, under_lock=True)
    role.requires_factor = role.requires_factor if requires_factor is None else requires_factor
    role.description = role.description if description is None else description
    role.is_default = role.is_default if is_default is None else is_default
    if _facts(role) != before:
        audit.record(Action.ROLE_EDITED, by, before=before, after=_facts(role), reason=reason)
    return role


def delete(name: str, by: Caller, reason: str | None = None, *, withdraw: bool = False) -> int:
    """Remove a role, and return from how many it was withdrawn.

    Raises UnknownRole, ProtectedRole, LastAdmin for `admin`, and RoleInUse where someone has it who is not to lose it.
    """
    administrators.begin(by)
    role = _locked(name)
    if name == ADMIN:
        raise LastAdmin
    if role.is_protected:
        raise ProtectedRole
    if not withdraw and (holders := assignment.count_holders(name)):
        raise RoleInUse(holders=holders)
    withdrawn = assignment.take_from_all(name, by, reason)
    audit.record(Action.ROLE_DELETED, by, before=_facts(role), reason=reason)
    db.session.delete(role)
    return withdrawn


def _locked(name: str) -> Role:
    """Return a role, locked: nobody who registers gets it meanwhile. Raises UnknownRole."""
    role: Role | None = db.session.scalar(lock_for_update(select(Role).where(Role.name == named(name).name)))
    if role is None:
        raise UnknownRole
    return role


def _check(description: str | None) -> None:
    if description and (len(description) > MAX_DESCRIPTION or not is_storable(description)):
        raise InvalidField("description", f"A description is text of up to {MAX_DESCRIPTION} characters.")


def _facts(role: Role) -> dict[str, Any]:
    return {name: getattr(role, name) for name in ("name", "description", "is_default", "requires_factor")}
