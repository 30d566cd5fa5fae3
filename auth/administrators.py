"""Nobody locks the house from inside: one effective administrator is left, whatever is done, and by however many.

An effective administrator is active, able to sign in, and holds `admin` standing, or by a grant that has begun and
does not end. Whoever may become one less is asked about in `keep_one`, under one lock.
"""

from collections.abc import Collection, Container, Iterable, Iterator

from sqlalchemy import select, true

from auth import holding
from auth.errors import LastAdmin
from auth.guard import guard
from auth.holding import Window
from dialects import lock_for_update
from models import MAX_ID, NEVER, Role, RoleGrant, User, db, role_names, this_second

ADMIN = "admin"
EVERYONE = range(MAX_ID + 1)


def hold_the_keys() -> None:
    """Take the one lock under which roles are given and taken; it is held until the transaction ends.

    Whoever writes a role, the catalogue, or what makes an administrator effective takes it first, before any lock on
    a user: so the second of two sees what the first did, and two never wait for each other.
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
    lasting = select(RoleGrant.user_id).where(
        RoleGrant.role == ADMIN, RoleGrant.starts_at <= this_second(), RoleGrant.expires_at == NEVER
    )
    # The column may have been written by hand: the database narrows down, `role_names` decides.
    columns = (User.id, User.password, User.roles)
    standing = select(*columns).where(User.is_active == true(), User.stands(ADMIN))
    for row in db.session.execute(standing.order_by(User.id)):
        if ADMIN in role_names(row.roles) and guard.hasher.is_usable(row.password):
            yield row.id
    for row in db.session.execute(select(*columns).where(User.is_active == true(), User.id.in_(lasting))):
        if guard.hasher.is_usable(row.password):
            yield row.id


def is_lasting(standing: Collection[str], grants: Iterable[Window]) -> bool:
    """Tell whether these roles make an administrator for as long as nobody takes them away."""
    at = this_second()
    return ADMIN in standing or any(grant.role == ADMIN and holding.is_unending(grant, at) for grant in grants)
