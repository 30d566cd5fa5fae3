"""Counters: how often something was tried, so that limits hold over all workers without anything but the database."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import BINARY, exact

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "throttle",
        sa.Column("key", exact(191), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttle"),
        **BINARY,
    )
    op.create_index("ix_throttle_window_ends_at", "throttle", ["window_ends_at"])


def downgrade() -> None:
    op.drop_table("throttle")
