"""A real server: gunicorn with two workers, on a database of its own."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from auth.errors import Busy
from auth.guard import guard
from models import db
from tests.conftest import ORIGIN, leave_nobody, migrated_app
from tests.databases import fresh_database
from tests.factories import PASSWORD, make_user

ROOT = Path(__file__).parents[2]
START_WITHIN = 30
COOKIE = "lictor_refresh"


@dataclass(frozen=True)
class Answer:
    status: int
    json: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class Server:
    """A server that runs; every request comes over a connection of its own, so either worker may get it."""

    port: int
    #: An app on the same database, which serves nothing: through it a test sees the rows.
    app: APIFlask
    access_log: Path
    #: The process that began the workers.
    pid: int = 0

    def __call__(self, method: str, path: str, body: object = None, token: str = "", **headers: str) -> Answer:
        """Ask, each time from another address; and once more, where too many want a password hashed."""
        headers = {"X-Forwarded-For": str(IPv4Address(random.getrandbits(32)))} | headers
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        while True:
            answer = self._ask(method, path, body, headers)
            if answer.status != 503 or answer.json["message"] != Busy().message:
                return answer

    def _ask(self, method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(
                method, path, None if body is None else json.dumps(body), headers | {"Connection": "close"}
            )
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        return Answer(response.status, json.loads(raw) if raw else None, dict(response.headers))

    def login(self, username: str, **body: object) -> Answer:
        given = {"username": username, "password": PASSWORD} | body
        return self("POST", "/api/login", given, Origin=ORIGIN)

    def sign_in(self, username: str) -> str:
        """Sign in, and return the access token."""
        answer = self.login(username)
        assert answer.status == 200, answer
        token: str = answer.json["access_token"]
        return token

    def protected(self, token: str) -> int:
        return self("GET", "/api/protected", token=token).status

    def add(self, username: str, **over: Any) -> int:
        """Put an account straight into the database."""
        with self.app.app_context():
            return make_user(username, **over)

    def sql(self, statement: str, **values: object) -> Any:
        """Execute one statement, commit, and return the rows."""
        with self.app.app_context():
            result = db.session.execute(text(statement), values)
            rows = result.all() if result.returns_rows else []
            db.session.commit()
            return rows


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each of these calls returns, all of them begun at the same moment."""
    barrier = Barrier(len(calls))

    def begun(call: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(begun, calls))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with serving(folder) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """The server, with nobody in its database."""
    yield running
    with running.app.app_context():
        leave_nobody()


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    """A server of its own, with these settings, in which `{port}` stands for its port."""
    with fresh_database(folder) as url, _ground(url) as app, _gunicorn(url, folder, settings) as (port, pid):
        yield Server(port, app, folder / "access.log", pid)


@contextmanager
def _ground(url: str) -> Iterator[APIFlask]:
    """An app on this database, migrated; the guard, of which there is one, is as it was."""
    kept = dict(vars(guard))
    with migrated_app(url) as app:
        vars(guard).update(kept)
        yield app


@contextmanager
def _gunicorn(url: str, folder: Path, settings: dict[str, str]) -> Iterator[tuple[int, int]]:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "APP_ENV": "development",
        "CORS_ORIGINS": ORIGIN,
        "WEB_CONCURRENCY": "2",
        # Everyone comes from an address of their own, unless they say another one.
        "TRUSTED_PROXIES": "1",
        "PORT": str(port),
        # The least that there is, and less than the leeway: an access token may be refreshed as soon as it is made.
        "ACCESS_TOKEN_SECONDS": "30",
        "LOG_LEVEL": "ERROR",
        "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port} --access-logfile {folder / 'access.log'}"
        " --access-logformat '%(p)s %(r)s'",
    } | {name: value.replace("{port}", str(port)) for name, value in settings.items()}
    with (folder / "errors.log").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "api:app"], cwd=ROOT, env=environment, stderr=errors, stdout=errors
        )
    try:
        _wait_for(port, process, folder / "errors.log")
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def until(port: int) -> None:
    """Wait until something listens there."""
    end = time.monotonic() + START_WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < end, f"nothing listens on port {port}"
            time.sleep(0.05)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/api/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(f"the server did not start:\n{log.read_text()}")
