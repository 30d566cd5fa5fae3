"""What happens to an account is told to its owner, at the stored address."""

import pytest

from models import now
from tests.factories import PASSWORD, sign_in

ADDRESS = "ada@example.com"
USERS = "/api/admin/users"


@pytest.fixture
def ada(as_user):
    return as_user("ada", email=ADDRESS, email_confirmed_at=now())


def changed_password(client, ask, ada):
    body = {"current_password": PASSWORD, "new_password": "another lantern"}
    client.put("/api/me/password", json=body, headers=ada.headers)


def reused(client, ask, ada):
    first = sign_in(client, "ada", refresh="token").refresh_token
    answer = client.post("/api/refresh", json={"refresh_token": first}).json
    client.post("/api/refresh", json={"refresh_token": answer["refresh_token"]})
    client.post("/api/refresh", json={"refresh_token": first})


def lent(client, ask, ada):
    ask("PUT", f"{USERS}/{ada.id}/roles/editor", {"expires_at": "2099-01-01T00:00:00Z"})


ACTS = {
    "a new password": (changed_password, "Your password was changed", ""),
    "a token used twice": (reused, "A session was ended, to be safe", ""),
    "a role": (
        lambda client, ask, ada: ask("PUT", f"{USERS}/{ada.id}/roles/editor"),
        "Your roles have changed",
        "Your roles are now: editor, user.",
    ),
    "a role for a while": (lent, "Your roles have changed", "Your roles are now: editor, user."),
    "a role less": (
        lambda client, ask, ada: ask("DELETE", f"{USERS}/{ada.id}/roles/user"),
        "Your roles have changed",
        "You have no role any more.",
    ),
    "other roles": (
        lambda client, ask, ada: ask("PUT", f"{USERS}/{ada.id}/roles", {"roles": ["editor"]}),
        "Your roles have changed",
        "Your roles are now: editor.",
    ),
    "a role with many": (
        lambda client, ask, ada: ask("POST", "/api/admin/roles/editor/users", {"add": [ada.id]}),
        "Your roles have changed",
        "Your roles are now: editor, user.",
    ),
    "another address": (
        lambda client, ask, ada: ask("PATCH", f"{USERS}/{ada.id}", {"email": "b@example.com"}),
        "Your e-mail address was changed",
        "",
    ),
    "no account any more": (
        lambda client, ask, ada: ask("DELETE", f"{USERS}/{ada.id}"),
        "Your account was deleted",
        "",
    ),
}


@pytest.mark.parametrize(("act", "subject", "told"), ACTS.values(), ids=ACTS)
def test_the_owner_is_told_of(client, ask, make, ada, post, act, subject, told):
    make("bob", "editor")
    act(client, ask, ada)
    letter = post.one()

    assert letter.subject == subject
    for body in (letter.text, letter.html):
        assert "Hello ada," in body and told in body and "example.com" not in body.replace("no-reply@example.com", "")


NO_ACTS = {
    "a role that they have": lambda client, ask, ada: ask("PUT", f"{USERS}/{ada.id}/roles/user"),
    "a refused password": lambda client, ask, ada: client.delete(
        "/api/me", json={"password": "wrong"}, headers=ada.headers
    ),
    "a dry run": lambda client, ask, ada: ask(
        "POST", "/api/admin/roles/editor/users", {"add": [ada.id], "dry_run": True}
    ),
    "a refused change of many": lambda client, ask, ada: ask(
        "POST", "/api/admin/roles/editor/users", {"add": [ada.id, 10**6]}
    ),
    "an address that another has": lambda client, ask, ada: ask(
        "PATCH", f"{USERS}/{ada.id}", {"email": "bea@example.com"}
    ),
}


@pytest.mark.parametrize("act", NO_ACTS.values(), ids=NO_ACTS)
def test_nobody_is_told_of_what_did_not_happen(client, ask, make, ada, post, act):
    make("bea", "editor", email="bea@example.com")
    act(client, ask, ada)

    assert post.sent() == []


def test_whoever_has_no_address_is_told_nothing(ask, make, post):
    make("bob", "editor")
    ask("PUT", f"{USERS}/{make('cyd')}/roles/editor")

    assert post.sent() == []


# New devices

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
NEWER_FIREFOX = FIREFOX.replace("130.0", "131.0")
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"


@pytest.mark.parametrize(
    ("agents", "arrived"),
    [
        ([FIREFOX], 0),
        ([FIREFOX, FIREFOX], 0),
        ([FIREFOX, NEWER_FIREFOX], 0),
        ([FIREFOX, PHONE], 1),
        ([FIREFOX, PHONE, PHONE, FIREFOX], 1),
        ([FIREFOX, None], 1),
        ([None, None], 0),
    ],
)
def test_a_sign_in_from_a_new_device_is_told(client, make, post, agents, arrived):
    make("ada", email=ADDRESS)
    for agent in agents:
        headers = {"User-Agent": agent or ""}
        client.post("/api/login", json={"username": "ada", "password": PASSWORD}, headers=headers)
    letters = post.sent()

    assert [letter.subject for letter in letters] == ["A sign-in from a new device"] * arrived
    assert all("127.0.0.1" in letter.text and "iPhone" not in letter.text for letter in letters)


def test_a_refused_sign_in_from_a_new_device_is_not(client, make, post):
    make("ada", email=ADDRESS)
    sign_in(client, "ada")
    client.post("/api/login", json={"username": "ada", "password": "wrong"}, headers={"User-Agent": PHONE})

    assert post.sent() == []
