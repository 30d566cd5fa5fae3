"""Two workers: however two people race for a name or an address, one of them gets it, and the other is told so."""

import pytest

from tests.factories import PASSWORD
from tests.servers.conftest import at_once

ROUNDS = 3
#: Who races: the address of the door, the name and the e-mail address of each.
RACES = {
    "two spellings of a name": [("registration", "Kira", None), ("registration", "KIRA", None)],
    "twenty at once": [("registration", name, None) for name in ("kira", "Kira", "KIRA", "ｋｉｒａ")] * 5,
    "through both doors": [("registration", "Straße", None), ("register", "STRASSE", None)],
    "a name, with and without an address": [
        ("registration", "kira", "kira@example.com"),
        ("registration", "KIRA", None),
        ("register", "Kira", "other@example.com"),
    ],
    "two spellings of an address, different names": [
        ("registration", "kira", "kira@bücher.example"),
        ("register", "lena", "Kira@XN--BCHER-KVA.example"),
    ],
    "twenty spellings of an address, different names": [
        ("registration", f"kira{number}", "kira@example.com" if number % 2 else "KIRA@Example.com")
        for number in range(20)
    ],
    "the same name and the same address": [
        ("registration", "kira", "kira@example.com"),
        ("register", "KIRA", "KIRA@EXAMPLE.COM"),
    ]
    * 3,
}


@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_of_all_who_race_for_a_name_or_an_address_one_gets_it(server, race):
    for _ in range(ROUNDS):
        answers = at_once(*[registering(server, *runner) for runner in race])

        assert sorted(answer.status for answer in answers) == [201] + [409] * (len(race) - 1)
        assert {answer.json.get("error") for answer in answers} <= {None, "username_taken", "email_taken"}
        assert len(server.sql("select id from users")) == 1
        winner = next(answer for answer in answers if answer.status == 201)
        assert server.protected(winner.json["access_token"]) == 200
        server.sql("delete from login_sessions")
        server.sql("delete from users")


def test_people_with_different_names_do_not_stand_in_each_others_way(server):
    runners = [
        registering(server, "registration", f"kira{number}", f"kira{number}@example.com") for number in range(20)
    ]

    assert {answer.status for answer in at_once(*runners)} == {201}


def registering(server, door: str, name: str, email: str | None):
    body = {"username": name, "password": PASSWORD} | ({"email": email} if email else {})
    return lambda: server("POST", f"/api/{door}", body)
