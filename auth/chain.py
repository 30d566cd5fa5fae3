"""The hash chain over the changes of privilege: each link covers itself and the hash of the one before it.

A hash is SHA-256 over the event as canonical JSON (RFC 8785), so that whoever has an export can recompute it. Events
are written last in their transaction, and links under one lock that is let go when it has committed: parallel writers
make one chain, and whoever holds that lock waits for nobody.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event as events
from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from auth.actions import OUTSIDE
from dialects import lock_for_update
from glances import glance, glances
from models import AuditChain, AuditEvent, db, now

#: What stands before the first link.
GENESIS = "0" * 64
#: What a hash covers.
COVERED = (
    *("at", "action", "actor", "actor_id", "subject_id", "session_id", "ip", "request_id"),
    *("before", "after", "reason", "sequence", "previous_hash"),
)
_PENDING = "lictor_events"
_BATCH = 1000


def add(event: dict[str, Any]) -> None:
    """Write an event when the transaction at hand commits: as a link, where it is a change of privilege."""
    session = db.session()
    if not session.in_transaction():
        session.begin()  # So that a rollback is one, and takes the event with it.
    session.info.setdefault(_PENDING, []).append(event)


@events.listens_for(db.session, "before_commit")
def _write(session: Session) -> None:
    if session.in_nested_transaction():
        return  # A savepoint is let go; the transaction goes on.
    pending = session.info.pop(_PENDING, [])
    if not pending:
        return
    links = [event for event in pending if event["action"] not in OUTSIDE]
    if links:
        session.flush()
        sequence, last = session.execute(_LOCKED_END).one()
    at = now()
    for event in pending:
        event |= {"at": at, "sequence": None, "previous_hash": None, "hash": None}
    for event in links:
        sequence += 1
        event |= {"sequence": sequence, "previous_hash": last}
        event["hash"] = last = _digest(event)
    if links:
        session.execute(update(AuditChain.__table__).values(sequence=sequence, hash=last))
    session.execute(_ADDED, pending)


@events.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, transaction: Any) -> None:
    if transaction.parent is None:  # What is taken back is all of it, and not a savepoint alone.
        session.info.pop(_PENDING, None)


_ADDED = insert(AuditEvent.__table__).inline()
_END = select(AuditChain.sequence, AuditChain.hash)
_LOCKED_END = lock_for_update(_END)


def told(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What a hash covers, as JSON has it: times as text, and what was before and after as values."""
    changed = {name: value(columns[name]) for name in ("before", "after")}
    return {**columns, **changed, "at": spelt(columns["at"])}


def value(text: str | None) -> Any:
    """Return what was before or after as a value; text that is no JSON, which we never wrote, as it is."""
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text


def canonical(value: Any) -> str:
    """Return the one way to write a value as JSON (RFC 8785, for texts, whole numbers, lists, and names in ASCII)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def spelt(at: datetime) -> str:
    """Return a moment as the trail writes it, always with six decimals."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Problem:
    """The first event that does not fit: it was `changed`, `moved` or `inserted`; or it is missing: `removed`."""

    kind: str
    #: Its place in the chain; None for an event that claims none.
    sequence: int | None
    #: Its id; None for one that is missing.
    event_id: int | None


@dataclass(frozen=True)
class Verdict:
    """How many links were found to fit, where the last of them ends, and the first problem, if there is one."""

    links: int
    sequence: int
    hash: str
    problem: Problem | None = None


def verify(since: datetime | None = None) -> Verdict:
    """Recompute the chain, from its beginning or from the first link that is not older than a moment."""
    last_id, start, last = _beginning(since)
    place, end = start, _end()
    while rows := glances(_BEHIND if last_id is None else _BEHIND.where(AuditEvent.id > last_id)):
        for row in rows:
            if (row.sequence or 0) > end[0]:
                end = _end()  # Others may have added to the chain meanwhile.
            problem = _problem(row, place + 1, last, end[0])
            if problem:
                return Verdict(place - start, place, last, problem)
            place, last = row.sequence, row.hash
        last_id = rows[-1].id
    problem = None if (place, last) == end else _problem_at_the_end(place, last_id, end[0])
    return Verdict(place - start, place, last, problem)


def _beginning(since: datetime | None) -> tuple[int | None, int, str]:
    """Return id, place and hash of the link before the first one to be looked at; that one itself is believed.

    It is the one before the first of all that say they are not older, whatever those after it say.
    """
    links = select(AuditEvent.id, AuditEvent.sequence, AuditEvent.hash).where(AuditEvent.sequence > 0)
    if since is None:
        return None, 0, GENESIS
    first = glance(links.where(AuditEvent.at >= since).order_by(AuditEvent.sequence).limit(1))
    older = links.where(AuditEvent.sequence < first.sequence) if first else links
    before = glance(older.order_by(AuditEvent.sequence.desc()).limit(1))
    return (before.id, before.sequence, before.hash or "") if before else (None, 0, GENESIS)


# Whatever is, or should be, a link, in the order in which links were added.
_BEHIND = (
    select(AuditEvent.id, AuditEvent.hash, *[getattr(AuditEvent, name) for name in COVERED])
    .where(
        or_(
            AuditEvent.sequence.is_not(None),
            AuditEvent.previous_hash.is_not(None),
            AuditEvent.hash.is_not(None),
            AuditEvent.action.not_in([*OUTSIDE]),
        )
    )
    .order_by(AuditEvent.id)
    .limit(_BATCH)
)


def _end() -> tuple[int, str]:
    """Return place and hash of the last link that was added."""
    row = glance(_END)
    return (row.sequence, row.hash) if row else (0, GENESIS)


def _problem(row: Any, place: int, last: str, end: int) -> Problem | None:
    if row.sequence is None or not 0 < row.sequence <= end:
        return Problem("inserted", row.sequence, row.id)
    if row.sequence != place:
        misplaced = glance(select(AuditEvent.id).where(AuditEvent.sequence == place))
        return Problem("moved", place, misplaced.id) if misplaced else Problem("removed", place, None)
    columns = {name: getattr(row, name) for name in COVERED}
    is_as_written = row.previous_hash == last and _is_canonical(row.before) and _is_canonical(row.after)
    return None if is_as_written and row.hash == _digest(columns) else Problem("changed", place, row.id)


def _problem_at_the_end(place: int, last_id: int | None, end: int) -> Problem:
    return Problem("removed", place + 1, None) if place < end else Problem("changed", place, last_id if place else None)


def _is_canonical(text: str | None) -> bool:
    return text is None or (text != "null" and canonical(value(text)) == text)


def _digest(columns: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(told({name: columns[name] for name in COVERED})).encode()).hexdigest()
