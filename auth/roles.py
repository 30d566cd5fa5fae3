"""The roles that there are; granting and withdrawing them; and never the last administrator."""

from sqlalchemy import select, true

from auth import audit
from auth.audit import Action
from auth.caller import Caller
from auth.errors import LastAdmin, UnknownRole, UnknownUser
from models import MAX_ID, Role, User, db, lock_for_update, role_names

ADMIN = "admin"


def catalogue() -> list[Role]:
    """Return every role that there is, by name."""
    return list(db.session.scalars(select(Role).order_by(Role.name)))


def default_names() -> list[str]:
    """Return the names of the roles that a new account gets."""
    return list(db.session.scalars(select(Role.name).where(Role.is_default == true())))


def check_name(role: str) -> str:
    """Return the name of a role in the catalogue, or raise UnknownRole."""
    if not role_names(role) == [role] or db.session.get(Role, role) is None:
        raise UnknownRole
    return role


def grant(user_id: int, role: str, by: Caller, reason: str | None = None) -> User:
    """Give a user a standing role; giving it again changes nothing. Raises UnknownUser or UnknownRole."""
    check_name(role)
    user = locked_user(user_id)
    if role not in user.rolenames:
        _replace(user, {*user.rolenames, role}, Action.ROLE_GRANTED, by, reason)
    return user


def withdraw(user_id: int, role: str, by: Caller, reason: str | None = None) -> User:
    """Take a standing role away; the last administrator keeps theirs. Raises as `grant`, and LastAdmin.

    What is held is withdrawn even where no catalogue has it: someone may have written the column by hand.
    """
    if role == ADMIN:
        hold_the_keys()
    user = locked_user(user_id)
    if role not in user.rolenames:
        check_name(role)
        return user
    if role == ADMIN:
        refuse_if_last_admin(user)
    _replace(user, set(user.rolenames) - {role}, Action.ROLE_WITHDRAWN, by, reason)
    return user


def hold_the_keys() -> None:
    """Take the one lock under which administrators may become fewer; it is held until the transaction ends.

    Take it before any lock on a user, here as everywhere, so that two administrators never wait for each other.
    """
    db.session.execute(lock_for_update(select(Role).where(Role.name == ADMIN)))


def refuse_if_last_admin(user: User) -> None:
    """Raise LastAdmin where no effective administrator but `user` is left. Hold the keys first."""
    if is_effective_admin(user) and not any(is_effective_admin(other) for other in _others_with_admin(user)):
        raise LastAdmin


def is_effective_admin(user: User) -> bool:
    """Tell whether a user holds `admin` and can use it."""
    return ADMIN in user.rolenames and user.is_valid()


def locked_user(user_id: int) -> User:
    """Return a user as the row is now, locked until the transaction ends, or raise UnknownUser."""
    if not 0 < user_id <= MAX_ID:
        raise UnknownUser
    user = User.locked(user_id)
    if user is None:
        raise UnknownUser
    return user


def _others_with_admin(user: User) -> list[User]:
    # The column is text, and may have been written by hand: the database narrows down, `rolenames` decides.
    others = select(User).where(User.id != user.id, User.is_active == true(), User.roles.contains(ADMIN))
    return list(db.session.scalars(others.execution_options(populate_existing=True)))


def _replace(user: User, names: set[str], action: Action, by: Caller, reason: str | None) -> None:
    before = user.rolenames
    user.rolenames = names
    user.version += 1
    audit.record(action, by, user.id, before=before, after=user.rolenames, reason=reason)
