"""A real mail server on this machine, and the letters that it took."""

import email
import email.policy
import logging
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope

TAKEN = "250 OK"

logging.getLogger("mail.log").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Letter:
    """A letter as it arrived: whom the envelope was for, and what it said."""

    to: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def link(self) -> str:
        """The one link of the letter; text and HTML have the same."""
        (in_text,) = re.findall(r"^https?://\S+$", self.text, re.MULTILINE)
        in_html = Links()
        in_html.feed(self.html)
        assert set(in_html.found) == {in_text}, in_html.found
        return str(in_text)

    @property
    def token(self) -> str:
        """The ticket that the link carries."""
        (token,) = parse_qs(urlsplit(self.link).query)["token"]
        return token

    def _body(self, kind: str) -> str:
        part: Any = self.message.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n")


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name == "href"]


@dataclass
class MailServer:
    """Listens on a port that stays the same when it is stopped and started again."""

    letters: list[Letter] = field(default_factory=list)
    #: What it answers to RCPT and DATA; a test that wants a refusal puts another function here.
    on_recipient: Callable[[str], str] = lambda address: TAKEN
    on_letter: Callable[[Letter], str] = lambda letter: TAKEN
    on_sender: str = TAKEN
    letters_of_a_connection: int = 1_000_000
    port: int = 0
    _controller: Controller | None = None

    def start(self) -> None:
        if not self.port:
            with socket.socket() as found:
                found.bind(("127.0.0.1", 0))
                self.port = found.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=30)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def forget(self) -> None:
        """Begin anew: no letters, and every one is taken."""
        self.letters.clear()
        self.on_recipient = self.on_letter = lambda _: TAKEN
        self.on_sender, self.letters_of_a_connection = TAKEN, 1_000_000

    def to(self, address: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.to == address]

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if session.__dict__.setdefault("taken", 0) >= self.letters_of_a_connection:
            return "421 enough"
        if self.on_sender == TAKEN:
            envelope.mail_from = address
        return self.on_sender

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.on_recipient(address)
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        raw: Any = envelope.content
        message: Any = email.message_from_bytes(raw, policy=email.policy.default)
        (to,) = envelope.rcpt_tos
        letter = Letter(to, message)
        answer = self.on_letter(letter)
        if answer == TAKEN:
            session.__dict__["taken"] = session.__dict__.get("taken", 0) + 1
            self.letters.append(letter)
        return answer
