"""Two workers, a mail server that goes away, and a worker that dies: every letter arrives, and each is one letter."""

import os
import signal
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models import User, db
from tests.factories import PASSWORD
from tests.servers.conftest import Server, at_once, serving

#: How many register, and for how many seconds the mail server is away; a longer run sets them higher.
REGISTRATIONS = int(os.environ.get("TEST_REGISTRATIONS", "45"))
OUTAGE = float(os.environ.get("TEST_OUTAGE", "3"))
#: Seconds in which the last letter arrives: the lease of a worker that died, the longest waits, and some more.
PATIENCE = 180


@pytest.fixture(scope="module")
def sending(tmp_path_factory, mail_server):
    """A server that confirms addresses, and its mail."""
    settings = {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(mail_server.port),
        "MAIL_DEFAULT_SENDER": "Example <no-reply@example.com>",
    }
    with serving(tmp_path_factory.mktemp("mail"), **settings) as server:
        server.app.config.update(settings, MAIL_BACKEND="smtp", MAIL_PORT=mail_server.port)
        yield server


@pytest.fixture
def mail(mail_server):
    mail_server.forget()
    yield mail_server
    mail_server.forget()


def test_no_letter_is_lost_and_none_is_another(sending, mail):
    names = [f"person{number}" for number in range(REGISTRATIONS)]
    third = len(names) // 3
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda name: register(sending, name), names[:third]))
        mail.stop()
        gone = time.monotonic()
        list(clients.map(lambda name: register(sending, name), names[third : 2 * third]))
        rest = [clients.submit(register, sending, name) for name in names[2 * third :]]
        kill_a_worker(sending)
        for each in rest:
            each.result()
    while time.monotonic() < gone + OUTAGE:
        time.sleep(0.1)
    mail.start()
    wait_until(lambda: {letter.to for letter in [*mail.letters]} >= {address(name) for name in names})

    with sending.app.app_context():
        assert db.session.scalar(db.select(db.func.count(User.id))) == len(names)
    ids = defaultdict(set)
    for letter in mail.letters:
        ids[letter.to].add((letter.id, letter.link))
    assert {len(same) for same in ids.values()} == {1}, "a letter that comes twice is the same letter"
    assert len(ids) == len(names)


def test_many_workers_send_each_letter_once(sending, mail):
    names = [f"another{number}" for number in range(30)]
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda name: register(sending, name), names))
    drains = [lambda: sending.app.test_cli_runner().invoke(args=["mail", "send"]) for _ in range(2)]
    at_once(*drains)
    wait_until(lambda: len(mail.letters) >= len(names))

    assert sorted(letter.to for letter in mail.letters) == sorted(address(name) for name in names)


def test_of_twenty_who_redeem_a_confirmation_at_once_one_does(sending, mail):
    for number in range(3):
        name = f"racer{number}"
        register(sending, name)
        wait_until(lambda name=name: mail.to(address(name)))
        (letter,) = mail.to(address(name))
        answers = at_once(*[lambda letter=letter: sending("GET", "/api/finalize", token=letter.token)] * 20)

        assert sorted(answer.status for answer in answers) == [200] + [409] * 19


def test_of_many_who_ask_at_once_for_one_mailbox_at_most_three_letters_come(sending, mail):
    register(sending, "flooded")
    wait_until(lambda: mail.to(address("flooded")))
    at_once(*[lambda: sending("POST", "/api/reset", {"email": address("flooded")})] * 20)
    register(sending, "after")
    wait_until(lambda: mail.to(address("after")) and not waiting(sending))

    resets = [letter for letter in mail.to(address("flooded")) if "reset" in letter.link]
    assert 1 <= len(resets) <= 3
    answers = [redeem(sending, letter.token).status for letter in resets]
    assert sorted(answers) == [200, 409, 409][: len(resets)], "the newest one alone is good"


def redeem(server: Server, token: str):
    return server("POST", "/api/reset_finalize", {"password": "another lantern"}, token=token)


def address(name: str) -> str:
    return f"{name}@example.com"


def register(server: Server, name: str) -> None:
    """Register, and once more where the worker died over it."""
    body = {"username": name, "password": PASSWORD, "email": address(name)}
    for _ in range(20):
        try:
            answer = server("POST", "/api/registration", body)
        except OSError:
            continue
        if answer.status in (201, 409):
            return
    raise AssertionError(f"{name} could not register")


def kill_a_worker(server: Server) -> None:
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    os.kill(int(workers[0]), signal.SIGKILL)


def waiting(server: Server) -> int:
    ((count,),) = server.sql("select count(*) from outbox where not_before is not null")
    return int(count)


def wait_until(is_so) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, "the letters did not come in time"
        time.sleep(0.1)
