"""Limits over four workers: the eleventh failure is refused, not the forty-first; with and without a Redis."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.factories import PASSWORD
from tests.servers.conftest import at_once, free_port, serving, until

WRONG = "not this one"
#: More than there are threads to serve them, so that many have a try at the same moment.
MANY = 40
FOUR = {"WEB_CONCURRENCY": "4"}


@pytest.fixture(scope="module", params=["database", "redis"])
def running(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("throttle")
    if request.param == "database":
        with serving(folder, **FOUR) as server:
            yield server
    else:
        with redis(folder) as (url, _), serving(folder, REDIS_URL=url, **FOUR) as server:
            yield server


@pytest.fixture
def ada(server):
    """A name that no test before has used: what a Redis counts is not emptied with the database."""
    name = f"ada{server.sql('SELECT count(*) FROM audit_events')[0][0]}x{next(_numbers)}"
    server.add(name, email=f"{name}@example.com")
    return name


_numbers = iter(range(1000))


def guess(server, login, number=0, password=WRONG, **body):
    """Try to sign in, each time from another address."""
    given = {"username": login, "password": password} | body
    return asked(server, given, f"198.51.100.{number}")


def asked(server, given, address):
    return server("POST", "/api/login", given, **{"X-Forwarded-For": address}).status


def test_of_many_who_guess_at_the_same_moment_ten_have_a_try(server, ada):
    answers = at_once(*[partial(guess, server, ada, number) for number in range(MANY)])

    assert sorted(answers) == [401] * 10 + [429] * (MANY - 10)
    assert guess(server, ada, 200, PASSWORD) == 429


def test_of_many_spellings_at_the_same_moment_ten_have_a_try(server, ada):
    spellings = [ada, ada.upper(), ada.title(), f"{ada}@example.com", f"{ada}@EXAMPLE.com".upper()]
    answers = at_once(*[partial(guess, server, spellings[n % 5], n) for n in range(MANY)])

    assert sorted(answers) == [401] * 10 + [429] * (MANY - 10)


def test_what_a_client_adds_to_the_header_makes_no_other_address(server):
    def forged(number):
        return asked(server, {"username": f"nobody{number}", "password": WRONG}, f"203.0.113.{number}, 192.0.2.77")

    assert sorted(at_once(*[partial(forged, number) for number in range(60)])) == [401] * 50 + [429] * 10


def test_a_known_device_is_let_in_while_the_account_is_under_attack(server, ada):
    header = {"X-Forwarded-For": "192.0.2.5"}
    given = {"username": ada, "password": PASSWORD, "refresh": "token"}
    device = server("POST", "/api/login", given, **header).json["device"]
    at_once(*[partial(guess, server, ada, number) for number in range(20)])

    assert guess(server, ada, 201, PASSWORD) == 429
    assert guess(server, ada, 201, PASSWORD, device=device) == 200


def test_where_the_redis_dies_the_database_goes_on_from_there(tmp_path):
    with redis(tmp_path) as (url, process), serving(tmp_path, REDIS_URL=url, **FOUR) as server:
        server.add("ada")
        assert [guess(server, "ada", number) for number in range(6)] == [401] * 6
        process.kill()
        process.wait()

        assert [guess(server, "ada", number) for number in range(6, 12)] == [401] * 4 + [429] * 2
        assert server("GET", "/api/ready").json["checks"]["redis"] == "ok: no answer, so the database counts"
        assert "Redis gives no answer, so the database counts" in (tmp_path / "errors.log").read_text()


@contextmanager
def redis(folder) -> Iterator[tuple[str, subprocess.Popen]]:
    """A Redis of its own, which may be killed."""
    found, port = shutil.which("redis-server"), free_port()
    assert found, "There is no Redis, which these tests start one of: apt-get install redis-server"
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([found, *options], stdout=subprocess.DEVNULL)
    try:
        until(port)
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.kill()
        process.wait()
