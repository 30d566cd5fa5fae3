"""Letters that cannot leave: they wait, are tried again, and are given up loudly; no request waits for them."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread

import pytest

from auth import mail
from auth.guard import guard
from auth.keys import KeyRing
from auth.mail import outbox
from models import Letter, User, db, now
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, bearer

ADDRESS = "ada@example.com"
HOUR = 3600


@pytest.fixture
def asked(client, make, post):
    """One letter is due."""
    ada = make("ada", email=ADDRESS)
    assert client.post("/api/reset", json={"email": ADDRESS}).status_code == 200
    return ada


@pytest.fixture
def row(app):
    """The letter as it is in the outbox now."""

    def found():
        with app.app_context():
            return db.session.scalars(db.select(Letter)).one()

    return found


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


REFUSALS = {
    "a recipient, for now": ("on_recipient", "451 try later", "recipient refused with 451"),
    "a recipient, for good": ("on_recipient", "550 no such user ada@example.com", "recipient refused with 550"),
    "a letter, for now": ("on_letter", "452 full", "letter refused with 452"),
    "a letter, for good": ("on_letter", "554 spam", "letter refused with 554"),
    "everyone, for now": ("on_recipient", "421 going down", "recipient refused with 421"),
}


@pytest.mark.parametrize(("where", "answer", "error"), REFUSALS.values(), ids=REFUSALS)
def test_a_letter_that_is_refused_waits(clock, asked, row, post, caplog, where, answer, error):
    setattr(post.server, where, lambda _: answer)
    with caplog.at_level(logging.WARNING):
        said = post.send()

    assert said.startswith("0 sent, 1 failed, 1 waiting.")
    assert (row().error, row().attempts, row().sent_at, row().user_id) == (error, 1, None, asked)
    assert f"user {asked}" in caplog.text and ADDRESS not in caplog.text and "ltk_" not in caplog.text
    post.server.forget()
    assert post.sent() == [], "it waits for a while"
    clock.shift(6)
    assert post.one().to == ADDRESS
    assert (row().error, row().not_before, row().payload) == (None, None, "{}")


def test_the_waits_grow(clock, register, row, post):
    register(username="una", email="una@example.com")
    post.server.on_recipient = lambda _: "451 try later"
    waits = []
    for _ in range(14):
        post.send()
        waits.append((row().not_before - now()).total_seconds())
        clock.shift(waits[-1] + 1)

    assert all(4 <= wait / 2**number <= 5 for number, wait in enumerate(waits[:9]))
    assert all(2800 <= wait <= HOUR for wait in waits[10:])


def test_a_letter_that_is_refused_for_good_is_given_up_and_can_be_tried_again(clock, register, row, post, ready):
    register(username="una", email="una@example.com")
    post.server.on_recipient = lambda _: "550 no such user"
    for number in range(12):
        assert row().attempts == number
        post.send()
        clock.shift(HOUR)

    assert (row().not_before, row().error) == (None, "recipient refused with 550")
    assert ready() == (200, "ok, 1 given up")
    post.server.forget()
    assert post.sent() == []
    assert post.send("--given-up").startswith("1 sent, 0 failed, 0 waiting.")
    assert ready() == (200, "ok")


def test_a_letter_whose_ticket_expired_before_it_could_leave_gets_a_new_one(clock, client, asked, row, post):
    post.server.on_recipient = lambda _: "451 try later"
    post.send()
    post.server.forget()
    clock.shift(HOUR)

    body = {"password": "another lantern"}
    assert client.post("/api/reset_finalize", json=body, headers=bearer(post.one().token)).status_code == 200


def test_a_letter_that_nobody_needs_any_more_is_no_failure(clock, client, asked, row, post, ready):
    post.server.on_recipient = lambda _: "451 try later"
    post.send()
    post.server.forget()
    client.post("/api/reset", json={"email": ADDRESS})
    (newer,) = post.sent()
    clock.shift(60)

    assert newer.token and post.sent() == [] and ready() == (200, "ok")


def test_a_letter_is_given_up_after_48_hours(clock, client, make, register, post, row):
    register(username="una", email="una@example.com")
    post.server.on_recipient = lambda _: "451 try later"
    for _ in range(48):
        post.send()
        clock.shift(HOUR)
    assert row().not_before is not None
    post.send()
    clock.shift(HOUR)
    post.send()

    assert row().not_before is None


def test_a_server_that_is_down_keeps_every_letter(
    app, clock, client, asked, make, post, ready, monkeypatch, closed_port
):
    make("bea", email="bea@example.com")
    client.post("/api/reset", json={"email": "bea@example.com"})
    monkeypatch.setitem(app.config, "MAIL_PORT", closed_port)
    said = post.send()

    assert said.startswith("0 sent, 0 failed, 2 waiting.") and "The mail server took nothing" in said
    assert client.post("/api/reset", json={"email": ADDRESS}).status_code == 200
    assert ready() == (200, "ok")
    clock.shift(601)
    post.send()
    assert ready() == (503, "the mail server has taken nothing for 10 minutes")
    monkeypatch.setitem(app.config, "MAIL_PORT", post.server.port)
    clock.shift(61)
    # Of the two that Ada asked for, the one whose ticket was issued later has taken the place of the other.
    arrived = [letter.to for letter in post.sent()]
    assert set(arrived) == {ADDRESS, "bea@example.com"} and len(arrived) <= 3
    assert ready() == (200, "ok")


def test_a_recipient_whose_host_refuses_does_not_make_the_server_unready(clock, asked, post, ready):
    post.server.on_recipient = lambda _: "451 try later"
    post.send()
    clock.shift(2 * HOUR)

    assert ready() == (200, "ok")


def test_a_recipient_at_whom_the_server_hangs_up_keeps_nobody_elses_letter(clock, client, asked, make, post, ready):
    make("bea", email="bea@example.com")
    client.post("/api/reset", json={"email": "bea@example.com"})
    post.server.on_recipient = lambda address: "421 bye" if address == ADDRESS else "250 OK"

    assert [letter.to for letter in post.sent()] == ["bea@example.com"]
    clock.shift(700)
    post.send()
    assert ready() == (200, "ok")


def test_a_sender_who_is_not_welcome_is_the_servers_affair(client, asked, row, post, ready, clock):
    post.server.on_sender = "550 who are you"

    assert "The mail server took nothing" in post.send()
    assert row().error == "server: sender refused with 550"
    clock.shift(700)
    assert ready()[0] == 503


def test_a_server_that_takes_one_letter_over_a_connection_gets_the_next_over_another(client, asked, make, post):
    for name in ("bea", "cyd", "dan"):
        make(name, email=f"{name}@example.com")
        client.post("/api/reset", json={"email": f"{name}@example.com"})
    post.server.letters_of_a_connection = 1

    assert len(post.sent()) == 4


def test_one_recipient_that_is_refused_keeps_nobody_elses_letter(client, asked, make, post):
    make("bea", email="bea@example.com")
    client.post("/api/reset", json={"email": "bea@example.com"})
    post.server.on_recipient = lambda address: "550 no" if address == ADDRESS else "250 OK"

    assert [letter.to for letter in post.sent()] == ["bea@example.com"]


def test_a_server_that_never_answers_is_left(app, asked, row, post, monkeypatch):
    monkeypatch.setattr("sender.carriers.PATIENCE", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setitem(app.config, "MAIL_PORT", silent.getsockname()[1])

        assert "0 sent, 0 failed, 1 waiting." in post.send()
    assert row().attempts == 0


def test_a_server_that_answers_a_byte_at_a_time_is_hung_up_on(app, asked, row, post, monkeypatch):
    """Each byte comes in time, and the answer never ends; what is due later is sent when the server is well."""
    monkeypatch.setattr("sender.carriers.DEADLINE", 0.3)
    with _dripping() as port:
        monkeypatch.setitem(app.config, "MAIL_PORT", port)

        assert "0 sent, 0 failed, 1 waiting." in post.send()
    assert row().attempts == 0


def test_a_connection_that_must_be_secured_and_is_not_carries_no_letter(app, asked, row, post, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_USE_TLS", True)

    assert "0 sent, 0 failed, 1 waiting." in post.send()
    assert row().attempts == 0 and post.server.letters == []


def test_a_letter_that_cannot_be_written_keeps_nobody_elses(app, client, asked, make, post, tmp_path, monkeypatch):
    """An operator's template is broken: the letter waits until it is mended."""
    (tmp_path / "reset.txt").write_text("{% extends layout %}{% block subject %}{{ nothing }}{% endblock %}")
    monkeypatch.setitem(app.config, "MAIL_TEMPLATES", str(tmp_path))
    bea = make("bea", email="bea@example.com")
    client.post("/api/login", json={"username": "bea", "password": "wrong"})
    with app.app_context():
        db.session.execute(db.update(Letter).values(payload="{}"))
        mail.notify(db.session.get(User, bea), mail.Kind.PASSWORD_CHANGED)
        db.session.commit()

    assert [letter.to for letter in post.sent()] == ["bea@example.com"]


