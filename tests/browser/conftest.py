"""The pages in a real browser, of a real server that sends real letters to one on this machine."""

from collections.abc import Callable, Iterator
from functools import partial
from queue import Queue

import pytest
from playwright.sync_api import Browser, expect

from models import now
from tests.browser.chromium import PATIENCE, Visitor, at_ease, opened, opening, welcoming
from tests.conftest import leave_nobody
from tests.databases import KIND
from tests.mailserver import TAKEN, Letter, MailServer
from tests.servers.conftest import Server

expect.set_options(timeout=PATIENCE)
#: What a page looks like does not depend on the database. What becomes of a form does: tests/pages asks it of each.
collect_ignore_glob = {"sqlite": [], "postgresql": ["test_acc*", "test_fields*"]}.get(KIND, ["test_*"])


class Inbox:
    """What arrives while a test runs."""

    def __init__(self, server: MailServer) -> None:
        self._arrived: Queue[Letter] = Queue()
        server.on_letter = self._take

    def link(self, page: str, to: str = "ada@example.com") -> str:
        """Wait for the letter to someone that leads to a page, and return its link."""
        while True:
            letter = self._arrived.get(timeout=PATIENCE / 1000)
            if letter.to == to and f"/{page}?" in letter.text:
                return letter.link

    def _take(self, letter: Letter) -> str:
        self._arrived.put(letter)
        return TAKEN


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, mail_server: MailServer) -> Iterator[Server]:
    with welcoming(tmp_path_factory.mktemp("pages"), mail_server) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """The server, with nobody in its database."""
    yield running
    with running.app.app_context():
        leave_nobody()


@pytest.fixture
def inbox(mail_server: MailServer) -> Iterator[Inbox]:
    yield Inbox(mail_server)
    mail_server.forget()


@pytest.fixture
def browse(chromium: Browser, server: Server) -> Iterator[Callable[..., Visitor]]:
    """Open another browser: `browse()`, or with options of Playwright."""
    yield from opening(partial(opened, chromium, server))


@pytest.fixture(scope="session")
def _reused(chromium: Browser, running: Server) -> Iterator[Visitor]:
    visitor = opened(chromium, running)
    yield visitor
    visitor.page.context.close()


@pytest.fixture
def visitor(_reused: Visitor, server: Server) -> Iterator[Visitor]:
    """A browser in which nobody has signed in; it is the same each time."""
    yield from at_ease(_reused)


@pytest.fixture
def ada(server: Server) -> int:
    """Ada has an account, and her address is confirmed."""
    return server.add("ada", email="ada@example.com", email_confirmed_at=now())
