"""The catalogue of roles: the two that ship, and those that adopted accounts hold already."""

import re
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from migrations.columns import exact, moment

revision = "0002"
down_revision = "0001"

NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")
SHIPPED = {
    "admin": {"description": "Assigns roles and manages accounts", "is_default": False, "is_protected": True},
    "user": {"description": "Everyone who registers", "is_default": True, "is_protected": True},
}


def upgrade() -> None:
    roles = op.create_table(
        "roles",
        sa.Column("name", exact(64), nullable=False),
        sa.Column("description", sa.String(255), nullable=False, server_default=""),
        sa.Column("is_default", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_protected", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_roles"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    adopted = {"description": "", "is_default": False, "is_protected": False}
    found = dict.fromkeys(sorted(held()), adopted) | SHIPPED
    at = datetime.now(UTC)
    op.bulk_insert(roles, [{"name": name, "created_at": at} | facts for name, facts in found.items()])


def held() -> set[str]:
    """The names in the `roles` column; what can be no role is left where it is, and counts for nothing."""
    texts = op.get_bind().execute(sa.text("SELECT roles FROM users")).scalars()
    return {name.strip(" ") for text in texts for name in text.split(",") if NAME.match(name.strip(" "))}


def downgrade() -> None:
    op.drop_table("roles")
