"""Where too many want a password hashed: they are sent away at once, and everyone else is served."""

from contextlib import ExitStack
from threading import Event, Thread

import pytest

from auth import hashing
from auth.guard import guard
from tests.conftest import ORIGIN
from tests.factories import PASSWORD
from tests.pages.conftest import HTML, token_in
from web.gate import GUARDED

WRONG = "not this one"


@pytest.fixture
def full():
    """Others have all seats, and the test has none."""
    taken, done = Event(), Event()

    def sit():
        with ExitStack() as stack:
            stack.callback(setattr, guard.hasher, "_free", guard.hasher._free)
            guard.hasher._free = 0
            taken.set()
            done.wait(30)

    others = Thread(target=sit)
    others.start()
    taken.wait(30)
    yield
    done.set()
    others.join()


@pytest.mark.parametrize("path", sorted(GUARDED))
def test_whoever_comes_with_a_password_is_sent_away(client, full, path):
    answer = client.post(path, json={"username": "ada", "email": "ada@example.com", "password": WRONG})

    assert (answer.status_code, answer.json["error"], answer.headers["Retry-After"]) == (503, "busy", "1")
    assert answer.json["retry_after"] == 1 and answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_of_a_listed_origin_can_read_that(client, full):
    answer = client.post("/api/login", json={"username": "ada", "password": WRONG}, headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN

    foreign = client.post("/api/login", json={}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 503 and "Access-Control-Allow-Origin" not in foreign.headers


def test_whoever_sees_pages_sees_the_form_once_more(browser, request):
    token = token_in(browser.get("/login", headers=HTML))
    request.getfixturevalue("full")
    form = {"csrf_token": token, "username": "ada", "password": WRONG}
    answer = browser.post("/login", data=form, headers=HTML)

    assert (answer.status_code, answer.mimetype, answer.headers["Retry-After"]) == (503, "text/html", "1")
    assert "Too many people are signing in" in answer.text and 'name="password"' in answer.text


def test_whoever_is_signed_in_is_served(client, as_user, request):
    ada = as_user()
    request.getfixturevalue("full")

    assert client.get("/api/protected", headers=ada.headers).status_code == 200
    assert client.get("/login").status_code == 200


def test_a_password_is_not_changed_and_no_try_is_counted(client, as_user, request):
    ada = as_user()
    request.getfixturevalue("full")
    body = {"current_password": WRONG, "new_password": "staple by the window"}

    assert {client.put("/api/me/password", json=body, headers=ada.headers).status_code for _ in range(12)} == {503}


def test_nobody_waits_longer_than_the_deadline(client, as_user, monkeypatch):
    as_user()
    monkeypatch.setattr(hashing, "DEADLINE", 0.01)
    monkeypatch.setattr(guard.hasher, "_turns", Never())
    free = guard.hasher._free

    answer = client.post("/api/login", json={"username": "ada", "password": PASSWORD})
    assert (answer.status_code, answer.json["error"]) == (503, "busy")
    assert guard.hasher._free == free


def test_everyone_has_had_a_turn_when_it_is_over(client, as_user):
    as_user()
    free = guard.hasher._free
    for password in (PASSWORD, WRONG, "x" * 2000):
        client.post("/api/login", json={"username": "ada", "password": password})

    assert guard.hasher._free == free


class Never:
    """Turns that never come."""

    def acquire(self, timeout):
        return False
