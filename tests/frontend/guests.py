"""Someone who sits at a browser in which the React app is open, and a server that has nothing but its files."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from fcntl import LOCK_EX, flock
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import run
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, Locator, expect

from tests.browser.chromium import SIGN_IN, Visitor, opened, welcoming
from tests.factories import PASSWORD
from tests.mailserver import MailServer
from tests.servers.conftest import ROOT, Server

APP = ROOT / "frontend"
#: How long, in milliseconds, what is there within two seconds may take where much else is done at the same time.
AT_ONCE = 6000


class Guest(Visitor):
    """Someone at a browser in which the app is open; it never loads another page, so nobody waits for one."""

    def go(self, address: str) -> "Guest":
        """Open an address of the app, or of a letter."""
        self.page.goto(address.lstrip("/"))
        return self

    def press(self, button: str) -> "Guest":
        self.page.get_by_role("button", name=button, exact=True).click()
        return self

    def tap(self, key: str) -> "Guest":
        self.page.keyboard.press(key)
        return self

    def tab_to(self, name: str) -> "Guest":
        """Press Tab until what is called so has the focus, once all of the page is there."""
        expect(self.page.get_by_text("Loading …")).to_have_count(0)
        super().tab_to(name)
        return self

    def follow(self, link: str) -> "Guest":
        self.page.get_by_role("link", name=link, exact=True).click()
        return self

    def choose(self, label: str, option: str) -> "Guest":
        self.page.get_by_role("combobox", name=label, exact=True).last.select_option(option)
        return self

    def sign_in(self, password: str = PASSWORD) -> "Guest":
        """Sign in as Ada, and wait for what is shown then."""
        self.go("/login").fill(SIGN_IN | {"Password": password}).press("Sign in")
        return self.sees("Hello, ada", "dashboard")

    def enter(self, username: str = "ada") -> "Guest":
        """Sign in in no time; the app finds out when it is opened."""
        given = {"username": username, "password": PASSWORD, "refresh": "cookie"}
        origin = {"Origin": f"http://127.0.0.1:{self.server.port}"}
        answer = self.page.context.request.post("/api/login", data=given, headers=origin)
        assert answer.ok, answer.text()
        return self

    def sees(self, heading: str, path: str | None = None, **options: Any) -> "Guest":
        """Wait until a page is there; the address is told without what comes before the app, and its query."""
        expect(self.heading()).to_have_text(heading, **options)
        if path is not None:
            self.page.wait_for_url(lambda url: url.partition("?")[0].endswith(f"/{path}"))
        return self

    def hears(self, message: str) -> "Guest":
        """Wait until a message is there, for those who see it and those who listen."""
        expect(self.page.get_by_role("status").filter(has_text=message)).to_be_visible()
        return self

    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def shows(self, *rows: str) -> "Guest":
        """Wait until the table of the page has these rows, each told by what its heading says."""
        expect(self.page.get_by_role("rowheader")).to_have_text(list(rows))
        return self

    def tick(self, *labels: str) -> "Guest":
        for label in labels:
            self.page.get_by_label(label, exact=True).check()
        return self

    def reads(self, text: str) -> "Guest":
        """Wait until this is read on the page, or in the dialog that is open."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()
        return self

    def stands_on(self, button: str) -> "Guest":
        """Wait until this button has the focus."""
        expect(self.page.get_by_role("button", name=button, exact=True)).to_be_focused()
        return self

    def alone(self) -> "Guest":
        """Wait until no dialog is open."""
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        return self

    def another_tab(self) -> "Guest":
        """Another tab of the same browser."""
        return Guest(self.page.context.new_page(), self.server, self.complaints)


def welcomed(browser: Browser, server: Server, base_url: str = "", **options: Any) -> Guest:
    """Someone at a browser of their own; the app is the one that the server itself has, unless another is named."""
    base_url = base_url or f"http://127.0.0.1:{server.port}/app/"
    return Guest(**vars(opened(browser, server, base_url=base_url, **options)))


def serving(folder: Path, mail: MailServer, **settings: str) -> AbstractContextManager[Server]:
    """A server whose letters lead to the app."""
    app = "http://127.0.0.1:{port}/app"
    return welcoming(folder, mail, CONFIRMATION_URI=f"{app}/confirm", RESET_URI=f"{app}/reset", **settings)


def built() -> None:
    """Build the app, unless that was done since it was last changed; one of those who run tests does it for all."""
    with (ROOT / "Makefile").open() as lock:
        flock(lock, LOCK_EX)
        run(["make", "--silent", "frontend/dist/.built"], cwd=ROOT, check=True)


def build(folder: Path, **settings: str) -> None:
    """Build the app for another place."""
    command = ["npx", "vite", "build", "--outDir", str(folder), "--emptyOutDir", "--logLevel", "error"]
    run(command, cwd=APP, env=os.environ | settings, check=True)


class _Files(SimpleHTTPRequestHandler):
    """Sends files and, where there is none, the one page, as any place for static sites does."""

    def send_head(self) -> Any:
        if not Path(self.translate_path(self.path)).is_file():
            self.path = "/index.html"
        return super().send_head()

    def log_message(self, *told: object) -> None:
        """Say nothing."""


@contextmanager
def hosting(folder: Path) -> Iterator[str]:
    """The origin of a server that has nothing but the files of a folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
