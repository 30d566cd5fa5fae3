"""How a letter leaves: to a mail server, into a folder, or onto the console of whoever develops."""

import os
import secrets
import smtplib
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol, cast

from flask import current_app

from auth.mail import render

#: Seconds to wait for one answer of the server, and for all of them; less than the lease (auth/mail/outbox.py).
PATIENCE, DEADLINE = 10, 45


class Unreachable(Exception):
    """The server took nothing, whatever the letter: it is down, hangs, or does not know us. The text says which."""


class Refused(Exception):
    """The server would not take this letter, and may take others; `is_final` where it said so for good."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Carrier(Protocol):
    """What takes letters."""

    def open(self) -> None:
        """Be ready to take letters, or raise Unreachable."""

    def send(self, message: EmailMessage) -> None:
        """Take a letter for good, or raise Unreachable or Refused."""

    def close(self) -> None:
        """There are no more letters."""


def chosen() -> Carrier:
    """Return the carrier that MAIL_BACKEND names."""
    carriers: dict[str, Callable[[], Carrier]] = {"smtp": Smtp, "file": Folder, "console": Console}
    return carriers[current_app.config["MAIL_BACKEND"]]()


class Smtp:
    """A mail server (RFC 5321, 6409); one connection for as many letters as there are.

    A certificate that does not fit is refused, and a connection that should be secured and is not, too.
    """

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    def open(self) -> None:
        with self._watched():
            self._connected()

    def send(self, message: EmailMessage) -> None:
        raw = message.as_bytes(policy=SMTP)
        with self._watched():
            try:
                server = self._begun()
            except Unreachable:
                server = self._begun()  # It may have had enough of the connection, and take letters over another.
            self._hand_over(server, message["To"], raw)

    def close(self) -> None:
        """Say goodbye, and do not wait for the answer."""
        if self._server is not None:
            with suppress(OSError):
                self._server.putcmd("quit")
        self._drop()

    def _connected(self) -> smtplib.SMTP:
        """Return the connection, made and secured and signed in where it was not."""
        if self._server is None:
            self._said(self._connect)
        return cast(smtplib.SMTP, self._server)

    def _begun(self) -> smtplib.SMTP:
        """Return the connection, when the server has taken our address as the sender's."""
        server = self._connected()
        code, _ = self._said(lambda: server.mail(render.sender().addr_spec))
        if code != 250:
            self._drop()
            raise Unreachable(f"sender refused with {code}")
        return server

    def _connect(self) -> None:
        config = current_app.config
        host, port, context = config["MAIL_SERVER"], config["MAIL_PORT"], ssl.create_default_context()
        options: dict[str, Any] = {"local_hostname": render.sender().domain, "timeout": PATIENCE}
        is_secure = port == 465
        self._server = smtplib.SMTP_SSL(context=context, **options) if is_secure else smtplib.SMTP(**options)
        # smtplib takes the name that a certificate must have from here; without a host it has not connected yet.
        self._server._host = host  # type: ignore[attr-defined]
        self._server.connect(host, port)
        if config["MAIL_USE_TLS"] and not is_secure:
            self._server.starttls(context=context)
        if config["MAIL_USERNAME"]:
            self._server.login(config["MAIL_USERNAME"], config["MAIL_PASSWORD"])
        self._server.ehlo_or_helo_if_needed()

    def _said(self, ask: Callable[[], Any]) -> Any:
        """Return the answer of a server that has not seen a letter yet: what goes wrong is not the letter's fault."""
        try:
            return ask()
        except (OSError, ValueError, AttributeError) as error:
            # All that smtplib raises is an OSError. The other two are what it stumbles over when it was cut off.
            self._drop()
            raise Unreachable(_told(error)) from None

    def _hand_over(self, server: smtplib.SMTP, recipient: str, raw: bytes) -> None:
        """Give a letter to a server that takes letters: from here on, what goes wrong is this letter's affair."""
        try:
            code, _ = server.rcpt(recipient)
            if code not in (250, 251):
                raise self._refused("recipient", code)
            # It may take its time to look through a letter, and would get it twice if we did not wait.
            cast(socket.socket, server.sock).settimeout(DEADLINE)
            code, _ = server.data(raw)
            if code != 250:
                raise self._refused("letter", code)
        except smtplib.SMTPDataError as error:
            raise self._refused("letter", error.smtp_code) from None
        except (OSError, ValueError, AttributeError) as error:
            self._drop()
            raise Refused(f"broken off: {_told(error)}", is_final=False) from None
        if server.sock is not None:
            server.sock.settimeout(PATIENCE)

    def _refused(self, what: str, code: int) -> Refused:
        """RFC 5321, 4.2.1: from 500 on a refusal is for good; after 421 a server hangs up."""
        if code in (-1, 421):
            self._drop()
        elif self._server is not None:
            with suppress(OSError):
                self._server.rset()
        return Refused(f"{what} refused with {code}", is_final=code >= 500)

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError):
                server.close()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Hang up on a server that is never done; whoever waits for it is told by an error."""
        is_done = Event()
        Thread(target=self._cut, args=[is_done, DEADLINE], daemon=True).start()
        try:
            yield
        finally:
            is_done.set()

    def _cut(self, is_done: Event, seconds: float) -> None:
        while not is_done.wait(seconds):
            seconds = 1  # It may have been between two connections.
            connection = getattr(self._server, "sock", None)
            if connection is not None and not is_done.is_set():
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Folder:
    """A folder that only its owner can read, with a file for each letter, as it would be sent."""

    def open(self) -> None:
        try:
            Path(current_app.config["MAIL_FILE_PATH"]).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unreachable(_told(error)) from None

    def send(self, message: EmailMessage) -> None:
        folder = Path(current_app.config["MAIL_FILE_PATH"])
        name = message["Message-ID"].strip("<>").partition("@")[0]
        draft = folder / f".{name}.{secrets.token_hex(4)}"
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message.as_bytes())
            draft.replace(folder / f"{name}.eml")
        except OSError as error:
            raise Unreachable(_told(error)) from None

    def close(self) -> None:
        pass


class Console:
    """The console: what a letter says, for whoever develops and has no mail server."""

    def open(self) -> None:
        pass

    def send(self, message: EmailMessage) -> None:
        text = message.get_body(("plain",))
        body = text.get_content() if text else ""
        line = "-" * 72
        sys.stderr.write(f"{line}\nTo: {message['To']}\nSubject: {message['Subject']}\n\n{body}{line}\n")
        sys.stderr.flush()

    def close(self) -> None:
        pass


def _told(error: Exception) -> str:
    """An error as the log and the outbox may have it: what a server says may hold an address, or a password."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return type(error).__name__ + (f" {code}" if code else "")
