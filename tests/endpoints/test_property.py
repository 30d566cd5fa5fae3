"""Whatever anyone sends to any address, the server never fails, and refuses in the one shape."""

import base64
import json
from urllib.parse import quote, unquote_to_bytes, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api import app as shipped
from auth import sessions
from auth.caller import CONSOLE
from auth.guard import guard
from models import User, db
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, bearer, make_user

ROUTES = sorted(
    (method, rule.rule) for rule in shipped.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
)
#: Words that someone who knows the contract would try.
NAMES = ["username", "password", "email", "refresh", "remember", "token", "refresh_token", "current_password"]
NAMES += ["new_password", "is_active", "reason", "roles", "id", "version", "search", "role", "active", "sort", "limit"]
WORDS = ["", "\0", "\ud800", "ada", "root", "ａｄａ", "admin", "user", "cookie", "token", "null", PASSWORD, "x" * 1025]
WORDS += ["ada@example.com", "ada＠b｡c", "@", "lrt_", "lrt_" + "A" * 71, "e30.e30.e30", "-username", "id", "%00", "'--"]

texts = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=20) | st.sampled_from(WORDS)
numbers = st.integers() | st.sampled_from([0, 1, -1, 2**31 - 1, 2**31, 2**53 + 1, 2**63, 10**60]) | st.floats()
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
objects = st.dictionaries(st.sampled_from(NAMES) | texts, values, max_size=5)
bodies = (
    st.builds(lambda value: json.dumps(value).encode(), objects)
    | st.builds(lambda value: json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"), objects | values)
    | st.binary(max_size=60)
    | st.builds(lambda word: word.encode(errors="surrogatepass"), texts)
)
cursors = st.builds(
    lambda parts: base64.urlsafe_b64encode(json.dumps(parts).encode()).decode(),
    st.tuples(st.sampled_from(["username", "-username", "id", "-id"]) | scalars, scalars, scalars) | values,
)
queries = st.dictionaries(
    st.sampled_from(["search", "role", "active", "sort", "limit", "cursor"]) | texts,
    texts | cursors | numbers.map(str) | st.sampled_from(["true", "10", "username", "-id"]),
    max_size=3,
)
types = st.sampled_from(
    ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
parts = st.sampled_from(["1", "0", "admin", "user", "%00", "0" * 32, "9" * 40]) | texts.map(
    lambda text: quote(text, safe="", errors="surrogatepass")
)


@pytest.fixture
def root_id(app):
    """The one administrator, whom no request can remove."""
    with app.app_context():
        return make_user("root", roles="admin,user")


@pytest.mark.parametrize(("method", "rule"), ROUTES, ids=[" ".join(route) for route in ROUTES])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_request_makes_the_server_fail(client, root_id, method, rule, data):
    path = _drawn_path(data, rule, root_id)
    target = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1")}
    query = urlencode(data.draw(queries, "query"), errors="surrogatepass")
    body = data.draw(bodies, "body")
    headers = bearer(_token(client, root_id)) if data.draw(st.booleans(), "with a token") else {}
    response = client.open(
        f"/?{query}",
        method=method,
        environ_overrides=target,
        data=body,
        content_type=data.draw(types, "type"),
        headers=headers,
        buffered=True,
    )

    assert response.status_code < 500
    if response.status_code >= 400 and not _is_null_for_the_original_client(response, path) and not _is_page(response):
        assert_refused(response, response.status_code)


@pytest.mark.parametrize("token", [True, False], ids=["as an administrator", "as a stranger"])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.lists(parts, max_size=5).map("/".join), method=st.sampled_from(["GET", "POST", "PUT", "X", "OPTIONS"]))
@example(path="api//me", method="GET")
@example(path="api/admin/users/" + "9" * 5000, method="GET")
def test_no_address_makes_the_server_fail(client, root_id, token, path, method):
    headers = bearer(_token(client, root_id)) if token else {}
    target = {"PATH_INFO": unquote_to_bytes(f"/{path}").decode("latin-1")}
    response = client.open("/", method=method, environ_overrides=target, headers=headers, buffered=True)

    if response.status_code >= 400:
        assert_refused(response, response.status_code)
        assert response.status_code in (400, 401, 403, 404, 405)


def _drawn_path(data, rule, root_id):
    """An address of this rule, with plausible and odd values in its places."""
    pieces = []
    for piece in rule.split("/"):
        if piece.startswith("<int:"):
            number = data.draw(st.sampled_from([root_id, root_id + 1]) | st.integers(0) | st.just(10**400), "number")
            piece = str(number)
        elif piece.startswith("<"):
            piece = data.draw(parts.filter(lambda part: part not in ("", ".", "..")), "part")
        pieces.append(piece)
    return "/".join(pieces)


def _token(client, root_id):
    """A token of the administrator, whatever became of the one before; no password is hashed for it."""
    with client.application.app_context():
        session = sessions.start(db.session.get(User, root_id), "access", CONSOLE).session
        db.session.commit()
        return guard.encode_jwt_token(db.session.get(User, root_id), session=session)


def _is_null_for_the_original_client(response, path):
    """The one refusal of another shape: a raw credential that cannot be refreshed."""
    return response.status_code == 401 and path == "/api/refresh" and response.data == b"null\n"


def _is_page(response):
    """A form that is shown once more, or a link that is no longer good: people read it."""
    return response.mimetype == "text/html" and b"<main" in response.data