def test_an_operators_own_template_takes_the_place_of_ours(app, asked, post, tmp_path, monkeypatch):
    (tmp_path / "reset.txt").write_text(
        "{% extends layout %}{% block subject %}Ours{% endblock %}{% block text %}Dear {{ username }}{% endblock %}"
        "{% block button %}Go{% endblock %}{% block unasked %}{% endblock %}"
    )
    monkeypatch.setitem(app.config, "MAIL_TEMPLATES", str(tmp_path))
    letter = post.one()

    assert letter.subject == "Ours" and "Dear ada" in letter.text and "Dear ada" in letter.html and letter.token


def test_a_letter_whose_key_is_gone_gets_another_ticket(client, clock, asked, post, monkeypatch):
    refused = []
    post.server.on_letter = lambda letter: refused.append(letter) or "451 try later"
    post.send()
    post.server.forget()
    monkeypatch.setattr(guard, "ticket_keys", KeyRing("ticket", "another key, that is longer than thirty-two bytes"))
    clock.shift(60)
    token, body = post.one().token, {"password": "another lantern"}

    assert token != refused[0].token
    assert_refused(client.post("/api/reset_finalize", json=body, headers=bearer(refused[0].token)), 409)
    assert client.post("/api/reset_finalize", json=body, headers=bearer(token)).status_code == 200


