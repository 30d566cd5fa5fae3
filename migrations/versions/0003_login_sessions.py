"""One row for each sign-in."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import exact, moment, user_id

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "login_sessions",
        sa.Column("id", exact(32), nullable=False),
        sa.Column("user_id", user_id(), nullable=False),
        sa.Column("via", exact(16), nullable=False),
        sa.Column("refresh_count", sa.Integer(), nullable=False),
        sa.Column("refreshed_at", moment(), nullable=False),
        sa.Column("used_count", sa.Integer(), nullable=False),
        sa.Column("refresh_salt", exact(32), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("expires_at", moment(), nullable=False),
        sa.Column("last_seen_at", moment(), nullable=False),
        sa.Column("ended_at", moment()),
        sa.Column("ended_because", exact(32)),
        sa.Column("authenticated_at", moment(), nullable=False),
        sa.Column("factors", exact(64), nullable=False),
        sa.Column("ip", sa.String(45)),
        sa.Column("user_agent", sa.String(255)),
        sa.PrimaryKeyConstraint("id", name="pk_login_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], "fk_login_sessions_user_id_users", ondelete="CASCADE"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index("ix_login_sessions_user_id", "login_sessions", ["user_id"])


def downgrade() -> None:
    op.drop_table("login_sessions")
