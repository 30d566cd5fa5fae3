"""Runs the migrations on the database of the app at hand, one host at a time."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, inspect, text

from migrations.columns import OF_ONE_DATABASE

#: Any number that no other program takes for its advisory lock.
LOCK = 7_101_946

database = current_app.extensions["migrate"].db


def run(connection: Connection) -> None:
    """Migrate in one transaction where the database can take back a change of tables."""
    used = last_ids(connection)
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        render_as_batch=True,
        include_name=lambda name, kind, _: kind != "index" or name not in OF_ONE_DATABASE,
        compare_type=True,
        transactional_ddl=connection.dialect.name != "mysql",
    )
    with context.begin_transaction():
        context.run_migrations()
    for table, last in used.items():
        if inspect(connection).has_table(table) and last > last_ids(connection).get(table, 0):
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
            connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), {"name": table, "last": last})


def last_ids(connection: Connection) -> dict[str, int]:
    """The last id that each table gave out. SQLite forgets it where a table is rebuilt; ids are never reused."""
    if connection.dialect.name != "sqlite" or not inspect(connection).has_table("sqlite_sequence"):
        return {}
    return dict(connection.execute(text("SELECT name, seq FROM sqlite_sequence")).all())


def prepare(connection: Connection) -> None:
    """Wait until no other host migrates; the lock is gone with the connection. SQLite has one writer anyway."""
    if connection.dialect.name == "sqlite":
        # A table is rebuilt by dropping the old one, which must not take the rows with it that refer to it.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
    elif connection.dialect.name == "postgresql":
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
    else:
        connection.connection.driver_connection._read_timeout = None  # A large table takes its time.
        # These locks are the server's, and it may have several databases.
        if connection.scalar(text("SELECT GET_LOCK(CONCAT('lictor ', SHA1(DATABASE())), 60)")) != 1:
            raise SystemExit("lictor: another host has been migrating this database for a minute; try again later")


with database.engine.connect() as connection:
    try:
        prepare(connection)
        run(connection)
        connection.commit()
    finally:
        # Also where a migration fails: a connection that goes back to the pool would keep the lock.
        connection.invalidate()
