"""The second step of a sign-in, and signing in with a passkey alone."""

from sqlalchemy import select

from auth import challenges, passkeys, pending, proofs, sessions, throttle, tickets
from auth.caller import Caller
from auth.demands import PASSWORD, with_factor
from auth.errors import AuthError, InvalidToken, WrongPasskey
from auth.factors import used_recovery_code
from auth.pending import PASSKEY, RECOVERY_CODE
from auth.proofs import Proof
from auth.sessions import PAGE, SignedIn
from glances import glance
from models import User


def complete(ticket: str, proof: Proof, by: Caller, *, of_pages: bool = False) -> SignedIn:
    """Open the session that a ticket of the first step waits for, by a second factor of its owner.

    A wrong one does not spend the ticket: whoever mistypes tries again. What was begun on the pages is finished there,
    and nowhere else. Raises InvalidToken, SpentTicket, and as `proofs.check`.
    """
    by = by.as_stranger()
    owner = tickets.owner(ticket, (tickets.SECOND_STEP,))
    accepted = proofs.check(proof, owner.user_id, challenges.of(ticket), by)
    user, row = tickets.redeem(ticket, (tickets.SECOND_STEP,))
    via, remember = pending.waits_for(row)
    if not user.is_valid() or (via == PAGE) != of_pages:
        raise InvalidToken
    proofs.spend(accepted, user.id)
    if accepted.kind == RECOVERY_CODE:
        used_recovery_code(user, by)
    return sessions.let_in(user, via, by, remember=remember, factors=with_factor(PASSWORD, accepted.kind))


def waits_for(ticket: str, by: Caller) -> dict[str, object]:
    """Tell what a ticket of the first step waits for. Takes no lock. Raises InvalidToken or SpentTicket."""
    owner = tickets.owner(ticket, (tickets.SECOND_STEP,))
    row = glance(select(User.factors).where(User.id == owner.user_id))
    kinds = pending.kinds_of(row.factors if row else "")
    options = passkeys.request(challenges.of(ticket), by, owner.user_id) if PASSKEY in kinds else None
    return {"factors": kinds, "passkey": options, "username": owner.username}


def ask_for_passkey(by: Caller) -> tuple[str, dict[str, object]]:
    """Return a ticket, and the options with which a browser lets anyone sign in who has a passkey."""
    ticket = challenges.issue(challenges.SIGN_IN)
    return ticket, passkeys.request(challenges.of(ticket), by)


def sign_in_with_passkey(ticket: str, proof: Proof, via: str, by: Caller, *, remember: bool = False) -> SignedIn:
    """Open a session for whoever a passkey says it is; it has made sure that they are, so that is both factors.

    Raises InvalidToken, SpentTicket, TooManyRequests, and WrongPasskey, whatever was wrong.
    """
    by = by.as_stranger()
    attempt = throttle.passkey(by)
    challenge = challenges.redeem(ticket, challenges.SIGN_IN)
    try:
        shown = passkeys.check(proof.assertion or {}, challenge, by)
    except AuthError as refusal:
        attempt.failed()
        proofs.note_refusal(refusal, None, by)
        raise
    attempt.succeeded()
    user = User.locked(shown.user_id)
    if user is None or not user.is_valid():
        raise WrongPasskey
    passkeys.note(shown)
    return sessions.let_in(user, via, by, remember=remember, factors=PASSKEY)
