"""Is it there, does it live, is it ready."""

from functools import cache
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from endpoints import examples
from endpoints.access import public
from endpoints.errors import NOT_READY, RETRY_AFTER, shaped
from endpoints.schemas import HealthOut, ReadyOut, ServiceOut
from models import glance

health = APIBlueprint("health", __name__, tag="Service")

MIGRATIONS = Path(__file__).parents[1] / "migrations" / "versions"


@health.get("")
@health.get("/", endpoint="slash")
@public
@health.output(ServiceOut, example=examples.SERVICE)
def show() -> dict[str, Any]:
    """Say that the server is running, as the original app says it"""
    return {"JWT Server Application": "Running!", "name": "Lictor", "version": current_app.config["VERSION"]}


@health.get("/health")
@public
@health.output(HealthOut, example=examples.HEALTH)
def live() -> dict[str, Any]:
    """Say that the process lives; nothing else is touched"""
    return {"status": "ok"}


@health.get("/ready")
@public
@health.output(ReadyOut, example=examples.READY)
def ready() -> Any:
    """Say whether requests can be served, or what is not ready"""
    checks = {"database": _database(), "migrations": _migrations()}
    if current_app.config["REDIS_URL"]:
        checks["redis"] = _redis()
    if set(checks.values()) == {"ok"}:
        return {"status": "ready", "checks": checks}
    return shaped(503, *NOT_READY, checks=checks, retry_after=RETRY_AFTER)


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
        return "no answer"
    return "ok"


@cache
def _newest_migration() -> str:
    """Migrations are numbered, so the last of them is the newest; no need for Alembic to read them all."""
    return max(file.name[:4] for file in MIGRATIONS.glob("[0-9]*.py"))
