"""Who did what to whom, and when."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import exact, moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("action", exact(64), nullable=False),
        sa.Column("actor", exact(16), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("subject_id", sa.Integer()),
        sa.Column("session_id", exact(32)),
        sa.Column("ip", sa.String(45)),
        sa.Column("request_id", exact(64)),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
        sqlite_autoincrement=True,
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.create_index("ix_audit_events_actor_id", "audit_events", ["actor_id"])
    op.create_index("ix_audit_events_subject_id", "audit_events", ["subject_id"])


def downgrade() -> None:
    op.drop_table("audit_events")
