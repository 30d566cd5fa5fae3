"""One shape for every error. What a refusal must leave behind is committed here; everything else is rolled back."""

import logging
from typing import Any

from apiflask import APIFlask, HTTPError
from flask import Response, current_app, g, jsonify, request
from flask_praetorian.exceptions import MissingRoleError, MissingToken, PraetorianError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from auth import errors
from auth.guard import identity
from models import db
from web.bodies import BadBody

log = logging.getLogger(__name__)

#: Where the door of the pages leaves, in `app.extensions`, what makes a page of an error.
AS_PAGE = "lictor_error_page"

#: What is refused before any rule is asked. The refusals of the rules are in auth/errors.py.
OF_THE_DOOR = {
    400: ("bad_request", "This is not a request that can be understood."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method; the header Allow lists those that it takes."),
    413: ("too_large", "The body is too large: 64 KiB is the most, or 256 KiB for a list of users."),
    422: ("validation_error", "Some fields are missing or not valid."),
    500: ("server_error", "Something went wrong here, and has been logged. Try again later."),
    503: ("busy", "The database cannot serve this now. Try again."),
}
NOT_READY = ("not_ready", "Not everything that is needed is there.")
#: Seconds to wait before trying again, where the database failed.
RETRY_AFTER = 1


def register(app: APIFlask) -> None:
    """Answer every error of the app in the one shape."""
    app.register_error_handler(HTTPError, _invalid)
    app.register_error_handler(HTTPException, _refused_at_the_door)
    app.register_error_handler(errors.AuthError, refuse)
    app.register_error_handler(PraetorianError, _refused_by_praetorian)
    app.register_error_handler(OperationalError, _database_failed)
    app.register_error_handler(NoConnection, _database_failed)
    app.register_error_handler(DBAPIError, _database_refused)
    app.register_error_handler(Exception, _unexpected)


def settle(refusal: errors.AuthError) -> None:
    """End the transaction of what was refused, as its class says: what must survive is committed, the rest undone."""
    if not refusal.leaves_trace:
        db.session.rollback()
    db.session.commit()


def refuse(error: errors.AuthError) -> Response:
    """Answer a refusal, and settle it."""
    try:
        settle(error)
    except (OperationalError, NoConnection) as failure:
        return _database_failed(failure)
    answer = shaped(error.status, error.code, error.message, **error.facts)
    if error.status == 401:
        sent = not isinstance(error, errors.MissingToken | errors.InvalidCredentials)
        answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if sent else "Bearer"
    return answer


def _refused_by_praetorian(error: PraetorianError) -> Response:
    """The stock decorators raise three errors of their own; any other means that a route was built wrongly."""
    if isinstance(error, MissingToken):
        return refuse(errors.MissingToken())
    if isinstance(error, MissingRoleError):
        names = _roles_asked_for(error)
        return refuse((errors.FactorRequired if _would_do(names) else errors.MissingRole)(required=names))
    return _unexpected(error)


def _would_do(names: list[str]) -> bool:
    """Tell whether whoever was refused for want of these roles would be let in after a second factor."""
    who = identity()
    if who is None:
        return False
    mark, _ = getattr(current_app.view_functions.get(request.endpoint or ""), "access", ("", ()))
    missing = set(names) - set(who.roles)
    return bool(missing & set(who.withheld)) if mark == "roles_accepted" else missing <= set(who.withheld)


def _roles_asked_for(error: MissingRoleError) -> list[str]:
    """The stock decorators name the roles in their message only: `... following roles: ['editor, reader']`."""
    names: str = error.message.rpartition("roles: [")[2]
    return sorted(name.strip() for name in names.strip("[]'").split(","))


def _invalid(error: HTTPError) -> Response:
    """A body or a query that its schema refused. Names are cut, and what was submitted is never repeated."""
    db.session.rollback()
    fields = {
        {"_schema": "body"}.get(name, name[:64]): [problem.removeprefix("Value error, ") for problem in problems]
        for part in error.detail.values()
        for name, problems in part.items()
    }
    return shaped(422, *OF_THE_DOOR[422], fields=fields)


def _refused_at_the_door(error: HTTPException) -> Any:
    db.session.rollback()
    status = error.code or 500
    if status < 400:
        return error
    code, message = OF_THE_DOOR.get(status, OF_THE_DOOR[400])
    if status == 422:
        return shaped(status, code, message, fields={"body": ["The body is a JSON object."]})
    answer = shaped(status, code, (error.description if isinstance(error, BadBody) else None) or message)
    if status == 405:
        answer.headers["Allow"] = dict(error.get_headers()).get("Allow", "")
    return answer


def _database_failed(error: Exception) -> Response:
    db.session.rollback()
    log.error("request %s: the database failed", g.get("request_id"), exc_info=error)
    return shaped(503, *OF_THE_DOOR[503], retry_after=RETRY_AFTER)


def _database_refused(error: DBAPIError) -> Response:
    return _database_failed(error) if error.connection_invalidated else _unexpected(error)


def _unexpected(error: Exception) -> Response:
    db.session.rollback()
    log.error("request %s failed", g.get("request_id"), exc_info=error)
    return shaped(500, *OF_THE_DOOR[500])


def shaped(status: int, code: str, message: str, **facts: Any) -> Response:
    """Return an error in the one shape; or as a page, where the pages are open and a browser asks for one."""
    told = {"status_code": status, "error": code, "message": message, **facts}
    as_page = current_app.extensions.get(AS_PAGE)
    answer: Response = as_page(told) if as_page and _wants_page() else jsonify(told)
    answer.status_code = status
    if "retry_after" in facts:
        answer.headers["Retry-After"] = str(facts["retry_after"])
    return answer


def _wants_page() -> bool:
    """Tell whether a person would read the answer: a browser's request says so, and what speaks JSON gets JSON."""
    if request.path.startswith("/api") or request.mimetype == "application/json":
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
