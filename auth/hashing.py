"""Password hashes: Argon2id for our own, and every older kind that an imported account may hold.

Parameters are those of the OWASP Password Storage sheet: Argon2id, 19 MiB, two passes, one lane.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Lock, Semaphore, local

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, VerifyMismatchError
from passlib.context import CryptContext
from werkzeug.security import check_password_hash

from auth.errors import Busy

MAX_LENGTH = 1024
#: Stands where the hash of a password will be; none fits it.
NO_PASSWORD = "!"
MEMORY_KIB, PASSES, LANES = 19456, 2, 1
#: How many may wait for a hash in one process, and how long, in seconds.
QUEUE, DEADLINE = 16, 5.0


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

    At most `concurrency` hashes are made at a time in one process, each in a thread that keeps its 19 MiB and uses them
    again: hashes beside each other drive each other out of the processor's cache. Of those who come meanwhile some
    wait, and the others are refused at once, so that a flood of them leaves threads for everyone else (ASVS 15.1.3).
    """

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES, concurrency: int = 1) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=LANES)
        self._concurrency = concurrency
        self._open()
        os.register_at_fork(after_in_child=self._open)
        self._nobodys = self.hash("nobody has this password")

    def _open(self) -> None:
        """Get threads for this process; those that were started before a fork are not there after it."""
        self._threads = ThreadPoolExecutor(self._concurrency, "hashing")
        self._free, self._seating = self._concurrency + QUEUE, Lock()
        # One looks up whose password it is while another one's is hashed.
        self._turns = Semaphore(self._concurrency + 1)
        self._mine = local()

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now is refused."""
        return self._free <= 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn to hash, and have it meanwhile; raise Busy where too many wait, or for too long."""
        if getattr(self._mine, "has_turn", False):
            yield
            return
        with self._seating:
            if self.is_full:
                raise Busy
            self._free -= 1
        try:
            if not self._turns.acquire(timeout=DEADLINE):
                raise Busy
            self._mine.has_turn = True
            try:
                yield
            finally:
                self._mine.has_turn = False
                self._turns.release()
        finally:
            with self._seating:
                self._free += 1

    def hash(self, password: str) -> str:
        """Return the Argon2id hash of a password; ValueError where it is longer than 1024 characters, and Busy."""
        password = normal(password)
        if len(password) > MAX_LENGTH:
            raise ValueError("a password has at most 1024 characters")
        with self.turn():
            return self._threads.submit(self._argon2.hash, _bytes(password)).result()

    def verify(self, password: object, stored: str | None) -> bool:
        """Tell whether `password` is the one behind `stored`, whatever either of them holds; raises Busy alone."""
        with self.turn():
            return self._threads.submit(self._verify, password, stored).result()

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
