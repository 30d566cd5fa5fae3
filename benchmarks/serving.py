"""What both benchmarks share: a server as in production, on a fresh database, and asking it."""

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from tests.databases import SERVERS

ROOT = Path(__file__).parents[1]


class Failed(SystemExit):
    """The measurement is worth nothing; the message says why."""


def answers(database: str) -> bool:
    if database == "sqlite":
        return True
    url = make_url(SERVERS[database])
    try:
        socket.create_connection(
            (url.host or "127.0.0.1", url.port or {"postgresql": 5432}.get(database, 3306)), 2
        ).close()
    except OSError:
        return False
    return True


def production(database_url: str) -> dict[str, str]:
    """The environment of a server, of which nothing comes from whoever runs this but where programs are."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "APP_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": database_url,
        "FLASK_APP": "api",
        "LOG_LEVEL": "WARNING",
        "WEB_CONCURRENCY": "1",
        # Each question comes from another address, or limits would be measured.
        "TRUSTED_PROXIES": "1",
    }


@dataclass(frozen=True)
class Server:
    """gunicorn with one worker."""

    pid: int
    port: int

    @property
    def worker(self) -> Path:
        return Path("/proc", Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()[0])

    def memory(self, name: str) -> int:
        """Return a line of the worker's status in bytes: VmRSS is what it holds, VmHWM the most it ever held."""
        lines = (self.worker / "status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))

    def cpu_seconds(self) -> float:
        """Return how long the worker has computed so far: fields 14 and 15 of proc(5), stat."""
        user, system = (self.worker / "stat").read_text().rpartition(") ")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(app: str, environment: dict[str, str], core: int | None = None, workers: int = 1) -> Iterator[Server]:
    """Serve an app as gunicorn.conf.py says, on one core or on all. Every app is served the same way."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    address = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--log-level", "warning"]
    kept = [] if core is None else ["taskset", "-c", str(core)]
    command = [*kept, sys.executable, "-m", "gunicorn", *address, app]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _await(process, port)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Return once the worker answers, whatever it answers."""
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/api/protected")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise Failed("gunicorn did not start")


def ask(
    port: int,
    method: str,
    path: str,
    token: str = "",
    body: dict[str, Any] | None = None,
    over: http.client.HTTPConnection | None = None,
    expected: tuple[int, ...] = (200, 201),
) -> dict[str, Any]:
    connection = over or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json", "X-Forwarded-For": str(IPv4Address(secrets.randbits(32)))}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection.request(method, path, json.dumps(body) if body else None, headers)
    response = connection.getresponse()
    answer: dict[str, Any] = json.loads(response.read())
    if response.status not in expected:
        raise Failed(f"{method} {path} was answered {response.status}: {answer}")
    if over is None:
        connection.close()
    return answer


def flask(environment: dict[str, str], *words: str) -> None:
    """Type `flask ...`."""
    command = [sys.executable, "-m", "flask", *words]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if result.returncode:
        raise Failed(f"flask {' '.join(words)} failed: {result.stderr[-500:]}")


def tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)
