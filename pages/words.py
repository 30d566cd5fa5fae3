"""What is stored, in words for people."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from auth.actions import Action
from models import AuditEvent

#: What happened, as its owner is told; a change of roles also says which.
_SAID = {
    Action.REGISTERED: "You opened the account",
    Action.CREATED: "The account was made",
    Action.RENAMED: "Username changed",
    Action.ADDRESS_CHANGED: "E-mail address changed",
    Action.ENABLED: "Account enabled",
    Action.DISABLED: "Account disabled",
    Action.DELETED: "Account deleted",
    Action.PASSWORD_CHANGED: "Password changed",
    Action.PASSWORD_RESET: "Password reset by a letter",
    Action.EMAIL_CONFIRMED: "E-mail address confirmed",
    Action.ADDRESS_CHANGE_ASKED: "Another e-mail address asked for",
    Action.TICKET_ASKED: "Letter with a link asked for",
    Action.PASSWORD_REFUSED: "Wrong current password entered",
    Action.FACTOR_ADDED: "Second factor added",
    Action.FACTOR_REMOVED: "Second factor removed",
    Action.FACTORS_TAKEN: "All second factors removed",
    Action.FACTOR_REFUSED: "Wrong code or passkey",
    Action.RECOVERY_CODES_MADE: "New recovery codes made",
    Action.RECOVERY_CODE_USED: "Recovery code used",
    Action.REAUTHENTICATED: "Identity confirmed once more",
    Action.RECOVERY_ISSUED: "Recovery code issued",
    Action.ROLE_GRANTED: "Role given",
    Action.ROLE_LENT: "Role given for a while",
    Action.ROLE_WITHDRAWN: "Role withdrawn",
    Action.ROLES_REPLACED: "Roles replaced",
    Action.ROLE_CREATED: "Role made",
    Action.ROLE_EDITED: "Role edited",
    Action.ROLE_DELETED: "Role deleted",
    Action.SIGNED_IN: "Signed in",
    Action.SIGN_IN_REFUSED: "Sign-in refused",
    Action.SIGNED_OUT: "Signed out",
    Action.ALL_SIGNED_OUT: "Signed out everywhere",
    Action.REUSE_DETECTED: "Signed out, because a token was used twice",
    Action.PRUNED: "Old events removed",
}
#: How browsers and systems call themselves; the first that is found counts, so the one that others copy comes last.
_BROWSERS = {
    r"Edg(?:e|A|iOS)?/": "Edge",
    r"OPR/|Opera": "Opera",
    r"SamsungBrowser/": "Samsung Internet",
    r"Firefox/|FxiOS/": "Firefox",
    r"Chrome/|CriOS/|Chromium/": "Chrome",
    r"Safari/": "Safari",
    r"curl/": "curl",
    r"python-requests/|Python-urllib|httpx/": "Python",
    r"okhttp/": "an Android app",
}
_SYSTEMS = {
    r"iPhone|iPod": "iPhone",
    r"iPad": "iPad",
    r"Android": "Android",
    r"CrOS": "ChromeOS",
    r"Windows": "Windows",
    r"Mac OS X|Macintosh": "macOS",
    r"Linux|X11": "Linux",
}


@dataclass(frozen=True)
class Told:
    """An event, as a row of the history."""

    at: datetime
    what: str
    #: Who did it, where it was someone else.
    who: str
    ip: str | None
    reason: str | None


def told(event: AuditEvent, user_id: int) -> Told:
    """Put an event into words for whom it is about; the address of whoever else acted is theirs."""
    is_own = event.actor != "user" or event.actor_id == user_id
    who = "" if is_own and event.actor != "console" else "an administrator"
    what = _said(event)
    if event.subject_id not in (None, user_id):
        what += f" (user {event.subject_id})"
    return Told(event.at, what, who, event.ip if is_own else None, event.reason)


def moment(at: datetime | None) -> Markup:
    """A moment for people and for machines."""
    if at is None:
        return Markup("never")
    utc = at.astimezone(UTC)
    shown = f"{utc.day} {utc:%B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(utc.isoformat(timespec="seconds"), shown)


def device(user_agent: str | None) -> str:
    """What a device calls itself, in short: `Firefox on Linux`."""
    text = user_agent or ""
    browser, system = _first(_BROWSERS, text), _first(_SYSTEMS, text)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


def _first(names: dict[str, str], text: str) -> str:
    return next((name for pattern, name in names.items() if re.search(pattern, text)), "")


def _said(event: AuditEvent) -> str:
    said = _SAID[Action(event.action)]
    before, after = _roles(event.before), _roles(event.after)
    changed = sorted(before ^ after) if before is not None and after is not None else []
    return f"{said}: {', '.join(changed)}" if changed else said


def _roles(text: str | None) -> set[str] | None:
    """The roles that an event tells of, if it does."""
    value = json.loads(text) if text else None
    if not isinstance(value, list):
        return None
    return {item if isinstance(item, str) else str(item.get("role", "")) for item in value}
