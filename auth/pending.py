"""Pending: a sign-in whose password was right, and that waits for a second factor. That is a ticket, and no session."""

from typing import Any

from auth import challenges, passkeys, tickets
from auth.caller import Caller
from models import Ticket, User

#: What may be shown, by the names that `users.factors` and sessions have for it.
TOTP, PASSKEY, RECOVERY_CODE = "totp", "passkey", "recovery_code"


def ask(user: User, via: str, by: Caller, *, remember: bool) -> dict[str, Any]:
    """Return what the refusal of the first step tells: a ticket for the second, and by which factors it is taken."""
    ticket = tickets.secret_of(tickets.issue_for_second_step(user.id, f"{via} {int(remember)}"))
    kinds = kinds_of(user.factors)
    told: dict[str, Any] = {"ticket": ticket, "factors": [*kinds, RECOVERY_CODE]}
    if PASSKEY in kinds:
        told["passkey"] = passkeys.request(challenges.of(ticket), by, user.id, under_lock=True)
    return told


def kinds_of(factors: str) -> list[str]:
    """Return the kinds of second factor in a `factors` column."""
    return [kind for kind in factors.split(",") if kind in (TOTP, PASSKEY)]


def waits_for(ticket: Ticket) -> tuple[str, bool]:
    """Return what kind of session a ticket waits to open, and whether it is to be remembered."""
    via, _, remember = (ticket.waits or "").partition(" ")
    return via, remember == "1"
