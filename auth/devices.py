"""Devices: which of them were in an account before.

A device is known by a token that it got when somebody signed in with it: whose account it was, when, and a name at
random, with an HMAC over all three (OWASP, Slow Down Online Guessing Attacks with Device Cookies). It opens nothing; it
only is not shut out, by what others try on that account. A device holds several, where several people use it.
"""

import base64
import re
import secrets
import struct

from flask import current_app
from sqlalchemy import select

from auth.caller import Caller
from auth.keys import SHORT, KeyRing
from models import LoginSession, db, this_second

#: How many kinds of device of one person are looked at.
_MOST = 200
#: How long a device is known, in seconds: what browsers keep a cookie for at the most (RFC 6265bis, 5.5).
KNOWN_FOR = 400 * 24 * 3600
_MOST_OWNERS = 5
#: Where the keys of an app are, in `app.extensions`.
RING = "lictor_device_keys"
_FORM = struct.Struct(">II9s16s")
_LENGTH = _FORM.size * 4 // 3


def known(user_id: int, by: Caller | None) -> str | None:
    """Return the name of the device, if it was in this account before."""
    for owner, name, _ in _read(by.device if by else None):
        if owner == user_id:
            return name
    return None


def remembered(user_id: int, by: Caller) -> str:
    """Return what the device is known by from now on, in this account and in those that it was in before."""
    facts = struct.pack(">II9s", user_id, this_second(), secrets.token_bytes(9))
    fresh = base64.urlsafe_b64encode(facts + _ring().sign(facts, SHORT)).decode()
    others = [token for owner, _, token in _read(by.device) if owner != user_id]
    return ".".join([fresh, *others][:_MOST_OWNERS])


def _read(text: str | None) -> list[tuple[int, str, str]]:
    """Return whose the tokens are, what each calls the device, and the token itself; only those that are ours."""
    found = []
    for token in (text or "").split(".")[:_MOST_OWNERS]:
        if len(token) != _LENGTH or not re.fullmatch(r"[\w-]+", token, re.ASCII):
            continue
        raw = base64.urlsafe_b64decode(token)
        owner, since, name, mac = _FORM.unpack(raw)
        if 0 <= this_second() - since <= KNOWN_FOR and _ring().verifies(raw[:-SHORT], mac, SHORT):
            found.append((owner, name.hex(), token))
    return found


def _ring() -> KeyRing:
    ring: KeyRing = current_app.extensions[RING]
    return ring


def is_new(user_id: int, by: Caller) -> bool:
    """Tell whether a person signed in before, and never from a device that calls itself as this one does.

    A browser that was updated is the same device: of what it calls itself, numbers do not count. Nor does anything
    where the device is known.
    """
    if known(user_id, by):
        return False
    own = select(LoginSession.user_agent).where(LoginSession.user_id == user_id)
    if db.session.execute(own.where(LoginSession.user_agent == (by.user_agent or "")).limit(1)).first():
        return False
    kinds = {_kind(user_agent) for user_agent in db.session.scalars(own.distinct().limit(_MOST))}
    return bool(kinds) and _kind(by.user_agent) not in kinds


def _kind(user_agent: str | None) -> str:
    return re.sub(r"\d+", "", user_agent or "")
