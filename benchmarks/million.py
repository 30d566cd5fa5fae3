"""Measures a house of a million accounts: listing and searching them, giving a role to 10,000, exporting the trail.

`make million` runs it on PostgreSQL; README.md in this folder says how to read what it prints.
"""

import argparse
import base64
import http.client
import json
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, create_engine, event, text

from benchmarks.people import FIRST_ID, GRANT_COLUMNS, ROLES, USER_COLUMNS, People, load
from benchmarks.serving import ROOT, Failed, Server, answers, ask, flask, production, served, tell
from tests.databases import SERVERS, fresh_database

#: What is asked of PostgreSQL.
SLOWEST_PAGE, SLOWEST_GIVING = 0.050, 3.0
GIVEN_AT_ONCE = 10_000
SORTS = ["username", "-username", "id", "-id"]
ASK_FOR_STATISTICS = {"postgresql": "VACUUM ANALYZE", "mysql": "ANALYZE TABLE users, role_grants", "sqlite": "ANALYZE"}

Query = dict[str, Any]


def main() -> int:
    options = _options()
    if not answers(options.database):
        raise Failed(f"{options.database} does not answer")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(fresh_database(folder, options.database))
        environment = production(url) | {"PYTHONPATH": str(ROOT)}
        flask(environment, "db", "upgrade")
        people = _filled(url, options.count)
        server = stack.enter_context(served("api:app", environment, workers=2))
        token = _administrator(server, environment)
        is_met = [_list(server, token, people, url, options.requests), _give(server, token, people)]
        if options.database == "postgresql":
            _export(environment, url, options.count)
    return 0 if all(is_met) or options.database != "postgresql" else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make million", description=__doc__.splitlines()[0])
    parser.add_argument("--database", default="postgresql", choices=["sqlite", *SERVERS])
    parser.add_argument("--count", type=int, default=1_000_000, help="how many accounts, and events (1000000)")
    parser.add_argument("--requests", type=int, default=100, help="how many of each kind of search (100)")
    return parser.parse_args()


def _filled(url: str, count: int) -> People:
    tell(f"Loading {count:,} accounts; this takes a minute or two.")
    people, engine = People(count, int(time.time())), create_engine(url, **_sqlite_options(url))
    load(engine, "users", USER_COLUMNS, people.users())
    with engine.begin() as connection:
        values = [{"name": name} for name in ROLES]
        columns = "(name, description, is_default, is_protected, created_at)"
        connection.execute(text(f"INSERT INTO roles {columns} VALUES (:name, '', '0', '0', '2026-01-01')"), values)
        if engine.dialect.name == "postgresql":
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence('users', 'id'), (SELECT max(id) FROM users))")
            )
    load(engine, "role_grants", GRANT_COLUMNS, iter(people.loans))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(ASK_FOR_STATISTICS[engine.dialect.name]))
    engine.dispose()
    return people


def _administrator(server: Server, environment: dict[str, str]) -> str:
    """Register a new administrator, and return their token."""
    account = {"username": f"root-{secrets.token_hex(4)}", "password": secrets.token_urlsafe(16)}
    token: str = ask(server.port, "POST", "/api/registration", body=account)["access_token"]
    flask(environment, "roles", "grant", account["username"], "admin")
    return token


# Listing and searching


