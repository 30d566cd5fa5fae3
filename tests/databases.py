"""A database of one's own on each of the three kinds of server, made and dropped by the tests."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

SERVERS = {
    "postgresql": os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres"),
    "mariadb": os.environ.get("TEST_MARIADB_URL", "mysql+pymysql://root@127.0.0.1:3306/mysql"),
}
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
KIND = os.environ.get("TEST_DATABASE", "sqlite")


@contextmanager
def fresh_database(folder: Path, kind: str = KIND) -> Iterator[str]:
    """The URL of an empty database of the kind that this run is for; it is dropped at the end."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{uuid.uuid4().hex}.db'}"
        return
    name = f"lictor_test_{uuid.uuid4().hex[:12]}"
    charset = " CHARACTER SET utf8mb4" if kind == "mariadb" else ""
    _execute(kind, f"CREATE DATABASE {name}{charset}")
    try:
        yield make_url(SERVERS[kind]).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(kind, f"DROP DATABASE {name}{' WITH (FORCE)' if kind == 'postgresql' else ''}")


def _execute(kind: str, statement: str) -> None:
    engine = create_engine(SERVERS[kind], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
