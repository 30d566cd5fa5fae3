"""What a claimed letter is to say, decided when it is sent: whose address it is, and whether there is still a reason.

A ticket is issued here, under the lock on its owner, and named in the letter's payload: tried again, the letter has
the same link.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from flask import current_app
from sqlalchemy import and_, func, or_, select

from auth import audit, tickets
from auth.actions import Action
from auth.caller import Caller
from auth.guard import guard
from auth.mail import Kind
from models import Letter, Ticket, User, db, now

Told = dict[str, Any]

#: How many letters of one kind a mailbox gets: of those that anyone may ask for, and of notices.
_CAPS_WHEN_ASKED = {timedelta(hours=1): 3, timedelta(days=1): 10}
_CAPS = {timedelta(hours=1): 10, timedelta(days=1): 50}


@dataclass(frozen=True)
class Written:
    """A letter that can be rendered."""

    template: Kind
    recipient: str
    #: What the template is told; `link` is among it where there is a button.
    told: Told


def prepare(letter: Letter) -> Written | None:
    """Return what a claimed letter says, or None where nobody is to get it."""
    told, kind = json.loads(letter.payload), Kind(letter.kind)
    ticket = db.session.get(Ticket, told["ticket"], populate_existing=True) if "ticket" in told else None
    if ticket is not None and ticket.used_at is not None:
        return None
    if ticket is not None and now() < ticket.expires_at and tickets.can_be_told(ticket):
        return _with_link(letter, ticket, told)
    if kind in _ASKED_BY_STRANGERS and "username" not in told:
        _record(letter, kind, told)
    return _PREPARED.get(kind, _notice)(letter, told)


#: What anyone may ask for. It is on record once, whoever has the address, and if nobody does: who signs in before and
#: after sees by the numbers of their events how many there were.
_ASKED_BY_STRANGERS = {Kind.CONFIRM, Kind.RESET, Kind.KNOWN_ADDRESS}


def _record(letter: Letter, kind: Kind, told: Told) -> None:
    by = Caller(ip=told.get("ip"), request_id=told.get("request_id"))
    audit.record(Action.TICKET_ASKED, by, _owner_id(letter), after={"letter": kind.value})


def _confirmation(letter: Letter, told: Told) -> Written | None:
    user = _owner(letter)
    if user is None or user.email_confirmed_at is not None or _is_one_too_many(letter):
        return None
    if not guard.hasher.is_usable(user.password):
        return _claim(letter, told, user) if user.unconfirmed_since is not None else None
    return _with_ticket(letter, told, user, Kind.CONFIRM, tickets.CONFIRMATION)


def _reset(letter: Letter, told: Told) -> Written | None:
    user = _owner(letter)
    if user is None or _is_one_too_many(letter):
        return None
    return _with_ticket(letter, told, user, Kind.RESET, tickets.RESET)


def _known_address(letter: Letter, told: Told) -> Written | None:
    """Someone would register with an address that is known, or take it.

    An account that waits for its confirmation may be a stranger's: whoever reads this can make it theirs, with a
    password of their own.
    """
    user = _owner(letter)
    if user is None or _is_one_too_many(letter):
        return None
    if user.unconfirmed_since is not None:
        return _claim(letter, told, user)
    told |= {"username": user.username}
    letter.user_id, letter.payload = user.id, json.dumps(told)
    return Written(Kind.KNOWN_ADDRESS, letter.recipient, told)


def _claim(letter: Letter, told: Told, user: User) -> Written | None:
    return _with_ticket(letter, told, user, Kind.CLAIM_ACCOUNT, tickets.RESET)


def _change_of_address(letter: Letter, told: Told) -> Written | None:
    if _owner_id(letter) is not None:
        letter.kind, letter.user_id = Kind.KNOWN_ADDRESS.value, None
        return _known_address(letter, told)
    user = User.locked(letter.user_id or 0)
    if user is None or not user.is_valid() or _is_one_too_many(letter):
        return None
    return _with_ticket(letter, told, user, Kind.CHANGE_ADDRESS, tickets.NEW_ADDRESS)


def _invitation(letter: Letter, told: Told) -> Written | None:
    user = _owner(letter)
    if user is None or user.id != letter.user_id or guard.hasher.is_usable(user.password) or _is_one_too_many(letter):
        return None
    return _with_ticket(letter, told, user, Kind.INVITATION, tickets.INVITATION)


def _notice(letter: Letter, told: Told) -> Written | None:
    return None if _is_one_too_many(letter, _CAPS) else Written(Kind(letter.kind), letter.recipient, told)


_PREPARED: dict[Kind, Callable[[Letter, Told], Written | None]] = {
    Kind.CONFIRM: _confirmation,
    Kind.RESET: _reset,
    Kind.KNOWN_ADDRESS: _known_address,
    Kind.CHANGE_ADDRESS: _change_of_address,
    Kind.INVITATION: _invitation,
}


def _owner(letter: Letter) -> User | None:
    """Return whoever has the address of a letter now, locked; None where nobody has, or the account is disabled."""
    found = _owner_id(letter)
    user = User.locked(found) if found is not None else None
    # Asked once more under the lock, and letter by letter, whatever the database takes for equal.
    return user if user is not None and user.is_active and user.email_key == letter.recipient else None


def _owner_id(letter: Letter) -> int | None:
    found: int | None = db.session.scalar(select(User.id).where(User.email_key == letter.recipient))
    return found


def _with_ticket(letter: Letter, told: Told, user: User, template: Kind, purpose: str) -> Written | None:
    if tickets.is_overtaken(user, purpose, letter.created_at):
        return None
    ticket = tickets.issue(user.id, purpose, letter.recipient, letter.created_at)
    kept = told | {"ticket": ticket.id, "template": template.value, "username": user.username}
    letter.user_id, letter.payload = user.id, json.dumps(kept)
    return _with_link(letter, ticket, kept)


def _with_link(letter: Letter, ticket: Ticket, told: Told) -> Written:
    link = link_with(tickets.secret_of(ticket), ticket.purpose)
    return Written(Kind(told["template"]), letter.recipient, {"username": told["username"], "link": link})


def link_with(secret: str, purpose: str) -> str:
    """Return the page for a ticket, from CONFIRMATION_URI or RESET_URI, with `token` in its query.

    A page that is named by a path behind the `#` reads its query there: it gets `token` in both places. A link that
    confirms a new address says so, because another request redeems it: `purpose=new_address`.
    """
    of_password = purpose in (tickets.RESET, tickets.INVITATION)
    uri = urlsplit(current_app.config["RESET_URI" if of_password else "CONFIRMATION_URI"])
    added = f"token={quote(secret)}" + (f"&purpose={purpose}" if purpose == tickets.NEW_ADDRESS else "")
    fragment = uri.fragment
    if fragment.startswith(("/", "!/")):
        fragment += f"{'&' if '?' in fragment else '?'}{added}"
    query = f"{uri.query}&{added}" if uri.query else added
    return str(urlunsplit(uri._replace(path=uri.path or "/", query=query, fragment=fragment)))


def _is_one_too_many(letter: Letter, caps: dict[timedelta, int] = _CAPS_WHEN_ASKED) -> bool:
    """Tell whether a mailbox has had enough letters of this kind: those that were sent, and those that are about to be.

    A name is in the payload of those that were prepared; two of one mailbox are so one after the other, under the lock
    on its owner.
    """
    same = select(func.count(Letter.id)).where(Letter.recipient == letter.recipient, Letter.kind == letter.kind)
    is_prepared = (Letter.attempts > 0, Letter.payload.contains('"username"'), Letter.id != letter.id)
    under_way = and_(Letter.not_before.is_not(None), *is_prepared)
    for span, most in caps.items():
        if (db.session.scalar(same.where(or_(Letter.sent_at > now() - span, under_way))) or 0) >= most:
            return True
    return False
