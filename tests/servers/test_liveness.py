"""Two workers: what an administrator or an owner changes counts on the very next request, whichever worker gets it."""

import socket

import pytest

from tests.endpoints.test_carriers import claims

ROUNDS = 200
#: An access token of this server lives for 30 seconds, so it is exchanged for a new one every now and then.
A_WHILE = 50


def test_both_workers_serve(server):
    for _ in range(100):
        assert server("GET", "/api/health").status == 200
    lines = server.access_log.read_text().splitlines()

    assert len({line.split()[0] for line in lines}) == 2


def test_a_role_granted_or_withdrawn_counts_on_the_next_request(server):
    server.add("root", roles="admin")
    path = f"/api/admin/users/{server.add('ada')}/roles/admin"
    seen = []
    for number in range(ROUNDS):
        if number % A_WHILE == 0:
            root, ada = server.sign_in("root"), server.sign_in("ada")
        for method in ("PUT", "DELETE"):
            assert server(method, path, token=root).status == 200
            seen.append(server("GET", "/api/admin/roles", token=ada).status)

    assert seen == [200, 403] * ROUNDS


def test_a_disabled_account_is_out_on_the_next_request(server):
    server.add("root", roles="admin")
    path = f"/api/admin/users/{server.add('ada')}"
    seen = []
    for number in range(ROUNDS):
        if number % A_WHILE == 0:
            root, ada = server.sign_in("root"), server.sign_in("ada")
        seen.append(server.protected(ada))
        assert server("PATCH", path, {"is_active": False}, token=root).status == 200
        seen.append(server.protected(ada))
        server.sql("update users set is_active = true")
        server.sql("update login_sessions set ended_at = null")

    assert seen == [200, 401] * ROUNDS


ENDINGS = {
    "by its owner, elsewhere": lambda server, ada, other: server(
        "DELETE", f"/api/me/sessions/{claims(ada)['sid']}", token=other
    ),
    "by signing out": lambda server, ada, other: server("POST", "/api/logout", token=ada),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_an_ended_session_is_over_on_the_next_request(server, end):
    server.add("ada")
    seen = []
    for number in range(ROUNDS):
        if number % A_WHILE == 0:
            ada, other = server.sign_in("ada"), server.sign_in("ada")
        seen.append(server.protected(ada))
        assert end(server, ada, other).status in (200, 204)
        seen.append(server.protected(ada))
        server.sql("update login_sessions set ended_at = null")

    assert seen == [200, 401] * ROUNDS


def test_whoever_is_disabled_while_their_request_arrives_is_out(server):
    server.add("root", roles="admin")
    path = f"/api/admin/users/{server.add('mallory', roles='admin')}"
    root, mallory = server.sign_in("root"), server.sign_in("mallory")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        head = f"PUT {path}/roles/user HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n"
        connection.sendall(f"{head}Authorization: Bearer {mallory}\r\n\r\n".encode())
        assert server("PATCH", path, {"is_active": False}, root).status == 200
        connection.sendall(b"{}")

        assert connection.makefile().readline().startswith("HTTP/1.1 401 ")


@pytest.mark.parametrize("body", ["zz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n", "2;\n{}\r\n0\r\n\r\n", "2\r\n{}XX0\r\n\r\n"])
def test_a_body_in_broken_chunks_is_refused_like_any_other_that_is_none(server, body):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        head = "POST /api/login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall((head + body).encode())

        assert connection.makefile().readline().startswith("HTTP/1.1 400 ")
