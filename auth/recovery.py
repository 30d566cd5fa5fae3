"""Recovery: whoever holds the server lets an administrator in who cannot sign in."""

from sqlalchemy import select

from auth import accounts, administrators, audit, directory, roles, tickets
from auth.accounts import Edit
from auth.actions import Action
from auth.administrators import ADMIN
from auth.caller import Caller
from auth.errors import InvalidField
from models import User, db


def recover_admin(username: str | None, by: Caller, reason: str | None = None) -> tuple[User, str]:
    """Return an administrator, and a one-time code with which they choose a new password.

    Whoever is named is made one, and enabled; without a name it is the one account that has `admin` for good.
    Raises UnknownUser, or InvalidField where a name is needed.
    """
    administrators.begin(by)
    user = _only_admin() if username is None else directory.named(username)
    accounts.edit(user.id, Edit(is_active=True, is_confirmed=user.unconfirmed_since is not None), by, reason)
    user = roles.grant(user.id, ADMIN, by, reason)
    code = tickets.secret_of(tickets.issue(user.id, tickets.RECOVERY))
    audit.record(Action.RECOVERY_ISSUED, by, user.id, reason=reason)
    return user, code


def _only_admin() -> User:
    admins = list(
        db.session.scalars(select(User).where(User.id.in_(administrators.lasting())).order_by(User.id).limit(11))
    )
    if not admins:
        raise InvalidField("name", "Nobody has the role admin. Say whose account is to have it.")
    if len(admins) > 1:
        names = ", ".join(user.username for user in admins[:10])
        raise InvalidField("name", f"Several have the role admin. Say which of them is meant: {names}")
    return admins[0]
