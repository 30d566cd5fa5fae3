"""How a letter leaves: to a mail server, into a folder, or onto the console of whoever develops."""

import os
import secrets
import smtplib
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from threading import Timer
from typing import Any, Protocol

from flask import current_app

from auth.mail.render import sender_domain

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

    def send(self, message: EmailMessage) -> None:
        watchdog = Timer(DEADLINE, self._cut)
        watchdog.daemon = True
        watchdog.start()
        try:
            self.open().sendmail(parseaddr(message["From"])[1], [message["To"]], message.as_bytes(policy=SMTP))
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refused("recipient", next(iter(error.recipients.values()))[0]) from None
        except smtplib.SMTPDataError as error:
            raise self._refused("letter", error.smtp_code) from None
        except (OSError, ValueError, AttributeError) as error:
            # All that smtplib raises is an OSError. The other two are what it stumbles over when it was cut off.
            self._drop()
            raise Unreachable(_told(error)) from None
        finally:
            watchdog.cancel()

    def open(self) -> smtplib.SMTP:
        """Return the connection, made and secured and signed in where it was not."""
        config = current_app.config
        if self._server is not None:
            return self._server
        host, port, context = config["MAIL_SERVER"], config["MAIL_PORT"], ssl.create_default_context()
        options: dict[str, Any] = {"local_hostname": sender_domain(), "timeout": PATIENCE}
        is_secure = port == 465
        self._server = smtplib.SMTP_SSL(context=context, **options) if is_secure else smtplib.SMTP(**options)
        # smtplib takes the name that a certificate must have from here; without a host it has not connected yet.
        self._server._host = host  # type: ignore[attr-defined]
        self._server.connect(host, port)
        if config["MAIL_USE_TLS"] and not is_secure:
            self._server.starttls(context=context)
        if config["MAIL_USERNAME"]:
            self._server.login(config["MAIL_USERNAME"], config["MAIL_PASSWORD"])
        return self._server

    def close(self) -> None:
        if self._server is not None:
            with suppress(OSError):
                self._server.quit()
        self._drop()

    def _refused(self, what: str, code: int) -> Exception:
        if code == 421:  # RFC 5321, 4.2.3: it is about to hang up, for a reason of its own.
            self._drop()
            return Unreachable(f"{what} refused with 421")
        return Refused(f"{what} refused with {code}", is_final=code >= 500)

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError):
                server.close()

    def _cut(self) -> None:
        """Hang up on a server that is never done; whoever waits for it is told by an error."""
        connection = getattr(self._server, "sock", None)
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Folder:
    """A folder that only its owner can read, with a file for each letter, as it would be sent."""

    def send(self, message: EmailMessage) -> None:
        folder = Path(current_app.config["MAIL_FILE_PATH"])
        name = message["Message-ID"].strip("<>").partition("@")[0]
        draft = folder / f".{name}.{secrets.token_hex(4)}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message.as_bytes())
            draft.replace(folder / f"{name}.eml")
        except OSError as error:
            raise Unreachable(_told(error)) from None

    def close(self) -> None:
        pass


class Console:
    """The console: what a letter says, for whoever develops and has no mail server."""

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
