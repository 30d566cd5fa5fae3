"""The row decides: what a cookie is worth, from one request to the next."""

import time

import pytest
from flask import template_rendered
from sqlalchemy import event

from auth.keys import FORGERY, KeyRing
from models import LoginSession, db, now
from pages import forgery
from tests.factories import PASSWORD, bearer
from tests.pages.conftest import REMEMBER, SESSION, rows, words

NEW_PASSWORD = "staple by the window"


@pytest.fixture
def remembered(make, browse):
    make("ada", email="ada@example.com")
    return browse().sign_in(remember="y")


@pytest.fixture
def copy(remembered, browse):
    """A thief, with a copy of both cookies."""
    return browse(**remembered.cookies())


@pytest.fixture
def stolen(remembered, browse):
    """Another thief, with a copy of the one that remembers."""
    return browse(**{REMEMBER: remembered.cookie(REMEMBER)})


def _ended_by_an_administrator(client, root, app):
    user_id = rows(app)[0].user_id
    assert client.delete(f"/api/admin/users/{user_id}/sessions", headers=root.headers).status_code in (200, 204)


def _disabled(client, root, app):
    user_id = rows(app)[0].user_id
    client.patch(f"/api/admin/users/{user_id}", json={"is_active": False}, headers=root.headers)


def _deleted(client, root, app):
    user_id = rows(app)[0].user_id
    assert client.delete(f"/api/admin/users/{user_id}", headers=root.headers).status_code == 204


@pytest.mark.parametrize("act", [_ended_by_an_administrator, _disabled, _deleted])
def test_copied_cookies_are_refused_after_an_administrator_acted(app, client, root, remembered, copy, stolen, act):
    assert copy.is_in()
    act(client, root, app)

    assert not copy.is_in() and not stolen.is_in() and not remembered.is_in()
    assert copy.get("/dashboard").headers["Location"] == "/login?next=/dashboard"


def test_copied_cookies_are_refused_after_signing_out(remembered, copy, stolen):
    assert copy.is_in()
    remembered.send("/logout")

    assert not copy.is_in() and not stolen.is_in()


