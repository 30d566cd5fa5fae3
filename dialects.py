"""What differs between SQLite, PostgreSQL and MariaDB: kinds of column, how to connect, and when to lock."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, DateTime, String, Text, TypeDecorator, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

BINARY_COLLATION = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}

#: True while a request that only reads is served; SQLite then leaves its one write lock to others.
only_reads: ContextVar[bool] = ContextVar("only_reads", default=False)


class Moment(TypeDecorator[datetime]):
    """A point in time to the microsecond: aware UTC in Python, UTC in every database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name != "mysql":
            return dialect.type_descriptor(DateTime(timezone=True))
        from sqlalchemy.dialects import mysql  # A megabyte, which a worker on another database does not pay.

        return dialect.type_descriptor(mysql.DATETIME(fsp=6))

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class exact(TypeDecorator[str]):
    """Text that is compared and sorted byte by byte, so equality is the same on all three databases."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        plain: Any = self.impl_instance
        if dialect.name == "mysql":
            from sqlalchemy.dialects import mysql

            return dialect.type_descriptor(mysql.VARCHAR(plain.length, charset="utf8mb4", collation="utf8mb4_bin"))
        return dialect.type_descriptor(String(plain.length, collation="C" if dialect.name == "postgresql" else None))


class LongText(TypeDecorator[str]):
    """Text without end, which to MariaDB has 64 KiB where nothing else is said."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name != "mysql":
            return dialect.type_descriptor(Text())
        from sqlalchemy.dialects import mysql

        return dialect.type_descriptor(mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_bin"))


class among(FunctionElement[bool]):
    """The condition that a name is one of those in a comma-separated text, blanks around them aside."""

    type = Boolean()
    inherit_cache = True


@compiles(among, "sqlite")
def _among_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    text, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"lictor_among({text}, {name})"


@compiles(among, "mysql")
def _among_on_mariadb(element: Any, compiler: Any, **options: Any) -> str:
    text, name = (compiler.process(clause, **options) for clause in element.clauses)
    # Byte by byte, whatever collation an adopted table has.
    return f"instr(binary concat(',', regexp_replace(trim({text}), ' *, *', ','), ','), concat(',', {name}, ',')) > 0"


@compiles(among, "postgresql")
def _among_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    text, name = (compiler.process(clause, **options) for clause in element.clauses)
    # The first half is quickly told of a row, the second to the letter what ix_users_roles is an index of.
    return f"(strpos({text}, {name}) > 0 AND regexp_split_to_array(btrim({text}), ' *, *') @> ARRAY[{name}]::text[])"


def _among(text: str, name: str) -> bool:
    return name in (part.strip(" ") for part in text.split(","))


def lock_for_update(statement: Any) -> Any:
    """The same SELECT, holding its rows until the transaction ends and seeing them as they are now."""
    return statement.with_for_update().execution_options(populate_existing=True)


def engine_options(database_url: str, threads: int) -> dict[str, Any]:
    """How to connect: a connection for each of `threads`, two spare ones, and no waiting for ever."""
    url = make_url(database_url)
    name = url.get_backend_name()
    # What overflows is closed after use, and to open one in a flood takes longer than all that is done with it.
    pool = {"pool_size": threads + 2, "max_overflow": 2, "pool_timeout": 10, "hide_parameters": True}
    if name == "sqlite":
        # Its connections cost nothing, and are kept by whoever waits for the one lock there is.
        return pool | {"max_overflow": 20, "connect_args": {"timeout": 15}}
    if name == "postgresql":
        limits = {"statement_timeout": 15000, "lock_timeout": 10000, "idle_in_transaction_session_timeout": 30000}
        options = " ".join(f"-c {name}={value}" for name, value in limits.items())
        # Told at connect and not as isolation_level, which psycopg2 would tell the server again with each glance.
        options += r" -c default_transaction_isolation=read\ committed"
        return pool | {"connect_args": {"connect_timeout": 5, "options": options}}
    return pool | {
        "isolation_level": "READ COMMITTED",
        "pool_recycle": 3600,
        "connect_args": {
            "charset": "utf8mb4",
            "connect_timeout": 5,
            "read_timeout": 20,
            "write_timeout": 20,
            "init_command": "SET innodb_lock_wait_timeout=10, sql_mode=CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')",
        },
    }


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.create_function("lictor_among", 2, _among, deterministic=True)


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Any) -> None:
    """Take SQLite's write lock at once where a transaction may write: a read that upgrades later deadlocks."""
    if connection.dialect.name == "sqlite" and not connection.get_execution_options().get("lictor_glance"):
        connection.exec_driver_sql("BEGIN" if only_reads.get() else "BEGIN IMMEDIATE")
