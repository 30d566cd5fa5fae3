"""Runs the migrations on the database of the app at hand, one host at a time."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

#: Any number that no other program takes for its advisory lock.
LOCK = 7_101_946

database = current_app.extensions["migrate"].db


def run(connection: Connection) -> None:
    """Migrate in one transaction where the database can take back a change of tables."""
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=connection.dialect.name != "mysql",
    )
    with context.begin_transaction():
        context.run_migrations()


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
        connection.execute(text("SELECT GET_LOCK('lictor migrations', 60)"))


with database.engine.connect() as connection:
    prepare(connection)
    run(connection)
    connection.commit()
    connection.invalidate()
