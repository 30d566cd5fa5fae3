"""A real browser on this machine, someone who sits at it, and the server that they visit."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.factories import PASSWORD
from tests.mailserver import MailServer
from tests.servers.conftest import Server, serving

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Only this machine is there.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PATIENCE = 15_000
#: What has the focus, as it is called to whoever cannot see it.
FOCUSED = """() => {
  const { ariaLabel, labels, innerText } = document.activeElement;
  return ariaLabel || labels?.[0]?.innerText || innerText.trim();
}"""
#: What a page needs to look and work as it should.
FILES = re.compile(r"/(?:static|assets)/")
SIGN_IN = {"Username or e-mail address": "ada", "Password": PASSWORD}


@dataclass(frozen=True)
class Visitor:
    """Someone at a browser that has cookies of its own, and one page open."""

    page: Page
    server: Server
    #: What the browser found wrong with the pages.
    complaints: list[str] = field(default_factory=list)

    def go(self, address: str) -> "Visitor":
        self.page.goto(address)
        return self

    def fill(self, fields: dict[str, str]) -> "Visitor":
        """Fill in fields, which are found by their labels."""
        for label, value in fields.items():
            self.page.get_by_label(label, exact=True).fill(value)
        return self

    def press(self, button: str) -> "Visitor":
        """Press a button that leads to another page."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()
        return self

    def sign_in(self, password: str = PASSWORD) -> "Visitor":
        """Sign in as Ada."""
        return self.go("/login").fill(SIGN_IN | {"Password": password}).press("Sign in")

    def enter(self) -> "Visitor":
        """Sign in as Ada in no time, as a script does."""
        answer = self.page.context.request.post("/login", data={"username": "ada", "password": PASSWORD})
        assert answer.ok, answer.text()
        return self

    def focused(self) -> str:
        return str(self.page.evaluate(FOCUSED))

    def tab_to(self, name: str) -> "Visitor":
        """Press Tab until what is called so has the focus."""
        met = []
        while name not in met:
            self.page.keyboard.press("Tab")
            met.append(self.focused())
            assert len(met) < 60, f"no {name!r} among {met}"
        return self

    def type(self, text: str) -> "Visitor":
        """Type into what has the focus."""
        self.page.keyboard.type(text)
        return self

    def tap(self, key: str) -> "Visitor":
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        return self


#: A visitor of some kind: of the pages, or of the app.
Someone = TypeVar("Someone", bound=Visitor)


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium, as the system has it."""
    found = shutil.which("chromium")
    assert found, "There is no Chromium, which these tests look at the pages with: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


def opened(browser: Browser, server: Server, **options: Any) -> Visitor:
    """Someone at a browser of their own, in which what goes wrong is written down."""
    # A colour that is on its way to another one is neither.
    options = {"base_url": f"http://127.0.0.1:{server.port}", "reduced_motion": "reduce"} | options
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    visitor = Visitor(context.new_page(), server)
    context.on("weberror", lambda failed: visitor.complaints.append(str(failed.error)))
    context.on("console", lambda said: visitor.complaints.append(said.text) if _is_fault(said) else None)
    return visitor


def authenticator(page: Page) -> None:
    """Give a page an authenticator, as telephones have, that knows its owner; nobody has to touch it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def without_autofill(visitor: Someone) -> Someone:
    """What the autofill offers, an authenticator takes at once: without that, a button is there to be pressed."""
    visitor.page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    return visitor


def at_ease(visitor: Someone) -> Iterator[Someone]:
    """Lend a browser that is opened once, as if it were new: to open one takes longer than a page."""
    page, complaints = visitor.page, visitor.complaints
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 720})
    yield visitor
    if page.url != "about:blank":
        page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.context.clear_cookies()
    found, complaints[:] = list(complaints), []
    assert found == []


def opening(another: Callable[..., Someone]) -> Iterator[Callable[..., Someone]]:
    """Lend what opens browsers; at the end they are closed, and none may have found a fault."""
    visitors: list[Someone] = []

    def opened_one(**options: Any) -> Someone:
        visitors.append(another(**options))
        return visitors[-1]

    yield opened_one
    for visitor in visitors:
        visitor.page.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


def _is_fault(said: ConsoleMessage) -> bool:
    """Whether something failed or was forbidden; that a page says no is an error to the browser, and none to us."""
    is_refusal = said.text.startswith("Failed to load resource") and not FILES.search(said.location["url"])
    return said.type in ("error", "warning") and not is_refusal


def welcoming(folder: Path, mail: MailServer, **settings: str) -> AbstractContextManager[Server]:
    """A server whose letters go to this mail server, and where addresses are confirmed."""
    return serving(
        folder,
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=str(mail.port),
        MAIL_USE_TLS="off",
        EMAIL_CONFIRMATION="on",
        **settings,
    )
