"""Two workers: what happens to one account from several sides at the same moment adds up."""

import passlib.hash
import pytest

from tests.factories import PASSWORD, make_role
from tests.servers.conftest import at_once

ROLES = [f"role-{number}" for number in range(8)]
OTHER_PASSWORD = "another lantern"


@pytest.fixture
def root(server) -> str:
    server.add("root", roles="admin")
    with server.app.app_context():
        for role in ROLES:
            make_role(role)
    return server.sign_in("root")


def roles_of(server, user_id: int) -> str:
    return server.sql("select roles from users where id = :id", id=user_id)[0][0]


def test_different_roles_that_are_granted_at_once_are_all_there(server, root):
    ada = server.add("ada")
    for _ in range(5):
        server.sql("update users set roles = 'user' where id = :id", id=ada)
        answers = at_once(
            *[lambda role=role: server("PUT", f"/api/admin/users/{ada}/roles/{role}", token=root) for role in ROLES]
        )

        assert {answer.status for answer in answers} == {200}
        assert roles_of(server, ada) == ",".join([*ROLES, "user"])


def test_roles_that_are_granted_and_withdrawn_at_once_do_not_undo_each_other(server, root):
    ada = server.add("ada")
    for _ in range(5):
        server.sql("update users set roles = :roles where id = :id", roles=",".join(ROLES[:4]), id=ada)
        calls = [("DELETE", role) for role in ROLES[:4]] + [("PUT", role) for role in ROLES[4:]]
        answers = at_once(
            *[
                lambda call=call: server(call[0], f"/api/admin/users/{ada}/roles/{call[1]}", token=root)
                for call in calls
            ]
        )

        assert {answer.status for answer in answers} == {200}
        assert roles_of(server, ada) == ",".join(ROLES[4:])


def test_a_role_that_is_granted_many_times_at_once_is_written_down_once(server, root):
    ada = server.add("ada")
    at_once(*[lambda: server("PUT", f"/api/admin/users/{ada}/roles/role-1", token=root)] * 8)

    assert server.sql("select count(*) from audit_events where action = 'role.granted'")[0][0] == 1


def test_whoever_signs_in_while_being_disabled_has_no_open_session(server, root):
    ada = server.add("ada")
    for _ in range(20):
        signed_in, disabled, second = at_once(
            lambda: server.login("ada"),
            lambda: server("PATCH", f"/api/admin/users/{ada}", {"is_active": False}, token=root),
            lambda: server.login("ada", refresh="token"),
        )

        assert disabled.status == 200
        assert {signed_in.status, second.status} <= {200, 401}
        assert open_sessions(server, ada) == 0
        for answer in (signed_in, second):
            assert answer.status == 401 or server.protected(answer.json["access_token"]) == 401
        server.sql("update users set is_active = true")


def test_whoever_signs_in_while_being_deleted_has_no_open_session(server, root):
    for _ in range(5):
        ada = server.add("ada")
        token = server.sign_in("ada")
        signed_in, deleted = at_once(
            lambda: server.login("ada"),
            lambda token=token: server("DELETE", "/api/me", {"password": PASSWORD}, token=token),
        )

        assert (deleted.status, signed_in.status in (200, 401)) == (204, True)
        assert open_sessions(server, ada) == 0


def test_whoever_signs_in_with_the_old_password_while_it_is_changed_has_no_open_session(server):
    ada = server.add("ada")
    passwords = [PASSWORD, OTHER_PASSWORD]
    for _ in range(10):
        old, new = passwords
        token = server.login("ada", password=old).json["access_token"]
        body = {"current_password": old, "new_password": new}
        changed, signed_in = at_once(
            lambda body=body, token=token: server("PUT", "/api/me/password", body, token=token),
            lambda old=old: server.login("ada", password=old),
        )

        assert (changed.status, signed_in.status in (200, 401)) == (200, True)
        assert open_sessions(server, ada) == 1
        assert server.protected(token) == 200
        server.sql("delete from login_sessions")
        passwords.reverse()


def test_an_imported_account_signs_in_from_several_tabs_at_once(server):
    for _ in range(3):
        stored = passlib.hash.pbkdf2_sha512.using(rounds=1000).hash(PASSWORD)
        ada = server.add("ada", stored=stored)
        answers = at_once(*[lambda: server.login("ada")] * 8)

        assert [answer.status for answer in answers] == [200] * 8
        assert server.sql("select password from users")[0][0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert open_sessions(server, ada) == 8
        server.sql("delete from login_sessions")
        server.sql("delete from users")


def open_sessions(server, user_id: int) -> int:
    found = server.sql("select count(*) from login_sessions where user_id = :id and ended_at is null", id=user_id)
    return int(found[0][0])
