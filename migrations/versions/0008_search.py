"""Indexes with which a page of a million accounts is found, each database having its own kinds."""

import logging

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

log = logging.getLogger("alembic.lictor")

#: Letters and digits of names and addresses, three by three. Whoever owns a database may add this extension to it.
TRIGRAMS = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_users_text ON users USING gin ((username_key || E'\\n' || coalesce(email_key, '')) gin_trgm_ops)",
]
POSTGRESQL = [
    "CREATE INDEX ix_users_roles ON users USING gin (regexp_split_to_array(btrim(roles), ' *, *'))",
    # A list is read from its index alone as long as what was written lately has been vacuumed.
    "ALTER TABLE users SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01,"
    " autovacuum_analyze_scale_factor = 0.02)",
    "ANALYZE users",
]
#: How each database spells what the models ask for: only an index of the same spelling is used.
IS_DISABLED = {"sqlite": "is_active = 0", "postgresql": "NOT is_active"}


def upgrade() -> None:
    op.create_index("ix_users_list", "users", ["username_key", "email_key", "is_active", "id"])
    dialect = op.get_bind().dialect.name
    if dialect in IS_DISABLED:
        op.execute(f"CREATE INDEX ix_users_disabled ON users (username_key) WHERE {IS_DISABLED[dialect]}")
        op.execute(f"CREATE INDEX ix_users_disabled_id ON users (id) WHERE {IS_DISABLED[dialect]}")
    if dialect == "postgresql":
        try:
            with op.get_bind().begin_nested():
                run(TRIGRAMS)
        except sa.exc.DBAPIError:
            log.warning("pg_trgm cannot be added to this database; searching a great many accounts will be slow")
        run(POSTGRESQL)


def run(statements: list[str]) -> None:
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_users_list", "users")
    dialect = op.get_bind().dialect.name
    if dialect in IS_DISABLED:
        run(["DROP INDEX ix_users_disabled", "DROP INDEX ix_users_disabled_id"])
    if dialect == "postgresql":
        run(["DROP INDEX IF EXISTS ix_users_text", "DROP INDEX ix_users_roles"])
        op.execute(
            "ALTER TABLE users RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor,"
            " autovacuum_analyze_scale_factor)"
        )