def test_a_key_that_is_a_fallback_now_still_makes_the_same_link(app, clock, asked, post, monkeypatch):
    post.server.on_recipient = lambda _: "451 try later"
    post.send()
    post.server.forget()
    new = "another key, that is longer than thirty-two bytes"
    monkeypatch.setattr(guard, "ticket_keys", KeyRing("ticket", new, [app.config["SECRET_KEY"]]))
    clock.shift(60)

    assert post.one().token.startswith("ltk_")


ASKED_FOR = {
    "another address": lambda client, ada: client.put(
        "/api/me/email", json={"email": "eve@evil.example", "password": PASSWORD}, headers=ada.headers
    ),
    "a new password": lambda client, ada: client.post("/api/reset", json={"email": ADDRESS}),
}
CALLED_OFF = {
    "the password was changed": lambda client, ask, ada: client.put(
        "/api/me/password",
        json={"current_password": PASSWORD, "new_password": "another lantern"},
        headers=ada.headers,
    ),
    "the address was changed": lambda client, ask, ada: ask(
        "PATCH", f"/api/admin/users/{ada.id}", {"email": "ada@new.example"}
    ),
    "the account was shut for a while": lambda client, ask, ada: [
        ask("PATCH", f"/api/admin/users/{ada.id}", {"is_active": is_active}) for is_active in (False, True)
    ][0],
}


