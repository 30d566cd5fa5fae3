"""Where addresses are confirmed: nobody signs in before they have followed the link of a letter."""

import json

import pytest

from models import AuditEvent, User, db, now
from tests.conftest import Post
from tests.endpoints.conftest import people
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, bearer, sign_in

ADDRESS = "ada@example.com"
WITH_ADDRESS = {"email": ADDRESS}
HOUR = 3600
HEADERS_OF_NO_TWO = ("X-Request-ID", "Date", "Content-Length")


def test_who_registers_gets_a_letter_and_no_token(client, register, post):
    response = register(**WITH_ADDRESS)

    assert response.status_code == 201
    assert response.json.keys() == {"message", "user"}
    assert response.json["user"].items() >= {"username": "ada", "email": ADDRESS}.items()
    assert_refused(login(client), 401, "invalid_credentials")


def test_following_the_link_confirms_and_signs_in(client, register, post):
    user = register(**WITH_ADDRESS).json["user"]
    letter = post.one()
    answer = finalize(client, letter.token)

    assert letter.link.startswith("http://127.0.0.1:5000/confirm?token=ltk_")
    assert "ada" in letter.text and "ada" in letter.html
    assert answer.status_code == 200
    assert (answer.json["user"], answer.json["token"]) == ("ada", answer.json["access_token"])
    me = client.get("/api/me", headers=bearer(answer.json["access_token"])).json["user"]
    assert me["id"] == user["id"] and me["email_confirmed_at"]
    assert sign_in(client, "ada").id == sign_in(client, ADDRESS).id == user["id"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_ticket_is_good_once(client, register, post, method):
    register(**WITH_ADDRESS)
    token = post.one().token

    assert finalize(client, token, method).status_code == 200
    for again in ("GET", "POST"):
        assert_refused(finalize(client, token, again), 409, "ticket_spent")


def test_who_only_looks_redeems_nothing(client, register, post):
    register(**WITH_ADDRESS)
    token = post.one().token

    assert finalize(client, token, "HEAD").status_code == 405
    assert finalize(client, token, "OPTIONS").status_code == 200
    assert client.get(f"/api/finalize?token={token}").status_code == 401
    assert_refused(login(client), 401, "invalid_credentials")
    assert finalize(client, token).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(48 * HOUR - 1, 200), (48 * HOUR, 409)])
def test_a_ticket_is_good_for_48_hours(clock, client, register, post, seconds, status):
    register(**WITH_ADDRESS)
    token = post.one().token
    clock.shift(seconds)

    assert finalize(client, token).status_code == status


def test_an_address_is_needed(register, post, app):
    for body in ({}, {"email": None}):
        assert list(assert_refused(register(**body), 422, "validation_error")["fields"]) == ["email"]
    assert (people(app), post.sent()) == (0, [])


# A known address


def test_a_known_address_is_answered_like_a_new_one(client, register, post):
    register(**WITH_ADDRESS)
    finalize(client, post.one().token)
    known, new = register(username="eve", email=ADDRESS), register(username="mel", email="mel@example.com")

    assert known.status_code == new.status_code == 201
    assert known.json["message"] == new.json["message"]
    assert known.json["user"].keys() == new.json["user"].keys()
    assert known.json["user"]["email"] == ADDRESS and known.json["user"]["id"] == new.json["user"]["id"] - 1
    assert {name: value for name, value in known.headers if name not in HEADERS_OF_NO_TWO} == {
        name: value for name, value in new.headers if name not in HEADERS_OF_NO_TWO
    }
    for name in ("eve", "mel"):
        assert_refused(login(client, name), 401, "invalid_credentials")
        assert_refused(register(username=name, email="other@example.com"), 409, "username_taken")


def test_the_owner_of_a_known_address_gets_a_letter_without_a_ticket(client, register, post):
    register(**WITH_ADDRESS)
    finalize(client, post.one().token)
    register(username="eve", email="Ada@Example.COM")
    letter = post.one()

    assert letter.subject == "You have an account already"
    assert "ada" in letter.text and "eve" not in letter.text and "http" not in letter.text
    assert sign_in(client, "ada").id


