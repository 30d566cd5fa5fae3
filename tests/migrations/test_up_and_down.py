"""The migrations go up, down and up again, and no account is lost on the way."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from migrations.columns import OF_ONE_DATABASE
from models import db
from tests.migrations.conftest import FIRST_VERSIONS, LATER_VERSIONS
from tests.migrations.original import ALL, ROWS, Row, add

of_each_version_one_form = pytest.mark.parametrize(
    "version", [*FIRST_VERSIONS, LATER_VERSIONS[-1]], ids=str, indirect=True
)


def test_an_empty_database_goes_up_down_and_up(empty):
    empty.up()
    empty.down()
    empty.up()

    assert empty.client.get("/api/ready").status_code == 200
    assert _differences(empty) == []


def test_nothing_is_left_of_lictor_at_the_base_but_the_accounts(empty):
    empty.up()
    empty.down()

    with empty.app.app_context():
        tables = inspect(db.engine).get_table_names()
        columns = [column["name"] for column in inspect(db.engine).get_columns("users")]
    assert set(tables) <= {"users", "alembic_version"}
    assert columns == ["id", "username", "email", "password", "roles", "is_active"]


def test_accounts_of_lictor_survive_the_way_down_and_up(empty):
    empty.up()
    body = {"username": "ada", "password": "a new one of mine", "email": "ada@example.com"}
    made = empty.client.post("/api/registration", json=body).json["user"]
    empty.down()
    empty.up()

    assert empty.login("ada@example.com", body["password"]).json["user"] == made


def test_no_session_survives_the_way_down(empty):
    empty.up()
    body = {"username": "ada", "password": "a new one of mine"}
    token = empty.client.post("/api/registration", json=body).json["access_token"]
    empty.down()
    empty.up()

    assert empty.client.get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_no_id_is_used_again_after_the_way_down_and_up(empty):
    empty.up()
    last = [_register(empty, name) for name in ("ada", "bob", "eve")][-1]
    empty.execute("DELETE FROM users")
    empty.down()
    empty.up()

    assert _register(empty, "eve") > last


@pytest.mark.parametrize("version", [LATER_VERSIONS[-1]], ids=str, indirect=True)
def test_an_id_that_the_original_app_gave_out_is_not_used_again(original):
    original.execute("DELETE FROM users WHERE id = :last", last=len(ALL))
    original.up()

    assert _register(original, "newcomer") > len(ALL)


@of_each_version_one_form
def test_going_up_twice_changes_nothing(original):
    original.up()
    after = original.contents()
    original.up()

    assert original.contents() == after


def test_the_way_down_keeps_every_account(original):
    original.up()
    after = original.contents()
    original.down()

    assert original.contents() == after
    original.up()
    assert original.contents() == after
    for name in ("a name", "the same name but for case", "200 characters that fold to more"):
        assert original.login(ROWS[name].username).json["user"]["id"] == list(ALL).index(name) + 1


@of_each_version_one_form
def test_the_original_app_works_again_after_the_way_down(original):
    original.up()
    original.down()
    later = "locale" in original.columns
    with original.app.app_context(), db.engine.begin() as connection:
        add(connection, Row("newcomer", ROWS["a name"].stored), 1000, later=later)
    original.up()

    assert original.login("newcomer").json["user"]["id"] == len(ALL) + 1


def _register(database, name):
    response = database.client.post("/api/registration", json={"username": name, "password": "a new one of mine"})
    return response.json["user"]["id"]


def _differences(database):
    """What the tables lack, or have too much, by the models."""
    with database.app.app_context(), db.engine.connect() as connection:
        options = {"compare_type": True, "include_name": lambda name, *_: name not in OF_ONE_DATABASE}
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, db.metadata)
