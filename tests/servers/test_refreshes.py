"""Two workers: no number of tabs that refresh at once costs a session, and a credential that comes back late does."""

from dataclasses import dataclass, replace

import pytest

from tests.conftest import ORIGIN
from tests.factories import PASSWORD
from tests.servers.conftest import COOKIE, Answer, Server, at_once

TABS = 50


@dataclass(frozen=True)
class Tab:
    """What a tab holds of a session."""

    server: Server
    via: str
    credential: str = ""
    access_token: str = ""

    def refresh(self) -> Answer:
        if self.via == "cookie":
            return self.server("POST", "/api/refresh", Cookie=f"{COOKIE}={self.credential}", Origin=ORIGIN)
        if self.via == "token":
            return self.server("POST", "/api/refresh", {"refresh_token": self.credential})
        return self.server("POST", "/api/refresh", token=self.credential)

    def given(self, answer: Answer) -> "Tab":
        assert answer.status == 200, answer
        return replace(self, credential=credential_in(answer, self.via), access_token=answer.json["access_token"])

    def uses(self) -> int:
        return self.server.protected(self.access_token)


def credential_in(answer: Answer, via: str) -> str:
    if via == "cookie":
        return answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    credential: str = answer.json["refresh_token" if via == "token" else "access_token"]
    return credential


@pytest.fixture(params=["access", "cookie", "token"])
def tab(request, server) -> Tab:
    server.add("ada")
    body = {} if request.param == "access" else {"refresh": request.param}
    return Tab(server, request.param).given(server.login("ada", **body))


def reuses(server) -> int:
    return server.sql("select count(*) from audit_events where action = 'session.reuse_detected'")[0][0]


def is_open(server) -> bool:
    return server.sql("select ended_at from login_sessions") == [(None,)]


def test_fifty_tabs_refresh_at_once_and_get_one_successor_and_the_session_lives(tab):
    answers = at_once(*[tab.refresh] * TABS)

    assert [answer.status for answer in answers] == [200] * TABS
    assert len({credential_in(answer, tab.via) for answer in answers}) == 1
    assert len({answer.json["access_token"] for answer in answers}) == 1
    assert {tab.given(answer).uses() for answer in answers[:5]} == {200}
    assert is_open(tab.server)
    assert reuses(tab.server) == 0


def test_an_older_credential_afterwards_ends_the_session_and_is_written_down(tab):
    second = tab.given(at_once(*[tab.refresh] * TABS)[0])
    third = second.given(at_once(*[second.refresh] * TABS)[0])
    assert third.uses() == 200

    assert tab.refresh().status == 401
    assert [older.uses() for older in (tab, second, third)] == [401, 401, 401]
    assert [newer.refresh().status for newer in (second, third)] == [401, 401]
    assert not is_open(tab.server)
    assert reuses(tab.server) == 1


def test_a_credential_that_is_reused_by_many_at_once_is_refused_to_all_and_written_down_once(tab):
    third = tab.given(tab.refresh())
    third = third.given(third.refresh())
    answers = at_once(*[tab.refresh] * 10)

    assert {answer.status for answer in answers} == {401}
    assert third.uses() == 401
    assert reuses(tab.server) == 1


def test_tabs_that_refresh_while_their_sibling_signs_out_leave_no_session_open(tab):
    for _ in range(5):
        tab.server.sql("update login_sessions set ended_at = null, refresh_count = 0, used_count = 0")
        calls = [tab.refresh] * 4
        calls.insert(2, lambda: tab.server("POST", "/api/logout", token=tab.access_token))
        answers = at_once(*calls)

        assert {answer.status for answer in answers} <= {200, 401}
        assert not is_open(tab.server)
        assert tab.refresh().status == 401


def test_a_session_that_is_signed_out_of_by_many_at_once_is_ended_once(tab):
    answers = at_once(*[lambda: tab.server("POST", "/api/logout", token=tab.access_token)] * 10)

    assert {answer.status for answer in answers} == {200}
    assert tab.server.sql("select count(*) from audit_events where action = 'session.ended'")[0][0] == 1


def test_tabs_that_refresh_while_the_account_is_deleted_are_refused_like_any_other(tab):
    for _ in range(5):
        calls = [tab.refresh] * 6
        calls.insert(3, lambda tab=tab: tab.server("DELETE", "/api/me", {"password": PASSWORD}, token=tab.access_token))
        answers = at_once(*calls)

        assert {answer.status for answer in answers} <= {200, 204, 401}
        assert tab.refresh().status == 401
        tab.server.add("ada")
        tab = tab.given(tab.server.login("ada", **({} if tab.via == "access" else {"refresh": tab.via})))


def test_tabs_that_refresh_and_use_what_they_got_never_end_the_session(tab):
    for _ in range(5):
        answers = at_once(*[lambda tab=tab: (newer := tab.given(tab.refresh()), newer.uses())] * 8)
        tab = answers[0][0]

        assert [status for _, status in answers] == [200] * 8
    assert is_open(tab.server)
