"""Measures what a flood of guesses does to everyone else: 64 clients sign in for 20 s against two workers.

`make flood` runs it on each database that answers. Met is it where nothing but 200, 401, 429 and 503 is answered, both
workers together stay below 512 MB, and the 99th percentile of a protected route is at most five times its idle one.
"""

import argparse
import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.serving import ROOT, Server, answers, ask, flask, production, served, tell
from tests.databases import SERVERS, fresh_database

CLIENTS, WORKERS = 64, 2
#: Bytes that all workers may hold together, and times that the flood may make a protected route slower.
MOST_MEMORY, MOST_SLOWER = 512 * 2**20, 5.0
EXPECTED = {200, 401, 429, 503}
#: Seconds between two questions of somebody who is signed in.
PAUSE = 0.01


def main() -> int:
    parser = argparse.ArgumentParser(prog="make flood", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=20, help="how long the flood is (20)")
    seconds = parser.parse_args().seconds
    is_met = [_measure(name, seconds) for name in ["sqlite", *SERVERS] if answers(name)]
    return 0 if all(is_met) else 1


def _measure(database: str, seconds: int) -> bool:
    tell(f"{database}: {CLIENTS} clients sign in for {seconds} s ...")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(fresh_database(folder, database))
        environment = production(url) | {"PYTHONPATH": str(ROOT), "WEB_CONCURRENCY": "2"}
        flask(environment, "db", "upgrade")
        server = stack.enter_context(served("api:app", environment, workers=WORKERS))
        body = {"username": "ada", "password": "a lantern in the harbour"}
        ask(server.port, "POST", "/api/registration", body=body)
        token = ask(server.port, "POST", "/api/login", body=body)["access_token"]
        idle = _percentile(_times(server.port, token, seconds / 4))
        flood = _flood(server.port, seconds)
        under = _percentile(_times(server.port, token, seconds - 1))
        told, _ = flood.communicate(timeout=60)
        memory = _most_memory(server)
    counted = {int(status): int(times) for status, times in re.findall(r"(\d+)=(\d+)", told)}
    failed = int(re.search(r"failed (\d+)", told)[1])  # type: ignore[index]
    slower = under / idle
    statuses = ", ".join(f"{times} x {status}" for status, times in sorted(counted.items()))
    print(
        f"{database:10}  {statuses}; {failed} without an answer; {memory / 2**20:.0f} MB (at most 512)\n"
        f"{'':10}  99th percentile of /api/protected: {idle * 1000:.1f} ms idle, {under * 1000:.1f} ms in the flood, "
        f"{slower:.1f} times that (at most {MOST_SLOWER:.0f})",
        flush=True,
    )
    return not failed and counted.keys() <= EXPECTED and memory <= MOST_MEMORY and slower <= MOST_SLOWER


def _flood(port: int, seconds: int) -> "subprocess.Popen[str]":
    script = Path(__file__).with_name("flood.lua")
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script)]
    return subprocess.Popen([*command, f"http://127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True)


def _times(port: int, token: str, seconds: float) -> list[float]:
    """How long each answer takes to somebody who is signed in and asks now and then, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    until, times = time.monotonic() + seconds, []
    while time.monotonic() < until:
        begun = time.perf_counter()
        ask(port, "GET", "/api/protected", token=token, over=connection)
        times.append(time.perf_counter() - begun)
        time.sleep(PAUSE)
    connection.close()
    return times


def _percentile(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def _most_memory(server: Server) -> int:
    """The most that all workers together ever held, in bytes."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    lines = [line for child in children for line in Path("/proc", child, "status").read_text().splitlines()]
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    sys.exit(main())