def test_nobody_can_use_the_account_that_was_registered_with_anothers_address(client, ask, register, post, app):
    register(**WITH_ADDRESS)
    finalize(client, post.one().token)
    register(username="eve", email=ADDRESS)
    for path in ("/api/finalize/resend", "/api/reset"):
        client.post(path, json=WITH_ADDRESS)
    letters = post.sent()
    with app.app_context():
        (eve,) = db.session.scalars(db.select(User).where(User.username == "eve"))

    assert (eve.email, eve.email_key, eve.is_valid()) == (None, None, False)
    assert letters and all("Hello ada," in letter.text for letter in letters)
    assert_refused(login(client, "eve"), 401, "invalid_credentials")


OTHER = "a third lantern"


def test_whoever_registered_somebody_elses_address_holds_nothing(client, register, post):
    """A stranger registers with the address of Ada, who later does so herself, and follows what she gets."""
    register(username="mallory", email=ADDRESS, password="the password of mallory")
    early = post.one()
    register(username="ada", email=ADDRESS)
    letter = post.one()

    assert_refused(finalize(client, early.token), 409, "ticket_spent")
    assert letter.subject == "Finish your registration" and "mallory" in letter.text
    answer = client.post("/api/reset_finalize", json={"password": OTHER}, headers=bearer(letter.token))
    assert answer.status_code == 200
    assert sign_in(client, ADDRESS, OTHER).id
    for name in ("mallory", "ada", ADDRESS):
        for password in ("the password of mallory", PASSWORD):
            assert_refused(login(client, name, password), 401, "invalid_credentials")


def test_while_no_letter_can_leave_the_first_one_confirms_no_strangers_password(client, register, post):
    register(username="mallory", email=ADDRESS, password="the password of mallory")
    early = post.one()
    register(username="ada", email=ADDRESS)

    assert_refused(finalize(client, early.token), 409, "ticket_spent")
    assert_refused(login(client, "mallory", "the password of mallory"), 401, "invalid_credentials")


def test_asking_for_the_letter_once_more_does_not_wake_the_strangers_password(clock, client, register, post):
    register(username="mallory", email=ADDRESS, password="the password of mallory")
    post.one()
    clock.shift(1)
    register(username="ada", email=ADDRESS)
    post.one()
    clock.shift(1)
    client.post("/api/finalize/resend", json=WITH_ADDRESS)
    again = post.one()

    assert again.subject == "Finish your registration"
    assert_refused(finalize(client, again.token), 401, "invalid_token")
    answer = client.post("/api/reset_finalize", json={"password": OTHER}, headers=bearer(again.token))
    assert answer.status_code == 200
    assert_refused(login(client, "mallory", "the password of mallory"), 401, "invalid_credentials")


def test_however_often_a_stranger_registers_their_password_is_dead_when_the_owner_does(client, register, post, clock):
    register(username="mallory", email=ADDRESS, password="the password of mallory")
    early = post.one()
    for number in range(5):
        clock.shift(1)
        register(username=f"mallory{number}", email=ADDRESS, password="the password of mallory")
        post.sent()
    clock.shift(1)
    register(username="ada", email=ADDRESS)
    post.sent()

    assert_refused(finalize(client, early.token), 409, "ticket_spent")
    client.post("/api/finalize/resend", json=WITH_ADDRESS)
    assert all("finalize" not in letter.text for letter in post.sent())


def test_an_address_and_its_confirmation_can_be_said_at_once(ask, make, post):
    make("bea", email="bea@example.com")
    door = f"/api/admin/users/{make('ada', email=ADDRESS)}"

    assert_refused(ask("PATCH", door, {"email": "bea@example.com", "email_confirmed": True}), 409, "email_taken")
    assert ask("PATCH", door, {"email": "b@example.com", "email_confirmed": True}).json["email_confirmed_at"]
    assert post.one().subject == "Your e-mail address was changed"


