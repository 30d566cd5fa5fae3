"""A one-time code as Bearer: whoever holds it chooses a new password, once."""

import hashlib
import json

import pytest

from models import Ticket, User, db
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, bearer, sign_in

DOOR = "/api/reset_finalize"
NEW_PASSWORD = "another lantern"
HOUR = 3600


def test_whoever_holds_the_code_chooses_a_password_and_is_signed_in(client, redeem, recovered):
    answer = redeem(recovered())

    assert answer.status_code == 200
    assert answer.json["user"] == "ada" and answer.json["message"] and "refresh_token" not in answer.json
    assert answer.json["token"] == answer.json["access_token"]
    assert client.get("/api/admin/users", headers=bearer(answer.json["access_token"])).status_code == 200
    assert sign_in(client, "ada", NEW_PASSWORD).id


def test_the_old_password_and_all_old_sessions_are_dead(client, redeem, recovered, ada):
    phone = sign_in(client, "ada", refresh="token")
    redeem(recovered())

    assert_refused(login(client), 401, "invalid_credentials")
    for old in (ada, phone):
        assert_refused(client.get("/api/protected", headers=old.headers), 401, "invalid_token")
    assert_refused(client.post("/api/refresh", json={"refresh_token": phone.refresh_token}), 401, "invalid_token")


def test_a_code_that_nobody_redeems_changes_nothing(client, recovered, ada):
    recovered()

    assert client.get("/api/protected", headers=ada.headers).status_code == 200
    assert sign_in(client, "ada").id == ada.id


def test_sessions_of_others_stay(client, redeem, recovered, as_user):
    bea = as_user("bea")
    redeem(recovered())

    assert client.get("/api/protected", headers=bea.headers).status_code == 200


def test_a_code_is_good_once(client, redeem, recovered):
    code = recovered()
    first = redeem(code)

    assert_refused(redeem(code, "a third lantern"), 409, "ticket_spent")
    assert client.get("/api/protected", headers=bearer(first.json["access_token"])).status_code == 200
    assert sign_in(client, "ada", NEW_PASSWORD).id


@pytest.mark.parametrize(("seconds", "status"), [(HOUR - 1, 200), (HOUR, 409), (7 * 24 * HOUR, 409)])
def test_a_code_is_good_for_an_hour(clock, client, redeem, recovered, seconds, status):
    code = recovered()
    clock.shift(seconds)
    answer = redeem(code)

    assert answer.status_code == status
    assert status == 200 or assert_refused(answer, 409, "ticket_spent")
    assert login(client).status_code == (401 if status == 200 else 200)


def test_a_newer_code_takes_the_place_of_an_older_one(redeem, recovered):
    older, newer = recovered(), recovered()

    assert_refused(redeem(older), 409, "ticket_spent")
    assert redeem(newer).status_code == 200


def test_the_code_of_another_stays_good(redeem, recovered, as_user):
    as_user("bea", roles="admin")
    codes = [recovered("ada"), recovered("bea")]

    assert [redeem(code).json["user"] for code in codes] == ["ada", "bea"]


def change_password(client, ada, root):
    body = {"current_password": PASSWORD, "new_password": "a third lantern"}
    return client.put("/api/me/password", json=body, headers=ada.headers)


def patched(*changes):
    def change(client, ada, root):
        path = f"/api/admin/users/{ada.id}"
        return [client.patch(path, json=change, headers=root.headers) for change in changes][-1]

    return change


MEANWHILE = {
    "a new password": change_password,
    "a new address": patched({"email": "eve@example.com"}),
    "no address any more": patched({"email": None}),
    "disabled": patched({"is_active": False}),
    "disabled, and enabled again": patched({"is_active": False}, {"is_active": True}),
}


@pytest.mark.parametrize("change", MEANWHILE.values(), ids=MEANWHILE)
def test_a_code_is_void_once_the_account_has(client, redeem, recovered, as_user, ada, change):
    root, code = as_user("root", roles="admin"), recovered("ada")

    assert change(client, ada, root).status_code == 200
    assert_refused(redeem(code), 409, "ticket_spent")
    assert_refused(login(client, password=NEW_PASSWORD), 401, "invalid_credentials")


def test_the_code_of_an_account_that_was_shut_by_hand_is_no_code(app, redeem, recovered, ada):
    code = recovered()
    with app.app_context():
        db.session.execute(db.update(User).where(User.id == ada.id).values(is_active=False))
        db.session.commit()

    assert_refused(redeem(code), 401, "invalid_token")


def test_the_code_of_a_deleted_account_is_no_code(client, redeem, recovered, as_user, ada):
    root, code = as_user("root", roles="admin"), recovered("ada")
    client.delete(f"/api/admin/users/{ada.id}", headers=root.headers)

    assert_refused(redeem(code), 401, "invalid_token")


NO_CODES = {
    "garbage": lambda code, ada: "garbage",
    "made up": lambda code, ada: "ltk_" + "A" * 43,
    "without its beginning": lambda code, ada: code.removeprefix("ltk_"),
    "another case": lambda code, ada: code.swapcase(),
    "one letter less": lambda code, ada: code[:-1],
    "one letter more": lambda code, ada: code + "A",
    "its hash": lambda code, ada: hashlib.sha256(code.encode()).hexdigest(),
    "an access token": lambda code, ada: ada.access_token,
    "a refresh token": lambda code, ada: ada.refresh_token,
    "very long": lambda code, ada: "x" * 20_000,
}