@pytest.mark.parametrize("asked_for", ASKED_FOR.values(), ids=ASKED_FOR)
@pytest.mark.parametrize("called_off", CALLED_OFF.values(), ids=CALLED_OFF)
def test_what_was_asked_for_and_has_not_left_is_called_off_when(
    clock, client, ask, as_user, post, asked_for, called_off
):
    """Otherwise a thief who asked in time would get a good ticket after the owner has shut them out."""
    ada = as_user("ada", email=ADDRESS)
    asked_for(client, ada)
    clock.shift(1)
    assert called_off(client, ask, ada).status_code == 200

    assert [letter for letter in post.sent() if "token=" in letter.text] == []


@pytest.mark.parametrize("first", ["evil@example.com", "right@example.com"])
def test_whichever_letter_leaves_first_the_last_that_was_asked_for_counts(
    app, clock, client, as_user, post, first, monkeypatch
):
    ada = as_user("ada", email=ADDRESS)
    for email in ("evil@example.com", "right@example.com"):
        body = {"email": email, "password": PASSWORD}
        assert client.put("/api/me/email", json=body, headers=ada.headers).status_code == 202
        clock.shift(1)
    with app.app_context():
        late = db.update(Letter).where(Letter.recipient != first, Letter.kind == "change_address")
        db.session.execute(late.values(not_before=now() + timedelta(seconds=60)))
        db.session.commit()
    letters = post.sent()
    clock.shift(61)
    tokens = {letter.to: letter.token for letter in letters + post.sent() if "token=" in letter.text}

    assert client.post("/api/me/email/confirm", headers=bearer(tokens["right@example.com"])).status_code == 200
    if evil := tokens.get("evil@example.com"):
        assert_refused(client.post("/api/me/email/confirm", headers=bearer(evil)), 409, "ticket_spent")


def test_what_is_old_is_removed(app, clock, asked, post):
    post.one()
    clock.shift(7 * 24 * HOUR + 1)
    with app.app_context():
        assert outbox.prune() == 1
        db.session.commit()
        assert outbox.prune() == 0


def test_letters_in_a_folder_are_its_owners_alone(app, asked, post, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "file")
    monkeypatch.setitem(app.config, "MAIL_FILE_PATH", str(tmp_path / "letters"))
    post.send()
    (file,) = (tmp_path / "letters").iterdir()

    assert file.suffix == ".eml" and file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "letters").stat().st_mode & 0o777 == 0o700
    assert f"To: {ADDRESS}\r\n" in file.read_bytes().decode() and "?token=ltk_" in file.read_text()


def test_a_folder_that_cannot_be_written_keeps_the_letter(app, asked, row, post, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "file")
    monkeypatch.setitem(app.config, "MAIL_FILE_PATH", str(tmp_path / "file" / "letters"))

    assert "0 sent, 0 failed, 1 waiting." in post.send()
    assert row().attempts == 0


def test_the_console_prints_the_link(app, asked, post, monkeypatch, capsys):
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "console")
    said = post.send()

    assert f"To: {ADDRESS}" in said and "http://127.0.0.1:5000/reset?token=ltk_" in said


def test_a_refusal_of_a_rule_writes_no_letter(client, register, post):
    register(username="una", email="una@example.com")
    post.one("una@example.com")
    assert_refused(register(username="una", email="new@example.com"), 409, "username_taken")

    assert post.sent() == []


@pytest.fixture
def ready(client):
    def asked():
        response = client.get("/api/ready")
        return response.status_code, response.json["checks"]["outbox"]

    return asked


@contextmanager
def _dripping() -> Iterator[int]:
    """A server whose greeting never ends."""
    is_over = Event()

    def drip(listener: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                while not is_over.wait(0.05):
                    connection.send(b"2")

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = Thread(target=drip, args=[listener])
        thread.start()
        yield listener.getsockname()[1]
        is_over.set()
    thread.join(timeout=10)