def test_whoever_asks_for_an_address_does_not_see_in_the_trail_whether_it_is_free(client, as_user, make, post):
    bea, ada = make("bea", email="bea@example.com"), as_user("ada", email=ADDRESS)
    told = []
    for email in ("bea@example.com", "free@example.com"):
        client.put("/api/me/email", json={"email": email, "password": PASSWORD}, headers=ada.headers)
        post.sent()
        events = client.get("/api/me/events", headers=ada.headers).json["events"]
        told.append([event["action"] for event in events])

    assert bea and told[1] == ["user.email_change_asked", *told[0]]


def test_nobody_sees_by_the_numbers_of_their_events_whether_an_address_is_known(client, as_user, make, post):
    make("bea", email="bea@example.com", email_confirmed_at=now())
    make("una", email="una@example.com", unconfirmed_since=now())
    as_user("eve")
    gaps = {"/api/reset": set(), "/api/finalize/resend": set(), "/api/registration": set()}
    for path, seen in gaps.items():
        for number, email in enumerate(("bea@example.com", "una@example.com", f"free{len(path)}@example.com")):
            before = _newest_event(client)
            more = {"username": f"new{len(path)}{number}", "password": PASSWORD} if "registration" in path else {}
            client.post(path, json={"email": email} | more)
            post.sent()
            seen.add(_newest_event(client) - before)

    assert {path: len(seen) for path, seen in gaps.items()} == dict.fromkeys(gaps, 1), gaps


def test_every_registration_is_on_record(app, client, register, post, make):
    make("bea", email="bea@example.com")
    ids = [
        register(username=f"new{n}", email=email).json["user"]["id"]
        for n, email in enumerate([ADDRESS, "bea@example.com"])
    ]
    with app.app_context():
        recorded = db.session.scalars(
            db.select(AuditEvent.subject_id).where(AuditEvent.action == "user.registered")
        ).all()

    assert sorted(recorded) == sorted(ids)


def test_whoever_resets_an_account_that_a_stranger_registered_has_it_alone(client, register, post):
    register(username="mallory", email=ADDRESS, password="the password of mallory")
    early = post.one()
    client.post("/api/reset", json=WITH_ADDRESS)
    answer = client.post("/api/reset_finalize", json={"password": OTHER}, headers=bearer(post.one().token))

    assert answer.status_code == 200
    assert_refused(finalize(client, early.token), 409, "ticket_spent")
    assert_refused(login(client, "mallory", "the password of mallory"), 401, "invalid_credentials")
    assert sign_in(client, ADDRESS, OTHER).id


# Once more


def test_a_letter_that_is_asked_for_once_more_takes_the_place_of_the_first(client, register, post):
    register(**WITH_ADDRESS)
    older = post.one()
    assert client.post("/api/finalize/resend", json={"email": "ADA@example.com"}).status_code == 200
    newer = post.one()

    assert_refused(finalize(client, older.token), 409, "ticket_spent")
    assert finalize(client, newer.token).status_code == 200


def test_the_answer_is_the_same_for_every_address(client, register, post, make):
    register(**WITH_ADDRESS)
    make("bea", email="bea@example.com", email_confirmed_at=db.func.now())
    make("dis", email="dis@example.com", is_active=False)
    post.one()
    addresses = (ADDRESS, "bea@example.com", "dis@example.com", "nobody@example.com", "no address", "")
    answers = [client.post("/api/finalize/resend", json={"email": address}) for address in addresses]

    assert len({(answer.status_code, answer.data, comparable(answer)) for answer in answers}) == 1
    assert [letter.to for letter in post.sent()] == [ADDRESS]


# What else a ticket must not do


