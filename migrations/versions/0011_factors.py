"""Second factors; and roles that count only in a session that has one. No role demands one yet."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import BINARY, exact, moment, user_id

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("users", sa.Column("factors", exact(32), nullable=False, server_default=""))
    op.add_column("roles", sa.Column("requires_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("tickets", sa.Column("waits", exact(32)))
    op.create_table(
        "totps",
        sa.Column("user_id", user_id(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("confirmed_at", moment()),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _owner("totps"),
        sa.PrimaryKeyConstraint("user_id", name="pk_totps"),
        **BINARY,
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", user_id(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("credential_hash", exact(64), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("last_used_at", moment()),
        _owner("passkeys"),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("credential_hash", name="uq_passkeys_credential_hash"),
        sqlite_autoincrement=True,
        **BINARY,
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", user_id(), nullable=False),
        sa.Column("code_hash", exact(64), nullable=False),
        sa.Column("used_at", moment()),
        _owner("recovery_codes"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sqlite_autoincrement=True,
        **BINARY,
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])


def downgrade() -> None:
    """Whoever has a second factor must not be let in by a release that does not ask for it: they are disabled."""
    op.execute(
        "UPDATE login_sessions SET ended_at = CURRENT_TIMESTAMP, ended_because = 'revoked' WHERE user_id IN"
        " (SELECT id FROM users WHERE factors <> '') AND ended_at IS NULL"
    )
    shut = "UPDATE users SET is_active = :no, deactivated_at = CURRENT_TIMESTAMP WHERE factors <> '' AND is_active"
    op.execute(sa.text(shut).bindparams(no=False))
    for table in ("recovery_codes", "passkeys", "totps"):
        op.drop_table(table)
    op.execute("DELETE FROM tickets WHERE waits IS NOT NULL")
    op.drop_column("tickets", "waits")
    op.drop_column("roles", "requires_factor")
    op.drop_column("users", "factors")


def _owner(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_user_id_users"
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=name, ondelete="CASCADE")
