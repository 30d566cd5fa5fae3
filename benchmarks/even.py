"""Measures whether the time of an answer tells if an address is known: known, unknown, unconfirmed and disabled ones.

`make even` runs it on each database that answers; README.md in this folder says how to read what it prints.
"""

import argparse
import http.client
import random
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.serving import ROOT, Failed, answers, ask, flask, production, served, tell
from tests.databases import SERVERS, fresh_database

KINDS = ("known", "unknown", "unconfirmed", "disabled")
#: How far the slowest median may be above the fastest.
MOST = 1.10
WARMING_UP = 50


def main() -> int:
    options = _options()
    is_met = [_measure(name, options.requests) for name in ["sqlite", *SERVERS] if answers(name)]
    return 0 if all(is_met) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make even", description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=200, help="how many of each kind (200)")
    return parser.parse_args()


def _measure(database: str, requests: int) -> bool:
    tell(f"{database}: asking {requests} times for each kind of address ...")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(fresh_database(folder, database))
        settings = {
            "PYTHONPATH": str(ROOT),
            "MAIL_BACKEND": "file",
            "MAIL_FILE_PATH": str(folder / "letters"),
            "MAIL_DEFAULT_SENDER": "no-reply@example.com",
            "CONFIRMATION_URI": "https://app.example.com/finalize",
            "RESET_URI": "https://app.example.com/reset",
        }
        environment = production(url) | settings
        flask(environment, "db", "upgrade")
        server = stack.enter_context(served("api:app", environment))
        _populate(server.port, url, environment)
        times = _times(server.port, url, requests)
    medians = {kind: statistics.median(times[kind]) * 1000 for kind in KINDS}
    ratio = max(medians.values()) / min(medians.values())
    told = ", ".join(f"{kind} {median:.3f}" for kind, median in medians.items())
    print(f"{database:10}  medians in ms: {told}; slowest to fastest {ratio:.3f} (at most {MOST:.2f})", flush=True)
    return ratio <= MOST


def _populate(port: int, url: str, environment: dict[str, str]) -> None:
    for kind in ("known", "unconfirmed", "disabled"):
        body = {"username": kind, "password": "a lantern in the harbour", "email": f"{kind}@example.com"}
        ask(port, "POST", "/api/registration", body=body)
    flask(environment, "users", "confirm", "known")
    flask(environment, "users", "disable", "disabled")
    engine = create_engine(url)
    with engine.connect() as connection:
        (count,) = connection.execute(text("SELECT count(*) FROM users")).one()
    engine.dispose()
    if count != 3:
        raise Failed(f"there are {count} accounts, not 3")


def _times(port: int, url: str, requests: int) -> dict[str, list[float]]:
    """Ask in random order, over one connection: whatever else the machine does is spread over all kinds."""
    order = [kind for kind in KINDS for _ in range(requests)]
    random.shuffle(order)
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    answers = set()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    limits = create_engine(url)
    for number, kind in enumerate([*order[:WARMING_UP], *order]):
        with limits.begin() as counted:
            counted.execute(text("DELETE FROM throttle"))
        begun = time.perf_counter()
        answer = ask(port, "POST", "/api/reset", body={"email": f"{kind}@example.com"}, over=connection)
        taken = time.perf_counter() - begun
        answers.add(str(answer))
        if number >= WARMING_UP:
            times[kind].append(taken)
    connection.close()
    limits.dispose()
    if len(answers) != 1:
        raise Failed(f"the answers differ: {answers}")
    return times


if __name__ == "__main__":
    sys.exit(main())
