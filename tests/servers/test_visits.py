"""Page sessions with two workers: many tabs at once, and what one worker ended is over on the other."""

import http.client
import re
from urllib.parse import urlencode

import pytest

from auth.guard import guard
from models import LoginSession, User, db
from tests.factories import PASSWORD
from tests.servers.conftest import at_once

SESSION, REMEMBER = "lictor_session", "lictor_remember"


class Tab:
    """A connection for each request, and the cookies that came."""

    def __init__(self, server, **cookies):
        self.server, self.cookies = server, cookies

    def __call__(self, method, path, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        connection.request(method, path, urlencode(fields), headers | {"Connection": "close"})
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, text

    def token(self, path="/login"):
        _, text = self("GET", path)
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)[1]

    def sign_in(self, **fields):
        given = {"csrf_token": self.token(), "username": "ada", "password": PASSWORD} | fields
        assert self("POST", "/login", **given)[0] == 302
        return self

    def is_in(self):
        return self("GET", "/protected")[0] == 200


@pytest.fixture
def ada(server):
    server.add("ada")
    return Tab(server).sign_in(remember="y")


def test_all_tabs_that_a_browser_restores_at_once_are_signed_in(server, ada):
    for _ in range(5):
        tabs = [Tab(server, **{REMEMBER: ada.cookies[REMEMBER]}) for _ in range(12)]
        assert at_once(*(tab.is_in for tab in tabs)) == [True] * 12
        assert len({tab.cookies[REMEMBER] for tab in tabs}) == 1
        assert at_once(*(tab.is_in for tab in tabs)) == [True] * 12
        ada.cookies = tabs[-1].cookies


def test_what_ends_a_session_ends_it_on_every_worker(server, ada):
    for _ in range(20):
        copies = [Tab(server, **ada.cookies) for _ in range(4)]
        assert all(copy.is_in() for copy in copies)
        assert ada("POST", "/logout", csrf_token=ada.token("/logout"))[0] == 302
        assert not any(copy.is_in() for copy in copies)
        ada.sign_in(remember="y")


def test_a_page_that_loads_while_one_signs_out_brings_nobody_back(server, ada):
    for _ in range(10):
        token, copy, loading = ada.token("/logout"), dict(ada.cookies), Tab(server, **ada.cookies)
        at_once(lambda t=token: ada("POST", "/logout", csrf_token=t), *(loading.is_in for _ in range(5)))
        assert not loading.is_in() and not Tab(server, **copy).is_in()
        ada.sign_in(remember="y")


def test_of_two_who_change_the_password_at_once_one_does(server, ada):
    tabs = [Tab(server, **ada.cookies), Tab(server, **ada.cookies)]
    token = ada.token("/account/password")

    def change(tab, new):
        return tab("POST", "/account/password", csrf_token=token, current_password=PASSWORD, new_password=new)[0]

    statuses = at_once(lambda: change(tabs[0], "staple by the window"), lambda: change(tabs[1], "a boat on the shore"))
    assert sorted(statuses) in ([302, 302], [302, 403])
    assert [tab.is_in() for tab in tabs].count(True) == 1
    with server.app.app_context():
        stored = db.session.scalars(db.select(User.password)).one()
        is_open = LoginSession.ended_at.is_(None)
        assert db.session.scalar(db.select(db.func.count(LoginSession.id)).where(is_open)) == 1
    assert sum(guard.hasher.verify(new, stored) for new in ("staple by the window", "a boat on the shore")) == 1
