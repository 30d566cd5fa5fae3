"""Readiness: whether what requests need is there."""

from datetime import timedelta
from functools import cache
from pathlib import Path

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from auth import mail
from auth.mail import outbox
from glances import glance
from models import now

MIGRATIONS = Path(__file__).parents[1] / "migrations" / "versions"
#: How long a mail server may take nothing.
PATIENCE = timedelta(minutes=10)


def checks() -> dict[str, str]:
    """Return how each thing is that is needed; what begins with `ok` is there."""
    found = {"database": _database(), "migrations": _migrations()}
    if current_app.config["REDIS_URL"]:
        found["redis"] = _redis()
    if mail.is_on() and found["migrations"] == "ok":
        found["outbox"] = _outbox()
    return found


def is_ready(found: dict[str, str]) -> bool:
    """Tell whether requests can be served."""
    return all(how.startswith("ok") for how in found.values())


def _database() -> str:
    try:
        glance(text("SELECT 1"))
    except SQLAlchemyError:
        return "no answer"
    return "ok"


def _migrations() -> str:
    try:
        row = glance(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return "unknown"
    # A release that is being replaced finds a newer database than its own, and goes on serving.
    return "ok" if row and row[0] >= _newest_migration() else "run: flask db upgrade"


def _redis() -> str:
    import redis  # Six megabytes, which a worker without Redis does not pay.

    try:
        with redis.from_url(current_app.config["REDIS_URL"], socket_timeout=1, socket_connect_timeout=1) as server:
            server.ping()
    except (redis.RedisError, ValueError):
        return "ok: no answer, so the database counts"
    return "ok"


def _outbox() -> str:
    """A letter that was given up is told, but stops nobody: it may be its recipient's host that is at fault."""
    try:
        state = outbox.state()
    except SQLAlchemyError:
        return "unknown"
    waited = now() - state.stuck_since if state.stuck_since else timedelta()
    if waited > PATIENCE:
        return f"the mail server has taken nothing for {waited // timedelta(minutes=1)} minutes"
    return f"ok, {state.given_up} given up" if state.given_up else "ok"


@cache
def _newest_migration() -> str:
    """Migrations are numbered, so the last of them is the newest; no need for Alembic to read them all."""
    return max(file.name[:4] for file in MIGRATIONS.glob("[0-9]*.py"))
