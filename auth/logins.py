"""Logins: which account is meant by what somebody types to sign in, a name or an address."""

from typing import NamedTuple

from sqlalchemy import bindparam, or_, select

from auth.names import MAX_ADDRESS, email_key, is_storable
from glances import Prepared
from models import User, exact_key, username_key


class Account(NamedTuple):
    """What signing in has to know of an account."""

    id: int
    password: str
    is_active: bool
    username_key: str
    email_key: str | None
    #: In the form that the driver has for it.
    unconfirmed_since: object


def find(login: object) -> Account | None:
    """Return the account with this name or address; None where there is none."""
    if not isinstance(login, str) or len(login) > MAX_ADDRESS or not is_storable(login):
        return None
    name = username_key(login)
    try:
        address = email_key(login) if "@" in name else None
    except ValueError:
        address = None
    spelling = exact_key(login)
    found = _BY_LOGIN.rows(name=name, spelling=spelling, address=address)
    if not found:
        return None
    row = Account(*found[0])
    # Some collations ignore blanks at the end, whatever they are called.
    is_meant = row.username_key in (name, spelling) or (address and row.email_key == address)
    return row if is_meant else None


# The exact spelling of a name first (see models.exact_key), then a name in any spelling, then an address.
_BY_LOGIN = Prepared(
    select(User.id, User.password, User.is_active, User.username_key, User.email_key, User.unconfirmed_since)
    .where(
        or_(
            User.username_key.in_([bindparam("name"), bindparam("spelling")]),
            User.email_key == bindparam("address"),
        )
    )
    .order_by((User.username_key == bindparam("spelling")).desc(), (User.username_key == bindparam("name")).desc())
)


def as_typed(login: object) -> str:
    """What stands for an account that is not there: the key of the name, so that a spelling is no other one."""
    return username_key(login) if isinstance(login, str) and len(login) <= MAX_ADDRESS else ""
