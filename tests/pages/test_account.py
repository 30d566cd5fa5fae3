"""One's own account, on the pages."""

import pytest

from auth.actions import Action
from pages.words import _SAID, device
from tests.factories import PASSWORD
from tests.pages.conftest import words

NEW = "staple by the window"


def test_the_profile_is_shown(ada):
    page = words(ada.get("/account"))

    assert "ada@example.com" in page and "user" in page


def test_another_username_is_taken(ada, make):
    make("bea")
    assert ada.send("/account", username="lovelace").headers["Location"] == "/account"
    assert "Hello, lovelace" in words(ada.get("/dashboard"))

    page = ada.send("/account", username="BEA")
    assert page.status_code == 409 and words(page).count("This username is taken.") == 2
    assert ada.send("/account", username="").status_code == 422
    assert "Hello, lovelace" in words(ada.get("/dashboard"))


def test_a_password_is_changed_by_whoever_knows_it(ada, visitor):
    page = ada.send("/account/password", current_password="not this one", new_password=NEW)
    assert page.status_code == 403 and words(page).count("The current password is wrong.") == 2
    page = ada.send("/account/password", current_password=PASSWORD, new_password="short")
    assert page.status_code == 422 and "A password has 8 to 1024 characters." in words(page)
    assert NEW not in page.text and PASSWORD not in page.text

    assert ada.send("/account/password", current_password=PASSWORD, new_password=NEW).status_code == 302
    assert visitor.send("/login", username="ada", password=PASSWORD).status_code == 401
    assert visitor.send("/login", username="ada", password=NEW).status_code == 302


def test_a_wrong_current_password_is_on_record(ada):
    ada.send("/account/password", current_password="not this one", new_password=NEW)

    assert "Wrong current password entered" in words(ada.get("/account/history"))


def test_an_address_is_changed_at_once_where_no_letter_can_leave(ada, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "")
    ada.send("/account/email", email="lovelace@example.com", password=PASSWORD)

    assert "lovelace@example.com" in words(ada.get("/account"))


@pytest.mark.parametrize(
    ("given", "status", "problem"),
    [
        ({"email": "nowhere", "password": PASSWORD}, 422, "This is not an e-mail address."),
        ({"email": "ada@example.com", "password": PASSWORD}, 422, "This is your address already."),
        ({"email": "x@example.com", "password": "wrong one"}, 403, "The current password is wrong."),
        ({"email": "", "password": ""}, 422, "Enter the new e-mail address."),
    ],
)
def test_an_address_that_will_not_do(ada, given, status, problem):
    page = ada.send("/account/email", **given)

    assert page.status_code == status and words(page).count(problem) == 2


def test_the_account_is_deleted_by_whoever_knows_the_password(ada):
    assert ada.send("/account/delete", password="not this one").status_code == 403
    assert ada.is_in()
    ada.send("/account/delete", password=PASSWORD)

    assert "Your account is deleted." in words(ada.get("/"))
    assert not ada.is_in()
    assert ada.send("/login", username="ada", password=PASSWORD).status_code == 401


def test_the_last_administrator_stays(make, browse):
    make("root", roles="admin")
    root = browse().sign_in("root")
    page = root.send("/account/delete", password=PASSWORD)

    assert page.status_code == 409 and "Someone must keep the keys" in words(page)
    assert root.is_in()


def test_the_history_is_told_page_by_page(ada, browse):
    for _ in range(13):
        browse().sign_in().send("/logout")
    page = ada.get("/account/history")
    assert words(page).count("Signed in") + words(page).count("Signed out") >= 25
    older = page.text.partition('href="/account/history?before=')[2].partition('"')[0]

    assert "Signed in" in words(ada.get(f"/account/history?before={older}"))
    assert "Nothing before that." in words(ada.get("/account/history?before=1"))
    assert ada.get("/account/history?before=x'--").status_code == 200


def test_the_history_tells_of_roles_and_of_whoever_gave_them(ada, client, root, app, make):
    user_id = client.get("/api/admin/users?search=ada", headers=root.headers).json["users"][0]["id"]
    client.put(f"/api/admin/users/{user_id}/roles/editor", json={"reason": "<i>on duty</i>"}, headers=root.headers)
    page = ada.get("/account/history")

    assert "Role given: editor , by an administrator" in words(page) or "by an administrator" in words(page)
    assert "“<i>on duty</i>”" in words(page) and "<i>" not in page.text


def test_what_an_administrator_did_to_others_is_not_told_as_their_own(browse, make, client, root):
    browser = browse().sign_in("root")
    other = make("bea")
    client.patch(f"/api/admin/users/{other}", json={"is_active": False}, headers=root.headers)

    assert f"Account disabled (user {other})" in words(browser.get("/account/history"))


def test_everything_that_is_recorded_has_words():
    assert set(_SAID) == set(Action)


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36", "Chrome on macOS"),
        ("curl/8.5", "curl"),
        ("<script>", "Unknown device"),
        (None, "Unknown device"),
    ],
)
def test_a_device_is_called_what_people_call_it(user_agent, shown):
    assert device(user_agent) == shown


def test_a_device_that_calls_itself_something_odd_is_only_shown(make, browse):
    make("ada")
    ada = browse()
    token = ada.token()
    ada.client.post(
        "/login",
        data={"csrf_token": token, "username": "ada", "password": PASSWORD},
        headers={"User-Agent": "<script>alert(1)</script>"},
    )

    assert "<script>alert" not in ada.get("/account/sessions").text


def test_password_managers_find_where_to_change_a_password(ada, visitor):
    assert visitor.get("/.well-known/change-password").headers["Location"] == "/account/password"
    assert 'autocomplete="new-password"' in ada.get("/account/password").text


@pytest.mark.parametrize("name", ["lictor.css", "lictor.js", "lictor.svg"])
def test_files_may_be_kept_as_long_as_they_are_what_they_were(visitor, name):
    page = visitor.get("/login").text
    address = f"/static/{name}?v=" + page.partition(f"/static/{name}?v=")[2].partition('"')[0]

    assert "immutable" in visitor.get(address).headers["Cache-Control"]
    assert visitor.get(f"/static/{name}?v=x").headers["Cache-Control"] == "no-cache"
    assert visitor.get("/static/secret").status_code == 404
