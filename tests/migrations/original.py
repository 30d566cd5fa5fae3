"""The database of the original app, as people have it: its `users` table in each of its forms, and rows in it."""

import base64
import hashlib
from dataclasses import dataclass

import argon2
import bcrypt
from passlib.hash import pbkdf2_sha256, pbkdf2_sha512, sha512_crypt
from sqlalchemy import Connection, text
from werkzeug.security import generate_password_hash

from tests.databases import KIND
from tests.factories import PASSWORD

#: The columns of the first version, and those that the later one has on top; `locale` is the operator's own.
FIRST = ("id", "username", "password", "roles", "is_active")
LATER = (*FIRST, "email", "locale")

#: Each form of `id` and of text in which the table was made.
FORMS = {
    "sqlite": {
        "plain ids": ("INTEGER PRIMARY KEY", "TEXT", "TEXT"),
        "counted ids": ("INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT", "TEXT"),
    },
    "postgresql": {"serial": ("SERIAL PRIMARY KEY", "TEXT", "TEXT")},
    "mariadb": {
        "varchar": ("INTEGER PRIMARY KEY AUTO_INCREMENT", "VARCHAR(255)", "VARCHAR(255) COLLATE utf8mb4_bin"),
        "text": ("INTEGER PRIMARY KEY AUTO_INCREMENT", "TEXT", "VARCHAR(320) COLLATE utf8mb4_bin"),
    },
}[KIND]


@dataclass(frozen=True)
class Row:
    """An account of the original app; its address is unlike all others where none is given."""

    username: str
    stored: str
    roles: str | None = "user"
    is_active: bool | None = True
    email: str | None = None


def _bcrypt(prefix: str) -> str:
    made = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=4)).decode()
    return made.replace("$2b$", prefix)


def _argon2(kind: argon2.Type) -> str:
    """As passlib makes it: several lanes, and more memory for each than ours (here less of both, to be quick)."""
    return argon2.PasswordHasher(time_cost=2, memory_cost=64, parallelism=4, type=kind).hash(PASSWORD)


def _django() -> str:
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"seasalt", 1000)
    return f"pbkdf2_sha256$1000$seasalt${base64.b64encode(digest).decode()}"


HASHES = {
    "passlib-pbkdf2-sha512": pbkdf2_sha512.using(rounds=25000).hash(PASSWORD),
    "passlib-pbkdf2-sha256": pbkdf2_sha256.using(rounds=1000).hash(PASSWORD),
    "bcrypt-2b": _bcrypt("$2b$"),
    "bcrypt-2a": _bcrypt("$2a$"),
    "bcrypt-2y": _bcrypt("$2y$"),
    "werkzeug-pbkdf2": generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"),
    "werkzeug-scrypt": generate_password_hash(PASSWORD, "scrypt:1024:8:1"),
    "django-pbkdf2": _django(),
    "argon2id": _argon2(argon2.Type.ID),
    "argon2i": _argon2(argon2.Type.I),
    "sha512-crypt": sha512_crypt.using(rounds=1000).hash(PASSWORD),
}
_STORED = HASHES["passlib-pbkdf2-sha256"]

ROWS = {
    **{f"a {kind} hash": Row(kind, stored) for kind, stored in HASHES.items()},
    "no roles": Row("nobody", _STORED, roles=None),
    "an empty text of roles": Row("plain", _STORED, roles=""),
    "an administrator": Row("root", _STORED, roles="admin,user"),
    "a blank between roles": Row("blank", _STORED, roles="user, editor"),
    "roles in another order": Row("order", _STORED, roles="user,admin"),
    "what can be no role": Row("odd", _STORED, roles="user,Chief Editor,,9"),
    "a name": Row("Ada", _STORED, email="Ada@example.com"),
    "the same name but for case": Row("ada", HASHES["bcrypt-2b"], email="ada@example.com"),
    "the same name in capitals": Row("ADA", HASHES["argon2i"], email="ADA@EXAMPLE.COM"),
    "the same name but for width": Row("\uff41\uff44\uff41", HASHES["werkzeug-scrypt"], email="\uff41da@example.com"),
    "200 characters": Row("n" * 200, _STORED),
    "200 characters that fold to more": Row("\xdf" * 200, _STORED),
    "as many characters as fit": Row("\xdf" * 255, _STORED),
    "a name with blanks": Row("Ada Lovelace", _STORED),
    "a name that would be refused today": Row("<b>'; --", _STORED, email="not an address"),
}
#: They could not sign in before.
SHUT = {
    "disabled": Row("gone", _STORED, is_active=False),
    "neither active nor disabled": Row("unsaid", _STORED, is_active=None),
}
# MariaDB cannot tell this name from another; the original app refused both of them there.
(SHUT if KIND == "mariadb" else ROWS)["the same name but for a blank at its end"] = Row("ada ", HASHES["django-pbkdf2"])
if KIND != "mariadb":  # there, nobody could have a name that does not fit
    ROWS["300 characters"] = Row("m" * 300, _STORED)
ALL = ROWS | SHUT


def make_original(connection: Connection, form: str, *, later: bool) -> None:
    """Make the tables of the original app and fill them; the later version has addresses and an operator's own."""
    connection.execute(text(_table(form, later)))
    for number, row in enumerate(ALL.values(), start=1):
        add(connection, row, number, later=later)
    if later:
        connection.execute(
            text(
                "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL,"
                " FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE)"
            )
        )
        connection.execute(text("INSERT INTO orders (id, user_id) SELECT id + 1000, id FROM users"))
    connection.commit()


def add(connection: Connection, row: Row, number: int, *, later: bool) -> None:
    """Add an account, as the original app does."""
    values = {
        "username": row.username,
        "password": row.stored,
        "roles": row.roles,
        "is_active": row.is_active,
    } | ({"email": row.email or f"{number}@example.com"} if later else {})
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO users ({names}) VALUES ({places})"), values)


def contents(connection: Connection, columns: tuple[str, ...]) -> list[dict[str, object]]:
    """What the table holds in these columns, by id; a truth is one, whatever the database calls it."""
    rows = connection.execute(text(f"SELECT {', '.join(columns)} FROM users ORDER BY id")).mappings()
    return [{**row, "is_active": None if row["is_active"] is None else bool(row["is_active"])} for row in rows]


def _table(form: str, later: bool) -> str:
    number, name, address = FORMS[form]
    more = f", email {address} UNIQUE NOT NULL, locale VARCHAR(8) NOT NULL DEFAULT 'en'" if later else ""
    return (
        f"CREATE TABLE users (id {number}, username {name} NOT NULL, password TEXT NOT NULL,"
        f" roles TEXT, is_active BOOLEAN{more})"
    )
