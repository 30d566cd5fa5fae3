"""How often something may be tried, whatever the spelling, and from wherever; and who is let in all the same."""

from datetime import timedelta

import pytest

from tests.factories import PASSWORD, make_user

WRONG = "not this one"
EMAIL = "ada@example.com"


@pytest.fixture
def ada(app):
    with app.app_context():
        return make_user("ada", email=EMAIL)


@pytest.fixture
def attempt(client):
    """Try to sign in, and return the status."""

    def tried(login="ada", password=WRONG, ip="192.0.2.1", **body):
        given = {"username": login, "password": password} | body
        return client.post("/api/login", json=given, environ_base={"REMOTE_ADDR": ip})

    return tried


def statuses(attempt, times, *given, **named):
    return [attempt(*given, **named).status_code for _ in range(times)]


@pytest.mark.parametrize("login", ["ada", "nobody"])
def test_the_eleventh_failure_is_refused_whether_there_is_such_an_account_or_not(ada, attempt, login):
    assert statuses(attempt, 12, login) == [401] * 10 + [429] * 2


def test_a_refusal_is_the_same_for_known_and_unknown_accounts(ada, attempt, clock):
    told = []
    for login in ("ada", "nobody"):
        statuses(attempt, 10, login)
        answer = attempt(login, ip="192.0.2.2")
        told.append((answer.status_code, answer.json, answer.headers["Retry-After"]))

    assert told[0] == told[1] == (429, told[0][1], "300")
    assert told[0][1]["error"] == "too_many_requests" and told[0][1]["retry_after"] == 300


def test_whoever_is_throttled_is_not_let_in_by_the_right_password(ada, attempt):
    statuses(attempt, 10)

    assert attempt(password=PASSWORD).status_code == 429


def test_the_window_ends_as_was_said(ada, attempt, clock):
    statuses(attempt, 10)
    clock.shift(timedelta(seconds=299))
    assert attempt(password=PASSWORD).headers["Retry-After"] == "1"

    clock.shift(timedelta(seconds=1))
    assert attempt(password=PASSWORD).status_code == 200


def test_a_day_has_a_hundred_failures(ada, attempt, clock):
    for _ in range(10):
        assert statuses(attempt, 10) == [401] * 10
        clock.shift(timedelta(minutes=6))

    answer = attempt()
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) == 24 * 3600 - 3600


SPELLINGS = ["ada", "ADA", "Ada", "\uff21da", EMAIL, EMAIL.upper(), "ada@EXAMPLE.com"]


def test_every_spelling_counts_for_the_one_account(ada, attempt):
    tried = [attempt(SPELLINGS[number % len(SPELLINGS)]).status_code for number in range(11)]

    assert tried == [401] * 10 + [429]


def test_a_hundred_addresses_have_no_more_tries_than_one(ada, attempt):
    tried = [attempt(ip=f"198.51.100.{number}").status_code for number in range(100)]

    assert tried == [401] * 10 + [429] * 90


def test_one_address_has_fifty_failures_over_all_accounts(attempt):
    tried = [attempt(f"somebody{number}").status_code for number in range(51)]

    assert tried == [401] * 50 + [429]
    assert attempt("somebody", ip="192.0.2.9").status_code == 401


def test_an_address_that_has_had_its_tries_shuts_nobody_else_out(ada, attempt):
    statuses(attempt, 50, "nobody")
    for number in range(49):
        attempt(f"somebody{number}")
    assert statuses(attempt, 20) == [429] * 20

    assert attempt(password=PASSWORD, ip="192.0.2.9").status_code == 200


def test_an_ipv6_network_counts_as_one_address(attempt):
    tried = [attempt(f"somebody{number}", ip=f"2001:db8:0:1::{number:x}").status_code for number in range(51)]

    assert tried == [401] * 50 + [429]
    assert attempt("somebody", ip="2001:db8:0:2::1").status_code == 401


def test_a_forged_header_makes_no_other_address(ada, client):
    tried = [
        client.post(
            "/api/login",
            json={"username": f"somebody{number}", "password": WRONG},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        ).status_code
        for number in range(51)
    ]

    assert tried == [401] * 50 + [429]


def test_signing_in_costs_nothing(ada, attempt):
    assert statuses(attempt, 30, password=PASSWORD) == [200] * 30
    assert statuses(attempt, 11) == [401] * 10 + [429]


