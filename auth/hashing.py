"""Password hashes: Argon2id for our own, and every older kind that an imported account may hold.

Parameters are those of the OWASP Password Storage sheet: Argon2id, 19 MiB, two passes, one lane.
"""

import os
import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, VerifyMismatchError
from passlib.context import CryptContext
from werkzeug.security import check_password_hash

MAX_LENGTH = 1024
#: Stands where the hash of a password will be; none fits it.
NO_PASSWORD = "!"
MEMORY_KIB, PASSES, LANES = 19456, 2, 1

#: What a hash of each kind looks like, to the end: of anything else no password can be the right one.
_ARGON2 = re.compile(r"\$argon2(?:id|i|d)\$(?:v=\d+\$)?m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{6,}\Z")
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}\Z")
_WERKZEUG = re.compile(r"(?:pbkdf2:\w+(?::\d+)?|scrypt(?::\d+){3})\$[^$]+\$[0-9a-f]+\Z")
_imported = CryptContext(
    ["pbkdf2_sha512", "pbkdf2_sha256", "django_pbkdf2_sha256", "sha512_crypt", "sha256_crypt"],
)


def normal(password: str) -> str:
    """One form for one password: é is the same key press whether it is stored as one character or as two.

    No character is made of more than four, so what is cut off here was too long anyway; and it could cost a second.
    """
    return unicodedata.normalize("NFC", password[: 4 * MAX_LENGTH + 1])


class Hasher:
    """Hashes and verifies; a password that cannot be right costs as much as one that could.

    All of it is done in one thread, one after the other: hashes beside each other drive each other out of the
    processor's cache, and each would take its 19 MiB, which this thread keeps and uses again.
    """

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=LANES)
        self._open()
        os.register_at_fork(after_in_child=self._open)
        self._nobodys = self.hash("nobody has this password")

    def _open(self) -> None:
        """Get a thread for this process; one that was started before a fork is not there after it."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hashing")

    def hash(self, password: str) -> str:
        """Return the Argon2id hash of a password; ValueError where it is longer than 1024 characters."""
        password = normal(password)
        if len(password) > MAX_LENGTH:
            raise ValueError("a password has at most 1024 characters")
        return self._thread.submit(self._argon2.hash, _bytes(password)).result()

    def verify(self, password: object, stored: str | None) -> bool:
        """Tell whether `password` is the one behind `stored`; never raises, whatever either of them holds."""
        return self._thread.submit(self._verify, password, stored).result()

    def _verify(self, password: object, stored: str | None) -> bool:
        if not isinstance(password, str) or len(normal(password)) > MAX_LENGTH or not stored:
            return self._waste_time()
        raw = _bytes(normal(password))
        if _ARGON2.match(stored):
            try:
                return self._argon2.verify(stored, raw)
            except VerifyMismatchError:
                return False
            except (Argon2Error, ValueError):
                return self._waste_time()
        check = _importer(stored)
        if check is None:
            return self._waste_time()
        try:
            return any(check(form, stored) for form in {raw, _bytes(password)})
        except (ValueError, TypeError, OverflowError):
            return self._waste_time()

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash should be made anew at the next sign-in."""
        return not stored.startswith("$argon2id$") or self._argon2.check_needs_rehash(stored)

    def is_usable(self, stored: str) -> bool:
        """Tell whether there can be a password that fits a stored hash."""
        return bool(_ARGON2.match(stored)) or _importer(stored) is not None

    def _waste_time(self) -> bool:
        with suppress(Argon2Error):
            self._argon2.verify(self._nobodys, b"not this one either")
        return False


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")


def _importer(stored: str) -> Callable[[bytes, str], bool] | None:
    if _BCRYPT.match(stored):
        return _bcrypt
    if _WERKZEUG.match(stored):
        return _werkzeug
    return _passlib if _imported.identify(stored) else None


def _bcrypt(raw: bytes, stored: str) -> bool:
    # Older releases of bcrypt cut a password at 72 bytes without a word; hashes made by them still must verify.
    return bcrypt.checkpw(raw[:72], stored.encode())


def _werkzeug(raw: bytes, stored: str) -> bool:
    return check_password_hash(stored, raw.decode(errors="surrogatepass"))


def _passlib(raw: bytes, stored: str) -> bool:
    return bool(_imported.verify(raw, stored))
