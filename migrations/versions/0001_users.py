"""Accounts; a `users` table of the older app is adopted, and none of its rows is lost.

The way down leaves the columns that the older app had, with every row, so that it can go up again.
"""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from email_validator import EmailNotValidError, validate_email
from sqlalchemy.dialects import mysql

from migrations.columns import exact, moment

revision = "0001"
down_revision = None

ADDED = [
    "username_key",
    "email_key",
    "email_confirmed_at",
    "deactivated_at",
    "password_changed_at",
    "created_at",
    "version",
]


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("users"):
        adopt()
    else:
        create()


def create() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(255), nullable=False),
        sa.Column("username_key", exact(255), nullable=False),
        sa.Column("email", sa.String(320)),
        sa.Column("email_key", exact(320)),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("email_confirmed_at", moment()),
        sa.Column("deactivated_at", moment()),
        sa.Column("password_changed_at", moment()),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username_key", name="uq_users_username_key"),
        sa.UniqueConstraint("email_key", name="uq_users_email_key"),
        sqlite_autoincrement=True,
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )


def adopt() -> None:
    """Add to the table that is there what it lacks; nothing that it holds is changed but NULLs.

    MariaDB and MySQL keep each step of a migration that fails later, so each step looks whether it is done already.
    """
    speak_utf8()
    present = {column["name"] for column in inspected().get_columns("users")}
    added = {
        "email": sa.Column("email", sa.String(320)),
        "username_key": sa.Column("username_key", exact(255)),
        "email_key": sa.Column("email_key", exact(320)),
        "email_confirmed_at": sa.Column("email_confirmed_at", moment()),
        "deactivated_at": sa.Column("deactivated_at", moment()),
        "password_changed_at": sa.Column("password_changed_at", moment()),
        "created_at": sa.Column("created_at", moment()),
        "version": sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    }
    with op.batch_alter_table("users", table_kwargs={"sqlite_autoincrement": True}) as users:
        for name, column in added.items():
            if name not in present:
                users.add_column(column)
    fill()
    kept = {column["name"]: column["type"] for column in inspected().get_columns("users")}
    keyed = {constraint["name"] for constraint in inspected().get_unique_constraints("users")}
    with op.batch_alter_table("users", table_kwargs={"sqlite_autoincrement": True}) as users:
        users.alter_column("username_key", existing_type=exact(255), nullable=False)
        users.alter_column("created_at", existing_type=moment(), nullable=False)
        users.alter_column("is_active", existing_type=kept["is_active"], nullable=False, server_default=sa.true())
        for name, wanted, nullable in [
            ("username", sa.String(255), False),
            ("email", sa.String(320), True),
            ("password", sa.Text(), False),
            ("roles", sa.Text(), False),
        ]:
            users.alter_column(name, existing_type=kept[name], type_=widened(kept[name], wanted), nullable=nullable)
        if not inspected().get_pk_constraint("users")["constrained_columns"]:
            users.create_primary_key("pk_users", ["id"])
        for name in ("username_key", "email_key"):
            if f"uq_users_{name}" not in keyed:
                users.create_unique_constraint(f"uq_users_{name}", [name])


def inspected() -> sa.Inspector:
    """The tables as they are now."""
    return sa.inspect(op.get_bind())


def widened(kept: sa.types.TypeEngine, wanted: sa.types.TypeEngine) -> sa.types.TypeEngine | None:
    """The wanted type where the one that is there holds less; otherwise None, and it stays."""
    length, enough = getattr(kept, "length", None), getattr(wanted, "length", None)
    if length is None or length >= (enough or 2**16):
        return None
    if isinstance(kept, mysql.VARCHAR):  # What its unique keys take for the same must stay so.
        kind = mysql.VARCHAR if enough else mysql.TEXT
        return kind(length=enough, charset=kept.charset, collation=kept.collation)
    return wanted


def speak_utf8() -> None:
    """Let a table of MariaDB or MySQL hold every script; many an older one is in latin1."""
    if op.get_bind().dialect.name != "mysql":
        return
    kinds = op.get_bind().scalars(
        sa.text(
            "SELECT character_set_name FROM information_schema.columns WHERE table_schema = DATABASE()"
            " AND table_name = 'users' AND character_set_name IS NOT NULL"
        )
    )
    if set(kinds) - {"utf8mb4"}:
        op.execute("ALTER TABLE users CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


def fill() -> None:
    """Give every row its keys; a NULL in `roles` was no role, and in `is_active` was no access, so they stay that."""
    database = op.get_bind()
    users = sa.table(
        "users",
        *[sa.column(name) for name in ("id", "username", "email", "roles", "username_key", "email_key")],
        sa.column("is_active", sa.Boolean()),
        sa.column("created_at", moment()),
    )
    rows = database.execute(sa.select(users.c.id, users.c.username, users.c.email).order_by(users.c.id)).all()
    keys = [
        {"row": row.id, "name": name, "address": address}
        for row, name, address in zip(rows, names(rows), addresses(rows), strict=True)
    ]
    if keys:
        database.execute(
            users.update()
            .where(users.c.id == sa.bindparam("row"))
            .values(username_key=sa.bindparam("name"), email_key=sa.bindparam("address")),
            keys,
        )
    database.execute(users.update().values(created_at=datetime.now(UTC)))
    database.execute(users.update().where(users.c.roles.is_(None)).values(roles=""))
    database.execute(users.update().where(users.c.is_active.is_(None)).values(is_active=False))


def names(rows: list[sa.Row]) -> Iterator[str]:
    """The key of each username. Where the older app let two differ by spelling alone, the later ones keep theirs
    behind a `=`, which no other key begins with: they are found by their exact spelling. So is a key that would be too
    long for its column."""
    # To MariaDB, keys that differ by blanks at the end are the same.
    ignored = " " if op.get_bind().dialect.name == "mysql" else ""
    taken: set[str] = set()
    for row in rows:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", row.username).casefold())
        free = (folded, f"={row.username}"[:255], f"={row.id}={row.username}"[:255])
        key = next(key for key in free if len(key) <= 255 and key.rstrip(ignored) not in taken)
        taken.add(key.rstrip(ignored))
        yield key


def addresses(rows: list[sa.Row]) -> Iterator[str | None]:
    """The key of each address; none where it is no address, or where an earlier row has it too."""
    taken: set[str | None] = set()
    for row in rows:
        key = address_key(row.email)
        yield None if key in taken else key
        taken.add(key)


def address_key(email: str | None) -> str | None:
    try:
        checked = validate_email(unicodedata.normalize("NFKC", email or ""), check_deliverability=False)
    except EmailNotValidError:
        return None
    key = f"{checked.local_part}@{checked.ascii_domain}".lower()
    return key if key.isascii() else None


def downgrade() -> None:
    with op.batch_alter_table("users", table_kwargs={"sqlite_autoincrement": True}) as users:
        users.drop_constraint("uq_users_username_key", type_="unique")
        users.drop_constraint("uq_users_email_key", type_="unique")
        for column in ADDED:
            users.drop_column(column)
