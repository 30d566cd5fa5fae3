"""Registering, asking as an administrator, and counting who is there."""

import pytest

from models import User, db
from tests.factories import PASSWORD, make_role, make_user

ADA = {"username": "ada", "password": PASSWORD}


@pytest.fixture
def register(client):
    """Register as Ada, but for what is given."""

    def asked(**body):
        return client.post("/api/registration", json=ADA | body)

    return asked


@pytest.fixture
def root(as_user):
    return as_user("root", roles="admin,user")


@pytest.fixture
def ask(client, root):
    """Ask as an administrator."""

    def asked(method, path, body=None, match="*"):
        return client.open(path, method=method, json=body, headers=root.headers | {"If-Match": match})

    return asked


@pytest.fixture
def make(app):
    """Put someone into the database, and the role editor into the catalogue; return their id."""

    def made(name, roles="user", **over):
        with app.app_context():
            make_role("editor")
            return make_user(name, roles=roles, **over)

    return made


def people(app):
    """How many accounts there are."""
    with app.app_context():
        return db.session.scalar(db.select(db.func.count(User.id)))
