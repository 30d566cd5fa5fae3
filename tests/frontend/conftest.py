"""The React app in a real browser, from a real server that sends real letters to one on this machine."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from models import now
from tests.browser.chromium import PATIENCE, at_ease, opening
from tests.browser.conftest import ada, inbox, server
from tests.databases import KIND
from tests.frontend.guests import Guest, build, built, hosting, serving, welcomed
from tests.mailserver import MailServer
from tests.servers.conftest import Server

__all__ = ["ada", "inbox", "server"]

expect.set_options(timeout=PATIENCE)
#: What a page looks like does not depend on the database; what becomes of a session is asked of two.
collect_ignore_glob = {"sqlite": [], "postgresql": ["test_acc*"]}.get(KIND, ["test_*"])


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, str]]]:
    """Two places for the app that are not on the server of the API, by how it stays signed in there: folder, origin."""
    cookie, token = tmp_path_factory.mktemp("cookie"), tmp_path_factory.mktemp("token")
    with hosting(cookie) as one, hosting(token) as other:
        yield {"cookie": (cookie, one), "token": (token, other)}


@pytest.fixture(scope="session")
def running(
    tmp_path_factory: pytest.TempPathFactory,
    mail_server: MailServer,
    elsewhere: dict[str, tuple[Path, str]],
) -> Iterator[Server]:
    built()
    origins = ",".join(origin for _, origin in elsewhere.values())
    with serving(tmp_path_factory.mktemp("app"), mail_server, CORS_ORIGINS=origins) as server:
        yield server


@pytest.fixture(scope="module", params=["cookie", "token"])
def place(request: pytest.FixtureRequest, elsewhere: dict[str, tuple[Path, str]], running: Server) -> str:
    """The app on another origin than the API, and on the same site."""
    folder, origin = elsewhere[request.param]
    build(folder, VITE_BASE="/", VITE_API=f"http://127.0.0.1:{running.port}", VITE_REFRESH=request.param)
    return f"{origin}/"


@pytest.fixture
def browse(chromium: Browser, server: Server) -> Iterator[Callable[..., Guest]]:
    """Open another browser: `browse()`, or with options of Playwright."""
    yield from opening(partial(welcomed, chromium, server))


@pytest.fixture(scope="session")
def _reused(chromium: Browser, running: Server) -> Iterator[Guest]:
    guest = welcomed(chromium, running)
    yield guest
    guest.page.context.close()


@pytest.fixture
def guest(_reused: Guest, server: Server) -> Iterator[Guest]:
    """A browser in which nobody has signed in; it is the same each time."""
    yield from at_ease(_reused)


@pytest.fixture
def root(server: Server) -> int:
    """The one administrator; Ada and Grace are the others that there are."""
    return server.add("root", roles="admin,user")


@pytest.fixture
def token(server: Server, root: int) -> str:
    """With which the administrator does things elsewhere, while a page of the console is open."""
    return server.sign_in("root")


@pytest.fixture
def editor(server: Server, token: str) -> None:
    """There is a role which nobody has."""
    made = server("POST", "/api/admin/roles", {"name": "editor", "description": "Writes."}, token=token)
    assert made.status == 201, made


@pytest.fixture
def grace(server: Server) -> int:
    return server.add("grace", email="grace@example.com", email_confirmed_at=now())


@pytest.fixture
def admin(guest: Guest, root: int, ada: int, grace: int) -> Guest:
    """A browser in which the administrator has signed in."""
    return guest.enter("root")
