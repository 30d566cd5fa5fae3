"""`flask mail` and `flask doctor`."""

import socket
from datetime import timedelta

import pytest

from models import now
from tests.factories import make_user

ADDRESS = "ada@example.com"


@pytest.fixture
def due(app, client, post):
    """One letter is due, to Ada."""
    with app.app_context():
        ada = make_user("ada", roles="admin", email=ADDRESS)
    client.post("/api/reset", json={"email": ADDRESS})
    return ada


def test_what_is_due_is_sent_once(run, due, post):
    first, second = run("mail", "send"), run("mail", "send")

    assert (first.exit_code, first.stdout) == (0, "1 sent, 0 failed, 0 waiting.\n")
    assert (second.exit_code, second.stdout) == (0, "0 sent, 0 failed, 0 waiting.\n")
    assert len(post.server.letters) == 1


def test_a_server_that_takes_nothing_is_told(app, run, due, monkeypatch, closed_port):
    monkeypatch.setitem(app.config, "MAIL_PORT", closed_port)
    result = run("mail", "send")

    assert (result.exit_code, result.stdout) == (1, "0 sent, 0 failed, 1 waiting.\n")
    assert "The mail server took nothing" in result.stderr and ADDRESS not in result.output


def test_without_mail_nothing_can_be_sent(app, refusal, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "")

    assert "MAIL_SERVER is missing" in refusal("mail", "send")


def test_what_waits_is_listed_without_the_address(run, due, post):
    assert run("mail", "list").stdout.split("\t")[1:4] == ["reset", "-", "0"]
    post.server.on_recipient = lambda _: "550 no such user ada@example.com"
    run("mail", "send")
    line = run("mail", "list").stdout

    assert line.split("\t")[1:4] == ["reset", str(due), "1"]
    assert line.endswith("\trecipient refused with 550\n") and "@" not in line


def test_of_what_was_sent_nothing_is_listed(run, due):
    run("mail", "send")

    assert run("mail", "list").stdout == ""


def test_a_house_in_order_is_told_so(run, due, post):
    result = run("doctor")

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "database: ok",
        "migrations: ok",
        "outbox: ok",
        "administrators: ok, 1",
        "mail: ok, smtp",
        "letters: 1 waiting, 0 given up; flask mail list shows them",
    ]


def test_a_house_without_an_administrator_is_told_what_to_do(run, post):
    result = run("doctor")

    assert result.exit_code == 1
    assert "administrators: none; run: flask users create NAME --role admin" in result.stdout


@pytest.mark.parametrize("name", ["closed", "no-such-host.invalid", "a..b"])
def test_a_mail_server_that_is_not_there_is_told(app, run, due, monkeypatch, closed_port, name):
    monkeypatch.setitem(app.config, "MAIL_PORT", closed_port)
    if name != "closed":
        monkeypatch.setitem(app.config, "MAIL_SERVER", name)
    result = run("doctor")

    assert result.exit_code == 1
    assert f"mail: {app.config['MAIL_SERVER']} does not take letters: " in result.stdout


def test_mail_that_is_off_is_no_fault(app, run, due, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "")
    result = run("doctor")

    assert (result.exit_code, "mail: ok, off" in result.stdout) == (0, True)


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_who_never_confirmed_makes_room(client, app, run, clock, post):
    body = {"username": "una", "password": "a lantern in the harbour", "email": "una@example.com"}
    assert client.post("/api/registration", json=body).status_code == 201
    with app.app_context():
        make_user("old", email="old@example.com", created_at=now() - timedelta(days=900))
    clock.shift(30 * 24 * 3600 - 1)
    assert run("users", "delete-unconfirmed").stdout == "0 accounts are deleted.\n"
    clock.shift(2)
    assert run("users", "delete-unconfirmed").stdout == "1 accounts are deleted.\n"
    post.sent()

    assert client.post("/api/registration", json=body).status_code == 201
    assert [letter.subject for letter in post.sent()] == ["Confirm your e-mail address"]
    assert client.post("/api/login", json={"username": "old", "password": body["password"]}).status_code == 200
