"""Signing in, signing out, and everything else that ends a session, as clients see it."""

import pytest
from sqlalchemy import text

from models import db
from tests.conftest import ORIGIN
from tests.endpoints.test_carriers import CARRIERS, DUE, THIRTY_DAYS, Tab, claims, opened
from tests.factories import PASSWORD, bearer, make_user, sign_in

NEW_PASSWORD = "a lighthouse on the hill"


def login(client, **body):
    return client.post("/api/login", json={"password": PASSWORD} | body)


@pytest.fixture(params=CARRIERS)
def tab(request, client, app) -> Tab:
    with app.app_context():
        make_user("ada")
    return opened(client, request.param)


@pytest.fixture
def admin(as_user):
    return as_user("root", roles="admin")


def ada_id(tab: Tab) -> int:
    return claims(tab.access_token)["id"]


# Signing in


def test_signing_in_opens_the_protected_route(client, as_user):
    ada = as_user("ada")

    response = client.get("/api/protected", headers=ada.headers)

    assert response.status_code == 200
    assert response.json == {"message": "protected endpoint (allowed usr ada)", "user_id": ada.id}


def test_an_answer_to_a_sign_in_holds_what_the_contract_says(client, as_user):
    ada = as_user("ada", roles="admin,user", email="ada@example.com")
    told = login(client, username="ada").json

    assert set(told) == {"message", "access_token", "token", "token_type", "expires_in", "user"}
    assert told["token"] == told["access_token"]
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 900)
    assert told["user"] == {"id": ada.id, "username": "ada", "email": "ada@example.com", "roles": ["admin", "user"]}


def test_only_who_asks_for_a_refresh_token_gets_one(client, as_user):
    as_user()

    assert "refresh_token" not in login(client, username="ada").json
    assert login(client, username="ada", refresh="token").json["refresh_token"].startswith("lrt_")


