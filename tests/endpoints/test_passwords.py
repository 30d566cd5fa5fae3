"""Changing the password."""

import unicodedata

import pytest

from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, sign_in

NEW = "staple by the window"
COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "crème brûlée à l'été") for form in ("NFC", "NFD"))


@pytest.fixture
def ada(as_user):
    return as_user("ada")


@pytest.fixture
def change(client):
    """Ask for another password."""

    def asked(person, current=PASSWORD, new=NEW):
        body = {"current_password": current, "new_password": new}
        return client.put("/api/me/password", json=body, headers=person.headers)

    return asked


def test_the_new_password_signs_in_and_the_old_one_does_not(client, ada, change):
    assert change(ada).status_code == 200

    assert sign_in(client, "ada", NEW).id == ada.id
    assert_refused(client.post("/api/login", json={"username": "ada", "password": PASSWORD}), 401)


def test_a_change_ends_all_other_sessions_but_not_this_one(client, ada, change):
    others = [sign_in(client, "ada"), sign_in(client, "ada", refresh="token")]
    change(ada)

    assert client.get("/api/protected", headers=ada.headers).status_code == 200
    for other in others:
        assert_refused(client.get("/api/protected", headers=other.headers), 401, "invalid_token")
    assert_refused(client.post("/api/refresh", json={"refresh_token": others[1].refresh_token}), 401)


def test_a_change_leaves_the_sessions_of_others_alone(client, ada, change, as_user):
    grace = as_user("grace")
    change(ada)

    assert client.get("/api/protected", headers=grace.headers).status_code == 200


def test_a_change_is_on_record_and_in_the_profile(client, ada, change):
    before = client.get("/api/me", headers=ada.headers).json["user"]["password_changed_at"]
    change(ada)
    events = client.get("/api/me/events", headers=ada.headers).json["events"]

    assert events[0]["action"] == "user.password_changed"
    assert client.get("/api/me", headers=ada.headers).json["user"]["password_changed_at"] > before
    assert NEW not in str(events) and PASSWORD not in str(events)


@pytest.mark.parametrize(
    "wrong", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "x" * 1025, "\0", "\ud800"], ids=ascii
)
def test_a_wrong_current_password_changes_nothing_and_is_on_record(client, ada, change, wrong):
    assert_refused(change(ada, current=wrong), 403, "wrong_password")

    assert sign_in(client, "ada").id == ada.id
    events = client.get("/api/me/events", headers=ada.headers).json["events"]
    assert [event["action"] for event in events] == ["session.started", "user.password_refused", "session.started"]


@pytest.mark.parametrize(("first", "second"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)], ids=["NFC", "NFD"])
def test_a_password_is_the_same_however_its_accents_are_stored(client, ada, change, first, second):
    change(ada, new=first)

    assert sign_in(client, "ada", first).id == sign_in(client, "ada", second).id == ada.id
    assert change(ada, current=second, new=NEW).status_code == 200


@pytest.mark.parametrize(
    "new",
    [
        "xqzvkwjy",
        "x" * 1024,
        "🙂" * 8,
        "é" * 1024,
        " " * 8,
        "        x",
        "日本語のパスワード",
        "\"\\<>&%;'",
        "a\tb\nc d e",
    ],
)
def test_a_password_has_8_to_1024_characters_of_any_kind(client, ada, change, new):
    assert change(ada, new=new).status_code == 200

    assert sign_in(client, "ada", new).id == ada.id


@pytest.mark.parametrize(
    "new",
    [
        "",
        "x" * 7,
        "x" * 1025,
        "é" * 7,
        "🙂" * 7,
        unicodedata.normalize("NFD", "é" * 7),
        "with a \0 NUL",
        "half \ud800 pair",
    ],
    ids=ascii,
)
def test_any_other_password_is_refused(client, ada, change, new):
    told = assert_refused(change(ada, new=new), 422, "validation_error")

    assert list(told["fields"]) == ["new_password"]
    assert sign_in(client, "ada").id == ada.id


def test_the_shortest_password_is_a_setting(app, ada, change, monkeypatch):
    monkeypatch.setitem(app.config, "PASSWORD_MIN_LENGTH", 15)

    assert "15 to 1024" in str(assert_refused(change(ada, new="x" * 14), 422)["fields"])
    assert change(ada, new="x" * 15).status_code == 200


def test_a_shorter_password_of_before_still_signs_in(app, client, ada, monkeypatch):
    monkeypatch.setitem(app.config, "PASSWORD_MIN_LENGTH", 64)

    assert sign_in(client, "ada").id == ada.id