def test_copied_cookies_are_refused_after_a_change_of_the_password(remembered, copy, stolen):
    assert copy.is_in()
    answer = remembered.send("/account/password", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert answer.status_code == 302
    assert not copy.is_in() and not stolen.is_in()
    assert remembered.is_in()
    assert "All your other sessions have been ended." in words(remembered.get("/account/password"))


def test_whoever_changed_the_password_stays_remembered(remembered, browse):
    remembered.send("/account/password", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert browse(**{REMEMBER: remembered.cookie(REMEMBER)}).is_in()


def test_whoever_was_not_remembered_is_not_after_a_change_of_the_password(ada):
    ada.send("/account/password", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert ada.is_in() and ada.cookie(REMEMBER) is None


def test_signing_out_everywhere_ends_both_kinds(app, client, ada, browse):
    token = client.post("/api/login", json={"username": "ada", "password": PASSWORD}).json["access_token"]
    other = browse().sign_in()
    assert "Sign out all others" in ada.get("/account/sessions").text

    ada.send("/account/sessions/end", form="/logout")
    assert ada.is_in() and not other.is_in()
    assert client.get("/api/protected", headers=bearer(token)).status_code == 401


def test_the_api_ends_the_sessions_of_the_pages(client, ada):
    token = client.post("/api/login", json={"username": "ada", "password": PASSWORD}).json["access_token"]
    sessions = client.get("/api/me/sessions", headers=bearer(token)).json["sessions"]
    assert [session["via"] for session in sessions] == ["access", "page"]

    assert client.delete(f"/api/me/sessions/{sessions[1]['id']}", headers=bearer(token)).status_code == 204
    assert not ada.is_in()


def test_one_of_the_sessions_is_signed_out(app, ada, browse):
    other = browse().sign_in()
    page = ada.get("/account/sessions")
    assert "This device" in page.text

    ada.send(f"/account/sessions/{rows(app)[-1].id}/end", form="/logout")
    assert ada.is_in() and not other.is_in()
    assert "The session is signed out." in words(ada.get("/account/sessions"))
    ada.send(f"/account/sessions/{rows(app)[-1].id}/end", form="/logout")
    assert "had ended already" in words(ada.get("/account/sessions"))


def test_nobody_signs_out_someone_else(app, ada, make, browse):
    make("bea")
    bea = browse().sign_in("bea")

    ada.send(f"/account/sessions/{rows(app, 'bea')[0].id}/end", form="/logout")
    assert bea.is_in()


def test_whoever_does_not_use_the_pages_is_signed_out(app, ada, clock):
    clock.shift(12 * 3600 + 1)

    assert not ada.is_in()


def test_whoever_uses_the_pages_stays(app, ada, clock):
    for _ in range(10):
        clock.shift(11 * 3600)
        assert ada.get("/dashboard").status_code == 200


def test_nobody_stays_longer_than_a_session_may_last(app, ada, clock):
    for _ in range(29 * 4):
        clock.shift(6 * 3600)
        assert ada.get("/dashboard").status_code == 200
    clock.shift(6 * 3600)
    ada.get("/dashboard")
    clock.shift(3 * 6 * 3600 + 1)

    assert not ada.is_in()


def test_a_copy_that_is_not_used_dies_with_the_row(app, ada, browse, clock):
    """The signature on the copy would be good for hours, the row is not."""
    clock.shift(11 * 3600)
    ada.get("/dashboard")
    late = browse(**ada.cookies())
    with app.app_context():
        db.session.execute(db.update(LoginSession).values(expires_at=now()))
        db.session.commit()

    assert not late.is_in()


def test_the_lifetime_is_a_setting(app, make, browse, clock, monkeypatch):
    monkeypatch.setitem(app.config, "PAGE_SESSION_MINUTES", 30)
    make("ada")
    ada = browse().sign_in()
    clock.shift(29 * 60)
    assert ada.is_in()
    clock.shift(31 * 60)

    assert not ada.is_in()


def test_a_closed_browser_forgets_who_did_not_ask_to_be_remembered(ada, browse):
    assert REMEMBER not in ada.cookies()


def test_a_closed_browser_remembers(remembered, stolen):
    assert stolen.is_in()
    assert "Hello, ada" in words(stolen.get("/dashboard"))


def test_being_remembered_ends_after_thirty_days(remembered, browse, clock):
    clock.shift(30 * 86400 - 60)
    again = browse(**{REMEMBER: remembered.cookie(REMEMBER)})
    assert again.is_in()
    clock.shift(61)

    assert not again.is_in() and not browse(**again.cookies()).is_in()


def test_a_remembered_session_goes_on_when_its_cookie_has_expired(remembered, clock):
    first = remembered.cookie(REMEMBER)
    clock.shift(13 * 3600)

    assert remembered.is_in() and remembered.cookie(REMEMBER) != first


def test_each_use_of_the_cookie_that_remembers_gives_the_next_one(remembered, browse):
    seen = [remembered.cookie(REMEMBER)]
    for _ in range(3):
        again = browse(**{REMEMBER: seen[-1]})
        assert again.is_in() and again.is_in()
        seen.append(again.cookie(REMEMBER))

    assert len(set(seen)) == 4


def test_a_cookie_that_was_used_ends_the_session_when_it_comes_back(app, remembered, browse, clock):
    old = remembered.cookie(REMEMBER)
    owner = browse(**{REMEMBER: old})
    assert owner.is_in()
    clock.shift(121)
    assert owner.is_in()

    assert not browse(**{REMEMBER: old}).is_in()
    assert not owner.is_in() and rows(app)[0].ended_because == "reuse"


def test_a_browser_that_crashes_before_it_has_kept_its_cookies_goes_on(remembered, browse, clock):
    old = remembered.cookie(REMEMBER)
    owner = browse(**{REMEMBER: old})
    assert owner.is_in()
    clock.shift(100)
    assert owner.is_in()

    assert browse(**{REMEMBER: old}).is_in() and owner.is_in()


def test_an_answer_that_was_lost_costs_nothing(remembered, browse, clock):
    old = remembered.cookie(REMEMBER)
    assert browse(**{REMEMBER: old}).is_in()  # And the browser never saw the answer.
    clock.shift(3600)

    assert browse(**{REMEMBER: old}).is_in()


def test_forms_of_two_tabs_that_were_restored_at_once_can_both_be_sent(remembered, browse):
    one, two = (browse(**{REMEMBER: remembered.cookie(REMEMBER)}) for _ in range(2))
    token = one.token("/account")
    two.get("/account")
    one.client.set_cookie(SESSION, two.cookie(SESSION))

    assert one.post("/account", {"csrf_token": token, "username": "lovelace"}).status_code == 302


def test_a_form_that_was_left_open_overnight_can_be_sent(remembered, clock):
    token = remembered.token("/account")
    clock.shift(14 * 3600)

    assert remembered.post("/account", {"csrf_token": token, "username": "lovelace"}).status_code == 302


@pytest.mark.parametrize("kind", ["token", "cookie"])
def test_what_refreshes_a_token_remembers_no_page(client, make, browse, kind):
    make("ada")
    answer = client.post(
        "/api/login",
        json={"username": "ada", "password": PASSWORD, "refresh": kind},
        headers={"Origin": "https://app.example.com"},
    )
    credential = answer.json.get("refresh_token") or answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]

    assert not browse(**{REMEMBER: credential}).is_in()
    assert not browse(**{REMEMBER: answer.json["access_token"]}).is_in()


def test_what_remembers_a_page_refreshes_no_token(client, remembered):
    credential = remembered.cookie(REMEMBER)

    assert client.post("/api/refresh", json={"refresh_token": credential}).status_code == 401
    assert client.get("/api/protected", headers=bearer(credential)).status_code == 401


def test_a_session_of_the_api_opens_no_page(app, client, make, browse):
    """Its id, in a cookie that is well signed, is not enough."""
    make("ada")
    client.post("/api/login", json={"username": "ada", "password": PASSWORD})
    forged = app.session_interface.get_signing_serializer(app).dumps({"_user_id": rows(app)[0].id})

    assert not browse(**{SESSION: forged}).is_in()


@pytest.mark.parametrize("value", ["", "x", "lrt_", "lrt_" + "A" * 71, "\N{SNOWMAN}"])
@pytest.mark.parametrize("name", [SESSION, REMEMBER])
def test_what_is_no_cookie_of_ours_is_no_cookie(browse, name, value):
    stranger = browse(**{name: value})

    assert not stranger.is_in() and stranger.get("/login").status_code == 200


@pytest.mark.parametrize("claims", [{"_user_id": 1}, {"_user_id": "1"}, {"_user_id": ["x"]}, {"count": "x"}])
def test_what_is_signed_but_odd_is_nobody(app, browse, claims):
    forged = app.session_interface.get_signing_serializer(app).dumps(claims)

    assert not browse(**{SESSION: forged}).is_in()


def test_the_api_neither_reads_nor_sets_a_cookie_of_the_pages(ada):
    answer = ada.client.get("/api/protected")

    assert answer.status_code == 401 and "Set-Cookie" not in answer.headers
    assert "Set-Cookie" not in ada.get("/static/lictor.css").headers


def test_the_last_visit_is_noted_now_and_then(app, ada, clock):
    first = rows(app)[0].last_seen_at
    clock.shift(30)
    ada.get("/dashboard")
    assert rows(app)[0].last_seen_at == first
    clock.shift(40)
    ada.get("/dashboard")

    assert abs(rows(app)[0].last_seen_at.timestamp() - time.time()) < 2


def test_a_page_is_kept_by_no_cache(ada, visitor):
    for page in (ada.get("/dashboard"), visitor.get("/login"), visitor.get("/dashboard")):
        assert page.headers["Cache-Control"] == "no-store"


def test_a_cookie_that_remembers_nobody_waits_for_no_lock(app, remembered, browse):
    stale = remembered.cookie(REMEMBER)
    remembered.send("/logout")
    begun = []

    def note(*told):
        begun.append(told)

    event.listen(db.session, "after_begin", note)
    try:
        for value in (stale, stale[:-2] + "AA", "lrt_x", "x"):
            assert browse(**{REMEMBER: value}).get("/").status_code == 200
    finally:
        event.remove(db.session, "after_begin", note)
    assert begun == []


def test_a_visit_that_is_ended_while_a_page_is_made_gets_no_new_cookie(app, ada, clock):
    clock.shift(61)

    def end(sender, **told):
        db.session.execute(db.update(LoginSession).values(ended_at=now(), ended_because="revoked"))
        db.session.commit()

    with template_rendered.connected_to(end, app):
        answer = ada.get("/dashboard")
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/dashboard", "/login", "/account", "/nothing", "/protected"])
def test_a_tab_with_a_former_cookie_takes_the_new_one_from_nobody(remembered, browse, path):
    former = browse(**remembered.cookies())
    remembered.send("/account/password", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert "Set-Cookie" not in former.get(path).headers


def test_forms_outlive_a_change_of_the_key(app, ada, monkeypatch):
    token = ada.token("/account")
    ring = KeyRing(FORGERY, "another key of the tests, longer than thirty-two bytes", [app.config["SECRET_KEY"]])
    monkeypatch.setitem(app.extensions, forgery.KEYS, ring)
    monkeypatch.setitem(app.config, "WTF_CSRF_SECRET_KEY", ring.newest.secret)

    assert ada.post("/account", {"csrf_token": token, "username": "lovelace"}).status_code == 302
    assert ada.send("/account", username="ada").status_code == 302
