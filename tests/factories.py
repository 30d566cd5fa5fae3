"""What tests are made of: people with roles, signed in."""

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from auth.guard import guard
from models import Role, User, db, now, username_key

PASSWORD = "a lantern in the harbour"


@dataclass
class Person:
    """Someone who is signed in, and what their client holds."""

    id: int
    username: str
    access_token: str
    refresh_token: str | None = None
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.access_token)


def make_role(name: str) -> None:
    """Put a role into the catalogue."""
    if db.session.get(Role, name) is None:
        db.session.add(Role(name=name))
        db.session.commit()


def make_user(username: str = "ada", *, roles: str = "user", password: str | None = PASSWORD, **over: Any) -> int:
    """Put an account into the database, and return its id. `stored` takes the place of the password's hash."""
    for role in filter(None, roles.split(",")):
        make_role(role)
    email = over.pop("email", None)
    user = User(
        username=username,
        username_key=over.pop("username_key", None) or username_key(username),
        email=email,
        email_key=email,
        password=over.pop("stored", None) or guard.hash_password(password or ""),
        roles=roles,
        password_changed_at=now(),
        **over,
    )
    db.session.add(user)
    db.session.commit()
    return user.id


def sign_in(client: FlaskClient, username: str = "ada", password: str = PASSWORD, **body: Any) -> Person:
    """Sign in through the door, and return who that is."""
    response = client.post("/api/login", json={"username": username, "password": password, **body})
    assert response.status_code == 200, response.json
    return person(response)


def person(response: TestResponse) -> Person:
    """Who an answer with tokens is for."""
    told = response.json
    assert isinstance(told, dict)
    user = told.get("user") or {"id": 0, "username": ""}
    return Person(user["id"], user["username"], told["access_token"], told.get("refresh_token"), told)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
