"""Two workers: no race between administrators leaves the house without one."""

from functools import partial

import pytest

from tests.factories import PASSWORD
from tests.servers.conftest import at_once

ROUNDS = 100
#: An access token of this server lives for 30 seconds.
A_WHILE = 50
#: Who came second holds the role no more, is disabled, or is the last one.
SECOND = {401, 403, 409}


def withdraw(server, token: str, user_id: int):
    return server("DELETE", f"/api/admin/users/{user_id}/roles/admin", token=token)


def disable(server, token: str, user_id: int):
    return server("PATCH", f"/api/admin/users/{user_id}", {"is_active": False}, token=token)


def leave(server, token: str):
    return server("DELETE", "/api/me", {"password": PASSWORD}, token=token)


def refuses_only_for_the_last(answer) -> bool:
    return answer.status != 409 or answer.json["error"] == "last_admin"


ATTACKS = {
    "each withdraws the other's role": (withdraw, withdraw),
    "one disables, one withdraws": (disable, withdraw),
    "each disables the other": (disable, disable),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_of_two_administrators_who_strike_at_the_same_moment_one_is_left(server, attack):
    ids = [server.add(name, roles="admin") for name in ("ada", "bea")]
    for number in range(ROUNDS):
        if number % A_WHILE == 0:
            tokens = [server.sign_in(name) for name in ("ada", "bea")]
        answers = at_once(partial(attack[0], server, tokens[0], ids[1]), partial(attack[1], server, tokens[1], ids[0]))
        statuses = sorted(answer.status for answer in answers)

        assert len(server.sql("select id from users where is_active = true and roles = 'admin'")) == 1
        assert statuses[0] == 200 and statuses[1] in SECOND, answers
        assert all(map(refuses_only_for_the_last, answers))
        as_before(server)


def test_of_two_administrators_who_leave_at_the_same_moment_one_stays(server):
    for _ in range(5):
        for name in ("ada", "bea"):
            server.add(name, roles="admin")
        tokens = [server.sign_in(name) for name in ("ada", "bea")]
        answers = at_once(*[partial(leave, server, token) for token in tokens])

        assert sorted(answer.status for answer in answers) == [204, 409]
        assert len(server.sql("select id from users")) == 1
        server.sql("delete from login_sessions")
        server.sql("delete from users")


@pytest.mark.parametrize("act", [withdraw, disable])
def test_the_last_administrator_cannot_go_though_many_try_at_once(server, act):
    ada = server.add("ada", roles="admin")
    token = server.sign_in("ada")
    answers = at_once(*[lambda: act(server, token, ada)] * 10)

    assert {answer.status for answer in answers} == {409}
    assert server("GET", "/api/admin/roles", token=token).status == 200


def as_before(server) -> None:
    server.sql("update users set is_active = true, roles = 'admin'")
    server.sql("update login_sessions set ended_at = null")
