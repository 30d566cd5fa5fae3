"""Pictures of every page in each of its states: `python -m tests.browser.screenshots [FOLDER]`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from models import now
from tests.browser.chromium import Visitor, launched, opened, welcoming
from tests.browser.states import STATES
from tests.conftest import leave_nobody
from tests.mailserver import MailServer

FOLDER = Path("instance/screenshots")
WIDTHS = (320, 768, 1280)
SCHEMES = ("light", "dark")


def main(folder: Path) -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    mail = MailServer()
    mail.start()
    with TemporaryDirectory() as scratch, welcoming(Path(scratch), mail) as server, launched() as browser:
        for name in STATES:
            server.add("ada", email="ada@example.com", email_confirmed_at=now())
            visitor = opened(browser, server)
            STATES[name](visitor)
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
