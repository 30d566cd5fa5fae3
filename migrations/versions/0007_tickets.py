"""Tickets: single-use secrets, of which only the hash is kept."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import BINARY, exact, moment, user_id

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", exact(32), nullable=False),
        sa.Column("user_id", user_id(), nullable=False),
        sa.Column("purpose", exact(32), nullable=False),
        sa.Column("secret_hash", exact(64), nullable=False),
        sa.Column("bound_to", exact(320)),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("expires_at", moment(), nullable=False),
        sa.Column("used_at", moment()),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], "fk_tickets_user_id_users", ondelete="CASCADE"),
        sa.UniqueConstraint("secret_hash", name="uq_tickets_secret_hash"),
        **BINARY,
    )
    op.create_index("ix_tickets_user_id", "tickets", ["user_id"])


def downgrade() -> None:
    op.drop_table("tickets")
