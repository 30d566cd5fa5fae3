"""Is it there, does it live, is it ready."""

from typing import Any

from apiflask import APIBlueprint
from flask import current_app

from auth import readiness
from endpoints import examples
from endpoints.schemas import HealthOut, ReadyOut, ServiceOut
from web.access import public
from web.errors import NOT_READY, RETRY_AFTER, shaped

health = APIBlueprint("health", __name__, tag="Service")


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
    checks = readiness.checks()
    if readiness.is_ready(checks):
        return {"status": "ready", "checks": checks}
    return shaped(503, *NOT_READY, checks=checks, retry_after=RETRY_AFTER)