SPELLINGS = {
    "as registered": "Straße",
    "small": "straße",
    "capitals": "STRASSE",
    "folded": "strasse",
    "capital sharp s": "STRAẞE",
    "full width": "ｓｔｒａｓｓｅ",
    "a ligature": "ﬆrasse",
    "long s": "ſtraſſe",
    "address": "bee@bücher.example",
    "address in ASCII": "bee@xn--bcher-kva.example",
    "address in capitals": "BEE@BÜCHER.EXAMPLE",
    "address with a wide dot": "bee@bücher。example",
    "address in full width": "ｂｅｅ＠bücher．example",
    "address taken apart": "bee@bu\u0308cher.example",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_any_spelling_of_a_name_or_address_signs_in(client, app, spelling):
    with app.app_context():
        make_user("Straße", email="bee@xn--bcher-kva.example")

    assert login(client, username=spelling).status_code == 200


def test_an_address_signs_in_by_its_own_field(client, as_user):
    ada = as_user("ada", email="ada@example.com")

    assert login(client, email="Ada@Example.COM").json["user"]["id"] == ada.id


OTHER_NAMES = {
    "a blank before": " ada",
    "a blank behind": "ada ",
    "an accent": "àda",
    "a dotless letter": "adɑ",
    "Cyrillic": "аda",
    "a wildcard": "ad_",
    "another wildcard": "%",
    "a NUL": "ada\0",
    "half a surrogate": "ada\ud800",
    "a zero-width joiner": "a\u200dda",
    "nothing": "",
    "very long": "ada" * 40,
    "an equals sign": "=ada",
    "a condition": "ada' --",
    "the local part of an address": "ada@",
    "another domain": "ada@example.org",
}


@pytest.mark.parametrize("email", [None, "ada@example.com"], ids=["without address", "with address"])
def test_another_name_does_not_sign_in(client, as_user, email):
    as_user("ada", email=email)
    refused = {kind: login(client, username=name) for kind, name in OTHER_NAMES.items()}

    assert {kind: answer.status_code for kind, answer in refused.items()} == dict.fromkeys(OTHER_NAMES, 401)
    assert {answer.json["error"] for answer in refused.values()} == {"invalid_credentials"}
    assert {answer.headers["WWW-Authenticate"] for answer in refused.values()} == {"Bearer"}


def test_every_sign_in_is_a_session_of_its_own(client, as_user):
    as_user()
    tabs = [opened(client, via) for via in CARRIERS]
    listed = client.get("/api/me/sessions", headers=bearer(tabs[0].access_token)).json["sessions"]

    assert len({claims(tab.access_token)["sid"] for tab in tabs}) == 3
    assert sorted(session["via"] for session in listed) == ["access", "access", "cookie", "token"]


def test_a_refused_sign_in_opens_no_session(client, as_user):
    ada = as_user()
    login(client, username="ada", password="not the password")

    assert len(client.get("/api/me/sessions", headers=ada.headers).json["sessions"]) == 1


def test_a_refused_sign_in_is_told_to_the_owner(client, as_user):
    ada = as_user()
    login(client, username="ADA", password="not the password")
    event = client.get("/api/me/events", headers=ada.headers).json["events"][0]

    assert (event["action"], event["actor"], event["subject_id"]) == ("session.refused", "stranger", ada.id)


@pytest.mark.parametrize("value", ["page", "access", "", 1, True, ["token"]])
def test_a_carrier_that_there_is_not_is_refused(client, as_user, value):
    as_user()

    assert login(client, username="ada", refresh=value).status_code == 422


def test_an_access_token_expires(client, as_user, clock):
    ada = as_user()
    clock.shift(900)
    refused = client.get("/api/protected", headers=ada.headers)

    assert (refused.status_code, refused.json["error"]) == (401, "expired_token")
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


# Signing out


WAYS_OUT = {
    "Bearer": lambda tab: {"headers": bearer(tab.access_token)},
    "raw": lambda tab: {"data": tab.access_token, "content_type": "text/plain"},
    "token": lambda tab: {"json": {"token": tab.access_token}},
    "refresh credential": lambda tab: (
        {"headers": {"Cookie": f"lictor_refresh={tab.credential}", "Origin": ORIGIN}}
        if tab.via == "cookie"
        else {"json": {"refresh_token": tab.credential}}
    ),
}


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_any_credential_signs_out_at_once_and_for_good(tab, way):
    answer = tab.client.post("/api/logout", **way(tab))

    assert (answer.status_code, answer.json) == (200, {"message": "Logged out successfully"})
    assert (tab.uses(), tab.refresh().status_code) == (401, 401)


@pytest.mark.parametrize("seconds", [901, THIRTY_DAYS - 1], ids=["expired", "long expired"])
@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_an_expired_access_token_signs_out_as_well(client, as_user, clock, way, seconds):
    as_user()
    tab = opened(client, "access")
    clock.shift(seconds)

    assert client.post("/api/logout", **way(tab)).status_code == 200
    assert tab.refresh().status_code == 401


def test_a_credential_that_was_exchanged_signs_out_as_well(client, as_user, clock):
    as_user()
    tab = opened(client, "access")
    clock.shift(DUE)
    newest = tab.renewed()

    client.post("/api/logout", headers=bearer(tab.access_token))

    assert newest.uses() == 401


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_signing_out_twice_is_no_error(tab, way):
    answers = [tab.client.post("/api/logout", **way(tab)) for _ in range(3)]

    assert {(answer.status_code, answer.data) for answer in answers} == {(200, answers[0].data)}


def test_signing_out_is_written_down_once(tab):
    for _ in range(2):
        tab.client.post("/api/logout", headers=bearer(tab.access_token))
    events = tab.client.get("/api/me/events", headers=sign_in(tab.client).headers).json["events"]

    assert [event["action"] for event in events].count("session.ended") == 1


NOTHING = {
    "no credential": {},
    "garbage": {"data": "garbage"},
    "a bad token": {"headers": bearer("bad")},
    "another scheme": {"headers": {"Authorization": "Basic YTpi"}},
    "a bad refresh token": {"json": {"refresh_token": "lrt_bad"}},
    "an empty body": {"json": {}},
}


@pytest.mark.parametrize("case", NOTHING.values(), ids=NOTHING)
def test_signing_out_of_nothing_is_no_error(client, case):
    assert client.post("/api/logout", **case).status_code == 200


def test_signing_out_leaves_other_sessions_alone(tab):
    others = [opened(tab.client, via) for via in ("cookie", "token")]
    tab.client.post("/api/logout", headers=bearer(tab.access_token))

    assert [other.renewed().uses() for other in others] == [200, 200]


def test_signing_out_takes_the_cookie_along(browser, as_user):
    as_user()
    body = {"username": "ada", "password": PASSWORD, "refresh": "cookie"}
    token = browser.post("/api/login", json=body, headers={"Origin": ORIGIN}).json["access_token"]
    assert browser.get_cookie("lictor_refresh", path="/api/refresh") is not None

    browser.post("/api/logout", headers=bearer(token))

    assert browser.get_cookie("lictor_refresh", path="/api/refresh") is None


def test_another_site_cannot_sign_a_browser_out(client, as_user):
    as_user()
    tab = opened(client, "cookie")
    headers = {"Cookie": f"lictor_refresh={tab.credential}", "Origin": "https://evil.example"}

    client.post("/api/logout", headers=headers)
    client.delete("/api/refresh", headers=headers)

    assert tab.renewed().uses() == 200


def test_a_page_that_has_nothing_but_its_cookie_signs_out_where_the_cookie_goes(client, as_user):
    as_user()
    tab = opened(client, "cookie")
    headers = {"Cookie": f"lictor_refresh={tab.credential}", "Origin": ORIGIN}

    assert client.delete("/api/refresh", headers=headers).status_code == 200
    assert (tab.uses(), tab.refresh().status_code) == (401, 401)


@pytest.mark.parametrize("body", ["null", "x=1", "[object Object]", "{", '{"refresh": true}'])
def test_signing_out_minds_the_header_whatever_the_body_is(client, as_user, body):
    ada = as_user()

    assert client.post("/api/logout", data=body, headers=ada.headers).status_code == 200
    assert client.get("/api/protected", headers=ada.headers).status_code == 401


@pytest.mark.parametrize("header", ["Bearer of the same session", "Basic YTpi"])
def test_a_header_that_refreshes_nothing_does_not_hide_the_cookie(client, as_user, header):
    as_user()
    tab = opened(client, "cookie")
    given = f"Bearer {tab.access_token}" if header.startswith("Bearer") else header
    headers = {"Cookie": f"lictor_refresh={tab.credential}", "Origin": ORIGIN, "Authorization": given}

    assert client.post("/api/refresh", headers=headers).status_code == 200


def test_a_cookie_that_a_neighbour_tossed_in_does_not_hide_ones_own(client, as_user):
    as_user()
    tab = opened(client, "cookie")
    cookies = f"lictor_refresh=lrt_tossed; lictor_refresh={tab.credential}"

    assert client.post("/api/refresh", headers={"Cookie": cookies, "Origin": ORIGIN}).status_code == 200


# What else ends a session: for access and for refresh


def test_a_new_password_ends_all_sessions_but_the_one_that_chose_it(tab):
    own = opened(tab.client, "token")
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert tab.client.put("/api/me/password", json=body, headers=bearer(own.access_token)).status_code == 200

    assert (tab.uses(), tab.refresh().status_code) == (401, 401)
    assert own.renewed().uses() == 200
    assert opened(tab.client, tab.via, password=NEW_PASSWORD).uses() == 200


def test_a_refused_change_of_password_ends_nothing(tab):
    own = opened(tab.client, "token")
    body = {"current_password": "not the password", "new_password": NEW_PASSWORD}
    assert tab.client.put("/api/me/password", json=body, headers=bearer(own.access_token)).status_code == 403

    assert (tab.uses(), own.uses()) == (200, 200)


def test_a_disabled_account_is_out_at_once_and_stays_so_when_enabled_again(tab, admin):
    def set_active(value: bool) -> None:
        answer = tab.client.patch(f"/api/admin/users/{ada_id(tab)}", json={"is_active": value}, headers=admin.headers)
        assert answer.status_code == 200

    set_active(False)
    assert (tab.uses(), tab.refresh().status_code) == (401, 401)
    set_active(True)
    assert (tab.uses(), tab.refresh().status_code) == (401, 401)
    assert opened(tab.client, tab.via).uses() == 200


def test_an_account_that_was_disabled_in_the_database_cannot_refresh(tab, app, clock):
    clock.shift(DUE)
    with app.app_context():
        db.session.execute(text("update users set is_active = false"))
        db.session.commit()

    assert (tab.uses(), tab.refresh().status_code) == (401, 401)


def test_a_deleted_account_is_out_at_once(tab):
    own = sign_in(tab.client)
    assert tab.client.delete("/api/me", json={"password": PASSWORD}, headers=own.headers).status_code == 204

    assert (tab.uses(), tab.refresh().status_code) == (401, 401)
    assert login(tab.client, username="ada").status_code == 401


ENDINGS = {
    "one of one's own": lambda tab: tab.client.delete(
        f"/api/me/sessions/{claims(tab.access_token)['sid']}", headers=sign_in(tab.client).headers
    ),
    "all others of one's own": lambda tab: tab.client.delete(
        "/api/me/sessions", headers=sign_in(tab.client).headers
    ),
    "all, by an administrator": lambda tab: tab.client.delete(
        f"/api/admin/users/{ada_id(tab)}/sessions", headers=sign_in(tab.client, "root").headers
    ),
}  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_an_ended_session_is_dead_for_access_and_refresh(tab, admin, ending):
    assert ending(tab).status_code == 204

    assert (tab.uses(), tab.refresh().status_code) == (401, 401)


def test_a_session_of_another_person_cannot_be_ended(tab, as_user):
    bea = as_user("bea")
    refused = tab.client.delete(f"/api/me/sessions/{claims(tab.access_token)['sid']}", headers=bea.headers)

    assert (refused.status_code, refused.json["error"]) == (404, "unknown_session")
    assert tab.uses() == 200
