"""The kinds of column that differ from database to database, as migrations write them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

#: Indexes that not every database has, and each in its own form: no model tells of them.
OF_ONE_DATABASE = {"ix_users_text", "ix_users_roles", "ix_users_disabled", "ix_users_disabled_id"}
BINARY = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def moment() -> sa.types.TypeEngine:
    """A point in time, to the microsecond."""
    precise = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
    return precise.with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def exact(length: int) -> sa.types.TypeEngine:
    """Text that is compared and sorted byte by byte."""
    binary = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    plain = postgresql.VARCHAR(length, collation="C")
    return sa.String(length).with_variant(binary, "mysql").with_variant(plain, "postgresql")


def user_id() -> sa.types.TypeEngine:
    """The kind of number that counts users, which a reference to them must share; an adopted table may have another."""
    users = {column["name"]: column["type"] for column in sa.inspect(op.get_bind()).get_columns("users")}
    return sa.Integer() if op.get_bind().dialect.name == "sqlite" else users["id"]
