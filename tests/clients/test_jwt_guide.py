"""The requests of the JWT guide (Flask, PyJWT and bcrypt), one by one."""

import time

import bcrypt
import pytest

from tests.clients.browser import claims
from tests.factories import PASSWORD, bearer, make_user

ADA = {"username": "testuser", "password": PASSWORD, "email": "test@example.com"}
SHOWN = {"username": "testuser", "email": "test@example.com"}


@pytest.fixture
def token(client):
    """The token of a test user, who has just registered."""
    return client.post("/api/register", json=ADA).json["token"]


@pytest.fixture
def expired(token, clock):
    clock.shift(claims(token)["exp"] - time.time() + 1)
    return token


def test_a_registration_is_answered_with_token_and_user(client):
    response = client.post("/api/register", json=ADA)

    assert response.status_code == 201
    assert response.json["message"]
    assert response.json["user"] | SHOWN | {"id": response.json["user"]["id"]} == response.json["user"]
    assert client.get("/api/profile", headers=bearer(response.json["token"])).status_code == 200


def test_a_login_is_answered_with_token_and_user(client, token):
    response = client.post("/api/login", json={"username": "testuser", "password": PASSWORD})

    assert response.status_code == 200
    assert response.json["message"] == "Login successful"
    assert response.json["user"] | SHOWN == response.json["user"]
    assert client.get("/api/profile", headers=bearer(response.json["token"])).status_code == 200


def test_the_profile_is_shown(client, token):
    response = client.get("/api/profile", headers=bearer(token))

    user = response.json["user"]
    assert response.status_code == 200
    assert user | SHOWN == user
    assert user["id"] == claims(token)["id"]


def test_the_profile_is_refused_without_a_token(client):
    response = client.get("/api/profile")

    assert response.status_code == 401
    assert response.json["error"] == "missing_token"


def test_the_protected_page_names_the_user(client, token):
    response = client.get("/api/protected", headers=bearer(token))

    assert response.status_code == 200
    assert "testuser" in response.json["message"]
    assert response.json["user_id"] == claims(token)["id"]


def test_a_refresh_before_it_is_due_is_refused(client, token):
    response = client.post("/api/refresh", headers=bearer(token))

    assert response.status_code == 425
    assert response.json["error"] == "too_early"
    assert client.get("/api/profile", headers=bearer(token)).status_code == 200


def test_a_refresh_that_is_due_is_answered_with_a_token(client, expired):
    response = client.post("/api/refresh", headers=bearer(expired))

    assert response.status_code == 200
    assert response.json["message"]
    assert client.get("/api/profile", headers=bearer(response.json["token"])).status_code == 200


def test_a_refresh_without_a_token_is_refused(client):
    response = client.post("/api/refresh")

    assert response.status_code == 401
    assert response.json["error"] == "missing_token"


@pytest.mark.parametrize("path", ["/api/profile", "/api/protected", "/api/me"])
def test_a_token_is_dead_after_logout(client, token, path):
    response = client.post("/api/logout", headers=bearer(token))

    assert response.status_code == 200
    assert response.json == {"message": "Logged out successfully"}
    assert client.get(path, headers=bearer(token)).status_code == 401


def test_a_token_is_not_refreshed_after_logout(client, expired):
    client.post("/api/logout", headers=bearer(expired))

    assert client.post("/api/refresh", headers=bearer(expired)).status_code == 401


def test_another_sign_in_outlives_a_logout(client, token):
    other = client.post("/api/login", json={"username": "testuser", "password": PASSWORD}).json["token"]

    client.post("/api/logout", headers=bearer(token))

    assert client.get("/api/profile", headers=bearer(other)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "other", "email": "other@example.com"}, 422),
        ({"password": PASSWORD, "email": "other@example.com"}, 422),
        ({}, 422),
        (ADA | {"email": "other@example.com"}, 409),
        (ADA | {"username": "other"}, 409),
    ],
    ids=["password", "username", "all", "known username", "known address"],
)
def test_a_registration_with_something_missing_or_known_is_refused(client, token, body, status):
    response = client.post("/api/register", json=body)

    assert response.status_code == status
    assert response.json["error"]
    assert "token" not in response.json


def test_a_wrong_password_and_an_unknown_user_are_told_the_same(client, token):
    wrong = client.post("/api/login", json={"username": "testuser", "password": "not this one"})
    unknown = client.post("/api/login", json={"username": "nobody", "password": "not this one"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.data == unknown.data
    assert wrong.json["error"]


def test_a_password_that_the_guide_stored_still_signs_in(client, app):
    stored = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt()).decode()
    with app.app_context():
        make_user("testuser", stored=stored)

    assert stored.startswith("$2b$12$")
    assert client.post("/api/login", json={"username": "testuser", "password": "not this one"}).status_code == 401
    for _ in range(2):
        assert client.post("/api/login", json={"username": "testuser", "password": PASSWORD}).status_code == 200
