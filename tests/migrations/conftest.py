"""Databases of the original app, before and after the migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from werkzeug.test import TestResponse

from api import create_app
from commands import open_migrations
from models import db
from tests.conftest import CHEAP_HASHING, settings
from tests.databases import fresh_database
from tests.factories import PASSWORD
from tests.migrations.original import ALL, FIRST, FORMS, LATER, contents, make_original

FIRST_VERSIONS = [(next(iter(FORMS)), False)]
LATER_VERSIONS = [(form, True) for form in FORMS]


@dataclass
class Database:
    """A database of one's own, and the app on it."""

    app: APIFlask
    #: The columns that the original app made; none where there was no original app.
    columns: tuple[str, ...] = ()
    #: What they held before, and right after the migrations.
    before: list[dict[str, Any]] = field(default_factory=list)
    after: list[dict[str, Any]] = field(default_factory=list)

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client(use_cookies=False)

    def up(self) -> None:
        with self.app.app_context():
            upgrade()

    def down(self) -> None:
        with self.app.app_context():
            downgrade(revision="base")

    def contents(self) -> list[dict[str, Any]]:
        with self.app.app_context(), db.engine.connect() as connection:
            return contents(connection, self.columns)

    def execute(self, statement: str, **values: Any) -> Any:
        """Run one statement by hand, as an operator does, and return its first value if it has any."""
        with self.app.app_context(), db.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return result.scalar() if result.returns_rows else None

    def login(self, login: str, password: str = PASSWORD) -> TestResponse:
        return self.client.post("/api/login", json={"username": login, "password": password})


@pytest.fixture(scope="module", params=FIRST_VERSIONS + LATER_VERSIONS, ids=str)
def version(request: pytest.FixtureRequest) -> tuple[str, bool]:
    """A form of the table, and whether it is of the later version of the original app."""
    return request.param


@pytest.fixture(scope="module")
def adopted(version: tuple[str, bool], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database of the original app, migrated; the tests share it."""
    with original_database(tmp_path_factory.mktemp("original"), *version) as database:
        database.up()
        database.after = database.contents()
        yield database


@pytest.fixture
def original(version: tuple[str, bool], tmp_path: Path) -> Iterator[Database]:
    """A database of the original app, not migrated yet."""
    with original_database(tmp_path, *version) as database:
        yield database


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """A database in which there is nothing."""
    with empty_database(tmp_path) as database:
        yield database


@contextmanager
def original_database(folder: Path, form: str, later: bool) -> Iterator[Database]:
    with empty_database(folder) as database:
        database.columns = LATER if later else FIRST
        with database.app.app_context(), db.engine.connect() as connection:
            make_original(connection, form, later=later)
        database.before = database.contents()
        assert len(database.before) == len(ALL)
        yield database


@contextmanager
def empty_database(folder: Path) -> Iterator[Database]:
    with fresh_database(folder) as url:
        app = create_app(settings(database_url=url), TESTING=True, HASH_PARAMETERS=CHEAP_HASHING)
        open_migrations(app)
        yield Database(app)
        with app.app_context():
            db.engine.dispose()