@pytest.mark.parametrize("no_code", NO_CODES.values(), ids=NO_CODES)
def test_what_is_no_code_is_refused(client, redeem, recovered, ada, no_code):
    code = recovered()

    assert_refused(redeem(no_code(code, sign_in(client, "ada", refresh="token"))), 401, "invalid_token")
    assert redeem(code).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer é"])
def test_a_header_that_holds_no_token_is_refused(client, recovered, header):
    recovered()
    response = client.post(DOOR, json={"password": NEW_PASSWORD}, headers={"Authorization": header})

    assert_refused(response, 401, "invalid_token")


def test_without_a_header_there_is_no_code(client, recovered):
    body = {"password": NEW_PASSWORD, "token": recovered()}

    assert_refused(client.post(DOOR, json=body), 401, "missing_token")
    assert_refused(client.post(f"{DOOR}?token={body['token']}", json=body), 401, "missing_token")


def test_a_code_in_the_body_too_is_not_looked_at(client, recovered):
    body = {"password": NEW_PASSWORD, "token": "whatever"}

    assert client.post(DOOR, data=json.dumps(body), headers=bearer(recovered())).status_code == 200


NO_PASSWORDS = {
    "short": {"password": "short"},
    "empty": {"password": ""},
    "too long": {"password": "x" * 1025},
    "NUL": {"password": f"{NEW_PASSWORD}\0"},
    "null": {"password": None},
    "number": {"password": 1234567890},
    "missing": {},
    "something else": {"password": NEW_PASSWORD, "username": "root"},
}


@pytest.mark.parametrize("body", NO_PASSWORDS.values(), ids=NO_PASSWORDS)
def test_a_password_that_will_not_do_leaves_the_code_good(client, redeem, recovered, body):
    code = recovered()

    assert_refused(client.post(DOOR, json=body, headers=bearer(code)), 422, "validation_error")
    assert redeem(code).status_code == 200


def test_whoever_holds_no_code_is_not_told_what_a_password_must_be(redeem, ada):
    assert_refused(redeem("ltk_" + "A" * 43, "short"), 401, "invalid_token")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_nothing_but_a_post_redeems_a_code(client, redeem, recovered, method):
    code = recovered()

    assert_refused(client.open(DOOR, method=method, headers=bearer(code)), 405, "method_not_allowed")
    assert client.open(DOOR, method="HEAD", headers=bearer(code)).status_code == 405
    assert redeem(code).status_code == 200


@pytest.mark.parametrize("path", ["/api/protected", "/api/me", "/api/admin/users"])
def test_a_code_lets_nobody_in_by_itself(client, recovered, path):
    assert_refused(client.get(path, headers=bearer(recovered())), 401, "invalid_token")


def test_a_code_refreshes_nothing_and_ends_nothing(client, recovered, ada):
    code = recovered()

    assert_refused(client.post("/api/refresh", json={"token": code}), 401, "invalid_token")
    assert client.post("/api/logout", headers=bearer(code)).status_code == 200
    assert client.get("/api/protected", headers=ada.headers).status_code == 200


def test_only_the_sha_256_of_a_code_is_in_the_database(app, redeem, recovered):
    code = recovered()
    with app.app_context():
        kept = db.session.scalars(db.select(Ticket.secret_hash)).all()
    redeem(code)

    assert kept == [hashlib.sha256(code.encode()).hexdigest()]
    with app.app_context():
        rows = [db.session.execute(db.select(table)).all() for table in db.metadata.sorted_tables]
    assert any(rows) and code not in str(rows) and code[4:] not in str(rows)


def test_a_reset_is_on_record_as_the_owners(client, redeem, recovered, ada):
    answer = redeem(recovered())
    events = client.get("/api/me/events", headers=bearer(answer.json["access_token"])).json["events"]
    found = {event["action"]: event for event in events}

    assert (found["user.password_reset"]["actor_id"], found["user.password_reset"]["subject_id"]) == (ada.id, ada.id)
    assert found["session.ended_all"]["after"] == {"because": "password_reset", "ended": 1}
    assert found["user.recovery_issued"]["actor"] == "console"


@pytest.fixture(autouse=True)
def ada(as_user):
    return as_user("ada", roles="admin,user", email="ada@example.com")


@pytest.fixture
def recovered(app):
    """Type `flask users recover-admin`, and return the code that it prints."""

    def code(*words):
        result = app.test_cli_runner().invoke(args=["users", "recover-admin", *words])
        assert result.exit_code == 0, result.output
        return next(line.strip() for line in result.output.splitlines() if line.strip().startswith("ltk_"))

    return code


@pytest.fixture
def redeem(client):
    def asked(code, password=NEW_PASSWORD):
        return client.post(DOOR, json={"password": password}, headers=bearer(code))

    return asked


def login(client, password=PASSWORD):
    return client.post("/api/login", json={"username": "ada", "password": password})
