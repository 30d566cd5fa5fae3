"""The ground, counted in: numbers that hold over all workers, and past the transaction of the request at hand.

A refusal undoes what its request has written, and must not undo that somebody tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, TextClause, delete, select, text, update

from models import Counter, db, this_second

#: How many rows that have had their time are removed at once.
_AT_ONCE = 500

#: MySQL has no RETURNING. There, LAST_INSERT_ID(x) is x, and is remembered for the connection.
_ON_MARIADB = text("""
    INSERT INTO throttle (`key`, hits, window_ends_at) VALUES (:key, LAST_INSERT_ID(1), :moment + :seconds)
    ON DUPLICATE KEY UPDATE  -- one column after the other: what is asked of the end comes before the end is changed
        hits = LAST_INSERT_ID(IF(window_ends_at <= :moment, 1, hits + 1)),
        window_ends_at = IF(window_ends_at <= :moment, VALUES(window_ends_at), window_ends_at)
""")


@cache
def _upsert(rows: int) -> TextClause:
    values = ", ".join(f"(:key{row}, 1, :moment + :seconds{row})" for row in range(rows))
    return text(f"""
        INSERT INTO throttle (key, hits, window_ends_at) VALUES {values}
        ON CONFLICT (key) DO UPDATE SET
            hits = CASE WHEN throttle.window_ends_at <= :moment THEN 1 ELSE throttle.hits + 1 END,
            window_ends_at = CASE
                WHEN throttle.window_ends_at <= :moment THEN excluded.window_ends_at ELSE throttle.window_ends_at
            END
        RETURNING key, hits
    """)


def add(windows: Mapping[str, int]) -> dict[str, int]:
    """Add one to the counter of each key, and return what they are then; a window has this many seconds from its first.

    Of all who add at the same moment each gets a number of their own.
    """
    moment = this_second()
    with db.engine.connect() as plain:
        connection = _by_itself(plain)
        if plain.dialect.name == "mysql":
            return {key: _add_on_mariadb(connection, key, moment, seconds) for key, seconds in windows.items()}
        # In one order, so that no two wait for each other.
        given: dict[str, Any] = {"moment": moment}
        for row, key in enumerate(sorted(windows)):
            given |= {f"key{row}": key, f"seconds{row}": windows[key]}
        return {row.key: row.hits for row in connection.execute(_upsert(len(windows)), given)}


def _add_on_mariadb(connection: Connection, key: str, moment: int, seconds: int) -> int:
    connection.execute(_ON_MARIADB, {"key": key, "moment": moment, "seconds": seconds})
    return int(connection.execute(text("SELECT LAST_INSERT_ID()")).scalar_one())


def take_back(keys: Sequence[str]) -> None:
    """Take one from the counter of each key whose window is open."""
    is_open = (Counter.hits > 0, Counter.window_ends_at > this_second())
    _run(update(Counter).where(_locked(keys), *is_open).values(hits=Counter.hits - 1))


def read(key: str) -> tuple[int, int]:
    """Return what the counter of a key is, and when its window ends, in seconds since 1970; 0 and now where none is."""
    with db.engine.connect() as plain:
        found = _by_itself(plain).execute(
            select(Counter.hits, Counter.window_ends_at).where(
                Counter.key == key, Counter.window_ends_at > this_second()
            )
        )
        row = found.first()
    return (row.hits, row.window_ends_at) if row else (0, this_second())


def clear(key: str | None = None) -> int:
    """Forget the counter of a key, or all; return how many there were."""
    return _run(delete(Counter) if key is None else delete(Counter).where(Counter.key == key))


def prune() -> int:
    """Remove some of the counters whose window is over; return how many there were."""
    over = Counter.window_ends_at <= this_second()
    with db.engine.connect() as plain:
        keys = _by_itself(plain).scalars(select(Counter.key).where(over).limit(_AT_ONCE)).all()
    return _run(delete(Counter).where(_locked(keys), over))


def _locked(keys: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a row is one of these, which are locked in the order in which `add` locks them.

    MariaDB goes by the key anyway. PostgreSQL goes by where a row lies, and two who wait for each other do so for long.
    """
    if db.engine.dialect.name != "postgresql":
        return Counter.key.in_(keys)
    in_order = select(Counter.key).where(Counter.key.in_(keys)).order_by(Counter.key).with_for_update()
    return Counter.key.in_(select(in_order.cte("in_order").c.key))


def _run(statement: Any) -> int:
    with db.engine.connect() as plain:
        return int(_by_itself(plain).execute(statement).rowcount)


def _by_itself(connection: Connection) -> Connection:
    """Let each statement be a transaction of its own. SQLite's driver is set up like that (dialects.py)."""
    if connection.dialect.name == "sqlite":
        return connection.execution_options(lictor_glance=True)
    return connection.execution_options(isolation_level="AUTOCOMMIT")