def _kinds(people: People) -> dict[str, Callable[[], Query]]:
    """Each kind of search, and how to make one."""
    chosen = random.Random(3)
    some = [row for number, row in enumerate(people.users()) if number % (people.count // 2000) == 0]

    def infix() -> str:
        return str(chosen.choice(some)[2])[2:9]

    kinds: dict[str, Callable[[], Query]] = {
        "everyone": dict,
        "active": lambda: {"active": "true"},
        "disabled": lambda: {"active": "false"},
        "a whole name": lambda: {"search": chosen.choice(some)[2]},
        "a first name (0.25 %)": lambda: {"search": chosen.choice(people.firsts)},
        "a last name (0.03 %)": lambda: {"search": chosen.choice(people.lasts)},
        "letters out of a name": lambda: {"search": infix()},
        "a domain (0.6 to 30 %)": lambda: {"search": f"@{chosen.choice(people.domains)}"},
        "what nobody has": lambda: {"search": "".join(chosen.choices("qxyz", k=7))},
        "one letter": lambda: {"search": chosen.choice("abcdefghijklmnopqrstuvwxyz")},
        "two letters": lambda: {"search": chosen.choice(some)[2][:2]},
        "a domain, disabled": lambda: {"search": f"@{chosen.choice(people.domains)}", "active": "false"},
        "a domain and editor": lambda: {"search": f"@{chosen.choice(people.domains)}", "role": "editor"},
        "a first name and user": lambda: {"search": chosen.choice(people.firsts), "role": "user"},
        "a last name and admin": lambda: {"search": chosen.choice(people.lasts), "role": "admin"},
    }
    for role in ("user", "editor", "support", "admin", "nobody"):
        kinds[f"role {role}"] = lambda role=role: {"role": role}  # type: ignore[misc]
    return kinds


def _list(server: Server, token: str, people: People, url: str, requests: int) -> bool:
    """Ask for pages of every kind in every order, half of them deep in the list; tell whether they come in time."""
    chosen, connection = random.Random(5), http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    print(f"\n{people.count:,} accounts: pages of 25, over HTTP   {'median':>9} {'99th':>9} {'slowest':>9}   read from")
    every = []
    for name, make in _kinds(people).items():
        took = []
        for number in range(requests):
            query = make() | {"sort": SORTS[number % 4]}
            if number % 2:
                query["cursor"] = _deep(query["sort"], people, chosen)
            started = time.perf_counter()
            ask(server.port, "GET", f"/api/admin/users?{urlencode(query)}", token, over=connection)
            took.append(time.perf_counter() - started)
        every += took
        print(f"  {name:42}{_spread(took)}   {', '.join(_indexes(url, make()))}", flush=True)
    connection.close()
    is_met = _quantile(every, 0.99) < SLOWEST_PAGE
    print(f"  {'all of them':42}{_spread(every)}   target < {SLOWEST_PAGE * 1e3:.0f} ms at the 99th {_fate(is_met)}")
    return is_met


def _deep(sort: str, people: People, chosen: random.Random) -> str:
    """The cursor of a page somewhere in the list, as the product would have written it."""
    user_id = FIRST_ID + chosen.randrange(people.count)
    value = f"{chosen.choice(people.firsts)}." if sort.endswith("username") else user_id
    return base64.urlsafe_b64encode(json.dumps([sort, value, user_id]).encode()).decode().rstrip("=")


def _indexes(url: str, query: Query) -> list[str]:
    """The indexes, and tables without one, that the plans of a search name."""
    from api import create_app
    from auth.search import Search, find
    from config import Settings
    from models import db

    app = create_app(Settings(_env_file=None, secret_key="k" * 48, database_url=url, log_level="ERROR"))
    said: list[tuple[str, Any]] = []
    with app.app_context():
        given = {name: {"true": True, "false": False}.get(value, value) for name, value in query.items()}
        engine: Engine = db.engine

        def note(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
            said.append((statement, parameters))

        event.listen(engine, "before_cursor_execute", note)
        find(Search(**given))
        event.remove(engine, "before_cursor_execute", note)
        db.session.rollback()
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        plans = []
        with engine.connect() as connection:
            for statement, parameters in said:
                if "FROM users" in statement:
                    plans += [
                        " ".join(map(str, row)) for row in connection.exec_driver_sql(explain + statement, parameters)
                    ]
        engine.dispose()
    names = ["ix_users_list", "uq_users_username_key", "ix_users_text", "ix_users_roles", "ix_users_disabled_id"]
    names += ["ix_users_disabled", "ix_role_grants_role", "pk_users", "PRIMARY"]
    words = [word.strip("(),") for line in plans for word in line.split()]
    return [name for name in names if name in words] + ["the whole table"] * any(
        "Seq Scan on users" in p for p in plans
    )


# Giving a role


def _give(server: Server, token: str, people: People) -> bool:
    """Give a role to 10,000 in one call, and take it again, three times."""
    ids = random.Random(9).sample(range(FIRST_ID, FIRST_ID + people.count), min(GIVEN_AT_ONCE, people.count))
    took = []
    for _ in range(3):
        for field in ("add", "remove"):
            started = time.perf_counter()
            answer = ask(
                server.port, "POST", "/api/admin/roles/partner/users", token, {field: ids, "reason": "measured"}
            )
            took.append(time.perf_counter() - started)
            if answer["changed"] < len(ids) * 0.9:
                raise Failed(f"of {len(ids)} users only {answer['changed']} were changed")
    verdict = ask(server.port, "GET", "/api/admin/events/verify", token)
    is_met = max(took) < SLOWEST_GIVING
    told = ", ".join(f"{one:.2f}" for one in took)
    print(f"\nA role for {len(ids):,} in one call, over HTTP: {told} s", end="   ")
    print(f"target < {SLOWEST_GIVING:.0f} s {_fate(is_met)}")
    print(f"The chain of {verdict['events']:,} links {'fits' if verdict['verified'] else 'DOES NOT FIT'}.")
    return is_met and verdict["verified"]


# Exporting the trail


def _export(environment: dict[str, str], url: str, count: int) -> None:
    """Export as many events; tell what the worker holds before, at most, and how long it took."""
    engine = create_engine(url)
    with engine.begin() as connection:
        columns = "(at, action, actor, subject_id, after, ip)"
        values = "now(), 'session.started', 'user', n, '{\"via\":\"access\"}', '192.0.2.7'"
        connection.execute(
            text(f"INSERT INTO audit_events {columns} SELECT {values} FROM generate_series(1, {count}) n")
        )
    engine.dispose()
    with served("api:app", environment) as server:
        token = _administrator(server, environment)
        before, started, lines = server.memory("VmRSS"), time.perf_counter(), 0
        connection_to = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/x-ndjson"}
        connection_to.request("GET", "/api/admin/events", headers=headers)
        response = connection_to.getresponse()
        while part := response.read(1 << 20):
            lines += part.count(b"\n")
        took, most = time.perf_counter() - started, server.memory("VmHWM")
    print(
        f"\nThe trail, {lines:,} events, was exported in {took:.0f} s. The worker held {before / 2**20:.1f} MiB before,"
    )
    print(f"and {most / 2**20:.1f} MiB at its peak, which includes the 19 MiB of a hash.")


# What is told


def _sqlite_options(url: str) -> dict[str, Any]:
    return {"connect_args": {"isolation_level": None}} if url.startswith("sqlite") else {}


def _spread(took: list[float]) -> str:
    return "".join(f" {value * 1e3:6.1f} ms" for value in (_quantile(took, 0.5), _quantile(took, 0.99), max(took)))


def _quantile(took: list[float], share: float) -> float:
    return sorted(took)[min(len(took) - 1, int(len(took) * share))]


def _fate(is_met: bool) -> str:
    return "pass" if is_met else "FAIL"


if __name__ == "__main__":
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    sys.exit(main())
