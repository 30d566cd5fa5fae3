"""Codes of an authenticator app (RFC 6238): six digits, a step of 30 seconds, each code good once.

One step before and one after the present one count too, for clocks that differ and people who type (section 5.2).
"""

import base64
import hmac
import io

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select, update

from auth.errors import WrongCode
from auth.guard import guard
from glances import glance
from models import Totp, db, this_second

ISSUER = "Lictor"
STEP = 30
DIGITS = 6


def new_secret() -> str:
    """Return a secret of 160 bits (RFC 4226, section 4), in base32."""
    return pyotp.random_base32(32)


def address(secret: str, username: str) -> str:
    """Return the `otpauth:` address that an app reads a secret from."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP).provisioning_uri(name=username, issuer_name=ISSUER)


def picture(address: str) -> str:
    """Return an address as a QR code, as SVG."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None, lineclass=None
    )
    return drawn.getvalue().decode().strip()


def sealed(secret: str, user_id: int) -> str:
    """Return a secret as it is stored: nobody reads it without SECRET_KEY, nor in the row of another user."""
    return _sealer().encrypt(f"{user_id} {secret}".encode()).decode()


def step_of(code: str, user_id: int, *, is_confirmed: bool = True) -> int:
    """Return the step of which this is the code. Raises WrongCode, also for a step that was used. Takes no lock."""
    row = glance(select(Totp.sealed, Totp.last_step, Totp.confirmed_at).where(Totp.user_id == user_id))
    if row is None or (row.confirmed_at is not None) != is_confirmed:
        raise WrongCode
    given = "".join(code.split())
    if len(given) != DIGITS or not (given.isascii() and given.isdigit()):
        raise WrongCode
    secret = _opened(row.sealed, user_id)
    present = this_second() // STEP
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(code_at(secret, step), given) and step > row.last_step:
            return step
    raise WrongCode


def code_at(secret: str, step: int) -> str:
    """Return the code of a step."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP).generate_otp(step)


def spend(user_id: int, step: int) -> None:
    """Let no code of this step, or of one before it, be used again. Raises WrongCode where one was, meanwhile."""
    unused = update(Totp.__table__).where(Totp.user_id == user_id, Totp.last_step < step)
    if db.session.execute(unused.values(last_step=step)).rowcount != 1:  # type: ignore[attr-defined]
        raise WrongCode


def _opened(text: str, user_id: int) -> str:
    try:
        owner, _, secret = _sealer().decrypt(text.encode()).decode().partition(" ")
    except InvalidToken:
        raise WrongCode from None  # The key that sealed it is gone: a recovery code is not, nor an administrator.
    if owner != str(user_id):
        raise WrongCode
    return secret


def _sealer() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key.secret)) for key in guard.factor_keys.keys])
