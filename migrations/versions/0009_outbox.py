"""The outbox; and who waits for their address to be confirmed. Whoever is there already waits for nothing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from migrations.columns import BINARY, exact, moment, user_id

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("kind", exact(32), nullable=False),
        sa.Column("recipient", exact(320), nullable=False),
        sa.Column("user_id", user_id()),
        sa.Column("payload", sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("not_before", moment()),
        sa.Column("sent_at", moment()),
        sa.Column("error", sa.String(255)),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
        **BINARY,
    )
    op.create_index("ix_outbox_recipient", "outbox", ["recipient", "kind", "created_at"])
    op.create_index("ix_outbox_not_before", "outbox", ["not_before"])
    op.create_index("ix_outbox_sent_at", "outbox", ["sent_at"])
    op.add_column("users", sa.Column("tickets_void_at", moment()))
    op.add_column("users", sa.Column("unconfirmed_since", moment()))


def downgrade() -> None:
    """Whoever waits for their address to be confirmed must not be let in by a release that does not ask."""
    shut = "UPDATE users SET is_active = :no, deactivated_at = unconfirmed_since WHERE unconfirmed_since IS NOT NULL"
    op.execute(sa.text(shut).bindparams(no=False))
    op.drop_column("users", "unconfirmed_since")
    op.drop_column("users", "tickets_void_at")
    op.drop_table("outbox")
