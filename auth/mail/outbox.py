"""The outbox: one sender for each letter, however many there are, and what becomes of it.

Whoever sends a letter has claimed it first, for a while; should they die over it, it is due again when that is over.
So a letter is never lost, and at worst sent twice, under the same Message-ID.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from glances import glance, glances
from models import Letter, db, now

#: How long a letter belongs to whoever claimed it; longer than a sending takes (DEADLINE in sender/carriers.py).
LEASE = timedelta(seconds=90)
#: The waits between attempts: 5 seconds, then twice as long each time, up to one of these.
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(hours=1)
_LONGEST_WAIT_FOR_A_SERVER = timedelta(minutes=1)
#: When a letter is given up: so old, or refused for good so often.
_TOO_OLD = timedelta(hours=48)
_REFUSALS = 12
#: How long what was sent, or given up, is kept.
KEPT = timedelta(days=7)
#: How many letters are looked at to claim one of them, and removed in one transaction.
_LOOKED_AT = 20
_REMOVED_AT_ONCE = 1000

#: How an error begins that is the mail server's, not the letter's.
SERVER = "server: "


def claim() -> Letter | None:
    """Take a letter that is due, for the length of the lease; None where there is none."""
    due = select(Letter.id, Letter.attempts).where(Letter.not_before <= now()).order_by(Letter.not_before, Letter.id)
    while rows := glances(due.limit(_LOOKED_AT)):
        for row in rows:
            is_mine = (Letter.id == row.id, Letter.attempts == row.attempts, Letter.not_before.is_not(None))
            claimed = update(Letter).where(*is_mine).values(attempts=row.attempts + 1, not_before=now() + LEASE)
            if _run(claimed) == 1:
                return db.session.get(Letter, row.id, populate_existing=True)
        if len(rows) < _LOOKED_AT:
            return None  # Others have taken all that there were.
    return None


def sent(letter_id: int) -> None:
    """The mail server has taken a letter; what it told is forgotten."""
    done = {"sent_at": now(), "not_before": None, "error": None, "payload": "{}"}
    _run(update(Letter).where(Letter.id == letter_id).values(**done))


def drop(letter: Letter) -> None:
    """There is nothing to send: nobody has this address, or what the letter is about is over."""
    db.session.delete(letter)


def failed(letter_id: int, attempts: int, created_at: datetime, error: str, *, is_final: bool = False) -> bool:
    """Put a letter off that could not be sent at this attempt; tell whether it was given up.

    `is_final` says that the server will have no part of it, which is believed after some hours.
    """
    is_over = now() - created_at > _TOO_OLD or (is_final and attempts >= _REFUSALS)
    longest = _LONGEST_WAIT_FOR_A_SERVER if error.startswith(SERVER) else _LONGEST_WAIT
    wait = min(longest, _FIRST_WAIT * 2 ** min(attempts - 1, 20)) * random.uniform(0.8, 1.0)
    # Whoever claimed it after us knows better.
    mine = (Letter.id == letter_id, Letter.attempts == attempts, Letter.not_before.is_not(None))
    _run(update(Letter).where(*mine).values(error=error[:255], not_before=None if is_over else now() + wait))
    return is_over


def first_due() -> tuple[int, int | None] | None:
    """Return the id of a letter that is due, and whose it is; None where nothing is due. Nothing is locked."""
    due = select(Letter.id, Letter.user_id).where(Letter.not_before <= now()).order_by(Letter.not_before).limit(1)
    row = glance(due)
    return (row.id, row.user_id) if row else None


def try_again() -> int:
    """Let what was given up be tried once more; return how many letters that are."""
    return _run(update(Letter).where(*_GIVEN_UP).values(not_before=now(), attempts=0))


@dataclass(frozen=True)
class State:
    """How many letters wait and were given up, and since when some wait and the mail server took none."""

    waiting: int
    given_up: int
    #: None where no letter waits for the server: one that only its recipient's host refuses does not count.
    stuck_since: datetime | None


def state() -> State:
    """Look at the outbox; nothing is locked."""
    waits = Letter.not_before.is_not(None)
    waiting = glance(select(func.count(Letter.id)).where(waits))
    given_up = glance(select(func.count(Letter.id)).where(*_GIVEN_UP))
    servers = (waits, or_(Letter.error.is_(None), Letter.error.startswith(SERVER)))
    oldest = glance(select(Letter.created_at).where(*servers).order_by(Letter.created_at).limit(1))
    last = glance(select(Letter.sent_at).where(Letter.sent_at.is_not(None)).order_by(Letter.sent_at.desc()).limit(1))
    since = max(oldest[0], last[0]) if oldest and last else oldest[0] if oldest else None
    return State(waiting[0] if waiting else 0, given_up[0] if given_up else 0, since)


def unsent(limit: int) -> list[Letter]:
    """Return letters that wait or were given up, oldest first."""
    query = select(Letter).where(
        or_(Letter.not_before.is_not(None), Letter.error.is_not(None)), Letter.sent_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(Letter.id).limit(limit)))


def prune() -> int:
    """Remove some of what nothing more is to be done about and is old enough; return how many letters that were."""
    old = select(Letter.id).where(Letter.not_before.is_(None), Letter.created_at < now() - KEPT).limit(_REMOVED_AT_ONCE)
    ids = [row.id for row in glances(old)]
    if ids:
        db.session.execute(delete(Letter.__table__).where(Letter.id.in_(ids)))
    return len(ids)


_GIVEN_UP = (Letter.not_before.is_(None), Letter.error.is_not(None), Letter.sent_at.is_(None))


def _run(statement: Any) -> int:
    result: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)
