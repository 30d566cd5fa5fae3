"""Password hashes: Argon2id for our own, and every older kind that an imported account may hold.

Parameters are those of the OWASP Password Storage sheet: Argon2id, 19 MiB, two passes, one lane.
"""

import unicodedata
from collections.abc import Callable
from contextlib import suppress

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from passlib.context import CryptContext
from werkzeug.security import check_password_hash

MAX_LENGTH = 1024
MEMORY_KIB, PASSES, LANES = 19456, 2, 1

_imported = CryptContext(
    ["pbkdf2_sha512", "pbkdf2_sha256", "django_pbkdf2_sha256", "sha512_crypt", "sha256_crypt"],
)


class Hasher:
    """Hashes and verifies; a password that cannot be right costs as much as one that could."""

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=LANES)
        self._nobodys = self.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return the Argon2id hash of a password; ValueError where it is longer than 1024 characters."""
        if len(password) > MAX_LENGTH:
            raise ValueError("a password has at most 1024 characters")
        return self._argon2.hash(_bytes(password))

    def verify(self, password: object, stored: str | None) -> bool:
        """Tell whether `password` is the one behind `stored`; never raises, whatever either of them holds."""
        if not isinstance(password, str) or len(password) > MAX_LENGTH or not stored:
            return self._waste_time()
        raw = _bytes(password)
        if stored.startswith("$argon2"):
            try:
                return self._argon2.verify(stored, raw)
            except InvalidHashError:
                return self._waste_time()
            except Argon2Error:
                return False
        check = _importer(stored)
        if check is None:
            return self._waste_time()
        try:
            return any(check(form, stored) for form in {raw, password.encode(errors="surrogatepass")})
        except (ValueError, TypeError):
            return self._waste_time()

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash should be made anew at the next sign-in."""
        return not stored.startswith("$argon2id$") or self._argon2.check_needs_rehash(stored)

    def _waste_time(self) -> bool:
        with suppress(Argon2Error):
            self._argon2.verify(self._nobodys, b"not this one either")
        return False


def _bytes(password: str) -> bytes:
    """One form for one password: é is the same key press whether it is stored as one character or as two."""
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")


def _importer(stored: str) -> Callable[[bytes, str], bool] | None:
    if stored.startswith(("$2a$", "$2b$", "$2y$")):
        return _bcrypt
    if stored.startswith(("pbkdf2:", "scrypt:")):
        return _werkzeug
    return _passlib if _imported.identify(stored) else None


def _bcrypt(raw: bytes, stored: str) -> bool:
    # Older releases of bcrypt cut a password at 72 bytes without a word; hashes made by them still must verify.
    return bcrypt.checkpw(raw[:72], stored.encode())


def _werkzeug(raw: bytes, stored: str) -> bool:
    return check_password_hash(stored, raw.decode(errors="surrogatepass"))


def _passlib(raw: bytes, stored: str) -> bool:
    return bool(_imported.verify(raw, stored))
