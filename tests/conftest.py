"""The app under test: a real database, built by the migrations, and emptied after each test.

`TEST_DATABASE` says which one: sqlite, postgresql or mariadb. `make test` runs the suite once for each.
"""

import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

# What `import api` reads must not be the settings of whoever runs the tests.
os.environ.update(
    APP_ENV="development",
    SECRET_KEY="the key of the tests, longer than thirty-two bytes",
    DATABASE_URL=f"sqlite:///{tempfile.gettempdir()}/lictor-unused.db",
)

import pytest
import time_machine
from apiflask import APIFlask
from flask import has_request_context, request
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import delete, event, update
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from api import create_app
from auth.chain import GENESIS
from commands import open_migrations
from config import Settings
from models import AuditChain, AuditEvent, Counter, Letter, LoginSession, Role, RoleGrant, Ticket, User, db
from tests.databases import fresh_database
from tests.factories import Person, make_role, make_user, sign_in
from tests.mailserver import Letter as Arrived
from tests.mailserver import MailServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ORIGIN = "https://app.example.com"
#: The roles that there always are, and what they are for.
SHIPPED = {"admin": "Assigns roles and manages accounts", "user": "Everyone who registers"}
CHEAP_HASHING = {"memory_kib": 8, "passes": 1}


def settings(**given: object) -> Settings:
    """Settings for a test, from nothing but the arguments and harmless defaults."""
    harmless = {"secret_key": os.environ["SECRET_KEY"], "cors_origins": [ORIGIN], "log_level": "ERROR"}
    return Settings(_env_file=None, **harmless | given)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fresh_database(tmp_path_factory.mktemp("database")) as url:
        yield url


@contextmanager
def migrated_app(database_url: str, **overrides: object) -> Iterator[APIFlask]:
    """An app on this database, built by the migrations; its connections are closed at the end."""
    app = create_app(settings(database_url=database_url), HASH_PARAMETERS=CHEAP_HASHING, **overrides)
    open_migrations(app)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


def leave_nobody() -> None:
    """Remove everyone, the roles that were made, and what is on record; the chain begins anew."""
    for table in (AuditEvent, Letter, Ticket, RoleGrant, LoginSession, User, Counter):
        db.session.execute(delete(table))
    db.session.execute(delete(Role).where(Role.is_protected.is_(False)))
    for name, description in SHIPPED.items():
        db.session.execute(update(Role).where(Role.name == name).values(requires_factor=False, description=description))
    db.session.execute(update(AuditChain).values(sequence=0, hash=GENESIS))
    db.session.commit()


@pytest.fixture(scope="session")
def built_app(database_url: str) -> Iterator[APIFlask]:
    with migrated_app(database_url, TESTING=True) as app:
        yield app


@event.listens_for(Pool, "checkout")
def _one_at_a_time(driver: object, record: object, fairy: object) -> None:
    """A request that holds a connection and waits for another one waits, where many do so, for itself."""
    if has_request_context():
        held = request.environ.setdefault("connections_held", set())
        held.add(id(record))
        assert len(held) == 1, "this request holds a connection of the pool, and takes another one"


@event.listens_for(Pool, "checkin")
def _given_back(driver: object, record: object) -> None:
    if has_request_context():
        request.environ.get("connections_held", set()).discard(id(record))


@pytest.fixture
def app(built_app: APIFlask) -> Iterator[APIFlask]:
    yield built_app
    with built_app.app_context():
        leave_nobody()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.fixture
def browser(app: APIFlask) -> FlaskClient:
    """A client that keeps cookies, as browsers do."""
    return app.test_client()


@pytest.fixture
def as_user(client: FlaskClient) -> Callable[..., Person]:
    """Make a user with these roles, and sign them in."""

    def made(username: str = "ada", roles: str = "user", **over: object) -> Person:
        with client.application.app_context():
            make_user(username, roles=roles, **over)
        return sign_in(client, username)

    return made


@pytest.fixture
def root(as_user: Callable[..., Person]) -> Person:
    return as_user("root", roles="admin,user")


@pytest.fixture
def make(app: APIFlask) -> Callable[..., int]:
    """Put someone into the database, and the role editor into the catalogue; return their id."""

    def made(name: str, roles: str = "user", **over: object) -> int:
        with app.app_context():
            make_role("editor")
            return make_user(name, roles=roles, **over)

    return made


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock, stopped, in the hand of the test: `clock.shift(60)`."""
    with time_machine.travel(time.time(), tick=False) as held:
        yield held


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


class Post:
    """The mail of the app under test: what is due is sent when a test says so, to a real server."""

    def __init__(self, app: APIFlask, server: MailServer) -> None:
        self._app, self.server = app, server

    def sent(self) -> list[Arrived]:
        """Send what is due, and return what has arrived."""
        self.send()
        arrived, self.server.letters = self.server.letters, []
        return arrived

    def send(self, *words: str) -> str:
        """Type `flask mail send`, and return what it says."""
        result = self._app.test_cli_runner().invoke(args=["mail", "send", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.output

    def one(self, to: str = "ada@example.com") -> Arrived:
        """The one letter that is due."""
        (letter,) = self.sent()
        assert letter.to == letter.message["To"] == to
        return letter


@pytest.fixture
def post(app: APIFlask, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Let addresses be confirmed, and letters go to the mail server of the tests."""
    mail_server.forget()
    given = {"MAIL_BACKEND": "smtp", "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": mail_server.port, "MAIL_USE_TLS": False}
    given |= {"EMAIL_CONFIRMATION": True, "MAIL_DEFAULT_SENDER": "Example <no-reply@example.com>"}
    for name, value in given.items():
        monkeypatch.setitem(app.config, name, value)
    return Post(app, mail_server)


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """Chromium, of which there is one: a second one cannot be driven from the same thread."""
    from tests.browser.chromium import launched

    with launched() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine is there."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> object:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", local_only)


@event.listens_for(Engine, "connect")
def _forget_about_power_cuts(connection: object, record: object) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]
