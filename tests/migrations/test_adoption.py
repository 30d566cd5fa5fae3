"""A database of the original app is adopted: whoever could sign in signs in, and nothing is lost or changed."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.factories import bearer
from tests.migrations.conftest import LATER_VERSIONS
from tests.migrations.original import ALL, HASHES, ROWS, SHUT

WITH_ODD_ROLES = [
    "no roles",
    "an empty text of roles",
    "a blank between roles",
    "roles in another order",
    "what can be no role",
]

of_the_later_version = pytest.mark.parametrize("version", LATER_VERSIONS, ids=str, indirect=True)


@pytest.mark.parametrize("name", ROWS)
def test_whoever_could_sign_in_signs_in(adopted, name):
    response = adopted.login(ROWS[name].username)

    assert response.status_code == 200, response.json
    assert response.json["user"]["id"] == _id(name)
    assert response.json["user"]["username"] == ROWS[name].username


@pytest.mark.parametrize("name", SHUT)
def test_whoever_could_not_sign_in_still_cannot(adopted, name):
    assert adopted.login(SHUT[name].username).status_code == 401


@pytest.mark.parametrize("kind", HASHES)
def test_a_wrong_password_is_refused(adopted, kind):
    assert adopted.login(kind, "not this one").status_code == 401


def test_a_blank_at_the_end_makes_it_another_name(adopted):
    assert adopted.login("root").status_code == 200
    assert adopted.login("root ").status_code == 401


@pytest.mark.parametrize("kind", HASHES)
def test_a_hash_becomes_argon2id_at_a_sign_in(adopted, kind):
    adopted.login(kind)

    stored = adopted.execute("SELECT password FROM users WHERE username = :name", name=kind)
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert adopted.login(kind).status_code == 200


def test_a_refused_sign_in_leaves_the_hash(adopted):
    adopted.login(SHUT["disabled"].username)

    stored = adopted.execute("SELECT password FROM users WHERE id = :id", id=_id("disabled"))
    assert stored == SHUT["disabled"].stored


def test_nothing_is_changed_but_what_was_null(adopted):
    known = [row | {"roles": row["roles"] or "", "is_active": bool(row["is_active"])} for row in adopted.before]

    assert adopted.after == known


@pytest.mark.parametrize("name", WITH_ODD_ROLES)
def test_a_sign_in_leaves_the_roles_as_they_were_written(adopted, name):
    adopted.login(ROWS[name].username)

    written = adopted.execute("SELECT roles FROM users WHERE id = :id", id=_id(name))
    assert written == (ROWS[name].roles or "")


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("an administrator", ["admin", "user"]),
        ("roles in another order", ["admin", "user"]),
        ("a blank between roles", ["editor", "user"]),
        ("what can be no role", ["user"]),
        ("no roles", []),
    ],
)
def test_the_roles_that_were_written_count(adopted, name, roles):
    headers = _headers(adopted, name)

    assert adopted.client.get("/api/me", headers=headers).json["user"]["roles"] == roles
    expected = 200 if "admin" in roles else 403
    assert adopted.client.get("/api/admin/users", headers=headers).status_code == expected


def test_roles_that_are_held_are_in_the_catalogue(adopted):
    response = adopted.client.get("/api/admin/roles", headers=_headers(adopted, "an administrator"))

    assert [role["name"] for role in response.json["roles"]] == ["admin", "editor", "user"]


def test_a_role_that_was_held_can_be_granted_to_others(adopted):
    headers = _headers(adopted, "an administrator")
    path = f"/api/admin/users/{_id('a name with blanks')}/roles/editor"

    assert adopted.client.put(path, headers=headers).json["roles"] == ["editor", "user"]
    assert adopted.client.delete(path, headers=headers).json["roles"] == ["user"]


def test_roles_assigned_with_sql_count_at_the_next_request(adopted):
    headers = _headers(adopted, "a bcrypt-2b hash")
    assert adopted.client.get("/api/admin/users", headers=headers).status_code == 403

    adopted.execute("UPDATE users SET roles = 'admin,user' WHERE username = 'bcrypt-2b'")
    assert adopted.client.get("/api/admin/users", headers=headers).status_code == 200

    adopted.execute("UPDATE users SET roles = 'user' WHERE username = 'bcrypt-2b'")
    assert adopted.client.get("/api/admin/users", headers=headers).status_code == 403


def test_a_name_that_someone_has_is_taken_in_every_spelling(adopted):
    for name in ("ROOT", "\uff52oot", "AdA"):
        response = adopted.client.post("/api/registration", json={"username": name, "password": "a new one of mine"})

        assert response.status_code == 409


def test_the_id_of_a_deleted_account_is_never_used_again(adopted):
    first = _register(adopted, "comet")
    adopted.execute("DELETE FROM users WHERE id = :id", id=first)

    assert _register(adopted, "comet") > first


@of_the_later_version
@pytest.mark.parametrize("address", ["Ada@example.com", "ada@example.com", "ADA@EXAMPLE.COM", "\uff21da@example.com"])
def test_an_address_that_several_had_is_of_the_first(adopted, address):
    response = adopted.login(address)

    assert response.status_code == 200
    assert response.json["user"]["id"] == _id("a name")


@of_the_later_version
def test_an_address_of_ones_own_signs_in(adopted):
    number = _id("an administrator")

    assert adopted.login(f"{number}@example.com").json["user"]["id"] == number


@of_the_later_version
def test_the_operators_own_column_and_table_stay(adopted):
    assert adopted.execute("SELECT COUNT(*) FROM users WHERE locale = 'en'") >= len(ALL)
    assert adopted.execute("SELECT COUNT(*) FROM orders JOIN users ON orders.id = users.id + 1000") == len(ALL)
    assert adopted.execute("SELECT COUNT(*) FROM orders WHERE id <> user_id + 1000") == 0


@of_the_later_version
def test_the_operators_foreign_key_still_holds(adopted):
    with pytest.raises(IntegrityError):
        adopted.execute("INSERT INTO orders (id, user_id) VALUES (1, 999999)")


@of_the_later_version
def test_an_account_without_an_address_can_be_made(adopted):
    assert _register(adopted, "meteor") > len(ALL)


def _id(name):
    return list(ALL).index(name) + 1


def _headers(database, name):
    return bearer(database.login(ALL[name].username).json["access_token"])


def _register(database, name):
    response = database.client.post("/api/registration", json={"username": name, "password": "a new one of mine"})
    assert response.status_code == 201, response.json
    return response.json["user"]["id"]
