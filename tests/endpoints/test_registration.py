"""Opening an account."""

import json

import pytest

from models import AuditEvent, User, db
from tests.endpoints.conftest import ADA, people
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, bearer, sign_in


@pytest.mark.parametrize("path", ["/api/registration", "/api/register"])
def test_who_registers_is_signed_in(client, path):
    response = client.post(path, json=ADA | {"email": "ada@example.com"})

    assert response.status_code == 201
    told = response.json
    assert told["user"] == {"id": told["user"]["id"], "username": "ada", "email": "ada@example.com", "roles": ["user"]}
    assert told["token"] == told["access_token"] and told["message"] and "refresh_token" not in told
    assert client.get("/api/protected", headers=bearer(told["token"])).json["user_id"] == told["user"]["id"]


def test_an_address_may_be_left_out(register):
    assert register().json["user"]["email"] is None
    assert register(username="grace", email=None).status_code == 201


def test_who_registers_signs_in_by_name_or_address_in_any_spelling(client, register):
    ada = register(username="Ada", email="Ada@Bücher.example").json["user"]

    assert (ada["username"], ada["email"]) == ("Ada", "ada@xn--bcher-kva.example")
    for login in ["ada", "ADA", "ａｄａ", "ada@bücher.example", "ADA@BÜCHER。EXAMPLE"]:
        assert sign_in(client, login).id == ada["id"]


@pytest.mark.parametrize(
    "password", ["", "x" * 7, "x" * 1025, "e\u0301" * 7, "with a \0 NUL"], ids=lambda p: ascii(p)[:9]
)
def test_a_password_that_will_not_do_is_refused(register, password):
    told = assert_refused(register(password=password), 422, "validation_error")

    assert list(told["fields"]) == ["password"]


@pytest.mark.parametrize(
    ("name", "value"), [("roles", "admin"), ("roles", ["admin"]), ("is_active", True), ("id", 1), ("refresh", "cookie")]
)
def test_nothing_is_smuggled_in(app, register, name, value):
    told = assert_refused(register(**{name: value}), 422, "validation_error")

    assert list(told["fields"]) == [name]
    assert people(app) == 0


def test_a_closed_house_takes_nobody(app, register, monkeypatch):
    monkeypatch.setitem(app.config, "REGISTRATION", "closed")

    assert_refused(register(), 403, "registration_closed")
    assert people(app) == 0


def test_a_registration_is_on_record_and_a_refused_one_is_not(app, register):
    ada = register().json["user"]
    register()
    with app.app_context():
        events = db.session.scalars(db.select(AuditEvent).order_by(AuditEvent.id)).all()

    assert [event.action for event in events] == ["user.registered", "session.started"]
    assert {(event.actor, event.actor_id, event.subject_id) for event in events} == {("user", ada["id"], ada["id"])}
    assert json.loads(events[0].after) == {"username": "ada", "roles": ["user"]}


def test_a_password_is_kept_as_a_hash_alone(app, register):
    register()
    with app.app_context():
        stored = db.session.scalar(db.select(User.password))

    assert stored.startswith("$argon2id$") and PASSWORD not in stored
