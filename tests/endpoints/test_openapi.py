"""The documentation that is served is that of the routes that are there."""

import re
from datetime import timedelta
from urllib.parse import urljoin

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import VERSION
from api import app as shipped
from auth import roles, tickets
from auth.caller import CONSOLE
from endpoints import examples
from endpoints.docs import codes
from models import db, now
from tests.factories import bearer, make_role, make_user, sign_in
from web.errors import OF_THE_DOOR

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
#: The documentation does not document itself, nor the pages.
UNDOCUMENTED = ("docs.", "openapi.", "pages.")


@pytest.fixture
def spec(client):
    return client.get("/api/openapi.json").json


def operations():
    """Each (method, path, access) of the JSON door, as the specification spells a path."""
    for rule in shipped.url_map.iter_rules():
        if not rule.endpoint.startswith(UNDOCUMENTED):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in METHODS & rule.methods:
                yield method, path, shipped.view_functions[rule.endpoint].access


#: What an operation is asked with, beside its example.
QUERIES = {
    ("GET", "/api/admin/users/{user_id}/explain"): "?role=editor",
    ("DELETE", "/api/admin/roles/{role}"): "?withdraw=true",
}

#: What is asked with a ticket as Bearer, and for what such a ticket is.
TICKETS = {
    "/api/reset_finalize": tickets.RESET,
    "/api/finalize": tickets.CONFIRMATION,
    "/api/me/email/confirm": tickets.NEW_ADDRESS,
}
#: What is asked without a body: what there is to know is in the address or the token.
WITHOUT_A_BODY = {
    *("/api/finalize", "/api/me/email/confirm", "/api/login/passkey/options", "/api/me/factors/totp"),
    *("/api/me/factors/passkeys/options", "/api/me/factors/recovery-codes"),
}
#: What only an authenticator, or its owner, can say: tests/endpoints/test_factors.py and test_passkeys.py ask it.
OF_FACTORS = {
    *("/api/login/factor", "/api/login/passkey", "/api/me/factors", "/api/me/factors/totp/confirm"),
    *("/api/me/factors/passkeys", "/api/me/factors/passkeys/{passkey_id}", "/api/me/factors/recovery-codes"),
    *("/api/admin/users/{user_id}/factors", "/api/me/reauthenticate", "/api/login/passkey/options"),
    *("/api/me/factors/passkeys/options",),
}
BY_AN_AUTHENTICATOR = {(method, path) for method, path, _ in operations() if path in OF_FACTORS}
BY_AN_AUTHENTICATOR |= {("DELETE", "/api/me/factors/totp")}

OPERATIONS = sorted(operations())
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]


def _named(spec, method, path):
    return spec["paths"][path][method.lower()]


def _succeeding(operation):
    """The one status of success of an operation, and its answer."""
    ((status, answer),) = [(int(s), answer) for s, answer in operation["responses"].items() if s.startswith("2")]
    return status, answer


def test_the_specification_is_valid_openapi_3_1(spec):
    assert spec["openapi"].startswith("3.1.")
    assert (spec["info"]["title"], spec["info"]["version"]) == ("Lictor", VERSION)
    OpenAPIV31SpecValidator(spec).validate()


def test_the_specification_tells_of_every_route_and_of_nothing_more(spec):
    told = {(method.upper(), path) for path, methods in spec["paths"].items() for method in methods}

    assert told == {(method, path) for method, path, _ in OPERATIONS}


@pytest.mark.parametrize(("method", "path", "access"), OPERATIONS, ids=NAMES)
def test_an_operation_tells_what_it_does_and_who_may_call_it(spec, method, path, access):
    operation = _named(spec, method, path)
    mark, names = access

    assert operation["summary"] and operation["tags"]
    assert operation.get("security", []) == ([] if mark == "public" else [{"Bearer": []}])
    assert operation.get("x-roles", []) == list(names)
    assert ("401" in operation["responses"]) == (mark != "public")
    assert ("403" in operation["responses"]) == bool(names)


@pytest.mark.parametrize(("method", "path", "access"), OPERATIONS, ids=NAMES)
def test_an_operation_has_examples_that_fit_what_it_takes_and_gives(spec, method, path, access):
    operation = _named(spec, method, path)
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    status, answer = _succeeding(operation)
    for body in bodies + ([] if status == 204 else [answer]):
        media = body["content"]["application/json"]

        jsonschema.validate(media["example"], media["schema"] | {"components": spec["components"]})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_whatever_takes_a_body_says_so(spec, method):
    for told, path, _ in OPERATIONS:
        if told == method and path not in WITHOUT_A_BODY:
            assert "requestBody" in _named(spec, told, path), path


