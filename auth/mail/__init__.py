"""Mail: a letter is written here, as a row of the outbox, in the transaction that causes it. `sender` sends it.

What a stranger asks for is written down unseen, as a kind and an address: whether anyone has that address is found out
when the letter is sent (auth/mail/prepare.py). So a request tells nothing, in its answer or in the time that it takes.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask import current_app
from sqlalchemy import insert

from auth.caller import Caller
from models import Letter, User, db, now

#: The key in `db.session.info` that says that the transaction at hand writes letters.
WRITTEN = "lictor_letters"
#: How many of many notices are due in the same second.
_A_SECOND = 20


class Kind(StrEnum):
    """The closed list of letters; each has a template of its name."""

    # For whoever has an address, if anyone.
    CONFIRM = "confirm"
    RESET = "reset"
    KNOWN_ADDRESS = "known_address"
    CLAIM_ACCOUNT = "claim_account"
    # For someone who is known.
    INVITATION = "invitation"
    CHANGE_ADDRESS = "change_address"
    # Notices: nothing is asked of whoever reads them.
    ADDRESS_CHANGE_ASKED = "address_change_asked"
    ADDRESS_CHANGED = "address_changed"
    PASSWORD_CHANGED = "password_changed"
    ROLES_CHANGED = "roles_changed"
    FACTORS_CHANGED = "factors_changed"
    TOKEN_REUSED = "token_reused"
    NEW_DEVICE = "new_device"
    ACCOUNT_DELETED = "account_deleted"


def is_on() -> bool:
    """Tell whether letters can leave at all."""
    return bool(current_app.config["MAIL_BACKEND"])


def confirms_addresses() -> bool:
    """Tell whether an address must be confirmed before its owner can sign in."""
    return bool(current_app.config["EMAIL_CONFIRMATION"])


def ask(kind: Kind, address: str, by: Caller, user_id: int | None = None) -> None:
    """Let a letter with a ticket go to an address in its canonical form; whose it is may be unknown."""
    _write([_row(kind, address, user_id, {"ip": by.ip, "request_id": by.request_id})])


def notify(user: User, kind: Kind, **told: Any) -> None:
    """Tell a user at their stored address, if there is one, what happened to their account."""
    notify_all(kind, [(user.id, user.username, user.email_key, told)])


def notify_all(kind: Kind, people: Iterable[tuple[int, str, str | None, dict[str, Any]]]) -> None:
    """The same for many: the id, the name and the address of each, and what they are told.

    Where they are very many, they are due one after the other, so nobody's new password waits for all of them.
    """
    at = now().isoformat(timespec="minutes")
    _write(
        [
            _row(kind, address, user_id, {"username": name, "at": at} | told, timedelta(seconds=number // _A_SECOND))
            for number, (user_id, name, address, told) in enumerate(people)
            if address
        ]
    )


def _row(
    kind: Kind, address: str, user_id: int | None, told: dict[str, Any], later: timedelta = timedelta()
) -> dict[str, Any]:
    moment = now()
    return {
        "kind": kind.value,
        "recipient": address,
        "user_id": user_id,
        "payload": json.dumps(told),
        "attempts": 0,
        "created_at": moment,
        "not_before": moment + later,
    }


def _write(rows: list[dict[str, Any]]) -> None:
    if rows and is_on():
        db.session.execute(_ADDED, rows)
        db.session().info[WRITTEN] = True


_ADDED = insert(Letter.__table__).inline()
