"""Challenges: what an authenticator signs, each good for one ceremony, in five minutes (WebAuthn Level 3, 13.4.3).

A ticket carries its challenge, so nothing is stored until it is redeemed: that is counted, over all workers, and the
second who redeems it is refused.
"""

import hashlib
import secrets
import struct

import counters
from auth.base64url import spelt, unspelt
from auth.errors import InvalidToken, SpentTicket
from auth.guard import guard
from auth.keys import SHORT
from models import this_second

#: What a challenge is for: to sign in without saying who one is, to enrol a passkey, or to confirm who one is.
SIGN_IN, ENROL, CONFIRM = 1, 2, 3
#: In seconds.
LIFETIME = 300
PREFIX = "lch_"
#: Purpose, user (0 where nobody is known), second of the issue, random bits, HMAC.
_FORM = struct.Struct(">BII16s16s")


def issue(purpose: int, user_id: int = 0) -> str:
    """Return a ticket for one ceremony of a user."""
    facts = struct.pack(">BII16s", purpose, user_id, this_second(), secrets.token_bytes(16))
    return PREFIX + spelt(facts + guard.ceremony_keys.sign(facts, SHORT))


def of(ticket: str) -> bytes:
    """Return the challenge that goes with a ticket of any kind: whoever has one has been given the other."""
    return hashlib.sha256(b"challenge " + ticket.encode(errors="surrogatepass")).digest()


def redeem(ticket: str, purpose: int, user_id: int = 0) -> bytes:
    """Spend a ticket, and return its challenge. Raises InvalidToken, or SpentTicket. Hold no lock meanwhile."""
    try:
        raw = unspelt(ticket.removeprefix(PREFIX))
        made_for, owner, since, _, mac = _FORM.unpack(raw)
    except (ValueError, struct.error):
        raise InvalidToken from None
    is_ours = guard.ceremony_keys.verifies(raw[:-SHORT], mac, SHORT)
    if not is_ours or (made_for, owner) != (purpose, user_id):
        raise InvalidToken
    if not 0 <= this_second() - since <= LIFETIME:
        raise SpentTicket
    # By what was signed, not by how it is spelt.
    key = f"challenge/{hashlib.sha256(raw).hexdigest()[:32]}"
    if counters.add({key: 2 * LIFETIME})[key] > 1:
        raise SpentTicket
    return of(PREFIX + spelt(raw))
