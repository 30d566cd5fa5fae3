"""Keys: one for each purpose, derived from SECRET_KEY, so that none can be passed off as another.

RFC 8725 section 3.12 asks for keys that keep the kinds of token apart, and section 3.5 for keys of full entropy.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

ACCESS, REFRESH, TICKET, PAGE, FORGERY, DEVICE = "access", "refresh", "ticket", "page", "forgery", "device"
FACTOR, CEREMONY = "factor", "ceremony"
#: How many bytes an HMAC-SHA256 has, and how many are enough where every one of them is carried about.
FULL, SHORT = 32, 16


@dataclass(frozen=True)
class Key:
    """A key for one purpose, and the public name by which a token's `kid` refers to it."""

    id: str
    secret: bytes


class KeyRing:
    """The keys of one purpose: the newest signs, and all of them verify."""

    def __init__(self, purpose: str, secret_key: str, fallbacks: Sequence[str] = ()) -> None:
        self.keys = [_derive(purpose, secret) for secret in (secret_key, *fallbacks)]

    @property
    def newest(self) -> Key:
        return self.keys[0]

    def sign(self, message: bytes, size: int = FULL) -> bytes:
        """Return the HMAC-SHA256 of `message` under the newest key, or that many bytes of it (RFC 2104, section 5)."""
        return _mac(self.newest.secret, message)[:size]

    def macs(self, message: bytes) -> list[bytes]:
        """Return the HMAC-SHA256 of `message` under each key, the newest first."""
        return [_mac(key.secret, message) for key in self.keys]

    def verifies(self, message: bytes, mac: bytes, size: int = FULL) -> bool:
        """Tell whether any key of the ring made `mac`, of that many bytes, in a time that does not tell how nearly."""
        return any(hmac.compare_digest(made[:size], mac) for made in self.macs(message))


def _derive(purpose: str, secret_key: str) -> Key:
    secret = _mac(secret_key.encode(), b"lictor " + purpose.encode())
    return Key(id=_mac(secret, b"kid").hex()[:12], secret=secret)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
