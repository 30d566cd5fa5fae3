"""Whoever is an administrator for a while cannot make one for longer, themselves or another."""

from datetime import UTC, datetime, timedelta

import pytest

from auth import roles
from auth.caller import CONSOLE
from models import RoleGrant, db, now, this_second
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, make_role, make_user

HOUR = timedelta(hours=1)


@pytest.fixture
def borrower(app, client, as_user):
    """Someone who has `admin` for an hour, beside an administrator who stays."""
    as_user("root", roles="admin")
    person = as_user("bea")
    with app.app_context():
        make_role("editor")
        roles.lend(person.id, "admin", None, now() + HOUR, CONSOLE)
        db.session.commit()
    return person


@pytest.fixture
def ada(app):
    with app.app_context():
        return make_user("ada", stored="!")


def later(**span):
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


BEYOND = {
    "for good": ("PUT", "users/{id}/roles/admin", lambda: {}),
    "for longer": ("PUT", "users/{id}/roles/admin", lambda: {"expires_at": later(hours=2)}),
    "from later on for ever": ("PUT", "users/{id}/roles/admin", lambda: {"starts_at": later(hours=2)}),
    "in a set": ("PUT", "users/{id}/roles", lambda: {"roles": ["admin", "user"]}),
}


@pytest.mark.parametrize(("method", "path", "body"), BEYOND.values(), ids=BEYOND)
@pytest.mark.parametrize("whom", ["another", "themselves"])
def test_the_role_is_not_given_beyond_ones_own_end(client, borrower, ada, method, path, body, whom):
    address = "/api/admin/" + path.format(id=ada if whom == "another" else borrower.id)
    before = client.get("/api/admin/users", headers=borrower.headers).json["users"]
    if (path, whom) == ("users/{id}/roles", "themselves"):
        return  # What they borrow, and is named, stays borrowed: nothing is given.
    response = client.open(address, method=method, json=body(), headers=borrower.headers)

    assert_refused(response, 403, "beyond_own_grant")
    assert client.get("/api/admin/users", headers=borrower.headers).json["users"] == before


def test_nor_to_many_nor_to_a_new_account(client, borrower, ada):
    many = client.post("/api/admin/roles/admin/users", json={"add": [ada]}, headers=borrower.headers)
    new = {"username": "eve", "password": PASSWORD, "roles": ["admin"]}

    assert_refused(many, 403, "beyond_own_grant")
    assert_refused(client.post("/api/admin/users", json=new, headers=borrower.headers), 403, "beyond_own_grant")
    assert client.get("/api/admin/users?search=eve", headers=borrower.headers).json["users"] == []


@pytest.mark.parametrize(
    ("role", "body"), [("admin", {"expires_at": 30}), ("editor", {}), ("editor", {"expires_at": 600})]
)
def test_within_ones_own_end_and_other_roles_are_given(client, borrower, ada, role, body):
    told = {name: later(minutes=minutes) for name, minutes in body.items()}
    response = client.put(f"/api/admin/users/{ada}/roles/{role}", json=told, headers=borrower.headers)

    assert response.status_code == 200 and role in response.json["roles"]


def test_a_grant_that_was_written_by_hand_is_listed_and_taken_like_any_other(app, client, borrower, ada):
    with app.app_context():
        grant = RoleGrant(user_id=ada, role="editor", starts_at=0, expires_at=this_second() + 60, actor="console")
        db.session.add(grant)
        db.session.commit()
    shown = client.get(f"/api/admin/users/{ada}", headers=borrower.headers).json
    taken = client.post("/api/admin/roles/editor/users", json={"remove": [ada]}, headers=borrower.headers).json

    assert shown["roles"] == ["editor", "user"] and [one["role"] for one in shown["grants"]] == ["editor"]
    assert taken["outcomes"] == [{"id": ada, "outcome": "withdrawn"}]
    assert client.get(f"/api/admin/users/{ada}", headers=borrower.headers).json["roles"] == ["user"]


def test_whoever_has_a_great_many_roles_still_gets_in(app, client, as_user):
    names = [f"{'r' * 60}{number:03}" for number in range(100)]
    with app.app_context():
        for name in names:
            make_role(name)
    ada = as_user(roles=",".join(["admin", *names]))

    assert len(ada.access_token) < 4000
    assert client.get("/api/me", headers=ada.headers).json["user"]["roles"] == ["admin", *names]
    assert client.get("/api/admin/roles", headers=ada.headers).status_code == 200
