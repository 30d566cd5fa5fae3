"""Measures what Lictor costs: a protected route beside a bare one, a sign-in beside its hash, a worker's memory.

`make bench` runs it; README.md in this folder says how to read what it prints.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import platform
import queue
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from auth.hashing import Hasher
from benchmarks.serving import ROOT, Failed, answers, ask, production, served, tell
from tests.databases import SERVERS, fresh_database

LOAD = Path(__file__).with_name("load.lua")
PATH = "/api/protected"
PEOPLE = 32
CONNECTIONS = 8
#: Sign-ins, and hashes, of one round.
BATCH = 80
#: How much of the core, at least, both yardsticks (bare route, hash alone) get in a round in which nobody else took it.
UNDISTURBED = 0.90
#: What is asked of each database; nothing is asked of MariaDB.
ASKED = ("sqlite", "postgresql")
LEAST_OF_BARE, LEAST_OF_HASH, MOST_MIB = 0.50, 0.85, 100


@dataclass(frozen=True)
class Round:
    """What was done in a second, each measured right after the other."""

    bare: float
    protected: float
    hashes: float
    sign_ins: float
    #: How much of the core the bare route got, and the hashes; the smaller of both.
    share: float

    @property
    def of_bare(self) -> float:
        return self.protected / self.bare

    @property
    def of_hash(self) -> float:
        return self.sign_ins / self.hashes


@dataclass
class Result:
    """All that was measured on one database. Memory is in bytes."""

    database: str
    rounds: list[Round] = field(default_factory=list)
    resident: int = 0
    peak: int = 0
    bare_resident: int = 0

    @property
    def kept(self) -> list[Round]:
        """The rounds in which nobody else took the core."""
        return [one for one in self.rounds if one.share >= UNDISTURBED]


def main() -> int:
    options = _options()
    worker_core, load_core = _cores()
    if not shutil.which("wrk"):
        raise Failed("wrk is missing; install it: apt-get install wrk")
    os.sched_setaffinity(0, {load_core})
    databases = [name for name in options.database or ["sqlite", *SERVERS] if answers(name)]
    left_out = [name for name in options.database or ASKED if name not in databases]
    tell(f"Measuring on {', '.join(databases)}; this takes some minutes. Leave the machine alone meanwhile.")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as hasher:
        results = [_measure(name, hasher, worker_core, options) for name in databases]
    print(f"\nPython {platform.python_version()}, {os.cpu_count()} cores; the worker on core {worker_core},", end=" ")
    print(f"the load on core {load_core}, over {CONNECTIONS} connections.\n")
    is_met = [_report(result) for result in results]
    for name in left_out:
        print(f"LEFT OUT, because it did not answer: {name}")
    return 0 if all(is_met) and not (left_out and os.environ.get("CI") == "true") else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9, help="undisturbed rounds to measure (9)")
    parser.add_argument("--seconds", type=int, default=2, help="how long wrk asks in each round (2)")
    parser.add_argument("--database", action="append", choices=["sqlite", *SERVERS], help="only this one; repeatable")
    return parser.parse_args()


def _cores() -> tuple[int, int]:
    """The core that serves, and the core that asks."""
    if not hasattr(os, "sched_getaffinity"):
        raise Failed("only Linux lets a process be kept on one core, and without that the numbers mean nothing")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise Failed("two cores are needed: one for the worker, one for the load")
    return cores[0], cores[1]


# The two sides


def _measure(database: str, hasher: ProcessPoolExecutor, core: int, options: argparse.Namespace) -> Result:
    """Serve both apps on the same core, and ask them in turn."""
    result = Result(database)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = production(stack.enter_context(fresh_database(folder, database)))
        subprocess.run([sys.executable, "-m", "flask", "db", "upgrade"], cwd=ROOT, env=environment, check=True)
        lictor = stack.enter_context(served("api:app", environment, core))
        bare = stack.enter_context(served("benchmarks.bare:app", environment, core))
        people = _registered(lictor.port)
        tokens = folder / "tokens"
        tokens.write_text("".join(f"{person['access_token']}\n" for person in people))
        if ask(bare.port, "GET", PATH).keys() != ask(lictor.port, "GET", PATH, people[0]["access_token"]).keys():
            raise Failed("the bare route and the protected route do not answer the same")

        def one_round(seconds: int, batch: int) -> Round:
            before = bare.cpu_seconds()
            bare_rate = _asked(bare.port, tokens, seconds)
            bare_share = (bare.cpu_seconds() - before) / seconds
            protected_rate = _asked(lictor.port, tokens, seconds)
            hash_seconds, hash_share = hasher.submit(_hash, core, batch).result()
            sign_in_seconds = _sign_in(lictor.port, people, batch)
            share = min(bare_share, hash_share)
            return Round(bare_rate, protected_rate, batch / hash_seconds, batch / sign_in_seconds, share)

        one_round(1, BATCH // 4)  # Warm-up.
        while len(result.kept) < options.rounds and len(result.rounds) < 2 * options.rounds:
            result.rounds.append(one_round(options.seconds, BATCH))
            tell(f"{database:10}  round {len(result.rounds):2}  {_shown(result.rounds[-1])}")
        result.resident, result.peak = lictor.memory("VmRSS"), lictor.memory("VmHWM")
        result.bare_resident = bare.memory("VmRSS")
    return result


# What is measured


def _asked(port: int, tokens: Path, seconds: int) -> float:
    """Let wrk ask for the route; return the answers per second."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(LOAD), f"http://127.0.0.1:{port}{PATH}"]
    said = subprocess.run([*command, "--", str(tokens)], check=True, capture_output=True, text=True).stdout
    told = json.loads(said.splitlines()[-1])
    if told["refused"] or told["broken"] or not told["answers"]:
        raise Failed(f"of {told['answers']} answers, {told['refused']} were refusals; {told['broken']} never came")
    return float(told["answers"] / told["seconds"])


