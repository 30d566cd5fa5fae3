"""Passkeys: enrolling one, and checking what it signs (WebAuthn Level 3). The ceremonies themselves are `webauthn`'s.

A passkey belongs to a host, PASSKEY_DOMAIN or that of this server, and is used on our pages and in the frontends that
CORS_ORIGINS lists. That library is loaded when somebody has a passkey: it costs megabytes, which nobody else pays.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import IntegrityError

from auth.base64url import spelt
from auth.caller import Caller
from auth.errors import FactorExists, InvalidField, TooManyPasskeys, UnknownFactor, WrongPasskey
from auth.names import is_storable
from glances import glance, glances
from models import MAX_ID, Passkey, User, db, now

#: How many one account may have.
MOST = 20
#: In characters.
MAX_NAME = 64
_PATIENCE = 300_000


@dataclass(frozen=True)
class Shown:
    """A passkey that has signed a challenge; `count` is how often its authenticator says that it was used."""

    id: int
    user_id: int
    count: int


def enrolment(user: User, challenge: bytes, by: Caller) -> dict[str, Any]:
    """Return the options with which a browser makes a passkey for a user. Raises TooManyPasskeys."""
    import webauthn
    from webauthn.helpers import structs

    own = _of(user.id, under_lock=True)
    if len(own) >= MOST:
        raise TooManyPasskeys
    options = webauthn.generate_registration_options(
        rp_id=_domain(by),
        rp_name="Lictor",
        user_id=_handle(user.id),
        user_name=user.username,
        challenge=challenge,
        timeout=_PATIENCE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_described(own),
    )
    return _told(webauthn.options_to_json(options))


def enrol(user: User, attestation: dict[str, Any], name: str, challenge: bytes, by: Caller) -> Passkey:
    """Add the passkey that a browser made to a locked user. Raises WrongPasskey, InvalidField or FactorExists."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    name = checked_name(name)
    try:
        made = webauthn.verify_registration_response(
            credential=attestation,
            expected_challenge=challenge,
            expected_rp_id=_domain(by),
            expected_origin=_origins(by),
        )
    except (WebAuthnException, *_MALFORMED):
        raise WrongPasskey from None
    if (db.session.scalar(select(func.count()).where(Passkey.user_id == user.id)) or 0) >= MOST:
        raise TooManyPasskeys
    passkey = Passkey(
        user_id=user.id,
        name=name,
        credential_hash=_hash(made.credential_id),
        credential_id=spelt(made.credential_id),
        public_key=spelt(made.credential_public_key),
        sign_count=made.sign_count,
        created_at=now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(passkey)
            db.session.flush()
    except IntegrityError:
        raise FactorExists from None
    return passkey


def request(challenge: bytes, by: Caller, user_id: int | None = None, *, under_lock: bool = False) -> dict[str, Any]:
    """Return the options with which a browser lets a passkey sign: one of a user or, where nobody is known, any.

    `under_lock` looks for theirs within the transaction at hand.
    """
    import webauthn
    from webauthn.helpers import structs

    demand = structs.UserVerificationRequirement
    options = webauthn.generate_authentication_options(
        rp_id=_domain(by),
        challenge=challenge,
        timeout=_PATIENCE,
        allow_credentials=None if user_id is None else _described(_of(user_id, under_lock=under_lock)),
        user_verification=demand.REQUIRED if user_id is None else demand.PREFERRED,
    )
    return _told(webauthn.options_to_json(options))


def check(assertion: dict[str, Any], challenge: bytes, by: Caller, user_id: int | None = None) -> Shown:
    """Return the passkey that signed a challenge; by itself it must have made sure who uses it. Takes no lock.

    Raises WrongPasskey, also where it is not one of the user who is known.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        row = glance(_KNOWN.where(Passkey.credential_hash == _hash(_bytes(assertion["id"]))))
        if row is None or user_id not in (None, row.user_id):
            raise WrongPasskey
        handle = assertion["response"].get("userHandle")
        if handle and _bytes(handle) != _handle(row.user_id):
            raise WrongPasskey
        signed = webauthn.verify_authentication_response(
            credential=assertion,
            expected_challenge=challenge,
            expected_rp_id=_domain(by),
            expected_origin=_origins(by),
            credential_public_key=_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=user_id is None,
        )
    except (WebAuthnException, *_MALFORMED):
        raise WrongPasskey from None
    return Shown(row.id, row.user_id, signed.new_sign_count)


_KNOWN = select(Passkey.id, Passkey.user_id, Passkey.public_key, Passkey.sign_count)
#: What a library raises for what a browser would never send.
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)


def note(shown: Shown) -> None:
    """Remember how often a passkey was used, under the lock on its owner.

    Raises WrongPasskey where it was removed meanwhile, or used from a copy of it.
    """
    is_newer = (Passkey.sign_count < shown.count) | (Passkey.sign_count == 0) & (shown.count == 0)
    used = update(Passkey.__table__).where(Passkey.id == shown.id, is_newer)
    result: Any = db.session.execute(used.values(sign_count=shown.count, last_used_at=now()))
    if result.rowcount != 1:
        raise WrongPasskey


def of_user(user_id: int, passkey_id: int) -> Passkey:
    """Return a passkey of a user, or raise UnknownFactor."""
    found = db.session.get(Passkey, passkey_id) if 0 < passkey_id <= MAX_ID else None
    if found is None or found.user_id != user_id:
        raise UnknownFactor
    return found


def listed(user_id: int) -> list[Passkey]:
    """Return the passkeys of a user, the oldest first."""
    return list(db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)))


def checked_name(name: str) -> str:
    """Return what a passkey is to be called, or raise InvalidField."""
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME or not is_storable(name) or not name.isprintable():
        raise InvalidField("name", f"A passkey has a name of up to {MAX_NAME} characters.")
    return name


def _of(user_id: int, *, under_lock: bool) -> Sequence[Row[Any]]:
    own = select(Passkey.credential_id).where(Passkey.user_id == user_id)
    return glances(own.order_by(Passkey.id), under_lock=under_lock)


def _described(rows: Sequence[Row[Any]]) -> list[Any]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=_bytes(row.credential_id)) for row in rows]


def _domain(by: Caller) -> str:
    return current_app.config["PASSKEY_DOMAIN"] or urlsplit(by.site).hostname or "localhost"


def _origins(by: Caller) -> list[str]:
    listed: list[str] = current_app.config["CORS_ORIGINS"]
    return [by.site, *(origin for origin in listed if origin != "*")]


def _handle(user_id: int) -> bytes:
    """What an authenticator knows a user by: nothing that tells who it is (WebAuthn Level 3, 14.6.1)."""
    return hashlib.sha256(f"lictor user {user_id}".encode()).digest()


def _told(options: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(options)
    return told


def _hash(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
