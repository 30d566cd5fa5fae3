"""The JSON door: which module answers under which prefix, and what holds for every request and every answer."""

import logging
import re
import secrets
from typing import Any

from apiflask import APIFlask
from flask import Response, current_app, g, request
from flask_cors import CORS
from sqlalchemy.exc import SQLAlchemyError

from auth import sessions as session_rules
from auth.guard import identity
from endpoints import errors
from endpoints.bodies import StrictRequest
from endpoints.docs import describe, docs
from endpoints.health import health
from endpoints.me import me
from endpoints.passwords import passwords
from endpoints.protected import protected
from endpoints.registration import registration
from endpoints.roles import roles
from endpoints.sessions import sessions
from endpoints.users import users
from models import db, only_reads

log = logging.getLogger(__name__)

PREFIX = "/api"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
NOTHING_MAY_LOAD = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def register(app: APIFlask) -> None:
    """Open the door."""
    app.request_class = StrictRequest
    app.url_map.merge_slashes = False
    for blueprint in (health, registration, sessions, protected, me, passwords, users, roles, docs):
        app.register_blueprint(blueprint, url_prefix=PREFIX)
    describe(app)
    errors.register(app)
    app.before_request(_begin)
    app.after_request(_note_use)
    app.after_request(_add_headers)
    app.teardown_request(_end)
    _let_frontends_in(app)


def _begin() -> None:
    """Give the request a name, which a proxy that we trust may have given it already."""
    given = request.headers.get("X-Request-ID", "") if current_app.config["TRUSTED_PROXIES"] else ""
    g.request_id = given if re.fullmatch(r"[\w.:-]{8,64}", given, re.ASCII) else secrets.token_hex(8)
    only_reads.set(request.method in SAFE_METHODS)


def _end(error: BaseException | None) -> None:
    only_reads.set(False)


def _note_use(response: Response) -> Response:
    """Write down, once for each refresh, that the new credential arrived; docs/sessions.md says why."""
    who = identity()
    if who is not None and who.generation > who.used_count:
        try:
            db.session.rollback()
            session_rules.note_use(who)
            db.session.commit()
        except SQLAlchemyError:
            db.session.rollback()
            log.warning("request %s: could not note that a credential is in use", g.request_id)
    return response


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-ID"] = g.get("request_id", "-")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers.setdefault("Content-Security-Policy", NOTHING_MAY_LOAD)
    headers["Cache-Control"] = "no-store"
    response.vary.add("Origin")
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=63072000"
    return response


def _let_frontends_in(app: APIFlask) -> None:
    """Allow exactly the listed origins. Flask-CORS takes a plain text with brackets for a pattern, hence the escape."""
    origins: Any = app.config["CORS_ORIGINS"]
    everyone = "*" in origins
    CORS(
        app,
        resources=[rf"{PREFIX}.*"],
        origins="*" if everyone else [re.compile(rf"{re.escape(origin)}\Z") for origin in origins],
        send_wildcard=everyone,
        supports_credentials=not everyone,
        allow_headers=["Authorization", "Content-Type", "If-Match"],
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        expose_headers=["ETag", "Retry-After", "WWW-Authenticate", "X-Request-ID"],
        max_age=600,
    )