def _registered(port: int) -> list[dict[str, Any]]:
    """Register people, and return what each signs in with, and a token of theirs."""
    people = [{"username": f"person-{n:02}", "password": secrets.token_urlsafe(16)} for n in range(PEOPLE)]
    return [person | ask(port, "POST", "/api/registration", body=person) for person in people]


def _sign_in(port: int, people: list[dict[str, Any]], count: int) -> float:
    """Sign people in, as many at a time as there are connections; return how many seconds that took.

    A fixed number and not a fixed time: no sign-in is left half done, to disturb what is measured next.
    """
    todo: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    for n in range(count):
        todo.put({name: people[n % len(people)][name] for name in ("username", "password")})

    def client(_: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not todo.empty():
            try:
                body = todo.get_nowait()
            except queue.Empty:
                break
            ask(port, "POST", "/api/login", body=body, over=connection)
        connection.close()

    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as clients:
        list(clients.map(client, range(CONNECTIONS)))
    return time.perf_counter() - started


def _hash(core: int, count: int) -> tuple[float, float]:
    """Verify one password so many times; return how many seconds that took, and the share of the core it got."""
    os.sched_setaffinity(0, {core})
    hasher = Hasher()
    stored = hasher.hash("a lantern in the harbour")
    started, computed = time.perf_counter(), time.process_time()
    if not all(hasher.verify("a lantern in the harbour", stored) for _ in range(count)):
        raise Failed("a right password did not verify")
    seconds = time.perf_counter() - started
    return seconds, (time.process_time() - computed) / seconds


# What is told


def _report(result: Result) -> bool:
    """Print a table for one database; tell whether every target is met."""
    rounds, is_asked = result.kept or result.rounds, result.database in ASKED
    disturbed = len(result.rounds) - len(result.kept)
    fate = "left out" if result.kept else "used, for lack of others: measure again on a quiet machine"
    print(f"{result.database}: {len(rounds)} rounds" + (f"; {disturbed} disturbed ones {fate}" if disturbed else ""))
    print(f"  {'':20}{'median':>9}  {'min..max':17}{'ratio':>6}  {'min..max':12}target")
    is_met = [
        _row("bare route /s", rounds, "bare"),
        _row("protected route /s", rounds, "protected", "of_bare", LEAST_OF_BARE if is_asked else None),
        _row("hash alone /s", rounds, "hashes"),
        _row("sign-in /s", rounds, "sign_ins", "of_hash", LEAST_OF_HASH if is_asked else None),
        _memory("worker, resident", result.resident, MOST_MIB if is_asked else None),
        _memory("  at its peak", result.peak, None),
        _memory("  bare worker", result.bare_resident, None),
    ]
    print()
    return all(is_met)


def _row(name: str, rounds: list[Round], rate: str, ratio: str = "", least: float | None = None) -> bool:
    """Print medians and spread of a rate, and of its ratio to the yardstick of the same round."""
    rates = [getattr(one, rate) for one in rounds]
    line = f"  {name:20}{median(rates):9.1f}  {f'{min(rates):.1f}..{max(rates):.1f}':17}"
    if not ratio:
        print(line.rstrip())
        return True
    ratios = [getattr(one, ratio) for one in rounds]
    is_met = least is None or median(ratios) >= least
    target = "" if least is None else f">= {least:.2f} {'pass' if is_met else 'FAIL'}"
    print(f"{line}{median(ratios):6.3f}  {f'{min(ratios):.2f}..{max(ratios):.2f}':12}{target}".rstrip())
    return is_met


def _memory(name: str, size: int, most: int | None) -> bool:
    mib = size / 2**20
    is_met = most is None or mib < most
    target = "" if most is None else f"< {most} MiB {'pass' if is_met else 'FAIL'}"
    print(f"  {name:20}{mib:9.1f} MiB, which is {size / 1e6:.1f} MB{'':12}{target}".rstrip())
    return is_met


def _shown(one: Round) -> str:
    return (
        f"bare {one.bare:6.0f}/s  protected {one.protected:6.0f}/s  {one.of_bare:.3f}   "
        f"hash {one.hashes:5.1f}/s  sign-in {one.sign_ins:5.1f}/s  {one.of_hash:.3f}"
        + ("" if one.share >= UNDISTURBED else "   disturbed")
    )


if __name__ == "__main__":
    sys.exit(main())
