"""What both doors over HTTP stand on: what holds for every request and every answer, JSON or page."""

import logging
import re
import secrets
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, g, request
from flask_cors import CORS
from sqlalchemy.exc import SQLAlchemyError

from auth import sessions
from auth.guard import identity
from dialects import only_reads
from models import db
from web import errors
from web.bodies import StrictRequest
from web.gate import guarded

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
#: What a frontend on another origin may call, if its origin is listed: the JSON door, and the pages that speak JSON.
FOR_FRONTENDS = [r"/api.*", r"/(?:login|logout|register|protected|token)\Z"]
#: A view that needs another one of these sets it, and keeps it.
ALWAYS = [
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Vary", "Origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
]


def register(app: Flask) -> None:
    """Let requests be read strictly, named, and answered as errors.py says; this comes before any door."""
    app.request_class = StrictRequest
    app.url_map.merge_slashes = False
    errors.register(app)
    app.before_request(_begin)
    app.after_request(_note_use)
    app.after_request(_name)
    app.teardown_request(_end)
    _let_frontends_in(app)
    app.wsgi_app = _with_headers(guarded(app.wsgi_app, app.config["CORS_ORIGINS"]))  # type: ignore[method-assign]


def _begin() -> None:
    """Give the request a name, which a proxy that we trust may have given it already."""
    given = request.headers.get("X-Request-ID", "") if current_app.config["TRUSTED_PROXIES"] else ""
    g.request_id = given if re.fullmatch(r"[\w.:-]{8,64}", given, re.ASCII) else secrets.token_hex(8)
    view = current_app.view_functions.get(request.endpoint or "")
    is_safe = request.method in SAFE_METHODS and not getattr(view, "writes", False)
    only_reads.set(is_safe)
    if not is_safe:
        # Whoever is let in is let in by what holds when the request is whole, not by what held when it began.
        request.get_data()


def _end(error: BaseException | None) -> None:
    only_reads.set(False)


def _note_use(response: Response) -> Response:
    """Write down, once for each refresh, that the new credential arrived; docs/sessions.md says why."""
    who = identity()
    if who is not None and who.generation > who.used_count:
        try:
            db.session.rollback()
            sessions.note_use(who)
            db.session.commit()
        except SQLAlchemyError:
            db.session.rollback()
            log.warning("request %s: could not note that a credential is in use", g.request_id)
    return response


def _name(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "-")
    return response


def _with_headers(wsgi_app: "WSGIApplication") -> "WSGIApplication":
    """Add what every answer carries, whoever made it, below Flask: that is ten times as fast as in after_request."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            present = {name.lower() for name, _ in headers}
            headers += [(name, value) for name, value in ALWAYS if name.lower() not in present]
            if environ["wsgi.url_scheme"] == "https":
                headers.append(("Strict-Transport-Security", "max-age=63072000"))
            return start_response(status, headers, *rest)

        return wsgi_app(environ, start)

    return answer


def _let_frontends_in(app: Flask) -> None:
    """Allow exactly the listed origins. Flask-CORS takes a plain text with brackets for a pattern, hence the escape."""
    origins: Any = app.config["CORS_ORIGINS"]
    everyone = "*" in origins
    CORS(
        app,
        resources=FOR_FRONTENDS,
        origins="*" if everyone else [re.compile(rf"{re.escape(origin)}\Z") for origin in origins],
        send_wildcard=everyone,
        supports_credentials=not everyone,
        allow_headers=["Authorization", "Content-Type", "If-Match"],
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        expose_headers=["ETag", "Retry-After", "WWW-Authenticate", "X-Request-ID"],
        max_age=600,
    )
    # Only a browser on another origin says where it comes from; nobody else need wait for the comparison.
    compare = app.after_request_funcs[None].pop()
    app.after_request(lambda response: compare(response) if "Origin" in request.headers else response)
