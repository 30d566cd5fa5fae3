"""Proofs: what somebody shows beside, or in place of, a password. It is checked under no lock, and spent under one."""

from dataclasses import dataclass
from typing import Any

from auth import audit, devices, passkeys, recovery_codes, throttle, totp
from auth.actions import Action
from auth.caller import Caller
from auth.errors import AuthError, InvalidField, WrongCode, WrongPasskey
from auth.passkeys import Shown
from auth.pending import PASSKEY, RECOVERY_CODE, TOTP


@dataclass(frozen=True)
class Proof:
    """One of the three; whichever door it came through, the others are None."""

    code: str | None = None
    recovery_code: str | None = None
    assertion: dict[str, Any] | None = None


@dataclass(frozen=True)
class Accepted:
    """A proof that is right, and that nobody has spent yet: of which kind it is, and what there is to spend."""

    kind: str
    found: int | Shown


def check(proof: Proof, user_id: int, challenge: bytes, by: Caller) -> Accepted:
    """Return what a proof of this user is worth, having counted it. Hold no lock meanwhile.

    Raises TooManyRequests; WrongCode or WrongPasskey, which are on record then; and InvalidField where none was given.
    """
    attempt = throttle.second_factor(user_id, devices.known(user_id, by))
    try:
        accepted = _checked(proof, user_id, challenge, by)
    except (WrongCode, WrongPasskey) as refusal:
        attempt.failed()
        note_refusal(refusal, user_id, by)
        raise
    attempt.succeeded()
    return accepted


def spend(accepted: Accepted, user_id: int) -> None:
    """Let a proof not be used again, under the lock on its owner. Raises where it was, meanwhile."""
    if isinstance(accepted.found, Shown):
        passkeys.note(accepted.found)
    elif accepted.kind == TOTP:
        totp.spend(user_id, accepted.found)
    else:
        recovery_codes.spend(accepted.found)


def note_refusal(refusal: AuthError, user_id: int | None, by: Caller) -> None:
    """Put on record that somebody had no factor to show."""
    audit.record(Action.FACTOR_REFUSED, by, user_id, after={"because": refusal.code})


def _checked(proof: Proof, user_id: int, challenge: bytes, by: Caller) -> Accepted:
    if proof.code is not None:
        return Accepted(TOTP, totp.step_of(proof.code, user_id))
    if proof.recovery_code is not None:
        return Accepted(RECOVERY_CODE, recovery_codes.find(proof.recovery_code, user_id))
    if proof.assertion is not None:
        return Accepted(PASSKEY, passkeys.check(proof.assertion, challenge, by, user_id))
    raise InvalidField("code", "Give a code, a recovery code or an assertion.")
