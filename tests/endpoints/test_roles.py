"""The roles that there are, as administrators see them."""

from auth import catalogue
from models import Role, db
from tests.endpoints.shape import assert_refused
from tests.factories import make_role, sign_in


def test_the_two_roles_that_ship_are_listed(client, as_user):
    found = client.get("/api/admin/roles", headers=as_user(roles="admin").headers).json["roles"]

    assert [(role["name"], role["is_default"], role["is_protected"]) for role in found] == [
        ("admin", False, True),
        ("user", True, True),
    ]
    assert all(role["description"] for role in found)


def test_a_role_of_ones_own_is_listed_by_name(app, client, as_user):
    with app.app_context():
        make_role("editor")
    found = client.get("/api/admin/roles", headers=as_user(roles="admin").headers).json["roles"]

    assert [role["name"] for role in found] == ["admin", "editor", "user"]


def test_who_registers_gets_the_default_roles(app, client):
    with app.app_context():
        db.session.add(Role(name="reader", is_default=True))
        db.session.commit()
        assert sorted(catalogue.default_names()) == ["reader", "user"]
    response = client.post("/api/registration", json={"username": "ada", "password": "a lantern in the harbour"})

    assert response.status_code == 201
    assert sign_in(client, "ada").answer["user"]["roles"] == ["reader", "user"]


def test_a_name_in_the_column_that_is_no_role_opens_nothing(client, as_user):
    ada = as_user("ada", roles="user,ADMIN,admin;user")

    assert_refused(client.get("/api/admin/roles", headers=ada.headers), 403, "missing_role")