def test_errors_are_told_with_their_closed_list_of_codes(spec):
    error = spec["components"]["schemas"]["Error"]

    assert error["properties"]["error"]["enum"] == codes()
    assert {code for code, _ in OF_THE_DOOR.values()} <= set(codes())
    assert {"status_code", "error", "message"} == set(error["required"])


@pytest.mark.parametrize(
    ("method", "path", "access"),
    [pytest.param(*told, id=f"{told[0]} {told[1]}") for told in OPERATIONS if told[:2] not in BY_AN_AUTHENTICATOR],
)
def test_the_example_is_answered_as_the_example_says(app, client, spec, method, path, access):
    with app.app_context():
        make_user("root", roles="admin,user", password=examples.LOGIN["password"])
        linus = make_user("linus", roles="admin")
        grace = make_user("grace", password=examples.LOGIN["password"])
        for role in ("editor", "proofreader"):
            make_role(role)
        roles.grant(grace, "editor", CONSOLE)
        if path == "/api/admin/grants":
            roles.lend(grace, "proofreader", None, now() + timedelta(days=1), CONSOLE)
        if path in TICKETS:
            bound_to = "linus@example.com" if path == "/api/me/email/confirm" else None
            code = tickets.secret_of(tickets.issue(linus, TICKETS[path], bound_to))
        db.session.commit()
        if path in ("/api/login", "/token"):
            make_user("ada", password=examples.LOGIN["password"], email="ada@example.com")
    sign_in(client, "grace", examples.LOGIN["password"])
    root = sign_in(client, "root", examples.LOGIN["password"], refresh="token")
    other = sign_in(client, "root", examples.LOGIN["password"])
    other_id = client.get("/api/me/sessions", headers=other.headers).json["sessions"][0]["id"]
    operation = _named(spec, method, path)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    if body and "refresh_token" in body:
        body = {"refresh_token": root.refresh_token}
    status, told = _succeeding(operation)
    role = "editor" if "{user_id}" in path or "users" in path else "user"
    if (method, path) == ("DELETE", "/api/admin/roles/{role}"):
        role = "proofreader"
    address = path.format(user_id=grace, role=role, session_id=other_id) + QUERIES.get((method, path), "")
    token = code if path in TICKETS else root.access_token
    response = client.open(address, method=method, json=body, headers=bearer(token))

    assert response.status_code == status, response.json
    if status != 204:
        assert _form(response.json) == _form(told["content"]["application/json"]["example"])


def _form(value):
    """The names in an answer, all the way down; a list is as its first item, and a NULL may stand for anything."""
    if isinstance(value, dict):
        return {name: _form(item) for name, item in value.items() if name not in ("before", "after", "fields")}
    return [_form(value[0])] if isinstance(value, list) and value else "..."


def test_the_documentation_is_a_page_with_every_file_from_here(client):
    page = client.get("/api/docs", buffered=True)
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.mimetype == "text/html" and files
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page.text)
    for file in files:
        assert not re.match(r"(?:\w+:)?//", file), "a page that loads from elsewhere tells elsewhere who reads it"
        answer = client.get(file if file.startswith("/") else f"/api/{file}", buffered=True)
        assert answer.status_code == 200 and answer.data


@pytest.mark.parametrize(
    ("file", "kind"),
    [("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "javascript"), ("start.js", "javascript")],
)
def test_a_file_of_the_documentation_has_its_kind(client, file, kind):
    assert kind in client.get(f"/api/docs/{file}", buffered=True).mimetype


@pytest.mark.parametrize(
    "file",
    [
        "index.html",
        "__init__.py",
        "..%2Ferrors.py",
        "%2e%2e/errors.py",
        "%2Fetc%2Fpasswd",
        "start.js%00",
        "oauth2-redirect.html",
    ],
)
def test_no_other_file_is_sent(client, file):
    assert client.get(f"/api/docs/{file}").status_code == 404


def test_the_script_of_the_page_asks_for_the_specification_that_is_there(client):
    script = client.get("/api/docs/start.js", buffered=True).text
    (url,) = re.findall(r'url: "([^"]+)"', script)

    assert client.get(urljoin("/api/docs", url)).json["openapi"]
