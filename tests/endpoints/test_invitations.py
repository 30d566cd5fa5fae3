"""An administrator makes an account without a password: whoever has the address chooses one."""

import pytest

from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, bearer, sign_in

USERS = "/api/admin/users"
EVE = {"username": "eve", "email": "eve@example.com"}
DAY = 24 * 3600


def test_whoever_is_invited_chooses_a_password(client, invite, accept, post):
    made = invite(roles=["editor"])
    letter = post.one("eve@example.com")

    assert made.status_code == 201 and made.json["roles"] == ["editor", "user"]
    assert letter.subject == "You have been invited"
    assert letter.link.startswith("http://127.0.0.1:5000/reset?token=ltk_")
    assert accept(letter.token).json["user"] == "eve"
    eve = sign_in(client, "eve")
    assert client.get("/api/me", headers=eve.headers).json["user"]["email_confirmed_at"]
    assert post.sent() == [], "whoever has just chosen their first password need not be told that it was changed"


def test_nobody_can_sign_in_before(client, invite, post):
    invite()

    for password in (PASSWORD, "!", ""):
        assert_refused(client.post("/api/login", json={"username": "eve", "password": password}), 401)


@pytest.mark.parametrize(("seconds", "status"), [(7 * DAY - 1, 200), (7 * DAY, 409)])
def test_an_invitation_is_good_for_seven_days(clock, invite, accept, post, seconds, status):
    invite()
    token = post.one("eve@example.com").token
    clock.shift(seconds)

    assert accept(token).status_code == status


def test_an_invitation_is_good_once(invite, accept, post):
    invite()
    token = post.one("eve@example.com").token
    accept(token)

    assert_refused(accept(token, "another lantern"), 409, "ticket_spent")


def test_an_invitation_that_is_too_old_is_asked_for_as_a_new_password(client, clock, invite, accept, post):
    invite()
    post.one("eve@example.com")
    clock.shift(8 * DAY)
    client.post("/api/reset", json={"email": "eve@example.com"})

    assert accept(post.one("eve@example.com").token).status_code == 200


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "other@example.com"}])
def test_an_invitation_is_void_once_the_account_is_changed(ask, invite, accept, post, change):
    made = invite().json
    token = post.one("eve@example.com").token
    ask("PATCH", f"{USERS}/{made['id']}", change)

    assert_refused(accept(token), 409, "ticket_spent")


def test_an_invited_administrator_is_not_the_last_one(ask, root, invite, accept, post):
    invite(roles=["admin"])
    door = f"{USERS}/{root.id}/roles/admin"

    assert_refused(ask("DELETE", door), 409, "last_admin")
    accept(post.one("eve@example.com").token)
    assert ask("DELETE", door).status_code == 200


def test_an_invitation_needs_an_address(invite, post):
    assert list(assert_refused(invite(email=None), 422)["fields"]) == ["email"]
    assert post.sent() == []


def test_an_invitation_needs_mail(app, invite, post, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "")

    assert list(assert_refused(invite(), 422)["fields"]) == ["password"]


def test_a_known_address_is_told_to_an_administrator(invite, post, make):
    make("ada", email="eve@example.com")

    assert_refused(invite(), 409, "email_taken")
    assert post.sent() == []


def test_the_terminal_invites(app, client, accept, post):
    words = ["users", "create", "eve", "--email", "eve@example.com", "--role", "admin", "--invite"]
    result = app.test_cli_runner().invoke(args=words)

    assert result.exit_code == 0 and "An invitation goes to eve@example.com." in result.output
    assert accept(post.one("eve@example.com").token).status_code == 200
    assert sign_in(client, "eve").answer["user"]["roles"] == ["admin", "user"]


@pytest.fixture
def invite(ask, make):
    make("bob", "editor")
    return lambda **body: ask("POST", USERS, EVE | body)


@pytest.fixture
def accept(client):
    def asked(token, password=PASSWORD):
        return client.post("/api/reset_finalize", json={"password": password}, headers=bearer(token))

    return asked
