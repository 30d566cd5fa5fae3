"""Two workers: however many redeem a code at the same moment, it is good once."""

import pytest

from tests.servers.conftest import at_once

OTHER_PASSWORD = "another lantern"


@pytest.mark.parametrize("number", range(8))
def test_of_twenty_who_redeem_a_code_at_once_one_does(server, number):
    server.add("ada", roles="admin")
    old = server.sign_in("ada")
    code = recovered(server)
    answers = at_once(*[lambda each=each: redeem(server, code, f"{OTHER_PASSWORD} {each}") for each in range(20)])

    assert sorted(answer.status for answer in answers) == [200] + [409] * 19
    assert {answer.json["error"] for answer in answers if answer.status == 409} == {"ticket_spent"}
    (winner,) = [each for each, answer in enumerate(answers) if answer.status == 200]
    assert server.protected(answers[winner].json["access_token"]) == 200
    assert server.protected(old) == 401
    logins = [server.login("ada", password=f"{OTHER_PASSWORD} {each}").status for each in (winner, (winner + 1) % 20)]
    assert logins == [200, 401]
    assert server.sql("select count(*) from audit_events where action = 'user.password_reset'") == [(1,)]


def test_a_code_that_is_redeemed_while_its_owner_is_disabled_leaves_no_session_open(server):
    server.add("root", roles="admin")
    path = f"/api/admin/users/{server.add('ada', roles='admin')}"
    for _ in range(10):
        code, root = recovered(server, "ada"), server.sign_in("root")
        redeemed, disabled = at_once(
            lambda code=code: redeem(server, code, OTHER_PASSWORD),
            lambda root=root: server("PATCH", path, {"is_active": False}, token=root),
        )

        assert (disabled.status, redeemed.status in (200, 401, 409)) == (200, True), redeemed
        assert redeemed.status != 200 or server.protected(redeemed.json["access_token"]) == 401
        assert redeem(server, code, OTHER_PASSWORD).status == 409


def test_of_a_code_and_a_newer_one_the_older_is_never_good_afterwards(server):
    server.add("ada", roles="admin")
    for _ in range(5):
        older = recovered(server)
        redeemed, newer = at_once(lambda older=older: redeem(server, older, OTHER_PASSWORD), lambda: recovered(server))

        assert redeemed.status in (200, 409)
        assert redeem(server, older, OTHER_PASSWORD).status == 409
        if redeemed.status == 409:
            assert redeem(server, newer, OTHER_PASSWORD).status == 200


def recovered(server, *words: str) -> str:
    """The code that the terminal prints."""
    result = server.app.test_cli_runner().invoke(args=["users", "recover-admin", *words])
    assert result.exit_code == 0, result.output
    return next(line.strip() for line in result.output.splitlines() if line.strip().startswith("ltk_"))


def redeem(server, code: str, password: str):
    return server("POST", "/api/reset_finalize", {"password": password}, token=code)
