"""A forgotten password: whoever asks is told nothing; whoever has the address gets a letter."""

import json

import pytest

from models import Letter, User, db, now
from tests.endpoints.shape import assert_refused
from tests.endpoints.test_confirmation import comparable, finalize
from tests.factories import PASSWORD, bearer, sign_in

ADDRESS = "ada@example.com"
NEW_PASSWORD = "another lantern"


def test_following_the_link_gives_a_new_password(client, ask_for, post, ada):
    phone = sign_in(client, "ada", refresh="token")
    ask_for(ADDRESS)
    letter = post.one()
    answer = redeem(client, letter.token)

    assert letter.link.startswith("http://127.0.0.1:5000/reset?token=ltk_")
    assert (answer.status_code, answer.json["user"]) == (200, "ada")
    assert client.get("/api/protected", headers=bearer(answer.json["access_token"])).status_code == 200
    assert_refused(client.get("/api/protected", headers=phone.headers), 401)
    assert sign_in(client, "ada", NEW_PASSWORD).id == ada
    assert post.one().subject == "Your password was changed"


def test_the_answer_is_the_same_whoever_asks_for_whatever(client, ask_for, register, post, ada, make):
    register(username="una", email="una@example.com")
    make("dis", email="dis@example.com", is_active=False)
    addresses = [ADDRESS, "nobody@example.com", "una@example.com", "dis@example.com", "no address", "", "a@b@c"]
    answers = [ask_for(address) for address in addresses]

    assert len({(answer.status_code, answer.data, comparable(answer)) for answer in answers}) == 1
    assert sorted(letter.to for letter in post.sent()) == [ADDRESS, "una@example.com", "una@example.com"]


def test_of_what_is_asked_for_the_same_is_written_down(app, ask_for, register, post, ada, make):
    """The request does not look whose address it is, so it takes as long for one as for another."""
    register(username="una", email="una@example.com")
    make("dis", email="dis@example.com", is_active=False)
    for address in (ADDRESS, "nobody@example.com", "una@example.com", "dis@example.com"):
        ask_for(address)
    with app.app_context():
        rows = db.session.scalars(db.select(Letter).where(Letter.kind == "reset")).all()

    assert len(rows) == 4 and {row.user_id for row in rows} == {None}
    assert {(frozenset(json.loads(row.payload)), row.attempts) for row in rows} == {
        (frozenset({"ip", "request_id"}), 0)
    }


def test_a_newer_letter_takes_the_place_of_an_older_one(client, ask_for, post, ada):
    ask_for(ADDRESS)
    older = post.one()
    ask_for(ADDRESS)
    newer = post.one()

    assert_refused(redeem(client, older.token), 409, "ticket_spent")
    assert redeem(client, newer.token).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(3599, 200), (3600, 409)])
def test_a_letter_is_good_for_an_hour(clock, client, ask_for, post, ada, seconds, status):
    ask_for(ADDRESS)
    token = post.one().token
    clock.shift(seconds)

    assert redeem(client, token).status_code == status


def change_password(client, ask, ada):
    person = sign_in(client, "ada")
    body = {"current_password": PASSWORD, "new_password": "a third lantern"}
    return client.put("/api/me/password", json=body, headers=person.headers)


MEANWHILE = {
    "a new password": change_password,
    "another address": lambda client, ask, ada: ask("PATCH", f"/api/admin/users/{ada}", {"email": "b@example.com"}),
    "been disabled": lambda client, ask, ada: ask("PATCH", f"/api/admin/users/{ada}", {"is_active": False}),
}


@pytest.mark.parametrize("change", MEANWHILE.values(), ids=MEANWHILE)
def test_a_ticket_is_void_once_the_account_has(client, ask, ask_for, post, ada, change):
    ask_for(ADDRESS)
    token = post.one().token

    assert change(client, ask, ada).status_code == 200
    assert_refused(redeem(client, token), 409, "ticket_spent")


