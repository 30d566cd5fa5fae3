"""Second factors of an account: setting them up, and taking them away.

Whoever does either showed who they are a short time ago (auth/stepup.py). The last to go takes the recovery codes
along, and leaves every session with no more than its password.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update

from auth import (
    administrators,
    audit,
    challenges,
    demands,
    directory,
    mail,
    passkeys,
    proofs,
    recovery_codes,
    stepup,
    throttle,
    totp,
)
from auth import sessions as session_rules
from auth.actions import Action
from auth.caller import Caller
from auth.errors import FactorExists, InvalidToken, UnknownFactor, WrongCode
from auth.mail import Kind
from auth.pending import PASSKEY, TOTP
from models import LoginSession, Passkey, Totp, User, db, now

#: What a letter says.
_ADDED = {TOTP: "An authenticator app was added.", PASSKEY: "A passkey was added."}
_REMOVED = {TOTP: "The authenticator app was removed.", PASSKEY: "A passkey was removed."}


@dataclass(frozen=True)
class SetUp:
    """What an account has; `totp` is None where no app is set up."""

    totp: Totp | None
    passkeys: list[Passkey]
    recovery_codes_left: int


def of(user_id: int) -> SetUp:
    """Return the second factors of a user."""
    app = db.session.get(Totp, user_id)
    is_set_up = app is not None and app.confirmed_at is not None
    return SetUp(app if is_set_up else None, passkeys.listed(user_id), recovery_codes.left(user_id))


def begin_totp(by: Caller) -> tuple[str, str]:
    """Return a new secret for an authenticator app, and its address; it counts when a code of it was entered.

    Raises ReauthenticationRequired, or FactorExists.
    """
    user = _owner(by)
    known = db.session.get(Totp, user.id, populate_existing=True)
    if known is not None and known.confirmed_at is not None:
        raise FactorExists
    secret = totp.new_secret()
    if known is None:
        db.session.add(Totp(user_id=user.id, sealed=totp.sealed(secret, user.id), last_step=0))
    else:
        known.sealed, known.last_step = totp.sealed(secret, user.id), 0
    return secret, totp.address(secret, user.username)


def confirm_totp(code: str, by: Caller) -> list[str]:
    """Let the app count from now on, in this session too; return recovery codes, where there were no factors yet.

    Raises ReauthenticationRequired, TooManyRequests, WrongCode, or UnknownFactor where no app was begun with.
    """
    stepup.check(by)
    attempt = throttle.second_factor(by.user_id or 0)
    try:
        step = totp.step_of(code, by.user_id or 0, is_confirmed=False)
    except WrongCode as refusal:
        attempt.failed()
        proofs.note_refusal(refusal, by.user_id, by)
        raise
    attempt.succeeded()
    user = _owner(by)
    totp.spend(user.id, step)
    confirmed = update(Totp.__table__).where(Totp.user_id == user.id, Totp.confirmed_at.is_(None))
    result: Any = db.session.execute(confirmed.values(confirmed_at=now()))
    if result.rowcount != 1:
        raise UnknownFactor
    return _added(user, TOTP, by)


def remove_totp(by: Caller) -> None:
    """Take the authenticator app away. Raises ReauthenticationRequired, or UnknownFactor."""
    user = _owner(by)
    confirmed = (Totp.user_id == user.id, Totp.confirmed_at.is_not(None))
    result: Any = db.session.execute(delete(Totp.__table__).where(*confirmed))
    if result.rowcount != 1:
        raise UnknownFactor
    _removed(user, TOTP, by)


def begin_passkey(by: Caller) -> tuple[str, dict[str, Any]]:
    """Return a ticket, and the options with which a browser makes a passkey. Raises ReauthenticationRequired."""
    user = _owner(by)
    ticket = challenges.issue(challenges.ENROL, user.id)
    return ticket, passkeys.enrolment(user, challenges.of(ticket), by)


def add_passkey(ticket: str, attestation: dict[str, Any], name: str, by: Caller) -> tuple[Passkey, list[str]]:
    """Add a passkey, which counts in this session too; return recovery codes, where there were no factors yet.

    Raises ReauthenticationRequired, InvalidToken, SpentTicket, and as `passkeys.enrol`.
    """
    stepup.check(by)
    passkeys.checked_name(name)
    challenge = challenges.redeem(ticket, challenges.ENROL, by.user_id or 0)
    user = _owner(by)
    passkey = passkeys.enrol(user, attestation, name, challenge, by)
    return passkey, _added(user, PASSKEY, by)


def rename_passkey(passkey_id: int, name: str, by: Caller) -> Passkey:
    """Call a passkey otherwise. Raises UnknownFactor, or InvalidField."""
    name = passkeys.checked_name(name)
    user = directory.locked(by.user_id or 0)
    passkey = passkeys.of_user(user.id, passkey_id)
    passkey.name = name
    return passkey


def remove_passkey(passkey_id: int, by: Caller) -> None:
    """Take a passkey away. Raises ReauthenticationRequired, or UnknownFactor."""
    user = _owner(by)
    db.session.delete(passkeys.of_user(user.id, passkey_id))
    db.session.flush()
    _removed(user, PASSKEY, by)


def new_recovery_codes(by: Caller) -> list[str]:
    """Return ten new recovery codes, in place of those that there were.

    Raises ReauthenticationRequired, or UnknownFactor where there is no factor to recover.
    """
    user = _owner(by)
    if not user.factors:
        raise UnknownFactor
    audit.record(Action.RECOVERY_CODES_MADE, by, user.id)
    mail.notify(user, Kind.FACTORS_CHANGED, what="New recovery codes were made; the old ones are void.")
    return recovery_codes.replace(user.id)


def used_recovery_code(user: User, by: Caller) -> None:
    """Tell a locked user that one of their recovery codes was used."""
    audit.record(Action.RECOVERY_CODE_USED, session_rules.signed_in_as(user.id, None, by), user.id)
    mail.notify(user, Kind.FACTORS_CHANGED, what="A recovery code was used to sign in.")


def remove_all(user_id: int, by: Caller, reason: str | None = None) -> User:
    """Take all factors from a user who has lost them, and end their sessions: for administrators and the terminal.

    Raises UnknownUser, UnknownFactor where there are none, and ReauthenticationRequired.
    """
    administrators.begin(by)
    stepup.check(by, under_lock=True)
    user = directory.locked(user_id)
    if not user.factors:
        raise UnknownFactor
    for table in (Totp, Passkey):
        db.session.execute(delete(table.__table__).where(table.user_id == user.id))
    audit.record(Action.FACTORS_TAKEN, by, user.id, before=user.factors.split(","), after=[], reason=reason)
    _settle(user)
    mail.notify(user, Kind.FACTORS_CHANGED, what="An administrator removed all your second factors.")
    session_rules.end_all(user.id, "factors_removed", by)
    return user


def _owner(by: Caller) -> User:
    """Return whoever changes their own factors, locked, having shown who they are a short time ago."""
    stepup.check(by)
    user = directory.locked(by.user_id or 0)
    administrators.confirm(by)
    return user


def _added(user: User, kind: str, by: Caller) -> list[str]:
    is_first = not user.factors
    before = user.factors
    _settle(user)
    session = session_rules.under_lock(by.session_id or "")
    if session is None or not session.is_open:
        raise InvalidToken
    session.factors = demands.with_factor(session.factors, kind)
    audit.record(Action.FACTOR_ADDED, by, user.id, before=_told(before), after=_told(user.factors))
    mail.notify(user, Kind.FACTORS_CHANGED, what=_ADDED[kind])
    return recovery_codes.replace(user.id) if is_first else []


def _removed(user: User, kind: str, by: Caller) -> None:
    before = user.factors
    _settle(user)
    audit.record(Action.FACTOR_REMOVED, by, user.id, before=_told(before), after=_told(user.factors))
    mail.notify(user, Kind.FACTORS_CHANGED, what=_REMOVED[kind])


def _told(factors: str) -> list[str]:
    return sorted(filter(None, factors.split(",")))


def _settle(user: User) -> None:
    """Let a locked user's row say which kinds of factor there are; with none, nothing is left of them anywhere."""
    has_app = db.session.scalar(select(Totp.user_id).where(Totp.user_id == user.id, Totp.confirmed_at.is_not(None)))
    has_passkey = db.session.scalar(select(func.count()).where(Passkey.user_id == user.id))
    user.factors = ",".join([TOTP] * (has_app is not None) + [PASSKEY] * bool(has_passkey))
    if not user.factors:
        recovery_codes.remove(user.id)
        weakened = update(LoginSession).where(LoginSession.user_id == user.id).values(factors=demands.PASSWORD)
        db.session.execute(weakened, execution_options={"synchronize_session": "fetch"})
