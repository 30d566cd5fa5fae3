"""Giving and taking roles, one user at a time: for good, or for a while."""

from collections.abc import Collection, Iterable
from datetime import datetime
from math import floor

from sqlalchemy import select, tuple_
from sqlalchemy.orm import aliased

from auth import administrators, audit, catalogue, directory, holding, mail, stepup
from auth.actions import Action
from auth.caller import Caller
from auth.errors import InvalidField
from auth.mail import Kind
from models import MAX_ID, NEVER, RoleGrant, User, db, this_second


def grant(user_id: int, role: str, by: Caller, reason: str | None = None, *, version: int | None = None) -> User:
    """Give a user a role for good, also one that they have borrowed. Giving it again changes nothing.

    Raises UnknownUser, UnknownRole or StaleVersion.
    """
    user, grants = _begin(user_id, [role], by, version)
    stepup.check_grant({role} - set(user.rolenames), by)
    others = [grant for grant in grants if grant.role != role]
    return _assign(user, grants, {*user.rolenames, role}, others, Action.ROLE_GRANTED, by, reason)


def lend(
    user_id: int,
    role: str,
    starts_at: datetime | None,
    expires_at: datetime | None,
    by: Caller,
    reason: str | None = None,
    *,
    version: int | None = None,
) -> User:
    """Give a user a role from one second up to, and without, another; one that they have for good becomes borrowed.

    None is now for the start, and never for the end. Raises as `grant`; InvalidField for a window that is over or ends
    before it begins; and LastAdmin.
    """
    first, end = _window(starts_at, expires_at)
    user, grants = _begin(user_id, [role], by, version)
    stepup.check_grant([role], by)
    for known in grants:
        if starts_at is None and known.role == role and known.expires_at == end and known.starts_at < first:
            first = known.starts_at  # It runs already: said again, it is not begun anew.
    lent = RoleGrant(
        user_id=user.id,
        role=role,
        starts_at=first,
        expires_at=end,
        actor=by.kind,
        actor_id=by.user_id,
        reason=reason,
    )
    others = [grant for grant in grants if grant.role != role]
    return _assign(user, grants, set(user.rolenames) - {role}, [*others, lent], Action.ROLE_LENT, by, reason)


def withdraw(user_id: int, role: str, by: Caller, reason: str | None = None, *, version: int | None = None) -> User:
    """Take a role away, standing or borrowed; the last administrator keeps theirs. Raises as `grant`, and LastAdmin.

    What is held is withdrawn even where no catalogue has it: someone may have written the column by hand.
    """
    user, grants = _begin(user_id, [], by, version)
    if role not in user.rolenames:
        catalogue.named(role)
    others = [grant for grant in grants if grant.role != role]
    return _assign(user, grants, set(user.rolenames) - {role}, others, Action.ROLE_WITHDRAWN, by, reason)


def replace(
    user_id: int, names: Collection[str], by: Caller, reason: str | None = None, *, version: int | None = None
) -> User:
    """Let a user hold just these roles from now on. What they borrow, and is named, stays borrowed.

    What begins later is not held yet, and stays; where it is named, it is given at once and for good.
    Raises as `withdraw`.
    """
    user, grants = _begin(user_id, names, by, version)
    stepup.check_grant(set(names) - set(user.rolenames), by)
    at = this_second()
    borrowed = [grant for grant in grants if holding.is_open(grant, at) and grant.role not in user.rolenames]
    kept = [grant for grant in borrowed if grant.role in names]
    standing = set(names) - {grant.role for grant in kept}
    others = (grant for grant in grants if not holding.is_open(grant, at) and grant.role not in names)
    kept += [grant for grant in others if grant.role not in user.rolenames]
    return _assign(user, grants, standing, kept, Action.ROLES_REPLACED, by, reason)


def expiring(
    role: str | None = None, before: datetime | None = None, *, limit: int, cursor: tuple[int, int] = (0, 0)
) -> list[tuple[RoleGrant, str, str | None]]:
    """Return the grants that have not ended, with the names of who has and who gave them, what ends first at the head.

    `before` leaves out what ends at that moment or later; `cursor` is end and id of the last grant of the page before.
    Raises UnknownRole.
    """
    end, grant_id = max((this_second(), MAX_ID), cursor)
    givers = aliased(User)
    query = select(RoleGrant, User.username, givers.username).join(User, User.id == RoleGrant.user_id)
    query = query.outerjoin(givers, givers.id == RoleGrant.actor_id)
    query = query.where(tuple_(RoleGrant.expires_at, RoleGrant.id) > (end, grant_id))
    if role is not None:
        query = query.where(RoleGrant.role == catalogue.named(role).name)
    if before is not None:
        query = query.where(RoleGrant.expires_at < before.timestamp())
    rows = db.session.execute(query.order_by(RoleGrant.expires_at, RoleGrant.id).limit(limit))
    return [(grant, holder, giver) for grant, holder, giver in rows]


def _window(starts_at: datetime | None, expires_at: datetime | None) -> tuple[int, int]:
    """Return the window in whole seconds, without their fractions."""
    at = this_second()
    first = at if starts_at is None else floor(starts_at.timestamp())
    end = NEVER if expires_at is None else floor(expires_at.timestamp())
    if not 0 <= first < NEVER:
        raise InvalidField("starts_at", "This is no time that can be stored: it lies between 1970 and 9999.")
    if not at < end <= NEVER:
        raise InvalidField("expires_at", "This has passed already: a role is lent up to a time to come.")
    if end <= first:
        raise InvalidField("expires_at", "This would end before it begins.")
    return first, end


def _begin(user_id: int, names: Iterable[str], by: Caller, version: int | None) -> tuple[User, list[RoleGrant]]:
    """Hold the keys, know the roles, and lock the user; return them, and all that they have borrowed."""
    administrators.begin(by)
    catalogue.check(names)
    user = directory.locked(user_id, version)
    grants = select(RoleGrant).where(RoleGrant.user_id == user.id).execution_options(populate_existing=True)
    return user, list(db.session.scalars(grants))


def _assign(
    user: User,
    grants: list[RoleGrant],
    standing: set[str],
    kept: list[RoleGrant],
    action: Action,
    by: Caller,
    reason: str | None,
) -> User:
    """Let a user have these standing roles and these grants, in place of those that they have; record what changed."""
    before, after = holding.told(user.rolenames, grants), holding.told(standing, kept)
    if before == after:
        return user
    end = administrators.end_of(standing, kept)
    if end > administrators.end_of(user.rolenames, grants):
        administrators.check_reach(by, end)
    if administrators.is_lasting(user.rolenames, grants) and not administrators.is_lasting(standing, kept):
        administrators.keep_one({user.id})
    for gone in grants:
        if gone not in kept:
            db.session.delete(gone)
    db.session.flush()  # A new grant takes the place of an old one of the same role.
    db.session.add_all(kept)
    user.rolenames = standing
    user.borrows_until = max((grant.expires_at for grant in kept), default=0)
    user.version += 1
    audit.record(action, by, user.id, before=before, after=after, reason=reason)
    mail.notify(user, Kind.ROLES_CHANGED, roles=holding.held(user.roles, kept, this_second()))
    return user
