"""The documentation: OpenAPI 3.1 made from the routes, and Swagger UI with every file from this server."""

from pathlib import Path
from typing import Any

import flask_swagger_ui
from apiflask import APIFlask
from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

from auth.errors import AuthError
from endpoints.schemas import ErrorOut
from web.access import public
from web.errors import NOT_READY, OF_THE_DOOR

docs = Blueprint("docs", __name__)

HERE = Path(__file__).parent
SWAGGER = Path(flask_swagger_ui.__file__).parent / "dist"
ASSETS = {
    "swagger-ui.css": SWAGGER,
    "swagger-ui-bundle.js": SWAGGER,
    "favicon-32x32.png": SWAGGER,
    "start.js": HERE,
}
#: The pages need their own scripts, styles and the specification; the bundle carries its icons as data.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@docs.get("/docs")
@public
def index() -> Response:
    """Show the documentation"""
    page = _sent(HERE, "index.html")
    page.headers["Content-Security-Policy"] = CSP
    return page


@docs.get("/docs/<name>")
@public
def asset(name: str) -> Response:
    """Send one file of the documentation"""
    if name not in ASSETS:
        raise NotFound
    return _sent(ASSETS[name], name)


def describe(app: APIFlask) -> None:
    """Complete the specification with what holds for every route: who may come in, and the errors."""
    app.config.update(OPENAPI_VERSION="3.1.0", AUTO_VALIDATION_ERROR_RESPONSE=False, AUTO_404_RESPONSE=False)
    # Never made from the Host header of whoever asks first, and kept for all who come after.
    app.config.update(AUTO_SERVERS=False, SERVERS=[{"url": "/"}])
    app.description = "Sign in, stay signed in, and assign roles that count from the next request on."
    app.security_schemes = {"Bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    public(app.view_functions["openapi.spec"])
    app.spec_processor(lambda spec: _completed(app, spec))


def _sent(folder: Path, name: str) -> Response:
    """A file, without Flask's own word on how long it may be kept: that is said once, for every answer."""
    answer = send_from_directory(folder, name)
    del answer.headers["Cache-Control"]
    return answer


def _completed(app: APIFlask, spec: dict[str, Any]) -> dict[str, Any]:
    spec["tags"] = list({tag["name"]: tag for tag in spec["tags"]}.values())
    spec["components"]["schemas"]["Error"] = ErrorOut.model_json_schema()
    spec["components"]["schemas"]["Error"]["properties"]["error"]["enum"] = codes()
    for rule in app.url_map.iter_rules():
        path = spec["paths"].get(rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}"), {})
        mark, names = getattr(app.view_functions[rule.endpoint], "access", ("public", ()))
        for method, operation in path.items():
            if method.upper() in (rule.methods or ()):
                _complete(operation, mark, names)
    return spec


def _complete(operation: dict[str, Any], mark: str, names: tuple[str, ...]) -> None:
    responses = operation["responses"]
    if mark != "public":
        operation["security"] = [{"Bearer": []}]
        responses["401"] = _error("No access token, or one that is not good.")
    if names:
        operation["x-roles"] = list(names)
        responses["403"] = _error(f"Needs the role {' or '.join(names)}.")
    if "requestBody" in operation or operation.get("parameters"):
        responses["422"] = _error("Some fields are missing or not valid.")
    responses["default"] = _error("Any other refusal.")


def _error(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def codes() -> list[str]:
    """Return the closed list of error codes: those of the rules and those of the door."""
    return sorted(
        {kind.code for kind in AuthError.__subclasses__()} | {code for code, _ in (*OF_THE_DOOR.values(), NOT_READY)}
    )
