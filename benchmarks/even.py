"""Measures whether the time of an answer tells what account there is: of a letter asked for, and of a wrong password.

`make even` runs it on each database that answers; README.md in this folder says how to read what it prints.
"""

import argparse
import http.client
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.serving import ROOT, Failed, answers, ask, flask, production, served, tell
from tests.databases import SERVERS, fresh_database

OPENED = ("known", "unconfirmed", "disabled", "factor", "federated")
#: What is asked, and of which accounts; `federated` has no password here, `factor` an authenticator app.
QUESTIONS = {
    "a letter": ("/api/reset", lambda kind: {"email": f"{kind}@example.com"}, ("unknown", *OPENED[:3])),
    "a sign-in": ("/api/login", lambda kind: {"username": kind, "password": "a guess"}, ("unknown", *OPENED)),
}
#: How far the slowest median may be above the fastest.
MOST = 1.10
WARMING_UP = 50


def main() -> int:
    options = _options()
    is_met = [_measure(name, options.requests) for name in ["sqlite", *SERVERS] if answers(name)]
    return 0 if all(is_met) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make even", description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=300, help="how many of each kind (300)")
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
        even = [_is_even(database, about, server.port, url, requests) for about in QUESTIONS]
    return all(even)


def _is_even(database: str, about: str, port: int, url: str, requests: int) -> bool:
    times = _times(port, url, requests, *QUESTIONS[about])
    medians = {kind: statistics.median(taken) * 1000 for kind, taken in times.items()}
    ratio = max(medians.values()) / min(medians.values())
    told = ", ".join(f"{kind} {median:.3f}" for kind, median in medians.items())
    print(f"{database:10}  {about:9}  {told} ms; slowest to fastest {ratio:.3f} (at most {MOST:.2f})", flush=True)
    return ratio <= MOST


def _populate(port: int, url: str, environment: dict[str, str]) -> None:
    for kind in OPENED:
        body = {"username": kind, "password": "a lantern in the harbour", "email": f"{kind}@example.com"}
        ask(port, "POST", "/api/registration", body=body)
    for kind in ("known", "factor", "federated"):
        flask(environment, "users", "confirm", kind)
    flask(environment, "users", "disable", "disabled")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE users SET factors = 'totp' WHERE username = 'factor'"))
        connection.execute(text("UPDATE users SET password = '!' WHERE username = 'federated'"))
        (count,) = connection.execute(text("SELECT count(*) FROM users")).one()
    engine.dispose()
    if count != len(OPENED):
        raise Failed(f"there are {count} accounts, not {len(OPENED)}")


def _times(
    port: int, url: str, requests: int, path: str, body: Callable[[str], object], kinds: tuple[str, ...]
) -> dict[str, list[float]]:
    """Ask in random order, over one connection: whatever else the machine does is spread over all kinds."""
    order = [kind for kind in kinds for _ in range(requests)]
    random.shuffle(order)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    answers = set()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    limits = create_engine(url)
    for number, kind in enumerate([*order[:WARMING_UP], *order]):
        with limits.begin() as counted:
            counted.execute(text("DELETE FROM throttle"))
        begun = time.perf_counter()
        answer = ask(port, "POST", path, body=body(kind), over=connection, expected=(200, 401))
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
