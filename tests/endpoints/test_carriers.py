"""Refreshing a session, by each of the three ways in which its one refresh credential travels."""

import base64
import json
from dataclasses import dataclass, replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from auth.guard import guard
from models import db
from tests.conftest import ORIGIN
from tests.endpoints.test_guard import another_app
from tests.factories import PASSWORD, bearer, make_user, sign_in

CARRIERS = ("access", "cookie", "token")
COOKIE = "lictor_refresh"
#: From this many seconds after it was made, an access token may be refreshed.
DUE = 900 - 60
THIRTY_DAYS = 30 * 24 * 3600
FOREIGN = {
    "foreign": {"Origin": "https://evil.example"},
    "null": {"Origin": "null"},
    "absent": {},
    "same beginning": {"Origin": f"{ORIGIN}.evil.example"},
    "same end": {"Origin": "https://evil-app.example.com"},
    "another scheme": {"Origin": ORIGIN.replace("https", "http")},
    "another port": {"Origin": f"{ORIGIN}:8443"},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "foreign, and called same-origin": {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
}
FRIENDLY = {
    "listed": {"Origin": ORIGIN},
    "listed, in capitals": {"Origin": ORIGIN.upper()},
    "own": {"Origin": "http://localhost"},
    "same-origin": {"Sec-Fetch-Site": "same-origin"},
}


def each(table):
    return pytest.mark.parametrize("case", table.values(), ids=table.keys())


@dataclass(frozen=True)
class Tab:
    """What one tab, or one program, holds of a session."""

    client: FlaskClient
    via: str
    credential: str
    access_token: str

    def refresh(self, credential: str | None = None, via: str | None = None) -> TestResponse:
        """Present this tab's credential, or another one, the way that the carrier asks for."""
        text, via = self.credential if credential is None else credential, via or self.via
        if via == "cookie":
            return self.client.post("/api/refresh", headers={"Cookie": f"{COOKIE}={text}", "Origin": ORIGIN})
        if via == "token":
            return self.client.post("/api/refresh", json={"refresh_token": text})
        return self.client.post("/api/refresh", json={"token": text})

    def renewed(self) -> "Tab":
        """The same tab, after it has refreshed."""
        return self.given(self.refresh())

    def given(self, answer: TestResponse) -> "Tab":
        assert answer.status_code == 200, answer.json
        return replace(self, credential=credential_in(answer, self.via), access_token=answer.json["access_token"])

    def uses(self) -> int:
        """Make a protected request, and return its status."""
        return self.client.get("/api/protected", headers=bearer(self.access_token)).status_code


def opened(client: FlaskClient, via: str, username: str = "ada", password: str = PASSWORD) -> Tab:
    """Sign in, and choose a carrier."""
    body = {"username": username, "password": password} | ({} if via == "access" else {"refresh": via})
    answer = client.post("/api/login", json=body, headers={"Origin": ORIGIN})
    return Tab(client, via, "", "").given(answer)


def credential_in(answer: TestResponse, via: str) -> str:
    if via == "cookie":
        return answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    return answer.json["refresh_token" if via == "token" else "access_token"]


def claims(token: str) -> dict:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def which(tab: Tab) -> object:
    """What a credential says that it is: for an access token, its session and its count."""
    return (claims(tab.credential)["sid"], claims(tab.credential)["gen"]) if tab.via == "access" else tab.credential


def events(client: FlaskClient, username: str = "ada") -> list[str]:
    """What happened to an account, told to its owner, newest first."""
    found = client.get("/api/me/events?limit=100", headers=sign_in(client, username).headers).json["events"]
    return [event["action"] for event in found]


@pytest.fixture(params=CARRIERS)
def tab(request, client, app, clock) -> Tab:
    """A tab of Ada's whose access token is due."""
    with app.app_context():
        make_user("ada")
    made = opened(client, request.param)
    clock.shift(DUE)
    return made


# The table of DESIGN, section 3


def test_the_current_credential_is_exchanged_for_another_that_works(tab):
    renewed = tab.renewed()

    assert which(renewed) != which(tab)
    assert renewed.access_token != tab.access_token
    assert renewed.uses() == 200


def test_an_answer_to_a_refresh_holds_what_the_contract_says(tab):
    answer = tab.refresh()

    told = {"message", "access_token", "token", "token_type", "expires_in"}
    assert set(answer.json) == told | ({"refresh_token"} if tab.via == "token" else set())
    assert answer.json["token"] == answer.json["access_token"]
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert ("Set-Cookie" in answer.headers) == (tab.via == "cookie")


def test_whoever_refreshes_at_the_same_time_gets_the_same_answer_letter_for_letter(tab):
    answers = [tab.refresh() for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert len({credential_in(answer, tab.via) for answer in answers}) == 1


@pytest.mark.parametrize("seconds", [1, 29.5, 30])
def test_a_second_tab_gets_the_same_successor_within_30_seconds_though_it_is_in_use(tab, clock, seconds):
    first = tab.renewed()
    first.uses()
    clock.shift(seconds)

    assert tab.renewed() == first


@pytest.mark.parametrize("seconds", [31, DUE, 86400], ids=["at once", "later", "next day"])
def test_a_lost_answer_is_given_again_as_long_as_the_successor_was_never_used(tab, clock, seconds):
    lost = tab.renewed()
    clock.shift(seconds)
    again = tab.renewed()

    assert which(again) == which(lost)
    assert again.uses() == 200


def test_a_lost_answer_comes_with_an_access_token_of_full_life(tab, clock):
    tab.refresh()
    clock.shift(DUE)

    assert tab.refresh().json["expires_in"] == 900


def test_a_credential_whose_successor_is_in_use_ends_the_session_after_30_seconds(tab, clock):
    renewed = tab.renewed()
    renewed.uses()
    clock.shift(31)

    assert tab.refresh().status_code == 401
    assert renewed.uses() == 401
    assert renewed.refresh().status_code == 401
    assert "session.reuse_detected" in events(tab.client)


def test_a_credential_older_than_the_last_one_ends_the_session_at_once(tab, clock):
    renewed = tab.renewed()
    clock.shift(DUE)
    newest = renewed.renewed()

    assert tab.refresh().status_code == 401
    assert newest.uses() == 401
    assert newest.refresh().status_code == 401
    assert "session.reuse_detected" in events(tab.client)


def test_reuse_ends_that_session_alone(tab, clock):
    phone = opened(tab.client, "token")
    tab.renewed().uses()
    clock.shift(31)
    tab.refresh()

    assert phone.renewed().uses() == 200


def test_reuse_is_written_down_once_and_is_like_any_refusal_to_a_stranger(tab, clock):
    tab.renewed().uses()
    clock.shift(31)
    reuse, afterwards = tab.refresh(), tab.refresh()

    assert reuse.json["error"] == afterwards.json["error"] == "invalid_token"
    assert events(tab.client).count("session.reuse_detected") == 1


def test_a_credential_from_the_future_is_refused_and_ends_nothing(tab, app, clock):
    renewed = tab.renewed()
    clock.shift(DUE)
    with app.app_context():
        db.session.execute(text("update login_sessions set refresh_count = 0"))
        db.session.commit()

    assert renewed.refresh().status_code == 401
    assert tab.renewed().uses() == 200


def test_a_long_chain_of_refreshes_holds(tab, clock):
    for _ in range(5):
        tab = tab.renewed()
        assert tab.uses() == 200
        clock.shift(DUE)

    assert claims(tab.access_token)["gen"] == 5


def test_an_access_token_stays_good_when_a_sibling_tab_refreshes(tab):
    tab.renewed().uses()

    assert tab.uses() == 200


# Time


@pytest.mark.parametrize("via", CARRIERS)
def test_only_an_access_token_has_to_wait_until_it_is_due(client, as_user, clock, via):
    as_user()
    tab = opened(client, via)
    clock.shift(DUE - 1)
    early = tab.refresh()

    assert early.status_code == (425 if via == "access" else 200)
    assert early.json.get("error") == ("too_early" if via == "access" else None)


def test_an_early_refresh_costs_nothing(client, as_user, clock):
    as_user()
    tab = opened(client, "access")
    tab.refresh()
    clock.shift(DUE)

    assert tab.renewed().uses() == 200


@pytest.mark.parametrize("seconds", [900 - DUE, 3600, THIRTY_DAYS - 901], ids=["expired", "an hour", "30 days"])
def test_a_credential_is_good_until_the_end_of_its_session(tab, clock, seconds):
    clock.shift(seconds)

    assert tab.renewed().uses() == 200


def test_no_credential_is_good_at_the_end_of_its_session(tab, clock):
    clock.shift(THIRTY_DAYS - DUE)

    assert tab.refresh().status_code == 401


def test_the_end_of_a_session_never_moves(tab, clock):
    def end():
        return tab.client.get("/api/me/sessions", headers=bearer(tab.access_token)).json["sessions"][0]["expires_at"]

    before = end()
    clock.shift(THIRTY_DAYS - DUE - 100)
    tab = tab.renewed()

    assert end() == before
    assert claims(tab.access_token)["exp"] == claims(tab.access_token)["rf_exp"]
    clock.shift(100)
    assert (tab.uses(), tab.refresh().status_code) == (401, 401)


# What is refused


def test_a_changed_last_letter_is_refused(tab):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = [tab.credential[:-1] + letter for letter in alphabet if letter != tab.credential[-1]]

    assert {tab.refresh(credential).status_code for credential in changed} == {401}
    assert tab.renewed().uses() == 200


GARBLED = {
    "empty": lambda text: "",
    "half": lambda text: text[: len(text) // 2],
    "without the last letter": lambda text: text[:-1],
    "twice": lambda text: text * 2,
    "padded": lambda text: text + "=",
    "with more behind": lambda text: text + "AAAA",
    "with a blank": lambda text: text[:9] + " " + text[9:],
    "other letters in the middle": lambda text: text[:10] + ("A" if text[10] != "A" else "B") + text[11:],
    "upside down": lambda text: text[::-1],
    "prefix alone": lambda text: "lrt_",
    "prefix before the other kind": lambda text: "lrt_" + text,
    "zeros": lambda text: "lrt_" + base64.urlsafe_b64encode(bytes(53)).decode().rstrip("="),
    "no session": lambda text: "lrt_" + base64.urlsafe_b64encode(b"\xff" * 53).decode().rstrip("="),
    "not base64": lambda text: "lrt_" + "!" * 71,
    "umlauts": lambda text: "ä" * 75,
    "dots": lambda text: "..",
}


def test_a_garbled_credential_is_refused_and_ends_nothing(tab):
    refused = {name: tab.refresh(garbled(tab.credential)) for name, garbled in GARBLED.items()}

    assert {name: answer.status_code for name, answer in refused.items()} == dict.fromkeys(GARBLED, 401)
    assert all(answer.headers["WWW-Authenticate"].startswith("Bearer") for answer in refused.values())
    assert not any("Set-Cookie" in answer.headers for answer in refused.values())
    assert tab.renewed().uses() == 200


FORGED = {
    "count": lambda raw: raw[:16] + (1).to_bytes(4, "big") + raw[20:],
    "greatest count": lambda raw: raw[:16] + b"\xff" * 4 + raw[20:],
    "remember": lambda raw: raw[:20] + bytes([raw[20] ^ 1]) + raw[21:],
    "remember, twice": lambda raw: raw[:20] + b"\x02" + raw[21:],
    "mac": lambda raw: raw[:21] + bytes(32),
    "session": lambda raw: bytes(16) + raw[16:],
}


@pytest.mark.parametrize("via", ["cookie", "token"])
@each(FORGED)
def test_a_forged_part_of_an_opaque_credential_is_refused_and_ends_nothing(client, as_user, via, case):
    as_user()
    tab = opened(client, via)
    raw = case(base64.urlsafe_b64decode(tab.credential.removeprefix("lrt_") + "="))

    assert tab.refresh("lrt_" + base64.urlsafe_b64encode(raw).decode().rstrip("=")).status_code == 401
    assert tab.renewed().uses() == 200


@pytest.mark.parametrize("via", ["cookie", "token"])
def test_a_credential_does_not_fit_another_session(client, as_user, via):
    as_user()
    one, other = opened(client, via), opened(client, via)
    raw = [base64.urlsafe_b64decode(tab.credential.removeprefix("lrt_") + "=") for tab in (one, other)]
    mixed = "lrt_" + base64.urlsafe_b64encode(raw[0][:16] + raw[1][16:]).decode().rstrip("=")

    assert one.refresh(mixed).status_code == 401


@pytest.mark.parametrize(
    ("via", "held", "other"),
    [
        ("access", "credential", "cookie"),
        ("token", "credential", "cookie"),
        ("token", "access_token", "access"),
        ("token", "access_token", "cookie"),
        ("cookie", "credential", "token"),
        ("cookie", "access_token", "access"),
        ("cookie", "access_token", "cookie"),
    ],
)
def test_a_credential_that_came_another_way_is_refused_and_ends_nothing(client, as_user, clock, via, held, other):
    as_user()
    tab = opened(client, via)
    clock.shift(DUE)
    refused = tab.refresh(getattr(tab, held), via=other)

    assert refused.status_code == 401
    assert "Set-Cookie" not in refused.headers
    assert tab.renewed().uses() == 200


@pytest.mark.parametrize("via", ["cookie", "token"])
def test_an_expired_access_token_does_not_refresh_a_session_of_another_carrier(client, as_user, clock, via):
    as_user()
    tab = opened(client, via)
    clock.shift(3600)

    for shape in (
        {"data": tab.access_token},
        {"headers": bearer(tab.access_token)},
        {"json": {"token": tab.access_token}},
    ):
        assert client.post("/api/refresh", **shape).status_code == 401
    assert tab.renewed().uses() == 200


def test_a_refresh_without_any_credential_is_told_so(client):
    refused = client.post("/api/refresh")

    assert (refused.status_code, refused.json["error"]) == (401, "missing_token")
    assert refused.headers["WWW-Authenticate"] == "Bearer"


# The credential in the body or the header


SHAPES = {
    "raw text": lambda text: {"data": text, "content_type": "text/plain;charset=UTF-8"},
    "raw form": lambda text: {"data": text, "content_type": "application/x-www-form-urlencoded"},
    "raw, with a line break": lambda text: {"data": text + "\r\n", "content_type": "text/plain"},
    "Bearer": lambda text: {"headers": bearer(text)},
    "token": lambda text: {"json": {"token": text}},
    "refresh_token": lambda text: {"json": {"refresh_token": text}},
    "token as text": lambda text: {"data": json.dumps({"token": text}), "content_type": "text/plain"},
}


@pytest.mark.parametrize("via", ["access", "token"])
@each(SHAPES)
def test_a_credential_is_taken_in_every_shape(client, as_user, clock, via, case):
    as_user()
    tab = opened(client, via)
    clock.shift(DUE)

    assert tab.given(client.post("/api/refresh", **case(tab.credential))).uses() == 200


@each({name: SHAPES[name] for name in ("raw text", "raw form")})
def test_a_raw_credential_that_is_refused_is_told_null(client, case):
    refused = client.post("/api/refresh", **case("not-a-token"))

    assert (refused.status_code, refused.json, refused.mimetype) == (401, None, "application/json")
    assert refused.data.strip() == b"null"
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_raw_credential_that_is_reused_is_told_null_and_ends_the_session(client, as_user, clock):
    as_user()
    tab = opened(client, "access")
    clock.shift(DUE)
    renewed = tab.renewed()
    renewed.uses()
    clock.shift(31)

    assert client.post("/api/refresh", data=tab.credential).data.strip() == b"null"
    assert renewed.uses() == 401


def test_a_raw_credential_that_is_early_is_told_so(client, as_user):
    assert client.post("/api/refresh", data=as_user().access_token).json["error"] == "too_early"


def test_a_named_credential_that_is_refused_is_told_why(client):
    assert client.post("/api/refresh", json={"token": "not-a-token"}).json["error"] == "invalid_token"


def test_a_credential_in_the_address_is_not_read(client, as_user):
    as_user()
    tab = opened(client, "token")

    refused = client.post("/api/refresh", query_string={"refresh_token": tab.credential, "token": tab.credential})

    assert refused.json["error"] == "missing_token"


# The cookie


def set_cookie(answer: TestResponse) -> tuple[str, dict[str, str]]:
    """The name of the cookie that refreshes, and its attributes in lower case."""
    (text,) = [cookie for cookie in answer.headers.getlist("Set-Cookie") if COOKIE in cookie]
    first, *rest = text.split("; ")
    return first.partition("=")[0], {part.partition("=")[0].lower(): part.partition("=")[2] for part in rest}


def signed_in_with_cookie(client, base_url="http://localhost", **body):
    answer = client.post(
        "/api/login",
        json={"username": "ada", "password": PASSWORD, "refresh": "cookie", **body},
        base_url=base_url,
        headers={"Origin": ORIGIN},
    )
    assert answer.status_code == 200, answer.json
    return answer


def test_the_cookie_is_for_the_refresh_address_and_no_script(client, as_user):
    as_user()
    name, attributes = set_cookie(signed_in_with_cookie(client))

    assert name == COOKIE
    assert attributes == {"httponly": "", "path": "/api/refresh", "samesite": "Strict"}


def test_behind_tls_the_cookie_is_secure_and_says_so_in_its_name(client, as_user):
    as_user()
    name, attributes = set_cookie(signed_in_with_cookie(client, "https://localhost"))

    assert name == f"__Secure-{COOKIE}"
    assert attributes == {"httponly": "", "path": "/api/refresh", "samesite": "Strict", "secure": ""}


def test_a_cookie_that_remembers_lasts_as_long_as_the_session(client, as_user, clock):
    as_user()
    answer = signed_in_with_cookie(client, remember=True)
    renewed = client.post(
        "/api/refresh", headers={"Cookie": f"{COOKIE}={credential_in(answer, 'cookie')}", "Origin": ORIGIN}
    )

    assert set_cookie(answer)[1]["expires"] == set_cookie(renewed)[1]["expires"]


def test_a_browser_carries_the_cookie_by_itself(browser, as_user):
    as_user()
    signed_in_with_cookie(browser)

    for _ in range(3):
        assert browser.post("/api/refresh", headers={"Origin": ORIGIN}).status_code == 200
    assert browser.get_cookie(COOKIE, path="/api/refresh") is not None


def test_a_sign_in_by_cookie_hands_out_no_other_refresh_credential(client, as_user):
    as_user()

    assert "refresh_token" not in signed_in_with_cookie(client).json


@each(FOREIGN)
def test_a_cookie_is_not_taken_from_another_site(client, as_user, case):
    as_user()
    tab = opened(client, "cookie")
    refused = client.post("/api/refresh", headers={"Cookie": f"{COOKIE}={tab.credential}", **case})

    assert (refused.status_code, refused.json["error"]) == (403, "origin_not_allowed")
    assert "Set-Cookie" not in refused.headers
    assert claims(tab.renewed().access_token)["gen"] == 1


@each(FRIENDLY)
def test_a_cookie_is_taken_from_this_site_and_from_a_listed_one(client, as_user, case):
    as_user()
    tab = opened(client, "cookie")

    assert client.post("/api/refresh", headers={"Cookie": f"{COOKIE}={tab.credential}", **case}).status_code == 200


@each(FOREIGN)
def test_another_site_cannot_sign_a_browser_in(client, as_user, case):
    as_user()
    body = {"username": "ada", "password": PASSWORD, "refresh": "cookie"}
    refused = client.post("/api/login", json=body, headers=case)

    assert (refused.status_code, refused.json["error"]) == (403, "origin_not_allowed")
    assert "Set-Cookie" not in refused.headers


def test_a_reused_cookie_is_refused_and_takes_nothing_from_a_sibling_tab(client, as_user, clock):
    as_user()
    tab = opened(client, "cookie")
    tab.renewed().uses()
    clock.shift(31)
    refused = tab.refresh()

    assert refused.status_code == 401
    assert "Set-Cookie" not in refused.headers


def test_the_cookie_of_an_ended_session_is_refused_and_not_cleared(client, as_user):
    as_user()
    tab = opened(client, "cookie")
    client.post("/api/logout", headers=bearer(tab.access_token))
    refused = tab.refresh()

    assert refused.status_code == 401
    assert "Set-Cookie" not in refused.headers


# Another SECRET_KEY


NEW_KEY = "another key of the tests, longer than thirty-two bytes"


def at_the_new_app(tab: Tab, renamed) -> Tab:
    return replace(tab, client=renamed.test_client(use_cookies=False))


def test_a_former_key_still_verifies_every_credential_and_signs_none(tab, database_url, app):
    former, kid = app.config["SECRET_KEY"], guard.access_key.id
    with another_app(database_url, secret_key=NEW_KEY, secret_key_fallbacks=[former]) as renewed_app:
        moved = at_the_new_app(tab, renewed_app)
        assert moved.uses() == 200
        renewed = moved.renewed()
        assert renewed.uses() == 200
        header = renewed.access_token.split(".")[0]
        assert json.loads(base64.urlsafe_b64decode(header + "==="))["kid"] == guard.access_key.id != kid


def test_a_credential_of_the_new_key_is_exchanged_as_well(tab, database_url, app, clock):
    with another_app(database_url, secret_key=NEW_KEY, secret_key_fallbacks=[app.config["SECRET_KEY"]]) as renewed_app:
        renewed = at_the_new_app(tab, renewed_app).renewed()
        clock.shift(DUE)

        assert renewed.renewed().uses() == 200


def test_without_the_former_key_every_credential_of_it_is_refused(tab, database_url):
    with another_app(database_url, secret_key=NEW_KEY) as renewed_app:
        moved = at_the_new_app(tab, renewed_app)

        assert (moved.uses(), moved.refresh().status_code) == (401, 401)
    assert tab.renewed().uses() == 200


def test_where_the_public_address_is_known_the_host_is_not_believed(monkeypatch, client, as_user):
    monkeypatch.setitem(client.application.config, "PUBLIC_URL", "https://auth.example.com")
    as_user()
    tab = opened(client, "cookie")
    cookie = {"Cookie": f"{COOKIE}={tab.credential}"}

    assert client.post("/api/refresh", headers=cookie | {"Origin": "http://localhost"}).status_code == 403
    assert client.post("/api/refresh", headers=cookie | {"Origin": "https://auth.example.com"}).status_code == 200
