"""Passkeys: enrolling one, the second step, signing in without a password, and whatever is not what was asked for."""

from datetime import timedelta

import pytest

from tests.authenticator import PRESENT, Authenticator
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, person

PASSKEYS, LOGIN = "/api/me/factors/passkeys", "/api/login/passkey"
OURS = "http://localhost"
#: What is false about a ceremony.
FALSE = {
    "another origin": {"origin": "https://evil.example"},
    "another domain": {"domain": "evil.example"},
    "another challenge": {"client": {"challenge": "AAAA"}},
    "another ceremony": {"client": {"type": "webauthn.other"}},
    "nobody there": {"flags": 0},
}


@pytest.fixture
def ada(as_user):
    return as_user("ada")


@pytest.fixture
def key():
    return Authenticator(OURS, "localhost")


@pytest.fixture
def post(client):
    return lambda path, who=None, **body: client.post(path, json=body or None, headers=who.headers if who else {})


@pytest.fixture
def enrolled(post, ada, key):
    """The id of Ada's passkey."""
    begun = post(f"{PASSKEYS}/options", ada).json
    made = post(PASSKEYS, ada, ticket=begun["ticket"], attestation=key.make(begun["options"]), name="Phone")
    assert made.status_code == 201, made.json
    assert len(made.json["recovery_codes"]) == 10
    return made.json["passkey"]["id"]


def first_step(post):
    return post("/api/login", username="ada", password=PASSWORD).json


def test_a_passkey_is_the_second_step(client, post, ada, key, enrolled):
    told = first_step(post)
    assert told["factors"] == ["passkey", "recovery_code"]
    answer = post("/api/login/factor", ticket=told["ticket"], assertion=key.sign(told["passkey"]))

    assert answer.status_code == 200
    (passkey,) = client.get("/api/me/factors", headers=person(answer).headers).json["passkeys"]
    assert (passkey["id"], passkey["name"]) == (enrolled, "Phone") and passkey["last_used_at"]


def test_a_passkey_signs_in_by_itself(client, post, key, enrolled):
    begun = post(f"{LOGIN}/options").json
    assert begun["options"]["userVerification"] == "required" and not begun["options"].get("allowCredentials")
    answer = post(LOGIN, ticket=begun["ticket"], assertion=key.sign(begun["options"]), refresh="token")

    assert answer.status_code == 200 and answer.json["refresh_token"].startswith("lrt_")
    assert client.get("/api/me", headers=person(answer).headers).json["user"]["username"] == "ada"


def test_a_ceremony_is_good_once(post, key, enrolled):
    begun = post(f"{LOGIN}/options").json
    assertion = key.sign(begun["options"])
    assert post(LOGIN, ticket=begun["ticket"], assertion=assertion).status_code == 200

    assert_refused(post(LOGIN, ticket=begun["ticket"], assertion=assertion), 409, "ticket_spent")
    other = post(f"{LOGIN}/options").json
    assert_refused(post(LOGIN, ticket=other["ticket"], assertion=assertion), 403, "wrong_passkey")


def test_a_ceremony_ends_after_five_minutes(post, key, enrolled, clock):
    begun = post(f"{LOGIN}/options").json
    clock.shift(timedelta(seconds=301))

    assert_refused(post(LOGIN, ticket=begun["ticket"], assertion=key.sign(begun["options"])), 409, "ticket_spent")


@pytest.mark.parametrize("false", FALSE.values(), ids=FALSE)
def test_what_is_not_what_was_asked_for_signs_nobody_in(post, key, enrolled, false):
    begun = post(f"{LOGIN}/options").json

    assert_refused(
        post(LOGIN, ticket=begun["ticket"], assertion=key.sign(begun["options"], **false)), 403, "wrong_passkey"
    )


@pytest.mark.parametrize("false", FALSE.values(), ids=FALSE)
def test_what_is_not_what_was_asked_for_is_not_enrolled(client, post, ada, key, false):
    begun = post(f"{PASSKEYS}/options", ada).json
    made = post(PASSKEYS, ada, ticket=begun["ticket"], attestation=key.make(begun["options"], **false))

    assert_refused(made, 403, "wrong_passkey")
    assert client.get("/api/me/factors", headers=ada.headers).json["passkeys"] == []


