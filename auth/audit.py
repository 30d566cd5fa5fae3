"""The audit trail: who did what to whom, written in the transaction that does it."""

import json
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, or_, select

from auth.caller import Caller
from models import AuditEvent, db


class Action(StrEnum):
    """The closed list of what is recorded."""

    REGISTERED = "user.registered"
    CREATED = "user.created"
    RENAMED = "user.renamed"
    ENABLED = "user.enabled"
    DISABLED = "user.disabled"
    DELETED = "user.deleted"
    PASSWORD_CHANGED = "user.password_changed"
    PASSWORD_REFUSED = "user.password_refused"
    ROLE_GRANTED = "role.granted"
    ROLE_WITHDRAWN = "role.withdrawn"
    SIGNED_IN = "session.started"
    SIGN_IN_REFUSED = "session.refused"
    SIGNED_OUT = "session.ended"
    ALL_SIGNED_OUT = "session.ended_all"
    REUSE_DETECTED = "session.reuse_detected"


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
    """Add an event to the trail; it is kept if, and only if, what it tells of is kept."""
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
    db.session.execute(_ADDED, event)


_ADDED = insert(AuditEvent.__table__).inline()


def of_user(user_id: int, *, limit: int, before_id: int | None = None) -> list[AuditEvent]:
    """Return what a person did, or what was done to them, newest first."""
    own = select(AuditEvent).where(or_(AuditEvent.actor_id == user_id, AuditEvent.subject_id == user_id))
    if before_id is not None:
        own = own.where(AuditEvent.id < before_id)
    return list(db.session.scalars(own.order_by(AuditEvent.id.desc()).limit(limit)))


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"))
