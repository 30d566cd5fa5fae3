"""Registering, asking as an administrator, and counting who is there."""

import pytest

from models import User, db
from tests.factories import PASSWORD

ADA = {"username": "ada", "password": PASSWORD}


@pytest.fixture
def register(client):
    """Register as Ada, but for what is given."""

    def asked(**body):
        return client.post("/api/registration", json=ADA | body)

    return asked


@pytest.fixture
def ask(client, root):
    """Ask as an administrator."""

    def asked(method, path, body=None, match="*"):
        return client.open(path, method=method, json=body, headers=root.headers | {"If-Match": match})

    return asked


def people(app):
    """How many accounts there are."""
    with app.app_context():
        return db.session.scalar(db.select(db.func.count(User.id)))