def test_without_a_password_it_must_have_made_sure_who_uses_it(post, key, enrolled):
    begun = post(f"{LOGIN}/options").json
    unsure = key.sign(begun["options"], flags=PRESENT)
    assert_refused(post(LOGIN, ticket=begun["ticket"], assertion=unsure), 403, "wrong_passkey")
    told = first_step(post)

    assert (
        post("/api/login/factor", ticket=told["ticket"], assertion=key.sign(told["passkey"], flags=PRESENT)).status_code
        == 200
    )


def test_a_copy_of_a_passkey_is_noticed(post, key, enrolled):
    for count, status in ((7, 200), (7, 403), (6, 403), (8, 200)):
        told = first_step(post)
        assertion = key.sign(told["passkey"], count=count)
        assert post("/api/login/factor", ticket=told["ticket"], assertion=assertion).status_code == status


def test_nobody_signs_in_with_the_passkey_of_another(post, key, enrolled, as_user):
    as_user("eve")
    eve = Authenticator(OURS, "localhost")
    person_eve = person(post("/api/login", username="eve", password=PASSWORD))
    begun = post(f"{PASSKEYS}/options", person_eve).json
    assert post(PASSKEYS, person_eve, ticket=begun["ticket"], attestation=eve.make(begun["options"])).status_code == 201
    told = first_step(post)

    assert_refused(
        post("/api/login/factor", ticket=told["ticket"], assertion=eve.sign(told["passkey"])), 403, "wrong_passkey"
    )


def test_the_ticket_of_one_ceremony_is_not_that_of_another(post, ada, key, enrolled):
    sign_in, enrol = post(f"{LOGIN}/options").json, post(f"{PASSKEYS}/options", ada).json

    assert_refused(post(LOGIN, ticket=enrol["ticket"], assertion=key.sign(sign_in["options"])), 401, "invalid_token")
    other = Authenticator(OURS, "localhost")
    attestation = other.make(enrol["options"])
    assert_refused(post(PASSKEYS, ada, ticket=sign_in["ticket"], attestation=attestation), 401, "invalid_token")


ODD = [{}, {"id": 1}, {"id": "é"}, {"id": "AAAA", "response": None}, {"id": "A" * 5000, "response": {}}, {"id": None}]


@pytest.mark.parametrize("assertion", ODD, ids=range(len(ODD)))
def test_what_no_browser_sends_is_refused(post, enrolled, assertion):
    begun = post(f"{LOGIN}/options").json

    assert_refused(post(LOGIN, ticket=begun["ticket"], assertion=assertion), 403, "wrong_passkey")


def test_a_passkey_confirms_who_one_is(client, post, ada, key, enrolled, clock):
    clock.shift(timedelta(minutes=11))
    assert_refused(client.delete(f"{PASSKEYS}/{enrolled}", headers=ada.headers), 403, "reauthentication_required")
    ways = client.get("/api/me/reauthenticate", headers=ada.headers).json
    assert ways["factors"] == ["password", "passkey"]
    confirmed = post("/api/me/reauthenticate", ada, ticket=ways["ticket"], assertion=key.sign(ways["passkey"]))

    assert confirmed.status_code == 200, confirmed.json
    assert client.delete(f"{PASSKEYS}/{enrolled}", headers=ada.headers).status_code == 204
    assert post("/api/login", username="ada", password=PASSWORD).status_code == 200


def test_a_passkey_has_a_name_of_its_owner(client, ada, enrolled, root):
    path = f"{PASSKEYS}/{enrolled}"
    assert client.patch(path, json={"name": "Old phone"}, headers=ada.headers).json["name"] == "Old phone"

    assert_refused(client.patch(path, json={"name": "Mine"}, headers=root.headers), 404, "unknown_factor")
    assert_refused(client.delete(path, headers=root.headers), 404, "unknown_factor")
    assert_refused(client.patch(path, json={"name": " "}, headers=ada.headers), 422, "validation_error")
