"""Second factors with codes: setting them up, the second step, step-up, and roles that demand one."""

from datetime import timedelta

import pytest

from auth import tickets, totp
from auth.caller import CONSOLE
from auth.catalogue import edit
from models import db, this_second
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, bearer, make_user, person, sign_in

FACTORS = "/api/me/factors"
#: RFC 6238, appendix B: the seconds, and the last six digits of what SHA-1 makes of them.
VECTORS = [
    *[(59, "287082"), (1111111109, "081804"), (1111111111, "050471")],
    *[(1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
]


class App:
    """The authenticator app of somebody, who is signed in."""

    def __init__(self, client, who):
        self.client, self.who = client, who
        self.secret = ask(client, "POST", f"{FACTORS}/totp", who).json["secret"]

    def code(self, steps=0):
        return totp.code_at(self.secret, this_second() // totp.STEP + steps)


def ask(client, method, path, who=None, **body):
    return client.open(path, method=method, json=body or None, headers=who.headers if who else {})


@pytest.fixture
def ada(as_user):
    return as_user("ada", email="ada@example.com")


@pytest.fixture
def app_of_ada(client, ada, clock):
    """Ada's app, confirmed by the code of the step before, with her recovery codes."""
    app = App(client, ada)
    confirmed = ask(client, "POST", f"{FACTORS}/totp/confirm", ada, code=app.code(-1))
    assert confirmed.status_code == 200, confirmed.json
    app.recovery_codes = confirmed.json["recovery_codes"]
    return app


def first_step(client, **body):
    return client.post("/api/login", json={"username": "ada", "password": PASSWORD} | body)


def second_step(client, ticket, **proof):
    return client.post("/api/login/factor", json={"ticket": ticket} | proof)


def signed_in(client, app, **proof):
    """Sign in with both steps."""
    answer = second_step(client, first_step(client).json["ticket"], **(proof or {"code": app.code()}))
    assert answer.status_code == 200, answer.json
    return person(answer)


@pytest.mark.parametrize(("second", "code"), VECTORS)
def test_a_code_is_that_of_the_standard(second, code):
    assert totp.code_at("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", second // 30) == code


def test_an_app_counts_once_a_code_of_it_was_entered(client, ada, clock):
    app = App(client, ada)
    assert first_step(client).status_code == 200
    assert ask(client, "GET", FACTORS, ada).json["totp"] is None
    assert_refused(ask(client, "POST", f"{FACTORS}/totp/confirm", ada, code="000000"), 403, "wrong_code")
    confirmed = ask(client, "POST", f"{FACTORS}/totp/confirm", ada, code=app.code())

    assert len(set(confirmed.json["recovery_codes"])) == 10
    told = ask(client, "GET", FACTORS, ada).json
    assert told["totp"]["confirmed_at"] and told["recovery_codes_left"] == 10
    assert_refused(first_step(client), 401, "second_factor_required")


def test_a_secret_is_nowhere_in_the_tables(client, app, app_of_ada):
    with app.app_context():
        stored = [
            str(row)
            for table in ("totps", "recovery_codes")
            for row in db.session.execute(db.text(f"SELECT * FROM {table}"))
        ]

    assert len(stored) == 11
    assert not any(
        app_of_ada.secret in row or code.replace("-", "") in row for row in stored for code in app_of_ada.recovery_codes
    )


def test_the_picture_is_an_svg_without_scripts(client, ada):
    told = ask(client, "POST", f"{FACTORS}/totp", ada).json

    assert told["qr_svg"].startswith("<svg") and "script" not in told["qr_svg"]
    assert told["otpauth_uri"].startswith("otpauth://totp/Lictor:ada?secret=" + told["secret"])


def test_the_first_step_opens_nothing(client, app_of_ada):
    told = first_step(client, refresh="token").json

    assert told["factors"] == ["totp", "recovery_code"] and told["ticket"].startswith("ltk_")
    assert not told.keys() & {"access_token", "token", "refresh_token", "device", "user"}
    for use in ({"headers": bearer(told["ticket"])}, {"json": {"refresh_token": told["ticket"]}}):
        assert client.post("/api/refresh", **use).status_code == 401
    assert client.get("/api/me", headers=bearer(told["ticket"])).status_code == 401
    assert (
        client.post(
            "/api/reset_finalize", json={"password": "another lantern"}, headers=bearer(told["ticket"])
        ).status_code
        == 401
    )


@pytest.mark.parametrize("path", ["/api/login", "/token"])
def test_no_door_is_without_the_second_step(client, app_of_ada, path):
    assert_refused(
        client.post(path, json={"email": "ada@example.com", "password": PASSWORD}), 401, "second_factor_required"
    )


def test_the_pages_have_no_way_around_it(browser, app_of_ada):
    answer = browser.post("/login", json={"username": "ada", "password": PASSWORD})

    assert_refused(answer, 401, "second_factor_required")
    assert browser.get("/dashboard").status_code == 302
    # And what was begun on the pages is not finished elsewhere.
    assert_refused(second_step(browser, answer.json["ticket"], code=app_of_ada.code()), 401, "invalid_token")


def test_a_code_is_good_once(client, app_of_ada):
    ticket, other = first_step(client).json["ticket"], first_step(client).json["ticket"]
    code = app_of_ada.code()

    assert second_step(client, ticket, code=code).status_code == 200
    assert_refused(second_step(client, other, code=code), 403, "wrong_code")
    assert_refused(second_step(client, ticket, code=app_of_ada.code(1)), 409, "ticket_spent")


@pytest.mark.parametrize(("steps", "status"), [(-2, 403), (0, 200), (1, 200), (2, 403)])
def test_one_step_before_and_after_counts(client, app_of_ada, clock, steps, status):
    clock.shift(timedelta(seconds=120))

    assert second_step(client, first_step(client).json["ticket"], code=app_of_ada.code(steps)).status_code == status


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "\x00" * 6])
def test_what_is_no_code_is_wrong(client, app_of_ada, code):
    assert second_step(client, first_step(client).json["ticket"], code=code).status_code in (403, 422)


def test_a_wrong_code_spends_no_ticket(client, app_of_ada):
    ticket = first_step(client).json["ticket"]
    assert_refused(second_step(client, ticket, code="000000"), 403, "wrong_code")

    assert second_step(client, ticket, code=app_of_ada.code()).status_code == 200


def test_a_ticket_ends_after_five_minutes(client, app_of_ada, clock):
    ticket = first_step(client).json["ticket"]
    clock.shift(timedelta(minutes=5))

    assert_refused(second_step(client, ticket, code=app_of_ada.code()), 409, "ticket_spent")


def test_five_wrong_codes_are_enough(client, app_of_ada):
    answers = [second_step(client, first_step(client).json["ticket"], code="000000").status_code for _ in range(6)]

    assert answers == [403] * 5 + [429]


def test_a_recovery_code_takes_the_place_of_a_code_once(client, app_of_ada):
    code = app_of_ada.recovery_codes[0]
    ada = signed_in(client, app_of_ada, recovery_code=code.upper().replace("-", " "))

    assert ask(client, "GET", FACTORS, ada).json["recovery_codes_left"] == 9
    assert_refused(second_step(client, first_step(client).json["ticket"], recovery_code=code), 403, "wrong_code")


def test_whoever_has_a_recovery_code_can_remove_what_is_lost(client, app_of_ada):
    ada = signed_in(client, app_of_ada, recovery_code=app_of_ada.recovery_codes[3])
    assert ask(client, "DELETE", f"{FACTORS}/totp", ada).status_code == 204

    assert first_step(client).status_code == 200
    assert ask(client, "GET", FACTORS, ada).json == {"totp": None, "passkeys": [], "recovery_codes_left": 0}


def test_new_recovery_codes_void_the_old(client, app_of_ada):
    made = ask(client, "POST", f"{FACTORS}/recovery-codes", app_of_ada.who).json["recovery_codes"]
    old = second_step(client, first_step(client).json["ticket"], recovery_code=app_of_ada.recovery_codes[0])

    assert_refused(old, 403, "wrong_code")
    signed_in(client, app_of_ada, recovery_code=made[0])


def test_the_choice_of_the_first_step_holds(client, app_of_ada):
    ticket = first_step(client, refresh="token").json["ticket"]
    told = second_step(client, ticket, code=app_of_ada.code()).json

    assert told["refresh_token"].startswith("lrt_") and told["device"]


# Step-up


def step_ups(who):
    return [
        ("PUT", "/api/me/password", {"current_password": PASSWORD, "new_password": "another lantern here"}),
        ("PUT", "/api/me/email", {"email": "other@example.com", "password": PASSWORD}),
        ("DELETE", "/api/me", {"password": PASSWORD}),
        ("POST", f"{FACTORS}/totp", {}),
        ("POST", f"{FACTORS}/passkeys/options", {}),
    ]


@pytest.mark.parametrize("number", range(5), ids=["password", "address", "deletion", "app", "passkey"])
def test_what_matters_needs_a_sign_in_of_the_last_ten_minutes(client, ada, clock, number):
    method, path, body = step_ups(ada)[number]
    clock.shift(timedelta(minutes=10, seconds=1))
    told = assert_refused(ask(client, method, path, ada, **body), 403, "reauthentication_required")
    assert told["factors"] == ["password"]
    assert_refused(ask(client, "POST", "/api/me/reauthenticate", ada, password="wrong"), 403, "wrong_password")
    assert_refused(ask(client, method, path, ada, **body), 403, "reauthentication_required")
    assert ask(client, "POST", "/api/me/reauthenticate", ada, password=PASSWORD).status_code == 200

    assert ask(client, method, path, ada, **body).status_code in (200, 202, 204)


def test_giving_a_protected_role_needs_one_too(client, root, ada, clock, make):
    editor = make("eve")
    clock.shift(timedelta(minutes=11))
    path = f"/api/admin/users/{editor}/roles"

    assert ask(client, "PUT", f"{path}/editor", root).status_code == 200
    assert_refused(ask(client, "PUT", f"{path}/admin", root), 403, "reauthentication_required")
    bulk = ask(client, "POST", "/api/admin/roles/admin/users", root, add=[editor])
    assert_refused(bulk, 403, "reauthentication_required")
    ask(client, "POST", "/api/me/reauthenticate", root, password=PASSWORD)
    assert ask(client, "PUT", f"{path}/admin", root).status_code == 200


def test_a_session_from_before_the_factor_shows_it_before_it_changes_anything(client, ada, clock, app_of_ada):
    weak = app_of_ada.who
    with client.application.app_context():
        db.session.execute(db.text("UPDATE login_sessions SET factors = 'password'"))
        db.session.commit()
    told = assert_refused(ask(client, "DELETE", f"{FACTORS}/totp", weak), 403, "reauthentication_required")
    assert told["factors"] == ["totp"]
    by_password = ask(client, "POST", "/api/me/reauthenticate", weak, password=PASSWORD)
    assert_refused(by_password, 403, "reauthentication_required")
    assert ask(client, "POST", "/api/me/reauthenticate", weak, code=app_of_ada.code()).status_code == 200

    assert ask(client, "DELETE", f"{FACTORS}/totp", weak).status_code == 204


# Resets, and whoever has lost everything


def test_a_reset_bypasses_nothing(client, app_of_ada, app):
    with app.app_context():
        ticket = tickets.secret_of(tickets.issue(app_of_ada.who.id, tickets.RESET))
        db.session.commit()
    answer = client.post("/api/reset_finalize", json={"password": "another lantern here"}, headers=bearer(ticket))

    assert_refused(answer, 401, "second_factor_required")
    assert_refused(first_step(client), 401, "invalid_credentials")
    assert_refused(first_step(client, password="another lantern here"), 401, "second_factor_required")
    assert second_step(client, answer.json["ticket"], code=app_of_ada.code()).status_code == 200


def test_an_administrator_removes_the_factors_of_someone_who_lost_them(client, app_of_ada, root):
    path = f"/api/admin/users/{app_of_ada.who.id}/factors"
    assert_refused(ask(client, "DELETE", path, app_of_ada.who), 403, "missing_role")
    assert ask(client, "DELETE", path, root, reason="lost phone").json["factors"] == []

    assert client.get("/api/me", headers=app_of_ada.who.headers).status_code == 401
    assert first_step(client).status_code == 200
    assert_refused(ask(client, "DELETE", path, root), 404, "unknown_factor")


# Roles that demand a factor


@pytest.fixture
def demanding(app):
    with app.app_context():
        edit("admin", CONSOLE, requires_factor=True)
        db.session.commit()
    yield
    with app.app_context():
        edit("admin", CONSOLE, requires_factor=False)
        db.session.commit()


@pytest.mark.parametrize("refresh", [None, "token", "cookie"])
def test_a_role_that_demands_a_factor_does_not_count_without(client, app, demanding, refresh, clock):
    with app.app_context():
        make_user("ada", roles="admin,user")
    options = {"headers": {"Origin": "https://app.example.com"}}
    answer = (
        client.post("/api/login", json={"username": "ada", "password": PASSWORD, "refresh": refresh}, **options)
        if refresh
        else first_step(client)
    )
    ada = person(answer)
    assert answer.json["user"]["roles"] == ["user"]
    told = assert_refused(ask(client, "GET", "/api/admin/users", ada), 403, "factor_required")
    assert told["required"] == ["admin"]
    me = ask(client, "GET", "/api/me", ada).json["user"]
    assert (me["roles"], me["withheld"]) == (["user"], ["admin"])

    app_of_ada = App(client, ada)
    assert ask(client, "POST", f"{FACTORS}/totp/confirm", ada, code=app_of_ada.code()).status_code == 200
    assert ask(client, "GET", "/api/admin/users", ada).status_code == 200


def test_whoever_has_no_such_role_is_told_nothing_of_factors(client, demanding, ada):
    assert_refused(ask(client, "GET", "/api/admin/users", ada), 403, "missing_role")


def test_it_is_lost_with_the_last_factor(client, app, demanding, clock):
    with app.app_context():
        make_user("ada", roles="admin,user")
    ada = sign_in(client)
    authenticator = App(client, ada)
    ask(client, "POST", f"{FACTORS}/totp/confirm", ada, code=authenticator.code())
    assert ask(client, "GET", "/api/admin/users", ada).status_code == 200
    ask(client, "DELETE", f"{FACTORS}/totp", ada)

    assert_refused(ask(client, "GET", "/api/admin/users", ada), 403, "factor_required")
