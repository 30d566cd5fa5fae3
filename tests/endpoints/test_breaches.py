"""Passwords that were stolen somewhere, where a service is asked for them: a real one, on this machine."""

import hashlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from auth import breaches
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, make_user, sign_in

STOLEN = "a lantern nobody has seen"
SAFE = "a lantern in the cellar"


class Range(BaseHTTPRequestHandler):
    """Answers as "Pwned Passwords" does: what it is asked is written down, and what it does can be changed."""

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        stolen = hashlib.sha1(STOLEN.encode()).hexdigest().upper()
        padding = hashlib.sha1(SAFE.encode()).hexdigest().upper()
        known = f"{'0' * 35}:3\r\n{stolen[5:]}:1718\r\n{padding[5:]}:0\r\n".encode()
        status, body = self.server.answer or (200, known)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told):
        """Say nothing."""


@pytest.fixture
def service(app):
    with HTTPServer(("127.0.0.1", 0), Range) as server:
        server.asked, server.answer = [], None
        Thread(target=server.serve_forever, daemon=True).start()
        kept = app.extensions[breaches.SERVICE]
        app.extensions[breaches.SERVICE] = breaches.Service(f"http://127.0.0.1:{server.server_port}/")
        yield server
        app.extensions[breaches.SERVICE] = kept
        server.shutdown()


@pytest.fixture
def ada(app, client):
    with app.app_context():
        make_user("ada")
    return sign_in(client, "ada")


@pytest.fixture
def change(client, ada):
    def changed(password, current=PASSWORD):
        body = {"current_password": current, "new_password": password}
        return client.put("/api/me/password", json=body, headers=ada.headers)

    return changed


def register(client, password):
    return client.post("/api/registration", json={"username": "grace", "email": "g@example.com", "password": password})


def test_a_stolen_password_is_not_chosen(client, service, change):
    told = assert_refused(register(client, STOLEN), 422, "validation_error")
    assert "stolen" in told["fields"]["password"][0]
    assert "stolen" in assert_refused(change(STOLEN), 422, "validation_error")["fields"]["new_password"][0]

    assert change(SAFE).status_code == 200 and register(client, SAFE).status_code == 201


def test_the_service_is_told_five_digits_and_nothing_else(client, service):
    register(client, SAFE)

    ((path, headers),) = service.asked
    assert path == f"/range/{hashlib.sha1(SAFE.encode()).hexdigest().upper()[:5]}"
    assert headers["Add-Padding"] == "true" and headers.keys() <= {
        *("Host", "Accept-Encoding", "Add-Padding", "User-Agent", "Connection")
    }


@pytest.mark.parametrize("answer", [(503, b""), (301, b""), (200, b"\xff\xff"), (200, b"x" * 1_100_000)])
def test_where_it_fails_a_password_is_taken_and_the_log_says_so(client, service, answer, caplog):
    service.answer = answer

    assert register(client, STOLEN).status_code == 201
    assert "breached passwords: no answer" in caplog.text and STOLEN not in caplog.text


def test_who_failed_is_let_be_for_a_while(client, service, change, clock):
    service.answer = (500, b"")
    assert register(client, SAFE).status_code == 201
    service.answer = None
    assert change(STOLEN).status_code == 200 and len(service.asked) == 1
    clock.shift(breaches.SILENCE + 1)

    assert_refused(change(STOLEN, current=STOLEN), 422, "validation_error")


def test_nobody_is_asked_for_a_password_that_will_not_do_anyway(client, service):
    assert_refused(register(client, "password1"), 422, "validation_error")

    assert service.asked == []


def test_where_nobody_listens_a_password_is_taken(app, client, service):
    app.extensions[breaches.SERVICE] = breaches.Service("http://127.0.0.1:9")

    assert register(client, STOLEN).status_code == 201
