"""The kinds of column that differ from database to database, as migrations write them."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql


def moment() -> sa.types.TypeEngine:
    """A point in time, to the microsecond."""
    precise = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
    return precise.with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def exact(length: int) -> sa.types.TypeEngine:
    """Text that is compared and sorted byte by byte."""
    binary = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    plain = postgresql.VARCHAR(length, collation="C")
    return sa.String(length).with_variant(binary, "mysql").with_variant(plain, "postgresql")
