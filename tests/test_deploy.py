"""The files that a platform deploys from, and a server that starts with safe settings alone."""

import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from config import Settings
from tests.databases import fresh_database

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
LISTENING = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+) ")
SAFE_KEY = "Zr8vQ1mX-4tLw7Kc0pJ_eYs5uNf2hBd9GaRi3oTx6"
SAFE = {"APP_ENV": "production", "SECRET_KEY": SAFE_KEY, "DATABASE_URL": "sqlite:///unused.db"}


@pytest.mark.parametrize("process", ["web", "release"])
def test_the_procfile_names_a_program_that_there_is(process):
    program = shlex.split(_procfile()[process])[0]

    assert shutil.which(program, path=str(BIN))


def test_the_runtime_is_a_python_that_lictor_runs_on():
    assert re.fullmatch(r"python-3\.1[1-3]", (ROOT / "runtime.txt").read_text().strip())


def test_there_is_one_list_of_requirements():
    """Heroku's build fails where it finds two."""
    lists = ["requirements.txt", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock"]

    assert [name for name in lists if (ROOT / name).exists()] == ["requirements.txt"]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_with_hashes(name):
    pinned = re.compile(r"[\w.-]+(\[[\w,-]+\])?==[\w.!+]+( ; [^\\]+?)?( --hash=sha256:[0-9a-f]{64})+")

    found = _requirements(name)
    assert len(found) > 10
    assert [line for line in found if not pinned.fullmatch(line)] == []


def test_the_requirements_have_all_that_was_asked_for():
    asked = {re.match(r"[\w.-]+", line)[0] for line in _requirements("requirements.in")}
    pinned = {re.match(r"[\w.-]+", line)[0] for line in _requirements("requirements.txt")}

    assert asked <= pinned


def test_the_deploy_button_orders_a_database_a_key_and_production():
    app = json.loads((ROOT / "app.json").read_text())

    assert any("heroku-postgresql" in (addon if isinstance(addon, str) else addon["plan"]) for addon in app["addons"])
    assert app["env"]["SECRET_KEY"]["generator"] == "secret"
    assert app["env"]["APP_ENV"]["value"] == "production"
    assert {name.lower() for name in app["env"]} <= set(Settings.model_fields)


@pytest.mark.parametrize(
    ("unsafe", "variable"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "k3y-0f-31-bytes-is-too-short-ab"}, "SECRET_KEY"),
        ({"SECRET_KEY": "please-change-me-please-change-me-please"}, "SECRET_KEY"),
        ({"SECRET_KEY": "top secret, as in the tutorial of Flask-Praetorian"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 64}, "SECRET_KEY"),
        ({"SECRET_KEY_FALLBACKS": "short"}, "SECRET_KEY_FALLBACKS"),
        ({"CORS_ORIGINS": "*"}, "CORS_ORIGINS"),
        ({"CORS_ORIGINS": "https://app.example.com,*"}, "CORS_ORIGINS"),
        ({"DYNO": "web.1"}, "DATABASE_URL"),
        ({"DYNO": "web.1", "APP_ENV": ""}, "DATABASE_URL"),
    ],
    ids=["none", "short", "well-known", "tutorial", "one letter", "former", "star", "a star", "heroku", "only heroku"],
)
def test_production_does_not_start_on_an_unsafe_setting(tmp_path, unsafe, variable):
    with _process("web", tmp_path, SAFE | unsafe) as server:
        out, err = server.communicate()

    assert server.returncode not in (0, -9)
    (line,) = err.splitlines()
    assert variable in re.split(r"\W+", line)
    assert out == ""
    assert not any(value in line for value in unsafe.values() if len(value) > 12)


def test_production_migrates_and_starts_with_safe_settings(tmp_path):
    with fresh_database(tmp_path) as url, serving(tmp_path, SAFE | {"DATABASE_URL": url}) as port:
        assert get(port, "/api/health") == (200, {"status": "ok"})
        status, answer = get(port, "/api/ready")

    assert (status, answer["checks"]) == (200, {"database": "ok", "migrations": "ok"})


@contextmanager
def serving(folder: Path, given: dict[str, str]) -> Iterator[int]:
    """Do as a platform does: run the release line of the Procfile, then the web line; the port is one that is free."""
    with _process("release", folder, given) as release:
        out, err = release.communicate()
        assert release.returncode == 0, out + err
    with _process("web", folder, given) as server:
        told = []
        for line in server.stderr:
            told.append(line)
            if match := LISTENING.search(line):
                yield int(match[1])
                break
        else:
            raise AssertionError("".join(told))


def get(port: int, path: str) -> tuple[int, object]:
    """The status and the JSON that the server answers with; a request waits until the workers have booted."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@contextmanager
def _process(name: str, folder: Path, given: dict[str, str], seconds: int = 60) -> Iterator[subprocess.Popen]:
    """A line of the Procfile, run away from whatever `.env` there is, and ended for sure."""
    words = shlex.split(_procfile()[name])
    process = subprocess.Popen(
        [str(BIN / words[0]), *words[1:]],
        cwd=folder,
        env=environment(given),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = Timer(seconds, process.kill)
    limit.start()
    try:
        yield process
    finally:
        limit.cancel()
        process.terminate()
        process.communicate(timeout=seconds)


def environment(given: dict[str, str]) -> dict[str, str]:
    """The environment of whoever runs the tests, with no settings but these, and on loopback only."""
    others = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return (
        others
        | {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "GUNICORN_CMD_ARGS": f"--config {ROOT / 'gunicorn.conf.py'} --bind 127.0.0.1:0 --workers 1",
        }
        | given
    )


def _procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


def _requirements(name: str) -> list[str]:
    """The requirements of a file, each in one line, without comments and options."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [" ".join(line.partition(" #")[0].split()) for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "-"))]
