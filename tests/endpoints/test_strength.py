"""Which passwords may be chosen, at every door; and what is told of one that somebody thinks of."""

import pytest

from auth.strength import _common
from tests.factories import PASSWORD

COMMON = ["password1", "PassWord1", "ｐａｓｓｗｏｒｄ１", "qwertyuiop", "iloveyou", "sunshine1"]
OWN = [
    "grace.hopper",
    "Grace.Hopper1",
    "hopper@navyadmirals.example",
    "1grace.hopper23",
    "lictor123",
    "LICTOR!!",
    "navyadmirals",
]
FIRST = "tried first"
LIKE = "too much like"
ACCOUNT = {"username": "grace.hopper", "email": "hopper@navyadmirals.example"}


def test_the_list_has_nineteen_thousand_passwords():
    assert len(_common()) > 19_000


@pytest.fixture
def refused(client):
    """Try to register with a password, and return what is said of it."""

    def tried(password):
        answer = client.post("/api/registration", json=ACCOUNT | {"password": password})
        assert answer.status_code == 422, answer.json
        return answer.json["fields"]["password"][0]

    return tried


@pytest.mark.parametrize("password", COMMON)
def test_a_common_password_is_refused_however_it_is_spelt(refused, password):
    assert FIRST in refused(password)


@pytest.mark.parametrize("password", OWN)
def test_a_password_that_is_made_of_a_name_is_refused(refused, password):
    assert LIKE in refused(password)


@pytest.mark.parametrize("password", ["grace.hopper sails", "a hopper in the grass", "1", "password1 and more"])
def test_a_name_in_a_sentence_does_no_harm(client, password):
    answer = client.post("/api/registration", json=ACCOUNT | {"password": password})

    assert answer.status_code == (422 if len(password) < 8 else 201)


def test_a_short_name_forbids_nothing(client):
    body = {"username": "al", "email": "al@x.example", "password": "also-al1"}

    assert client.post("/api/registration", json=body).status_code == 201


def test_a_common_password_is_no_new_one(client, as_user):
    ada = as_user("lovelace")
    for password, told in (("password1", FIRST), ("lovelace1", LIKE)):
        body = {"current_password": PASSWORD, "new_password": password}
        answer = client.put("/api/me/password", json=body, headers=ada.headers)
        assert answer.status_code == 422 and told in answer.json["fields"]["new_password"][0]


def test_a_common_password_is_not_given_to_others(client, as_user):
    root = as_user("root", roles="admin,user")
    body = {"username": "grace", "password": "password1"}
    answer = client.post("/api/admin/users", json=body, headers=root.headers)

    assert answer.status_code == 422 and FIRST in answer.json["fields"]["password"][0]


STRENGTHS = [
    ("", 0, False),
    ("short", 0, False),
    ("password1", 0, False),
    ("grace.hopper1", 0, False),
    ("kq3vnnw2", 2, True),
    ("a lantern in the harbour", 4, True),
    ("a lantern in the harbour" * 40, 4, True),
    ("x" * 5000, 0, False),
]


@pytest.mark.parametrize(("password", "least", "allowed"), STRENGTHS, ids=range(len(STRENGTHS)))
def test_the_strength_of_a_password_is_told(client, password, least, allowed):
    told = client.post("/api/password-strength", json=ACCOUNT | {"password": password}).json

    assert told["allowed"] is allowed and told["message"]
    assert least <= told["score"] <= 4 if allowed else told["score"] == 0


def test_asking_for_the_strength_is_counted(client, monkeypatch):
    from auth import throttle

    monkeypatch.setattr(throttle, "STRENGTHS", throttle._budget("strengths", "2/5 minutes"))
    asked = [client.post("/api/password-strength", json={"password": "x"}).status_code for _ in range(3)]

    assert asked == [200, 200, 429]