@pytest.mark.parametrize("change", MEANWHILE.values(), ids=MEANWHILE)
def test_no_letter_leaves_when_the_account_has_before_it_could(clock, client, ask, ask_for, post, ada, change):
    post.server.on_recipient = lambda _: "451 not now"
    ask_for(ADDRESS)
    assert "0 sent, 1 failed, 1 waiting" in post.send()
    change(client, ask, ada)
    post.server.forget()
    clock.shift(60)

    assert [letter for letter in post.sent() if "token=" in letter.text] == []
    assert "0 waiting" in post.send()


def test_a_letter_that_could_not_leave_has_the_same_link_when_it_does(clock, client, ask_for, post, ada):
    refused = []
    post.server.on_letter = lambda letter: refused.append(letter) or "451 not now"
    ask_for(ADDRESS)
    post.send()
    post.server.forget()
    clock.shift(60)
    letter = post.one()

    assert (letter.link, letter.id) == (refused[0].link, refused[0].id)
    assert redeem(client, letter.token).status_code == 200


def test_a_ticket_of_another_purpose_is_none(client, ask_for, register, post, ada):
    register(username="una", email="una@example.com")
    confirmation = post.one("una@example.com").token
    ask_for(ADDRESS)
    reset = post.one().token

    assert_refused(redeem(client, confirmation), 401, "invalid_token")
    assert_refused(finalize(client, reset), 401, "invalid_token")
    for token in (confirmation, reset):
        assert_refused(client.post("/api/me/email/confirm", headers=bearer(token)), 401, "invalid_token")
        assert_refused(client.get("/api/me", headers=bearer(token)), 401, "invalid_token")
    assert finalize(client, confirmation).status_code == redeem(client, reset).status_code == 200


def test_a_ticket_says_whose_it_is_and_no_one_else(client, ask_for, post, ada, make):
    make("bea", email="bea@example.com")
    for address in (ADDRESS, "bea@example.com"):
        ask_for(address)
    tokens = {letter.to: letter.token for letter in post.sent()}

    assert redeem(client, tokens["bea@example.com"]).json["user"] == "bea"
    assert sign_in(client, "ada").id == ada


def test_a_ticket_is_in_no_answer_and_not_in_the_database(app, client, ask_for, post, ada):
    answer = ask_for(ADDRESS)
    token = post.one().token
    with app.app_context():
        rows = str([db.session.execute(db.select(table)).all() for table in db.metadata.sorted_tables])

    assert token[4:] not in answer.text and token[4:] not in rows


def test_a_mailbox_gets_three_letters_an_hour_and_ten_a_day(clock, ask_for, post, ada):
    arrived = []
    for _ in range(6):
        for _ in range(5):
            ask_for(ADDRESS)
        arrived.append(len(post.sent()))
        clock.shift(3601)

    assert arrived == [3, 3, 3, 1, 0, 0]


def test_what_was_asked_for_too_often_leaves_the_last_letter_good(client, ask_for, post, ada):
    for _ in range(5):
        ask_for(ADDRESS)
    *_, last = post.sent()

    assert redeem(client, last.token).status_code == 200


def test_an_account_without_a_password_gets_one(app, client, ask_for, post, make):
    make("fed", email="fed@example.com", stored="!")
    ask_for("fed@example.com")

    assert redeem(client, post.one("fed@example.com").token).status_code == 200
    assert sign_in(client, "fed", NEW_PASSWORD).id


def test_without_mail_the_answer_is_the_same_and_nothing_is_written(app, ask_for, post, ada, monkeypatch):
    told = ask_for("nobody@example.com").json
    post.sent()
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "")

    assert ask_for(ADDRESS).json == told
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "smtp")
    assert post.sent() == []


def test_a_reset_is_on_the_owners_record(client, ask_for, post, ada):
    asked = ask_for(ADDRESS)
    answer = redeem(client, post.one().token)
    events = client.get("/api/me/events", headers=bearer(answer.json["access_token"])).json["events"]
    (sent,) = [event for event in events if event["action"] == "user.ticket_asked"]

    assert (sent["actor"], sent["ip"], sent["after"]) == ("stranger", "127.0.0.1", {"letter": "reset"})
    assert asked.status_code == 200


