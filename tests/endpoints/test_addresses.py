"""Taking another e-mail address: asked for with the password, made from the new mailbox, told to the old one."""

import pytest

from models import now
from tests.endpoints.shape import assert_refused
from tests.endpoints.test_confirmation import finalize
from tests.factories import PASSWORD, bearer, sign_in

OLD, NEW = "ada@example.com", "ada@new.example"
DOOR = "/api/me/email"


def test_the_new_address_is_taken_from_the_new_mailbox(client, ada, change, confirm, post):
    assert change().status_code == 202
    letters = {letter.to: letter for letter in post.sent()}

    assert letters.keys() == {OLD, NEW}
    assert letters[NEW].link.startswith("http://127.0.0.1:5000/confirm?token=ltk_")
    assert letters[NEW].link.endswith("&purpose=new_address")
    assert NEW not in letters[OLD].text and "http" not in letters[OLD].text
    assert client.get("/api/me", headers=ada.headers).json["user"]["email"] == OLD
    assert confirm(letters[NEW].token).status_code == 200
    me = client.get("/api/me", headers=ada.headers).json["user"]
    assert me["email"] == NEW and me["email_confirmed_at"]
    assert post.one(OLD).subject == "Your e-mail address was changed"
    assert sign_in(client, NEW).id == ada.id
    assert_refused(client.post("/api/login", json={"email": OLD, "password": PASSWORD}), 401, "invalid_credentials")


def test_a_ticket_is_good_once_and_for_nothing_else(client, change, confirm, post):
    change()
    token = next(letter.token for letter in post.sent() if letter.to == NEW)

    assert_refused(finalize(client, token), 401, "invalid_token")
    assert_refused(client.post("/api/reset_finalize", json={"password": PASSWORD}, headers=bearer(token)), 401)
    assert confirm(token).status_code == 200
    assert_refused(confirm(token), 409, "ticket_spent")


def test_of_two_new_addresses_the_later_one_counts(client, ada, change, confirm, post):
    tokens = []
    for email in (NEW, "ada@newer.example"):
        change(email=email)
        tokens += [letter.token for letter in post.sent() if letter.to == email]

    assert_refused(confirm(tokens[0]), 409, "ticket_spent")
    assert confirm(tokens[1]).status_code == 200
    assert client.get("/api/me", headers=ada.headers).json["user"]["email"] == "ada@newer.example"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"password": "wrong"}, 403, "wrong_password"),
        ({"email": "no address"}, 422, "validation_error"),
        ({"email": OLD}, 422, "validation_error"),
        ({"email": OLD.upper()}, 422, "validation_error"),
        ({"email": None}, 422, "validation_error"),
        ({"email": f"{NEW},eve@evil.example"}, 422, "validation_error"),
        ({"email": f"{NEW}\r\nBcc: eve@evil.example"}, 422, "validation_error"),
        ({"roles": "admin"}, 422, "validation_error"),
    ],
)
def test_what_will_not_do_changes_nothing_and_writes_to_nobody(client, ada, change, post, body, status, code):
    assert_refused(change(**body), status, code)
    assert post.sent() == []
    assert client.get("/api/me", headers=ada.headers).json["user"]["email"] == OLD


def test_whether_another_has_the_address_is_told_to_them_alone(ada, change, post, make):
    make("bea", email="bea@example.com")
    free, taken = change(), change(email="bea@example.com")
    told = {letter.to: letter for letter in post.sent() if letter.to != OLD}

    assert (free.status_code, free.json) == (taken.status_code, taken.json)
    assert told["bea@example.com"].subject == "You have an account already"
    assert "http" not in told["bea@example.com"].text and "Hello bea" in told["bea@example.com"].text


def test_of_two_who_ask_for_one_address_the_first_to_confirm_has_it(client, ada, change, confirm, post, as_user):
    bea = as_user("bea", email="bea@example.com")
    change()
    change(headers=bea.headers)
    tokens = [letter.token for letter in post.sent() if letter.to == NEW]

    assert len(tokens) == 2 and confirm(tokens[1]).status_code == 200, "the second one is Bea's"
    assert_refused(confirm(tokens[0]), 409, "email_taken")
    assert client.get("/api/me", headers=ada.headers).json["user"]["email"] == OLD
    assert client.get("/api/me", headers=bea.headers).json["user"]["email"] == NEW


def changed_password(client, ask, ada):
    body = {"current_password": PASSWORD, "new_password": "another lantern"}
    return client.put("/api/me/password", json=body, headers=ada.headers)


MEANWHILE = {
    "a new password": changed_password,
    "another address": lambda client, ask, ada: ask("PATCH", f"/api/admin/users/{ada.id}", {"email": "b@c.example"}),
    "been disabled": lambda client, ask, ada: ask("PATCH", f"/api/admin/users/{ada.id}", {"is_active": False}),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_the_ticket_is_void_once_the_account_has(client, ask, ada, change, confirm, post, meanwhile):
    change()
    token = next(letter.token for letter in post.sent() if letter.to == NEW)

    assert meanwhile(client, ask, ada).status_code == 200
    assert_refused(confirm(token), 409, "ticket_spent")


def test_a_stranger_is_not_written_to_without_end(change, post):
    for _ in range(6):
        change()

    assert len([letter for letter in post.sent() if letter.to == NEW]) == 3


def test_an_address_that_was_mistyped_is_no_good_as_soon_as_another_is_asked_for(change, confirm, post, make):
    make("bea", email="bea@example.com")
    change(email="mistyped@example.com")
    token = next(letter.token for letter in post.sent() if letter.to == "mistyped@example.com")
    change(email="bea@example.com")

    assert_refused(confirm(token), 409, "ticket_spent")


def test_whoever_has_no_address_gets_one(client, as_user, change, confirm, post):
    cyd = as_user("cyd")
    change(headers=cyd.headers)

    assert confirm(post.one(NEW).token).status_code == 200
    assert client.get("/api/me", headers=cyd.headers).json["user"]["email"] == NEW


def test_without_mail_the_change_is_made_at_once(app, client, ada, change, post, monkeypatch, make):
    make("bea", email="bea@example.com")
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "")

    assert change().json["message"] == "Your e-mail address is changed."
    me = client.get("/api/me", headers=ada.headers).json["user"]
    assert (me["email"], me["email_confirmed_at"]) == (NEW, None)
    assert_refused(change(email="bea@example.com"), 409, "email_taken")


def test_what_was_asked_for_and_made_is_on_record(client, ada, change, confirm, post):
    change()
    confirm(next(letter.token for letter in post.sent() if letter.to == NEW))
    events = client.get("/api/me/events", headers=ada.headers).json["events"]
    told = {event["action"]: event for event in events}

    assert told["user.email_change_asked"]["actor_id"] == ada.id
    assert (told["user.email_changed"]["before"], told["user.email_changed"]["after"]) == (
        "a…@example.com",
        "a…@new.example",
    )
    assert (told["user.email_changed"]["actor"], told["user.email_changed"]["actor_id"]) == ("user", ada.id)


@pytest.fixture
def ada(as_user):
    return as_user("ada", email=OLD, email_confirmed_at=now())


@pytest.fixture
def change(client, ada):
    def asked(headers=None, **body):
        return client.put(DOOR, json={"email": NEW, "password": PASSWORD} | body, headers=headers or ada.headers)

    return asked


@pytest.fixture
def confirm(client):
    return lambda token: client.post(f"{DOOR}/confirm", headers=bearer(token))
