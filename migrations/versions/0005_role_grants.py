"""Borrowed roles: a role from one second to another."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import BINARY, exact, moment, user_id

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "role_grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", user_id(), nullable=False),
        sa.Column("role", exact(64), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", moment(), nullable=False),
        sa.Column("actor", exact(16), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_role_grants"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], "fk_role_grants_user_id_users", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role"], ["roles.name"], "fk_role_grants_role_roles"),
        sa.UniqueConstraint("user_id", "role", name="uq_role_grants_user_id"),
        sqlite_autoincrement=True,
        **BINARY,
    )
    op.create_index("ix_role_grants_role", "role_grants", ["role", "expires_at"])
    op.create_index("ix_role_grants_expires_at", "role_grants", ["expires_at", "id"])
    op.add_column("users", sa.Column("borrows_until", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("users", table_kwargs={"sqlite_autoincrement": True}) as users:
        users.drop_column("borrows_until")
    op.drop_table("role_grants")
