"""A million plausible accounts, the same in every run, loaded past the product."""

import csv
import io
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

ONSETS = [*"bcdfghjklmnprstvw", "br", "ch", "cl", "dr", "fr", "gr", "kr", "sch", "sh", "st", "th", "tr"]
VOWELS = [*"aeiou", "ai", "ea", "ei", "ia", "ie", "io", "ou"]
CODAS = ["", "", "l", "m", "n", "r", "s", "t", "ck", "nd", "rt", "tz"]
HASH = "$argon2id$v=19$m=19456,t=2,p=1$" + "c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43
CREATED, GONE = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
USER_COLUMNS = (
    *("id", "username", "username_key", "email", "email_key", "password", "roles"),
    *("is_active", "deactivated_at", "created_at", "version", "borrows_until"),
)
GRANT_COLUMNS = ("user_id", "role", "starts_at", "expires_at", "granted_at", "actor")
#: Beside `admin` and `user`.
ROLES = ("auditor", "author", "beta", "billing", "editor", "nobody", "partner", "support")
LOANS = 10_000
FIRST_ID = 1000


def words(chosen: random.Random, count: int, most: int) -> list[str]:
    """Words of up to so many syllables, each once."""
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = range(chosen.randint(most - 1, most))
        found["".join(chosen.choice(ONSETS) + chosen.choice(VOWELS) + chosen.choice(CODAS) for _ in syllables)] = None
    return list(found)


class People:
    """97 % have `user`, 2 % `editor`, 20 are administrators; some lists are written by hand, with blanks; 0.5 % are
    disabled; 10 % have no address; of 50 domains one has 30 %. 10,000 loans, most of which are open."""

    def __init__(self, count: int, at: int) -> None:
        chosen = random.Random(7)
        self.count, self.at = count, at
        self.firsts, self.lasts = words(chosen, 400, 2), words(chosen, 4000, 3)
        self.domains = ["gmail.com", "outlook.com", "example.org", "web.de", "corp-mail.net"]
        self.domains += [f"{word}.{chosen.choice(['com', 'org', 'net', 'de', 'io'])}" for word in words(chosen, 45, 3)]
        self.shares = [300, 120, 100, 60, 50] + [20] * 8 + [6] * 37
        self.loans = list(self._loans())
        ends: dict[int, int] = {}
        for user_id, _, _, end, *_ in self.loans:
            ends[user_id] = max(end, ends.get(user_id, 0))
        self._ends = ends

    def users(self) -> Iterator[tuple[Any, ...]]:
        chosen = random.Random(8)
        admins = {FIRST_ID + 50 + number * (self.count // 20) for number in range(20)}
        for number in range(self.count):
            user_id = FIRST_ID + number
            first, last = chosen.choice(self.firsts), chosen.choice(self.lasts)
            name = f"{first.capitalize()}.{last}{user_id}" if number % 3 == 0 else f"{first}.{last}.{user_id}"
            domain = chosen.choices(self.domains, self.shares)[0]
            email = f"{first if chosen.random() < 0.8 else first[0]}.{last}{user_id}@{domain}"
            email_or_none = None if chosen.random() < 0.1 else email
            roles = self._admin(number) if user_id in admins else self._roles(chosen.random(), number)
            is_active = chosen.random() >= 0.005
            gone, end = None if is_active else GONE, self._ends.get(user_id, 0)
            names = (user_id, name, name.lower(), email_or_none, email_or_none)
            yield (*names, HASH, roles, is_active, gone, CREATED, 1, end)

    def _loans(self) -> Iterator[tuple[Any, ...]]:
        chosen, taken = random.Random(11), set()
        for number in range(min(LOANS, self.count // 2)):
            user_id = FIRST_ID + chosen.randrange(self.count)
            role = "admin" if number < 100 else chosen.choice(["editor", "support", "auditor", "billing"])
            begins = self.at - chosen.randint(-20, 80) * 86400
            if (user_id, role) not in taken:
                taken.add((user_id, role))
                yield user_id, role, begins, begins + 40 * 86400, CREATED, "console"

    def _admin(self, number: int) -> str:
        return "admin,user" if number % 4 else " user, admin"

    def _roles(self, draw: float, number: int) -> str:
        if draw < 0.02:
            return ["editor,user", "editor,user", "author,editor", " user, editor"][number % 4]
        if draw < 0.04:
            return ["support,user", "auditor,user", "billing,user", "beta,user", "partner"][number % 5]
        return "" if draw < 0.06 else "user"


def load(engine: Engine, table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """Insert rows, as many at a time as the driver takes well."""
    kind = engine.dialect.name
    places = ",".join(["?" if kind == "sqlite" else "%s"] * len(columns))
    insert = f"INSERT INTO {table} ({','.join(columns)}) VALUES ({places})"
    driver = engine.raw_connection()
    cursor = driver.cursor()
    if kind == "sqlite":
        cursor.execute("BEGIN")
    while batch := [row for _, row in zip(range(20_000), rows, strict=False)]:
        if kind == "postgresql":
            text = io.StringIO()
            csv.writer(text).writerows([[r"\N" if value is None else value for value in row] for row in batch])
            text.seek(0)
            cursor.copy_expert(rf"COPY {table} ({','.join(columns)}) FROM STDIN WITH (FORMAT csv, NULL '\N')", text)
        else:
            cursor.executemany(insert, [[_plain(value) for value in row] for row in batch])
    driver.commit()
    driver.close()


def _plain(value: Any) -> Any:
    return value.replace(tzinfo=None).isoformat(" ") if isinstance(value, datetime) else value
