"""The migrations build what the models say, and go up, down and up again without losing anyone."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import NullPool, create_engine, inspect, text

from api import create_app
from commands import open_migrations
from migrations.columns import OF_ONE_DATABASE
from models import User, db
from tests.conftest import CHEAP_HASHING, settings
from tests.databases import fresh_database
from tests.factories import make_user, sign_in
from tests.house.source import ROOT

WHY = "A model that the migrations do not build works in the tests of whoever wrote it, and nowhere else."


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """An app with a database of its own, on which migrations may do what they like."""
    with fresh_database(tmp_path_factory.mktemp("migrations")) as url:
        app = create_app(settings(database_url=url), TESTING=True, HASH_PARAMETERS=CHEAP_HASHING)
        open_migrations(app)
        with app.app_context():
            upgrade()
            yield app
            db.session.remove()
            db.engine.dispose()


def test_migrations_match_the_models(migrated):
    options = {"compare_type": True, "compare_server_default": False, "include_name": _is_told_by_a_model}
    with db.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), db.metadata)

    assert not found, f"The migrations build something else than models.py says: {found}. {WHY}"


def test_columns_that_may_be_null_are_those_of_the_models(migrated):
    seen = inspect(db.engine)
    for table in db.metadata.sorted_tables:
        built = {column["name"]: column["nullable"] for column in seen.get_columns(table.name)}

        assert built == {column.name: column.nullable for column in table.columns}, f"{table.name}: {WHY}"


def test_down_to_nothing_and_up_again_keeps_every_user(migrated):
    people = {"ada": "user", "grace": "admin,editor,user", "Анна": ""}
    for username, roles in people.items():
        make_user(username, roles=roles)
    make_user("linus", is_active=False, email="linus@example.com")
    before = _rows()
    db.session.remove()
    downgrade(revision="base")
    assert inspect(db.engine).get_table_names() in (["alembic_version", "users"], ["users"])
    upgrade()

    assert _rows() == before, "Someone who goes back one release, and forward again, must find every account."
    client = migrated.test_client()
    assert sign_in(client, "grace").answer["user"]["roles"] == ["admin", "editor", "user"]
    assert db.session.execute(text("SELECT name FROM roles ORDER BY name")).scalars().all() == [
        "admin",
        "editor",
        "user",
    ]


#: How to wait ten seconds for the lock under which migrations run; SQLite has no such lock, and just writes.
TAKE_THE_LOCK = {
    "sqlite": ["UPDATE users SET version = version"],
    "postgresql": ["SET lock_timeout = '10s'", "SELECT pg_advisory_lock(7101946)"],
    "mysql": ["SELECT 1 / GET_LOCK(CONCAT('lictor ', SHA1(DATABASE())), 10)"],
}


def test_a_migration_that_fails_keeps_no_lock(migrated):
    db.session.remove()
    with pytest.raises(SystemExit):
        upgrade(revision="no such migration")
    elsewhere = create_engine(db.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with elsewhere.connect() as connection:
        *_, taken = [connection.exec_driver_sql(line) for line in TAKE_THE_LOCK[elsewhere.dialect.name]]

        assert not taken.returns_rows or taken.scalar() in ("", 1), (
            "Whoever migrates next would wait, and then give up."
        )


def test_migrations_are_numbered_one_after_the_other():
    numbers = [path.name[:4] for path in sorted((ROOT / "migrations" / "versions").glob("*.py"))]

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)], (
        "Migrations are numbered, and the last of them is the newest: /api/ready goes by that."
    )


def _is_told_by_a_model(name, kind, _):
    return kind != "index" or name not in OF_ONE_DATABASE


def _rows() -> list[tuple]:
    columns = (User.id, User.username, User.username_key, User.email, User.email_key, User.password, User.roles)
    rows = db.session.execute(db.select(*columns, User.is_active).order_by(User.id)).all()
    db.session.remove()
    return [tuple(row) for row in rows]