def test_a_ticket_does_not_open_a_disabled_account(client, ask, register, post):
    user = register(**WITH_ADDRESS).json["user"]
    token = post.one().token
    ask("PATCH", f"/api/admin/users/{user['id']}", {"is_active": False})
    assert_refused(finalize(client, token), 409, "ticket_spent")
    client.post("/api/finalize/resend", json=WITH_ADDRESS)

    assert post.sent() == []
    assert_refused(login(client), 401, "invalid_credentials")


def test_a_ticket_of_another_address_confirms_nothing(client, ask, register, post):
    user = register(**WITH_ADDRESS).json["user"]
    token = post.one().token
    ask("PATCH", f"/api/admin/users/{user['id']}", {"email": "other@example.com"})

    assert_refused(finalize(client, token), 409, "ticket_spent")
    assert_refused(login(client), 401, "invalid_credentials")


def test_whoever_was_disabled_meanwhile_is_not_let_in_when_enabled(client, ask, register, post):
    user = register(**WITH_ADDRESS).json["user"]
    for is_active in (False, True):
        ask("PATCH", f"/api/admin/users/{user['id']}", {"is_active": is_active})

    assert_refused(login(client), 401, "invalid_credentials")


def test_an_administrator_may_vouch_for_someone(client, ask, register, post):
    user = register(**WITH_ADDRESS).json["user"]
    shown = ask("PATCH", f"/api/admin/users/{user['id']}", {"email_confirmed": True, "reason": "is in my office"})

    assert shown.json["unconfirmed_since"] is None and shown.json["email_confirmed_at"]
    assert sign_in(client, "ada").id == user["id"]


@pytest.mark.parametrize("value", [False, None, "yes", 1])
def test_nobody_can_be_made_unconfirmed(ask, make, value):
    told = assert_refused(ask("PATCH", f"/api/admin/users/{make('ada')}", {"email_confirmed": value}), 422)

    assert list(told["fields"]) == ["email_confirmed"]


def test_an_unconfirmed_administrator_is_not_the_last_one(client, ask, root, register, post):
    user = register(**WITH_ADDRESS).json["user"]
    ask("PUT", f"/api/admin/users/{user['id']}/roles/admin")

    assert_refused(ask("DELETE", f"/api/admin/users/{root.id}/roles/admin"), 409, "last_admin")
    finalize(client, next(letter.token for letter in post.sent() if "confirm?" in letter.text))
    assert ask("DELETE", f"/api/admin/users/{root.id}/roles/admin").status_code == 200


def test_who_was_there_before_confirmation_need_not_confirm(client, make, post):
    make("bea", email="bea@example.com")
    make("cyd")

    assert sign_in(client, "bea").id and sign_in(client, "cyd").id


def test_the_terminal_lets_someone_in(client, app, register, post):
    register(**WITH_ADDRESS)
    result = app.test_cli_runner().invoke(args=["users", "confirm", "ada", "--reason", "called me"])

    assert result.output == "ada may sign in.\n"
    assert sign_in(client, "ada").id


@pytest.mark.parametrize("body", [{}, {"email": None}, {"email": 5}, {"email": ["a@b.example"]}, {"email": "a\0b"}])
@pytest.mark.parametrize("path", ["/api/finalize/resend", "/api/reset"])
def test_what_is_no_text_is_no_address(client, post, path, body):
    assert_refused(client.post(path, json=body), 422, "validation_error")
    assert post.sent() == []


def comparable(response) -> str:
    return json.dumps(sorted((n, v) for n, v in response.headers if n not in HEADERS_OF_NO_TWO))


def _newest_event(client) -> int:
    """The number of the event of this very sign-in."""
    eve = sign_in(client, "eve")
    return client.get("/api/me/events", headers=eve.headers).json["events"][0]["id"]


def finalize(client, token, method="GET"):
    return client.open("/api/finalize", method=method, headers=bearer(token))


def login(client, name="ada", password=PASSWORD):
    return client.post("/api/login", json={"username": name, "password": password})


def test_the_fixture_sends_nothing_by_itself(register, post: Post):
    register(**WITH_ADDRESS)

    assert post.server.letters == []
