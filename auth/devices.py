"""Devices: telling whether a sign-in comes from one that its owner has not used before."""

import re

from sqlalchemy import select

from auth.caller import Caller
from glances import glance, glances
from models import LoginSession

#: How many kinds of device of one person are looked at.
_MOST = 200


def is_new(user_id: int, by: Caller) -> bool:
    """Tell whether a person signed in before, and never from a device that calls itself as this one does.

    A browser that was updated is the same device: of what it calls itself, numbers do not count.
    """
    own = select(LoginSession.user_agent).where(LoginSession.user_id == user_id)
    if glance(own.where(LoginSession.user_agent == (by.user_agent or "")).limit(1)):
        return False
    known = {_kind(row.user_agent) for row in glances(own.distinct().limit(_MOST))}
    return bool(known) and _kind(by.user_agent) not in known


def _kind(user_agent: str | None) -> str:
    return re.sub(r"\d+", "", user_agent or "")
