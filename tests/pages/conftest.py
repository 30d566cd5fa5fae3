"""A person at a browser: they open pages, and send the forms that are on them."""

import re
from html import unescape

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models import LoginSession, User, db
from tests.factories import PASSWORD

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SESSION, REMEMBER = "lictor_session", "lictor_remember"


class Browser:
    """A browser with cookies of its own, on one app."""

    def __init__(self, app: APIFlask, **cookies: str) -> None:
        self.client: FlaskClient = app.test_client()
        for name, value in cookies.items():
            self.client.set_cookie(name, value)

    def get(self, path: str, **options: object) -> TestResponse:
        return self.client.get(path, headers=HTML, buffered=True, **options)

    def post(self, path: str, data: object = None, **headers: str) -> TestResponse:
        return self.client.post(path, data=data or {}, headers=HTML | headers)

    def token(self, path: str = "/login") -> str:
        """The CSRF token of a page's form."""
        return token_in(self.get(path))

    def send(self, path: str, form: str | None = None, **fields: object) -> TestResponse:
        """Open a page, fill in its form, and send it."""
        return self.post(path, {"csrf_token": self.token(form or path)} | fields)

    def sign_in(self, username: str = "ada", **fields: object) -> "Browser":
        """Sign in with the form, and return oneself."""
        if self.is_in():
            self.client.delete_cookie(SESSION)
        answer = self.send("/login", username=username, password=PASSWORD, **fields)
        assert answer.status_code == 302, answer.text
        return self

    def is_in(self) -> bool:
        """Whether whoever holds these cookies is signed in."""
        status = self.client.get("/protected").status_code
        assert status in (200, 401)
        return status == 200

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found else None

    def cookies(self) -> dict[str, str]:
        """A copy of what is in the jar."""
        return {name: value for name in (SESSION, REMEMBER) if (value := self.cookie(name))}


def token_in(page: TestResponse) -> str:
    match = TOKEN.search(page.text)
    assert match, page.text
    return match[1]


def words(page: TestResponse) -> str:
    """What people read on a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text.partition("<body>")[2])).split())


@pytest.fixture
def browse(app):
    """Open another browser: `browse()`, or with the cookies of one: `browse(**ada.cookies())`."""
    return lambda **cookies: Browser(app, **cookies)


@pytest.fixture
def ada(make, browse):
    """Ada's browser, in which she has signed in."""
    make("ada", email="ada@example.com")
    return browse().sign_in()


@pytest.fixture
def visitor(browse):
    """A browser in which nobody has signed in."""
    return browse()


def rows(app, username="ada"):
    """The sessions of someone, newest last."""
    with app.app_context():
        own = db.select(LoginSession).join(User).where(User.username == username)
        return list(db.session.scalars(own.order_by(LoginSession.created_at)))
