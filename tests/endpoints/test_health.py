"""Is it there, does it live, is it ready."""

import socket

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from api import VERSION
from models import db
from tests.databases import REDIS
from tests.endpoints.shape import assert_refused


@pytest.fixture
def ready(client):
    """What the server says of itself: the status of the answer, and its checks."""

    def asked():
        response = client.get("/api/ready")
        if response.status_code == 200:
            assert response.json["status"] == "ready"
        else:
            assert_refused(response, 503, "not_ready")
        return response.status_code, response.json["checks"]

    return asked


@pytest.fixture
def at_migration(app):
    """Say that the database is at some migration, until the test is over."""

    def said(number):
        with app.app_context():
            db.session.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": number})
            db.session.commit()

    with app.app_context():
        newest = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    yield said
    said(newest)


@pytest.fixture
def closed_port():
    """A port on which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize("path", ["/api", "/api/"])
def test_both_spellings_say_that_the_server_is_running(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert response.json == {"JWT Server Application": "Running!", "name": "Lictor", "version": VERSION}


def test_a_process_that_lives_says_so_whatever_happens_to_the_database(client, monkeypatch):
    monkeypatch.setattr("glances._glances", _gone)

    assert client.get("/api/health").json == {"status": "ok"}


def test_a_server_with_everything_is_ready(ready):
    assert ready() == (200, {"database": "ok", "migrations": "ok", "outbox": "ok"})


@pytest.mark.parametrize("number", ["0001", ""])
def test_a_server_is_not_ready_at_an_older_migration(ready, at_migration, number):
    at_migration(number)

    assert ready() == (503, {"database": "ok", "migrations": "run: flask db upgrade"})


def test_a_release_that_is_being_replaced_goes_on_serving(ready, at_migration):
    at_migration("9999")

    assert ready() == (200, {"database": "ok", "migrations": "ok", "outbox": "ok"})


def test_a_server_without_its_database_is_not_ready(ready, monkeypatch):
    monkeypatch.setattr("glances._glances", _gone)

    assert ready() == (503, {"database": "no answer", "migrations": "unknown"})


def test_a_server_with_its_redis_is_ready(app, ready, monkeypatch):
    monkeypatch.setitem(app.config, "REDIS_URL", REDIS)

    assert ready() == (200, {"database": "ok", "migrations": "ok", "outbox": "ok", "redis": "ok"})


def test_a_server_without_its_redis_is_ready_and_says_so(app, ready, monkeypatch, closed_port):
    monkeypatch.setitem(app.config, "REDIS_URL", f"redis://127.0.0.1:{closed_port}/0")

    told = {"database": "ok", "migrations": "ok", "outbox": "ok", "redis": "ok: no answer, so the database counts"}
    assert ready() == (200, told)


@pytest.mark.parametrize("url", ["nonsense", "redis://127.0.0.1:port/0", "http://127.0.0.1/"])
def test_a_redis_that_has_no_address_gives_no_answer(app, ready, monkeypatch, url):
    monkeypatch.setitem(app.config, "REDIS_URL", url)

    assert ready()[1]["redis"].startswith("ok: no answer")


def test_the_redis_of_the_tests_is_asked_and_not_only_named(app, ready, monkeypatch):
    monkeypatch.setitem(app.config, "REDIS_URL", REDIS.replace("redis://", "redis://nobody:wrong-password@"))

    assert ready()[1]["redis"].startswith("ok: no answer")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/health", "/api/ready", "/api/openapi.json", "/api/docs"])
def test_whoever_watches_may_ask_for_the_head_alone(client, path):
    response = client.head(path, buffered=True)

    assert (response.status_code, response.data) == (200, b"")


def _gone(*_):
    raise OperationalError("SELECT 1", {}, Exception("no such server"))
