"""The connection to a mail server: secured, with a certificate that fits, and signed in."""

import ssl
import subprocess

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.mailserver import MailServer

PASSWORD = "a password for the mail server"


class Secured(MailServer):
    """A server that takes letters over TLS alone, from whoever signs in."""

    def begin(self, context: ssl.SSLContext) -> None:
        self.signed_in: list[bytes] = []
        options = {"authenticator": self.authenticate, "tls_context": context, "require_starttls": True}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, auth_required=True, **options)
        self._controller.start()

    def authenticate(self, server, session, envelope, mechanism, data):
        self.signed_in.append(data.login)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


def context_of(folder, host):
    """A certificate of our own for a host, and where it is."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={host}"),
            *("-addext", f"subjectAltName=DNS:{host}"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


@pytest.fixture
def secured(app, client, make, post, monkeypatch, tmp_path):
    """Let a letter be due, and go to a server with a certificate for a host; tell what `flask mail send` says."""
    servers = []
    make("ada", email="ada@example.com")
    client.post("/api/reset", json={"email": "ada@example.com"})

    def sent(host="localhost", is_trusted=True, password=PASSWORD):
        context, certificate = context_of(tmp_path, host)
        server = Secured(port=post.server.port)
        post.server.stop()
        server.begin(context)
        servers.append(server)
        if is_trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        given = {"MAIL_SERVER": "localhost", "MAIL_USE_TLS": True, "MAIL_USERNAME": "lictor", "MAIL_PASSWORD": password}
        for name, value in given.items():
            monkeypatch.setitem(app.config, name, value)
        return post.send(), server

    yield sent
    for server in servers:
        server.stop()
    post.server.start()


def test_a_letter_goes_over_a_secured_connection_of_whoever_signed_in(secured):
    said, server = secured()

    assert said.startswith("1 sent, 0 failed, 0 waiting.")
    assert server.signed_in == [b"lictor"] and server.letters[0].to == "ada@example.com"


@pytest.mark.parametrize(
    "given",
    [{"is_trusted": False}, {"host": "mail.evil.example"}, {"password": "another"}],
    ids=["a certificate of nobody we trust", "a certificate of another host", "a wrong password"],
)
def test_no_letter_and_no_password_goes_to_a_server_with(secured, given):
    said, server = secured(**given)

    assert said.startswith("0 sent, 0 failed, 1 waiting.") and server.letters == []
    assert set(server.signed_in) == ({b"lictor"} if "password" in given else set())