# Whose letter it is

ALIKE = {
    "capitals": ("ADA@EXAMPLE.COM", True),
    "full width": ("ａｄａ@ｅｘａｍｐｌｅ.com", True),
    "a full stop of another script": ("ada@example。com", True),
    "an accent on the name": ("àda@example.com", False),
    "an accent on the host": ("ada@exàmple.com", False),
    "a dotless i": ("ada@exampıe.com", False),
    "a letter of another script": ("аda@example.com", False),
    "the host's own dot": ("ada@example.com.", False),
    "a list": ("ada@example.com,eve@evil.example", False),
    "a list with a blank": ("ada@example.com eve@evil.example", False),
    "a semicolon": ("ada@example.com;eve@evil.example", False),
    "a name before it": ('"ada@example.com" <eve@evil.example>', False),
    "a name of its own": ("Ada <ada@example.com>", False),
    "a comment": ("ada@example.com(eve@evil.example)", False),
    "a comment in the name": ("ada(eve)@example.com", False),
    "a quoted name": ('"ada"@example.com', False),
    "two at signs": ("ada@example.com@evil.example", False),
    "a percent hop": ("ada%example.com@evil.example", False),
    "a line break": ("ada@example.com\r\nBcc: eve@evil.example", False),
    "a line break and a blank": ("ada@example.com\n eve@evil.example", False),
    "a blank at the end": ("ada@example.com ", False),
    "a zero-width joiner": ("ada\u200d@example.com", False),
    "from right to left": ("\u202eada@example.com", False),
    "a tag": ("ada+tag@example.com", False),
    "an address of numbers": ("ada@[127.0.0.1]", False),
}


@pytest.mark.parametrize(("address", "may_arrive"), ALIKE.values(), ids=ALIKE)
def test_a_letter_goes_to_the_stored_address_or_to_nobody(client, ask_for, post, ada, address, may_arrive):
    assert ask_for(address).status_code == 200
    assert client.post("/api/finalize/resend", json={"email": address}).status_code == 200
    arrived = post.sent()

    assert {letter.to for letter in arrived} <= {ADDRESS}
    assert all(letter.message["To"] == ADDRESS and letter.message["Bcc"] is None for letter in arrived)
    assert bool(arrived) or not may_arrive


STORED = {
    "not canonical": ("Ada@Example.COM", "ada@example.com"),
    "in unicode": ("ada@bücher.example", "ada@xn--bcher-kva.example"),
}


@pytest.mark.parametrize(("email", "key"), STORED.values(), ids=STORED)
def test_an_address_that_an_older_app_stored_is_written_to_in_canonical_form(app, ask_for, post, make, email, key):
    user_id = make("old", email=key)
    with app.app_context():
        db.session.execute(db.update(User).where(User.id == user_id).values(email=email))
        db.session.commit()
    ask_for(email)

    assert post.one(key)


@pytest.mark.parametrize(
    "key", ["ädä@example.com", "a b@example.com", "a@b,c@d", "nonsense", "a@b\r\nBcc: c@d", "a..b@c.de", ".a@c.de"]
)
def test_what_is_stored_and_is_no_address_is_not_written_to(app, client, post, make, key):
    user_id = make("old", email=key)
    person = sign_in(client, "old")
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}

    assert client.put("/api/me/password", json=body, headers=person.headers).status_code == 200
    assert user_id and post.sent() == []


@pytest.fixture
def ada(make):
    return make("ada", email=ADDRESS, email_confirmed_at=now())


@pytest.fixture
def ask_for(client):
    def asked(address):
        return client.post("/api/reset", json={"email": address})

    return asked


def redeem(client, token, password=NEW_PASSWORD):
    return client.post("/api/reset_finalize", json={"password": password}, headers=bearer(token))
