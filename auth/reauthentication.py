"""Reauthentication: whoever is signed in shows once more who they are, for what `stepup` guards."""

from auth import audit, challenges, demands, directory, passkeys, passwords, pending, proofs, sessions, stepup
from auth.actions import Action
from auth.caller import Caller
from auth.errors import InvalidToken, ReauthenticationRequired
from auth.pending import PASSKEY
from auth.proofs import Proof
from models import now


def ask(by: Caller) -> dict[str, object]:
    """Return what may be shown; for a passkey also a ticket, and the options of the ceremony."""
    session = stepup.session_of(by)
    told: dict[str, object] = {"factors": stepup.ways(session.set_up, session.factors)}
    if PASSKEY in pending.kinds_of(session.set_up):
        ticket = challenges.issue(challenges.CONFIRM, session.user_id)
        told |= {"ticket": ticket, "passkey": passkeys.request(challenges.of(ticket), by, session.user_id)}
    return told


def with_password(password: str, by: Caller) -> None:
    """Renew the session of whoever acts by their password.

    Raises WrongPassword, TooManyRequests, and ReauthenticationRequired where only a second factor will do.
    """
    session = stepup.session_of(by)
    ways = stepup.ways(session.set_up, session.factors)
    if demands.PASSWORD not in ways:
        raise ReauthenticationRequired(factors=ways)
    known = passwords.known_hash(session.user_id, password)
    passwords.confirmed_owner(session.user_id, password, known, by)
    _renew(demands.PASSWORD, by)


def with_factor(ticket: str | None, proof: Proof, by: Caller) -> None:
    """Renew the session of whoever acts by a code or a passkey. Raises as `proofs.check`, InvalidToken, SpentTicket."""
    user_id = by.user_id or 0
    challenge = b"" if proof.assertion is None else challenges.redeem(ticket or "", challenges.CONFIRM, user_id)
    accepted = proofs.check(proof, user_id, challenge, by)
    directory.locked(user_id)
    proofs.spend(accepted, user_id)
    _renew(accepted.kind, by)


def _renew(kind: str, by: Caller) -> None:
    session = sessions.under_lock(by.session_id or "")
    if session is None or not session.is_open:
        raise InvalidToken
    session.authenticated_at, session.factors = now(), demands.with_factor(session.factors, kind)
    audit.record(Action.REAUTHENTICATED, by, by.user_id, after={"by": kind})
