"""Accounts: making, editing and deleting them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError, OperationalError

from auth import (
    administrators,
    audit,
    catalogue,
    confirmation,
    directory,
    holding,
    mail,
    passwords,
    sessions,
    stepup,
    tickets,
)
from auth.actions import Action
from auth.administrators import ADMIN
from auth.caller import Caller
from auth.errors import EmailTaken, UsernameTaken
from auth.mail import Kind
from auth.names import check_email, check_username
from models import NEVER, User, db, now, username_key


def add(
    username: str,
    email: str | None,
    hashed: str,
    role_names: list[str],
    *,
    by: Caller,
    action: Action,
    reason: str | None = None,
    is_unconfirmed: bool = False,
) -> User:
    """Add an active account with these roles beside the default ones.

    One that `is_unconfirmed` waits for its address to be confirmed before anyone can sign in to it.
    Raises InvalidField, UsernameTaken, EmailTaken or UnknownRole.
    """
    name = check_username(username)
    address = check_email(email) if email is not None else None
    if by.kind != "stranger":
        administrators.begin(by)
    if ADMIN in role_names:
        administrators.check_reach(by, NEVER)
    catalogue.check(role_names)
    stepup.check_grant(role_names, by)
    user = User(
        username=name,
        username_key=username_key(name),
        email=address,
        email_key=address,
        password=hashed,
        is_active=True,
        unconfirmed_since=now() if is_unconfirmed else None,
        password_changed_at=now(),
    )
    user.rolenames = {*catalogue.default_names(), *role_names}
    db.session.add(user)
    _flush_names()
    if by.kind == "stranger":
        by = sessions.signed_in_as(user.id, None, by)
    audit.record(action, by, user.id, after={"username": name, "roles": user.rolenames}, reason=reason)
    return user


def create(
    username: str, email: str | None, role_names: list[str], by: Caller, reason: str | None = None, *, password: str
) -> User:
    """Make an account with this password. Raises as `add`."""
    hashed = passwords.hashed_new(password, about=(username, email))
    return add(username, email, hashed, role_names, by=by, action=Action.CREATED, reason=reason)


@dataclass(frozen=True)
class Edit:
    """What is to be changed of an account; what is None stays as it is, and an empty address is none."""

    username: str | None = None
    email: str | None = None
    is_active: bool | None = None
    #: Whoever says so vouches for the address, or for the person who has none.
    is_confirmed: bool = False


def edit(user_id: int, wanted: Edit, by: Caller, reason: str | None = None, *, version: int | None = None) -> User:
    """Change an account; whoever is disabled is signed out everywhere, and stays so when enabled again.

    Raises UnknownUser, StaleVersion, InvalidField, UsernameTaken, EmailTaken or LastAdmin.
    """
    name = None if wanted.username is None else check_username(wanted.username)
    address = check_email(wanted.email) if wanted.email else None
    administrators.begin(by)
    user = directory.locked(user_id, version)
    if wanted.is_active is False:
        administrators.keep_one({user.id})
    before = _facts(user)
    if name is not None:
        user.username, user.username_key = name, username_key(name)
    if wanted.email is not None and address != user.email_key:
        user.email, user.email_key, user.email_confirmed_at = address, address, None
    if wanted.is_active is not None and wanted.is_active != user.is_active:
        user.is_active, user.deactivated_at = wanted.is_active, None if wanted.is_active else now()
    _record(user, before, by, reason)
    if wanted.is_confirmed:
        confirmation.confirm_of(user, by, reason)
    if wanted.is_active is False:
        sessions.end_all(user.id, "disabled", by)
    return user


def rename_own(user_id: int, username: str, by: Caller) -> User:
    """Take another username. Raises InvalidField, UsernameTaken, UnknownUser or InvalidToken."""
    name = check_username(username)
    user = directory.locked(user_id)
    administrators.confirm(by)
    before = _facts(user)
    user.username, user.username_key = name, username_key(name)
    _record(user, before, by, None)
    return user


def change_address(user: User, address: str, by: Caller, *, is_confirmed: bool) -> None:
    """Give a locked user an address, in its canonical form, that is theirs to take. Raises EmailTaken."""
    before = _facts(user)
    user.email, user.email_key, user.email_confirmed_at = address, address, now() if is_confirmed else None
    _record(user, before, by, None)


def give_address(user: User, address: str) -> bool:
    """Give a new account its address, in canonical form; tell whether it could have it, or another has it already."""
    try:
        with db.session.begin_nested():
            user.email, user.email_key = address, address
            db.session.flush()
    except IntegrityError:
        return False
    return True


def delete(user_id: int, by: Caller, reason: str | None = None, *, version: int | None = None) -> None:
    """Remove an account and its sessions for good; its trail stays. Raises UnknownUser, StaleVersion or LastAdmin."""
    administrators.begin(by)
    _remove(directory.locked(user_id, version), by, reason)


def delete_own(user_id: int, password: str, by: Caller) -> None:
    """Remove one's own account, given its password once more.

    Raises as `delete`, ReauthenticationRequired, and WrongPassword.
    """
    stepup.check(by)
    known = passwords.known_hash(user_id, password)
    administrators.hold_the_keys()
    administrators.confirm(by)
    _remove(passwords.confirmed_owner(user_id, password, known, by), by)


def delete_unconfirmed(before: datetime, by: Caller) -> int:
    """Remove accounts that have waited since before a moment for their address to be confirmed, a thousand at most.

    Their names and addresses are free again. Returns how many there were.
    """
    administrators.begin(by)
    stale = select(User.id).where(User.unconfirmed_since < before).order_by(User.id).limit(1000)
    waiting = [directory.locked(user_id) for user_id in db.session.scalars(stale).all()]
    still_waiting = [user for user in waiting if user.unconfirmed_since is not None]
    for user in still_waiting:
        _remove(user, by, "its address was never confirmed")
    return len(still_waiting)


def _remove(user: User, by: Caller, reason: str | None = None) -> None:
    administrators.keep_one({user.id})
    before = {"username": user.username, "roles": holding.told(user.rolenames, holding.grants_of(user))}
    audit.record(Action.DELETED, by, user.id, before=before, reason=reason)
    if user.unconfirmed_since is None:  # Otherwise the address may be a stranger's.
        mail.notify(user, Kind.ACCOUNT_DELETED)
    db.session.delete(user)
    db.session.flush()


def _facts(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in ("username", "email", "is_active")}


def _record(user: User, before: dict[str, Any], by: Caller, reason: str | None) -> None:
    """Let the database settle who has a name, and record each thing that was changed."""
    after = _facts(user)
    changed = [name for name in before if before[name] != after[name]]
    user.version += len(changed)
    former: Any = inspect(user).attrs.email_key.history.deleted
    _flush_names()
    if user.email != before["email"] or not user.is_active:
        tickets.void_all(user)
    if user.email != before["email"]:
        mail.notify_all(Kind.ADDRESS_CHANGED, [(user.id, user.username, address, {}) for address in former])
    for name in changed:
        action = _EDITS.get(name) or (Action.ENABLED if user.is_active else Action.DISABLED)
        told = {"before": before[name], "after": after[name]}
        if name == "email":
            told = {moment: _masked(address) for moment, address in told.items()}
        audit.record(action, by, user.id, **told, reason=reason)


def _masked(address: str | None) -> str | None:
    """An address for the trail, which nobody can erase: enough of it to tell two apart."""
    local, _, domain = (address or "").rpartition("@")
    return f"{local[:1]}…@{domain}" if address else None


_EDITS = {"username": Action.RENAMED, "email": Action.ADDRESS_CHANGED}


def _flush_names() -> None:
    """Let the database settle who has a name: asking first would leave room for a race."""
    try:
        db.session.flush()
    except IntegrityError as error:
        broken = _CONSTRAINT.search(str(error.orig))
        if broken is None:
            raise
        raise (EmailTaken if "email" in broken[1] else UsernameTaken) from None
    except OperationalError as error:
        # Two who take each other's name at once wait for each other, until the database sends one of them away.
        if getattr(error.orig, "pgcode", "") != "40P01" and getattr(error.orig, "args", ())[:1] != (1213,):
            raise
        raise UsernameTaken from None


# How SQLite, PostgreSQL, and MariaDB or MySQL name the constraint; the value that broke it stands elsewhere.
_CONSTRAINT = re.compile(
    r"(?:constraint failed: users\.|unique constraint \"|for key '(?:users\.)?)(\w*(?:username|email)\w*)"
)
