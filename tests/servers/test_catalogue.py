"""Two workers: a role is made once, and of a role that is deleted nothing stays, whoever gets it at the same moment."""

from datetime import UTC, datetime, timedelta

import pytest

from models import role_names
from tests.factories import PASSWORD
from tests.servers.conftest import at_once

ROUNDS = 30
#: An access token of this server lives for 30 seconds.
A_WHILE = 10
ROLES = "/api/admin/roles"
EDITOR = {"name": "editor", "is_default": True}


@pytest.mark.parametrize("number", range(5))
def test_of_ten_who_make_a_role_at_once_one_does(server, root, number):
    token = root()
    answers = at_once(*[lambda: server("POST", ROLES, {"name": "editor"}, token=token)] * 10)

    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    assert {answer.json["error"] for answer in answers if answer.status == 409} == {"role_exists"}
    assert server.sql("select count(*) from roles where name = 'editor'") == [(1,)]
    assert server.sql("select count(*) from audit_events where action = 'role.created'") == [(1,)]


def test_nobody_has_a_role_that_was_deleted_while_it_was_given(server, root):
    ids = [server.add(f"reader{number}", stored="!") for number in range(9)]
    for number in range(ROUNDS):
        if number % A_WHILE == 0:
            token = root()
        assert server("POST", ROLES, EDITOR, token=token).status == 201
        assert server("PUT", f"/api/admin/users/{ids[8]}/roles/editor", token=token).status == 200
        calls = givings(server, token, ids, number)
        calls.insert(number % 9, lambda token=token: server("DELETE", f"{ROLES}/editor?withdraw=true", token=token))
        answers = at_once(*calls)

        assert {answer.status for answer in answers} <= {200, 201, 404}, answers
        assert answers[number % 9].status == 200
        assert strays(server) == set()


def givings(server, token, ids, number):
    """Eight ways in which somebody gets the role."""
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    def asks(method, path, body):
        return lambda: server(method, path, body, token=token)

    return [
        asks("PUT", f"/api/admin/users/{ids[0]}/roles/editor", {}),
        asks("PUT", f"/api/admin/users/{ids[1]}/roles/editor", {"expires_at": until}),
        asks("PUT", f"/api/admin/users/{ids[2]}/roles/editor", {"starts_at": until}),
        asks("PUT", f"/api/admin/users/{ids[3]}/roles", {"roles": ["editor", "user"]}),
        asks("POST", f"{ROLES}/editor/users", {"add": ids[4:8]}),
        asks("POST", f"{ROLES}/editor/users", {"add": ids[:4], "remove": ids[4:8]}),
        asks("POST", "/api/registration", {"username": f"new{number}", "password": PASSWORD}),
        asks("POST", "/api/admin/users", {"username": f"made{number}", "password": PASSWORD, "roles": ["user"]}),
    ]


def strays(server):
    """The names that somebody has, and that are no roles."""
    held = {name for (text,) in server.sql("select roles from users") for name in role_names(text)}
    lent = {name for (name,) in server.sql("select role from role_grants")}
    return (held | lent) - {name for (name,) in server.sql("select name from roles")}


@pytest.fixture
def root(server):
    """Sign in as an administrator; the role is gone in the end."""
    server.add("root", roles="admin")
    yield lambda: server.sign_in("root")
    server.sql("delete from role_grants")
    server.sql("delete from roles where name = 'editor'")
