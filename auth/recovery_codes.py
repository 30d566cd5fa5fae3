"""Recovery codes: ten, each of which takes the place of a second factor once (NIST SP 800-63B, look-up secrets).

A code has 120 random bits, so a plain hash of it is enough (ibid.: at least 112).
"""

import hashlib
import secrets

from sqlalchemy import delete, func, select, update

from auth.errors import WrongCode
from glances import glance
from models import RecoveryCode, db, now

COUNT = 10
#: Crockford's base32: no two of them look the same.
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_LOOK_ALIKE = str.maketrans("oil", "011")
_LENGTH, _GROUP = 24, 6


def replace(user_id: int) -> list[str]:
    """Give a locked user ten new codes, and return them; those that there were are void."""
    remove(user_id)
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(COUNT)]
    db.session.add_all([RecoveryCode(user_id=user_id, code_hash=_hash(user_id, code)) for code in codes])
    return ["-".join(code[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP)) for code in codes]


def remove(user_id: int) -> None:
    """Leave no code of a locked user."""
    db.session.execute(delete(RecoveryCode.__table__).where(RecoveryCode.user_id == user_id))


def left(user_id: int) -> int:
    """Return how many there are to use."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(unused) or 0


def find(code: str, user_id: int) -> int:
    """Return the id of an unused code. Raises WrongCode. Takes no lock."""
    typed = "".join(letter for letter in code.lower() if letter.isalnum()).translate(_LOOK_ALIKE)[: _LENGTH + 1]
    is_meant = (RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _hash(user_id, typed))
    row = glance(select(RecoveryCode.id).where(*is_meant, RecoveryCode.used_at.is_(None)))
    if row is None:
        raise WrongCode
    return int(row.id)


def spend(code_id: int) -> None:
    """Let a code not be used again. Raises WrongCode where it was, meanwhile."""
    unused = update(RecoveryCode.__table__).where(RecoveryCode.id == code_id, RecoveryCode.used_at.is_(None))
    if db.session.execute(unused.values(used_at=now())).rowcount != 1:  # type: ignore[attr-defined]
        raise WrongCode


def _hash(user_id: int, code: str) -> str:
    return hashlib.sha256(f"{user_id} {code}".encode(errors="surrogatepass")).hexdigest()
