"""Two workers: however many show the same proof at the same moment, it is good once."""

import pytest

from auth import totp
from models import this_second
from tests.authenticator import Authenticator
from tests.servers.conftest import at_once

#: What the others are told: it was used, the ticket is spent, or there were too many of them.
LATE = {"wrong_code", "wrong_passkey", "ticket_spent", "too_many_requests"}


@pytest.fixture
def ada(server):
    server.add("ada")
    return server.sign_in("ada")


@pytest.fixture
def app(server, ada):
    """The secret of Ada's authenticator app, and her recovery codes."""
    secret = server("POST", "/api/me/factors/totp", token=ada).json["secret"]
    answer = server("POST", "/api/me/factors/totp/confirm", {"code": code(secret, -1)}, token=ada)
    return secret, answer.json["recovery_codes"]


@pytest.fixture
def key(server, ada):
    """Ada's passkey."""
    made = Authenticator(f"http://127.0.0.1:{server.port}", "127.0.0.1")
    begun = server("POST", "/api/me/factors/passkeys/options", token=ada).json
    body = {"ticket": begun["ticket"], "attestation": made.make(begun["options"]), "name": "Phone"}
    assert server("POST", "/api/me/factors/passkeys", body, token=ada).status == 201
    return made


def code(secret, steps=0):
    return totp.code_at(secret, this_second() // totp.STEP + steps)


def first_step(server):
    answer = server.login("ada")
    assert (answer.status, answer.json["error"]) == (401, "second_factor_required")
    return answer.json["ticket"]


def shown(server, ticket, proof):
    return lambda: server("POST", "/api/login/factor", {"ticket": ticket} | proof)


def assert_one_got_in(server, answers):
    assert [answer.status for answer in answers if answer.status == 200] == [200], answers
    assert {answer.json["error"] for answer in answers if answer.status != 200} <= LATE, answers
    assert server.sql("select count(*) from login_sessions where ended_at is null") == [(2,)]


def test_of_ten_who_spend_one_ticket_at_once_one_does(server, app):
    ticket, proof = first_step(server), {"code": code(app[0])}

    assert_one_got_in(server, at_once(*[shown(server, ticket, proof)] * 10))


def test_of_five_who_show_one_code_at_once_each_with_a_ticket_of_their_own_one_does(server, app):
    tickets, proof = [first_step(server) for _ in range(5)], {"code": code(app[0])}

    assert_one_got_in(server, at_once(*[shown(server, ticket, proof) for ticket in tickets]))


def test_of_five_who_show_one_recovery_code_at_once_one_does(server, app):
    tickets, proof = [first_step(server) for _ in range(5)], {"recovery_code": app[1][0]}

    assert_one_got_in(server, at_once(*[shown(server, ticket, proof) for ticket in tickets]))
    assert server.sql("select count(*) from recovery_codes where used_at is not null") == [(1,)]


def test_of_ten_who_finish_one_ceremony_at_once_one_does(server, key):
    begun = server("POST", "/api/login/passkey/options").json
    # A passkey that is on several devices does not count how often it signs.
    body = {"ticket": begun["ticket"], "assertion": key.sign(begun["options"], count=0)}

    assert_one_got_in(server, at_once(*[lambda: server("POST", "/api/login/passkey", body)] * 10))


def test_of_ten_who_enrol_one_passkey_at_once_one_does(server, ada):
    made = Authenticator(f"http://127.0.0.1:{server.port}", "127.0.0.1")
    begun = server("POST", "/api/me/factors/passkeys/options", token=ada).json
    body = {"ticket": begun["ticket"], "attestation": made.make(begun["options"]), "name": "Phone"}
    answers = at_once(*[lambda: server("POST", "/api/me/factors/passkeys", body, token=ada)] * 10)

    assert sorted(answer.status for answer in answers) == [201] + [409] * 9, answers
    assert server.sql("select count(*) from recovery_codes") == [(10,)]


def test_factors_that_are_removed_while_another_is_added_leave_codes_to_somebody_with_a_factor_only(server, ada, app):
    for _ in range(3):
        key = Authenticator(f"http://127.0.0.1:{server.port}", "127.0.0.1")
        begun = server("POST", "/api/me/factors/passkeys/options", token=ada).json
        body = {"ticket": begun["ticket"], "attestation": key.make(begun["options"]), "name": "Phone"}
        added, removed = at_once(
            lambda body=body: server("POST", "/api/me/factors/passkeys", body, token=ada),
            lambda: server("DELETE", "/api/me/factors/totp", token=ada),
        )
        assert added.status == 201 and removed.status in (204, 404), (added, removed)
        assert server.sql("select factors from users where username = 'ada'") == [("passkey",)]
        assert server.sql("select count(*) from recovery_codes where used_at is null") == [(10,)]
