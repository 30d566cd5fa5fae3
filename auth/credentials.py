"""Refresh credentials: what a client refreshes a session with, be it a token, a cookie, or the access token itself.

Nothing of one is stored: it is (session, count, remember) with an HMAC over the three and the session's salt.
"""

import struct
from dataclasses import dataclass
from typing import Any

from auth.base64url import spelt, unspelt
from auth.errors import InvalidToken
from auth.guard import guard
from models import LoginSession

#: How every opaque refresh credential begins, so that it is known at sight, also to those who scan for leaks.
PREFIX = "lrt_"
_FORM = struct.Struct(">16sIB32s")


@dataclass(frozen=True)
class Presented:
    """A refresh credential as it was presented; `mac` is None where a JWT's signature has proved it already."""

    session_id: str
    count: int
    remember: bool
    mac: bytes | None
    #: When the access token expires, in seconds since 1970; 0 for the other carriers.
    expires: int = 0
    #: Whose access token it says it is; None for the other carriers, which do not say.
    user_id: int | None = None

    @property
    def is_access_token(self) -> bool:
        return self.mac is None

    def belongs_to(self, session: Any) -> bool:
        """Tell whether this was made for a session, of which at least the id and the salt are known."""
        if self.mac is None:
            return True
        return guard.refresh_keys.verifies(_message(session, self.count, self.remember), self.mac)


def made(session: LoginSession, remember: bool) -> str:
    """Return the credential of a session at its present count."""
    mac = guard.refresh_keys.sign(_message(session, session.refresh_count, remember))
    return PREFIX + spelt(_FORM.pack(bytes.fromhex(session.id), session.refresh_count, remember, mac))


def parse(credential: str) -> Presented:
    """Read a refresh credential of either form, or raise InvalidToken."""
    if not credential.startswith(PREFIX):
        claims = guard.read_claims(credential)
        return Presented(claims["sid"], claims["gen"], False, None, claims["exp"], claims["id"])
    try:
        packed = unspelt(credential.removeprefix(PREFIX))
        sid, count, remember, mac = _FORM.unpack(packed)
    except (ValueError, struct.error):
        raise InvalidToken from None
    if PREFIX + spelt(packed) != credential or remember > 1:
        raise InvalidToken
    return Presented(sid.hex(), count, bool(remember), mac)


def _message(session: Any, count: int, remember: bool) -> bytes:
    return f"{session.id} {count} {int(remember)} {session.refresh_salt}".encode()
