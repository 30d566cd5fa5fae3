"""The hash chain over the changes of privilege, those too that were recorded before there was one."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from migrations.columns import BINARY, exact, moment

revision = "0006"
down_revision = "0005"

#: What was recorded by then that changes no privilege.
OUTSIDE = (
    "user.password_refused",
    "session.started",
    "session.refused",
    "session.ended",
    "session.ended_all",
    "session.reuse_detected",
)
BATCH = 1000


def upgrade() -> None:
    with op.batch_alter_table("audit_events", table_kwargs={"sqlite_autoincrement": True}) as events:
        events.add_column(sa.Column("sequence", sa.BigInteger()))
        events.add_column(sa.Column("previous_hash", exact(64)))
        events.add_column(sa.Column("hash", exact(64)))
        events.create_unique_constraint("uq_audit_events_sequence", ["sequence"])
        if op.get_bind().dialect.name == "mysql":
            for name in ("before", "after"):
                events.alter_column(name, existing_type=sa.Text(), type_=mysql.MEDIUMTEXT(), nullable=True)
    op.create_index("ix_audit_events_action", "audit_events", ["action", "id"])
    chain = op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", exact(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_chain"),
        **BINARY,
    )
    sequence, last = chained()
    op.bulk_insert(chain, [{"id": 1, "sequence": sequence, "hash": last}])


def chained() -> tuple[int, str]:
    """Chain what is there, and return where the chain ends."""
    covered = ("actor", "actor_id", "subject_id", "session_id", "ip", "request_id", "before", "after", "reason")
    links = ("sequence", "previous_hash", "hash")
    events = sa.table(
        "audit_events",
        sa.column("id", sa.BigInteger()),
        sa.column("at", moment()),
        sa.column("action"),
        *[sa.column(name) for name in (*covered, *links)],
    )
    update = events.update().where(events.c.id == sa.bindparam("row"))
    update = update.values({name: sa.bindparam(f"new_{name}") for name in ("before", "after", *links)})
    sequence, last = 0, "0" * 64
    for rows in batches(events):
        changes = []
        for row in rows:
            sequence += 1
            event: dict[str, Any] = {name: row[name] for name in ("action", *covered)}
            event |= {name: json.loads(row[name] or "null") for name in ("before", "after")}
            event |= {"at": spelt(row["at"]), "sequence": sequence, "previous_hash": last}
            last = hashlib.sha256(canonical(event).encode()).hexdigest()
            kept = {f"new_{name}": written(event[name]) for name in ("before", "after")}
            told = {"new_sequence": sequence, "new_previous_hash": event["previous_hash"], "new_hash": last}
            changes.append({"row": row["id"]} | kept | told)
        op.get_bind().execute(update, changes)
    return sequence, last


def batches(events: sa.TableClause) -> Iterator[list[Any]]:
    last_id = 0
    query = sa.select(events).where(events.c.action.not_in(OUTSIDE)).order_by(events.c.id).limit(BATCH)
    while rows := op.get_bind().execute(query.where(events.c.id > last_id)).mappings().all():
        yield list(rows)
        last_id = rows[-1]["id"]


def written(value: Any) -> str | None:
    return None if value is None else canonical(value)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def spelt(at: datetime) -> str:
    utc = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def downgrade() -> None:
    op.drop_table("audit_chain")
    op.drop_index("ix_audit_events_action", "audit_events")
    with op.batch_alter_table("audit_events", table_kwargs={"sqlite_autoincrement": True}) as events:
        events.drop_constraint("uq_audit_events_sequence", type_="unique")
        for name in ("sequence", "previous_hash", "hash"):
            events.drop_column(name)