DOORS = {
    "POST /token": ("/token", lambda: {"json": {"email": "ada", "password": WRONG}}),
    "POST /login with JSON": ("/login", lambda: {"json": {"username": "ada", "password": WRONG}}),
    "POST /api/login with text": (
        "/api/login",
        lambda: {"data": f'{{"username": "ada", "password": "{WRONG}"}}', "content_type": "text/plain"},
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_every_door_counts_with_the_others(ada, attempt, client, door):
    path, sent = DOORS[door]
    assert statuses(attempt, 5) == [401] * 5

    assert [client.post(path, **sent()).status_code for _ in range(6)] == [401] * 5 + [429]


# Known devices


def test_a_device_that_was_in_the_account_is_let_in_whatever_others_try(ada, attempt):
    device = attempt(password=PASSWORD, refresh="token").json["device"]
    statuses(attempt, 11)

    assert attempt(password=PASSWORD).status_code == 429
    assert attempt(password=PASSWORD, device=device).status_code == 200


def test_a_device_has_ten_failures_of_its_own(ada, attempt):
    device = attempt(password=PASSWORD, refresh="token").json["device"]

    assert statuses(attempt, 11, device=device) == [401] * 10 + [429]
    assert attempt(password=PASSWORD).status_code == 200


def test_a_device_is_known_in_no_other_account(app, ada, attempt):
    with app.app_context():
        make_user("grace")
    device = attempt("grace", PASSWORD, refresh="token").json["device"]
    statuses(attempt, 11)

    assert attempt(password=PASSWORD, device=device).status_code == 429


def test_a_device_is_known_in_several_accounts(app, ada, attempt):
    with app.app_context():
        make_user("grace")
    device = attempt("grace", PASSWORD, refresh="token").json["device"]
    device = attempt(password=PASSWORD, refresh="token", device=device).json["device"]
    for name in ("ada", "grace"):
        statuses(attempt, 10, name)

    assert [attempt(name, PASSWORD, device=device).status_code for name in ("ada", "grace")] == [200, 200]


@pytest.mark.parametrize("forged", ["", ".", "x" * 44, "A" * 44, "%", "\u00e9" * 44, "." * 5000, "last letter"])
def test_a_forged_device_is_like_none(ada, attempt, forged):
    device = attempt(password=PASSWORD, refresh="token").json["device"]
    if forged == "last letter":
        forged = device[:-1] + ("A" if device[-1] != "A" else "B")
    statuses(attempt, 10)

    assert attempt(password=PASSWORD, device=forged).status_code == 429


def test_a_device_is_forgotten_after_400_days(ada, attempt, clock):
    device = attempt(password=PASSWORD, refresh="token").json["device"]
    clock.shift(timedelta(days=400, seconds=1))
    statuses(attempt, 10)

    assert attempt(password=PASSWORD, device=device).status_code == 429


def test_a_browser_carries_its_device_by_itself(ada, browser, attempt):
    given = {"username": "ada", "password": PASSWORD, "refresh": "cookie"}
    assert browser.post("/api/login", json=given, headers={"Origin": "http://localhost"}).status_code == 200
    statuses(attempt, 11)

    assert browser.post("/api/login", json=given, headers={"Origin": "http://localhost"}).status_code == 200


# What else is counted


def test_the_current_password_is_asked_for_ten_times(ada, client, as_user):
    token = client.post("/api/login", json={"username": "ada", "password": PASSWORD}).json["access_token"]
    body = {"current_password": WRONG, "new_password": "staple by the window"}
    headers = {"Authorization": f"Bearer {token}"}
    tried = [client.put("/api/me/password", json=body, headers=headers).status_code for _ in range(6)]
    tried += [client.delete("/api/me", json={"password": WRONG}, headers=headers).status_code for _ in range(6)]

    assert tried == [403] * 10 + [429] * 2
    assert client.get("/api/me", headers=headers).status_code == 200


def test_one_address_registers_thirty_accounts_an_hour(client):
    bodies = [{"username": f"somebody{number}", "password": PASSWORD} for number in range(31)]
    tried = [client.post("/api/registration", json=body).status_code for body in bodies]

    assert tried == [201] * 30 + [429]


@pytest.mark.parametrize("path", ["/api/reset", "/api/finalize/resend"])
@pytest.mark.parametrize("address", [EMAIL, "nobody@example.com"])
def test_a_mailbox_is_asked_for_six_letters_an_hour_whoever_has_it(ada, client, path, address):
    spelt = [address, address.upper(), address.title()]
    tried = [client.post(path, json={"email": spelt[number % 3]}).status_code for number in range(8)]

    assert tried == [200] * 6 + [429] * 2


def test_one_address_asks_for_sixty_letters_an_hour(client):
    asked = [client.post("/api/reset", json={"email": f"somebody{n}@example.com"}).status_code for n in range(61)]

    assert asked == [200] * 60 + [429]


def test_refreshing_is_counted(ada, client, monkeypatch):
    from auth import throttle

    monkeypatch.setattr(throttle, "REFRESHES", throttle._budget("refreshes", "3/5 minutes"))
    tried = [client.post("/api/refresh", json={"refresh_token": "lrt_x"}).status_code for _ in range(4)]

    assert tried == [401] * 3 + [429]


def test_nothing_that_was_typed_is_kept(app, attempt):
    from models import Counter, db

    attempt("my secret password")
    with app.app_context():
        keys = db.session.scalars(db.select(Counter.key)).all()
    assert keys and not any("secret" in key for key in keys)


def test_counters_that_have_had_their_time_are_removed(app, attempt, clock):
    from models import Counter, db, this_second

    for number in range(5):
        attempt(f"somebody{number}")
    clock.shift(timedelta(days=2))
    attempt("somebody")

    with app.app_context():
        ends = db.session.scalars(db.select(Counter.window_ends_at)).all()
        assert len(ends) == 4 and min(ends) > this_second()


def test_a_route_that_does_not_say_who_is_asking_shuts_nobody_out(app, ada):
    from auth.errors import InvalidCredentials, TooManyRequests
    from auth.guard import guard

    with app.app_context():
        for number in range(60):
            with pytest.raises(InvalidCredentials):
                guard.authenticate(f"somebody{number}", WRONG)
        for _ in range(10):
            with pytest.raises(InvalidCredentials):
                guard.authenticate("ada", WRONG)
        with pytest.raises(TooManyRequests):
            guard.authenticate("ada", PASSWORD)
