"""Nobody locks the house from inside: one effective administrator is left, whatever is done, and by however many.

An effective administrator is active, able to sign in, and holds `admin` standing, or by a grant that has begun and
does not end. Whoever may become one less is asked about in `keep_one`, under one lock.
"""

from collections.abc import Collection, Container, Iterable, Iterator

from sqlalchemy import Select, select, true, union

from auth import holding, presence
from auth.caller import Caller
from auth.errors import BeyondOwnGrant, FactorRequired, InvalidToken, LastAdmin, MissingRole
from auth.guard import guard
from auth.holding import Window
from auth.presence import Presence
from dialects import lock_for_update
from models import NEVER, Role, RoleGrant, User, db, role_names, this_second

ADMIN = "admin"


def begin(by: Caller) -> None:
    """Hold the keys, and ask once more whether whoever acts is an administrator.

    They were, when they were let in; while they waited for the keys, another may have seen to it that they are not.
    Raises InvalidToken, MissingRole, or FactorRequired.
    """
    hold_the_keys()
    if by.kind != "user":
        return
    who = confirm(by)
    if ADMIN not in who.roles:
        raise (FactorRequired if ADMIN in who.withheld else MissingRole)(required=[ADMIN])


def confirm(by: Caller) -> Presence:
    """Return who acts, and must still be signed in, asked under the locks at hand. Raises InvalidToken."""
    who = presence.seen_under_lock(by.session_id or "")
    if who is None or who.user_id != by.user_id:
        raise InvalidToken
    return who


def hold_the_keys() -> None:
    """Take the one lock under which roles are given and taken; it is held until the transaction ends.

    Whoever changes roles, the catalogue, or what may make an administrator less effective takes it first, before any
    lock on a user: so the second of two sees what the first did, and two never wait for each other.
    """
    db.session.execute(lock_for_update(select(Role.name).where(Role.name == ADMIN)))


def keep_one(leaving: Container[int]) -> None:
    """Raise LastAdmin where those who leave are all the effective administrators that there are. Hold the keys first.

    `leaving` are the ids of those who would be effective administrators no more.
    """
    is_anyone_leaving = False
    for user_id in effective():
        if user_id not in leaving:
            return
        is_anyone_leaving = True
    if is_anyone_leaving:
        raise LastAdmin


def effective() -> Iterator[int]:
    """Yield the ids of the effective administrators."""
    may_sign_in = (User.is_active == true(), User.unconfirmed_since.is_(None))
    rows = select(User.id, User.password).where(*may_sign_in, User.id.in_(lasting()))
    for row in db.session.execute(rows.order_by(User.id)):
        if guard.hasher.is_usable(row.password):
            yield row.id


def lasting() -> Select[tuple[int]]:
    """The ids of all who have `admin` for as long as nobody takes it away, whether or not they can use it."""
    unending = (RoleGrant.role == ADMIN, RoleGrant.starts_at <= this_second(), RoleGrant.expires_at == NEVER)
    found = union(select(User.id).where(User.stands(ADMIN)), select(RoleGrant.user_id).where(*unending))
    return select(found.subquery().c[0])


def is_lasting(standing: Collection[str], grants: Iterable[Window]) -> bool:
    """Tell whether these roles make an administrator for as long as nobody takes them away."""
    at = this_second()
    return ADMIN in standing or any(grant.role == ADMIN and holding.is_unending(grant, at) for grant in grants)


def check_reach(by: Caller, end: int) -> None:
    """Raise BeyondOwnGrant where an administrator for a while would give `admin` up to an end later than their own."""
    if by.kind != "user" or by.user_id is None:
        return
    standing = db.session.scalar(select(User.roles).where(User.id == by.user_id))
    own = select(RoleGrant).where(RoleGrant.user_id == by.user_id)
    if end > end_of(role_names(standing), db.session.scalars(own)):
        raise BeyondOwnGrant


def end_of(standing: Collection[str], grants: Iterable[Window]) -> int:
    """Return the second in which these roles make an administrator no more; 0 where they never do."""
    if ADMIN in standing:
        return NEVER
    return max((grant.expires_at for grant in grants if grant.role == ADMIN), default=0)
