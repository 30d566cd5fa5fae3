"""The trail: who did what to whom, kept if, and only if, what it tells of is kept.

Changes of privilege are links of one hash chain (auth/chain.py). What else happened is recorded outside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select

from auth import chain
from auth.actions import OUTSIDE, Action
from auth.caller import Caller
from glances import glances
from models import AuditEvent, db

#: How many rows are read, or removed, at a time.
BATCH = 1000


def record(
    action: Action,
    by: Caller,
    subject_id: int | None = None,
    *,
    session_id: str | None = None,
    before: Any = None,
    after: Any = None,
    reason: str | None = None,
) -> None:
    """Add an event to the trail when the transaction at hand commits, and not before."""
    event = {
        "action": action.value,
        "actor": by.kind,
        "actor_id": by.user_id,
        "subject_id": subject_id,
        "session_id": session_id or by.session_id,
        "ip": by.ip,
        "request_id": by.request_id,
        "before": _text(before),
        "after": _text(after),
        "reason": reason,
    }
    chain.add(event)


@dataclass(frozen=True)
class Search:
    """Which events are looked for; `actor` is the id of a user, or a kind of actor."""

    action: str | None = None
    actor: int | str | None = None
    subject: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def find(wanted: Search, *, limit: int, before_id: int | None = None) -> list[AuditEvent]:
    """Return events, newest first, from below an id on."""
    query = select(AuditEvent).where(*_conditions(wanted))
    if before_id is not None:
        query = query.where(AuditEvent.id < before_id)
    return list(db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)))


def export(wanted: Search) -> Iterator[list[dict[str, Any]]]:
    """Yield the facts of every event, oldest first, in batches; between two of them no connection is held."""
    query = select(AuditEvent.__table__).where(*_conditions(wanted)).order_by(AuditEvent.id).limit(BATCH)
    rows = glances(query)
    while rows:
        yield [facts(row) for row in rows]
        rows = glances(query.where(AuditEvent.id > rows[-1].id))


def of_user(user_id: int, *, limit: int, before_id: int | None = None) -> list[AuditEvent]:
    """Return what a person did, or what was done to them, newest first."""
    own = select(AuditEvent).where(or_(AuditEvent.actor_id == user_id, AuditEvent.subject_id == user_id))
    if before_id is not None:
        own = own.where(AuditEvent.id < before_id)
    return list(db.session.scalars(own.order_by(AuditEvent.id.desc()).limit(limit)))


def facts(event: Any) -> dict[str, Any]:
    """An event as it is told: what the chain covers, in the form that it is hashed in, with its id and its hash."""
    columns = {name: getattr(event, name) for name in chain.COVERED}
    return {"id": event.id} | chain.told(columns) | {"hash": event.hash}


def prune(before: datetime, by: Caller) -> int:
    """Remove what is outside the chain and older than a moment; return how many events that were, which is recorded."""
    stale = select(AuditEvent.id).where(AuditEvent.action.in_([*OUTSIDE]), AuditEvent.sequence.is_(None))
    stale = stale.where(AuditEvent.at < before).order_by(AuditEvent.id).limit(BATCH)
    removed = 0
    while ids := list(db.session.scalars(stale)):
        db.session.execute(delete(AuditEvent).where(AuditEvent.id.in_(ids)))
        removed += len(ids)
    record(Action.PRUNED, by, after={"before": chain.spelt(before.astimezone(UTC)), "removed": removed})
    return removed


def _conditions(wanted: Search) -> list[ColumnElement[bool]]:
    found = []
    if wanted.action is not None:
        found.append(AuditEvent.action == wanted.action)
    if wanted.actor is not None:
        found.append((AuditEvent.actor_id if isinstance(wanted.actor, int) else AuditEvent.actor) == wanted.actor)
    if wanted.subject is not None:
        found.append(AuditEvent.subject_id == wanted.subject)
    if wanted.since is not None:
        found.append(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEvent.at < wanted.until)
    return found


def _text(value: Any) -> str | None:
    return None if value is None else chain.canonical(value)
