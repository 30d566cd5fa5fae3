"""Pictures of every page of the app in each of its states: `python -m tests.frontend.screenshots [FOLDER]`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from models import now
from tests.browser.chromium import launched
from tests.browser.screenshots import FOLDER, take
from tests.conftest import leave_nobody
from tests.frontend.guests import serving, welcomed
from tests.frontend.states import STATES, reach
from tests.mailserver import MailServer


def main(folder: Path) -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    mail = MailServer()
    mail.start()
    with TemporaryDirectory() as scratch, serving(Path(scratch), mail) as server, launched() as browser:
        for name in STATES:
            server.add("ada", email="ada@example.com", email_confirmed_at=now())
            guest = welcomed(browser, server)
            reach(guest, name)
            take(guest, folder, name)
            guest.page.context.close()
            with server.app.app_context():
                leave_nobody()
    mail.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER / "app")
