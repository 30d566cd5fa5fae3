"""Pictures of every page in each of its states: `python -m tests.browser.screenshots [FOLDER]`."""

import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from models import now
from tests.browser.chromium import Someone, Visitor, launched, opened, welcoming
from tests.browser.states import STATES
from tests.conftest import leave_nobody
from tests.mailserver import MailServer
from tests.servers.conftest import Server

FOLDER = Path("instance/screenshots")
WIDTHS = (320, 768, 1280)
SCHEMES = ("light", "dark")


def main(folder: Path) -> None:
    """Take pictures of the pages."""
    picture(folder, STATES, welcoming, opened, lambda visitor, name: STATES[name](visitor))


def picture(
    folder: Path,
    names: Iterable[str],
    served: Callable[[Path, MailServer], AbstractContextManager[Server]],
    another: Callable[[Browser, Server], Someone],
    reach: Callable[[Someone, str], object],
) -> None:
    """Take pictures of each of these states, each in a browser of its own, while Ada is the only one there is."""
    folder.mkdir(parents=True, exist_ok=True)
    mail = MailServer()
    mail.start()
    with TemporaryDirectory() as scratch, served(Path(scratch), mail) as server, launched() as browser:
        for name in names:
            server.add("ada", email="ada@example.com", email_confirmed_at=now())
            visitor = another(browser, server)
            reach(visitor, name)
            take(visitor, folder, name)
            visitor.page.context.close()
            with server.app.app_context():
                leave_nobody()
    mail.stop()


def take(visitor: Visitor, folder: Path, name: str) -> None:
    """Take a picture of the page that is open at each width, in each colour scheme."""
    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES:
            visitor.page.emulate_media(color_scheme=scheme)
            visitor.page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
