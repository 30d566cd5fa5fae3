"""Bad input of every kind, and the one shape in which it is refused."""

import json
import logging
from io import BytesIO

import pytest
from sqlalchemy.exc import OperationalError

from models import User, db
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD
from web.bodies import MAX_BYTES, MAX_DEPTH

#: Addresses that take a body: without a token, with one, and with an administrator's.
ADDRESSES = {
    "login": ("POST", "/api/login"),
    "registration": ("POST", "/api/registration"),
    "profile": ("PATCH", "/api/me"),
    "password": ("PUT", "/api/me/password"),
    "user": ("PATCH", "/api/admin/users/1"),
    "grant": ("PUT", "/api/admin/users/1/roles/user"),
}
GOOD = {
    "login": {"username": "ada", "password": PASSWORD},
    "registration": {"username": "grace", "password": PASSWORD, "email": "grace@example.com"},
    "profile": {"username": "grace"},
    "password": {"current_password": PASSWORD, "new_password": "staple by the window"},
    "user": {"is_active": True, "reason": "back"},
    "grant": {"reason": "on duty"},
}
ODD = ["a text that nobody should see again", 4711815, True, None, 1.5, [], ["x"], {}, {"a": 1}, "\0\ud800 nul"]
NOT_JSON = {
    "a word": b"hello",
    "half an object": b'{"username": "ada"',
    "a comma too many": b'{"username": "ada",}',
    "single quotes": b"{'username': 'ada'}",
    "two objects": b"{} {}",
    "a comment": b"{} // hello",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"username": "ada"}'.encode("utf-16"),
    "Latin-1": '{"username": "josé"}'.encode("latin-1"),
    "an overlong NUL": b'{"username": "\xc0\x80"}',
    "a surrogate in UTF-8": b'{"username": "\xed\xa0\x80"}',
    "a cut-off character": b'{"username": "\xf0\x9f\x99"}',
    "a control character": b'{"username": "a\x01"}',
    "a form": b"username=ada&password=x",
    "a name twice": b'{"username": "ada", "username": "grace"}',
    "a name twice, spelt twice": b'{"username": "ada", "\\u0075sername": "grace"}',
    "a name twice, deep down": b'{"username": {"a": [{"b": 1, "b": 2}]}}',
    "NaN": b'{"username": NaN}',
    "Infinity": b'{"username": Infinity}',
    "-Infinity": b'{"username": -Infinity}',
    "a number of 5000 digits": b'{"username": ' + b"9" * 5000 + b"}",
}
NOT_OBJECTS = {
    "an array": b"[]",
    "an array of objects": b'[{"username": "ada"}]',
    "null": b"null",
    "true": b"true",
    "a number": b"1",
    "a text": b'"hello"',
}


def nested(levels):
    """An object of so many levels, the objects and arrays in turn."""
    inner, opened = "1", []
    for level in range(levels):
        opened.append(('{"a":', "}") if level == 0 or level % 2 else ("[", "]"))
    for start, end in reversed(opened):
        inner = start + inner + end
    return inner.encode()


@pytest.fixture
def send(client, as_user):
    """Send a body to one of the addresses, as an administrator."""
    root = as_user("root", roles="admin,user")

    def sent(address, body, content_type="application/json"):
        method, path = ADDRESSES[address]
        data = body if isinstance(body, bytes) else json.dumps(body)
        return client.open(path, method=method, data=data, content_type=content_type, headers=root.headers)

    return sent


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_is_a_bad_request(client, body):
    told = assert_refused(client.post("/api/login", data=body, content_type="application/json"), 400, "bad_request")

    assert "ada" not in json.dumps(told)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_takes_what_is_not_json(send, address):
    assert_refused(send(address, b"{'username': 'ada'}"), 400, "bad_request")


@pytest.mark.parametrize("body", NOT_OBJECTS.values(), ids=NOT_OBJECTS)
def test_a_body_that_is_no_object_is_invalid(client, body):
    told = assert_refused(client.post("/api/login", data=body), 422, "validation_error")

    assert told["fields"] == {"body": ["The body is a JSON object."]}


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_takes_a_body_that_is_no_object(send, address):
    assert_refused(send(address, b"[]"), 422, "validation_error")


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_deepest_body_is_read_and_a_deeper_one_is_not(send, address):
    assert_refused(send(address, nested(MAX_DEPTH)), 422, "validation_error")

    assert "32 levels" in assert_refused(send(address, nested(MAX_DEPTH + 1)), 400, "bad_request")["message"]


@pytest.mark.parametrize("body", [b'{"a":' * 100_000, b'{"a":' + b"[" * 100_000, b"[" * 60_000, b'{"a":' * 10_000])
def test_a_body_of_many_thousand_levels_is_refused(send, body):
    response = send("login", body)

    assert response.status_code == (413 if len(body) > MAX_BYTES else 400)
    assert_refused(response, response.status_code)


@pytest.mark.parametrize("levels", [33, 500, 995, 1000, 5000, 10_000])
def test_a_body_that_is_nested_and_whole_is_refused_at_any_depth(send, levels):
    assert_refused(send("registration", b'{"a":' * levels + b"1" + b"}" * levels), 400, "bad_request")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_body_of_more_than_64_kib_is_too_large(send, address):
    body = b'{"a": "' + b"x" * MAX_BYTES + b'"}'

    assert_refused(send(address, body), 413, "too_large")
    assert_refused(send(address, body[: MAX_BYTES - 2] + b'"}'), 422, "validation_error")


@pytest.mark.parametrize(("size", "status"), [(MAX_BYTES * 3, 413), (MAX_BYTES, 400)])
def test_a_body_of_unknown_length_is_measured_as_it_comes(client, size, status):
    body = {"wsgi.input": BytesIO(b"x" * size), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    assert_refused(client.post("/api/login", environ_overrides=body), status)


@pytest.mark.parametrize(
    ("address", "field"), [(address, field) for address, body in GOOD.items() for field in body], ids=str
)
def test_an_odd_value_is_refused_and_never_repeated(send, address, field):
    for odd in [value for value in ODD if not _is_taken(address, field, value)]:
        is_wrong_password = isinstance(odd, str) and field != "new_password"
        response = send(address, GOOD[address] | {field: odd})

        assert_refused(response, {"login": 401, "password": 403}.get(address, 422) if is_wrong_password else 422)
        text = response.get_data(as_text=True)
        assert "nobody should see" not in text and "4711815" not in text and "ud800" not in text


def _is_taken(address, field, odd):
    """Whether this odd value will do for this field, and so is no concern of this test."""
    is_text = isinstance(odd, str)
    optional = {("registration", "email"), ("user", "reason"), ("grant", "reason")}
    return (
        ((address, field) in optional and odd is None)
        or (field == "reason" and is_text and "\0" not in odd)
        or (address == "user" and field == "is_active" and odd is True)
        or (field in ("password", "new_password") and address != "login" and is_text and "\0" not in odd)
    )


@pytest.mark.parametrize("address", [name for name in ADDRESSES if name != "grant"])
def test_a_missing_field_is_named(send, address):
    told = assert_refused(send(address, {}), 422, "validation_error")

    assert told["fields"] and all(problems for problems in told["fields"].values())


@pytest.mark.parametrize("extra", ["is_active", "id", "version", "email_confirmed_at", "__class__", "x" * 500])
def test_an_unknown_field_is_refused_by_name(client, extra):
    told = assert_refused(client.post("/api/register", json=GOOD["registration"] | {extra: "admin"}), 422)

    assert list(told["fields"]) == [extra[:64]]
    assert "admin" not in json.dumps(told)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_takes_roles_beside_what_it_asks_for(send, address):
    told = assert_refused(send(address, GOOD[address] | {"roles": ["admin"]}), 422, "validation_error")

    assert list(told["fields"]) == ["roles"]


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "", "x/y"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_json_is_json_whatever_it_is_called(send, app, address, content_type):
    with app.app_context():
        db.session.add(User(id=1, username="one", username_key="one", password="!", roles="user"))
        db.session.commit()
    response = send(address, GOOD[address], content_type)

    assert response.status_code == {"login": 401, "registration": 201}.get(address, 200), response.json


@pytest.mark.parametrize(
    "path",
    ["/api/nothing", "/api/login/", "/api//login", "/api/admin/users/x", "/api/admin/users/-1", "/nothing"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address_is_not_found(client, method, path):
    assert_refused(client.open(path, method=method), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/login", {"POST", "OPTIONS"}),
        ("PUT", "/api/login", {"POST", "OPTIONS"}),
        ("POST", "/api", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/api/me", {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
        ("POST", "/api/admin/users/1", {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
        ("TRACE", "/api/health", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/api/health", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(client, method, path, allowed):
    response = client.open(path, method=method)

    assert_refused(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/admin/users?limit=0", "limit"),
        ("/api/admin/users?limit=101", "limit"),
        ("/api/admin/users?limit=many-3f9c", "limit"),
        ("/api/admin/users?sort=password", "sort"),
        ("/api/admin/users?active=perhaps-3f9c", "active"),
        ("/api/admin/users?search=%00", "search"),
        ("/api/admin/users?search=" + "x" * 256, "search"),
        ("/api/admin/users?cursor=3f9c", "cursor"),
        ("/api/admin/users?page=3f9c", "page"),
        ("/api/me/events?limit=-1", "limit"),
        ("/api/me/events?cursor=0", "cursor"),
        ("/api/me/events?cursor=99999999999999999999999", "cursor"),
        ("/api/me/events?cursor=3f9c", "cursor"),
    ],
)
def test_an_odd_query_is_refused_by_name(client, as_user, path, field):
    response = client.get(path, headers=as_user(roles="admin").headers)
    told = assert_refused(response, 422, "validation_error")

    assert list(told["fields"]) == [field]
    assert "3f9c" not in json.dumps(told)


def test_a_token_in_a_query_or_a_form_is_no_token(client, as_user):
    token = as_user().access_token

    assert_refused(client.get(f"/api/protected?access_token={token}"), 401, "missing_token")
    assert_refused(client.get(f"/api/protected?token={token}", data={"access_token": token}), 401, "missing_token")


def test_what_nobody_expected_is_an_error_without_a_word_of_why(client, as_user, monkeypatch, caplog):
    ada = as_user()
    monkeypatch.setattr("auth.directory.show", _broken)
    with caplog.at_level(logging.ERROR):
        response = client.get("/api/me", headers=ada.headers)

    told = assert_refused(response, 500, "server_error")
    assert "harbour" not in json.dumps(told) and "KeyError" not in json.dumps(told)
    assert "the harbour is closed" in caplog.text and response.headers["X-Request-ID"] in caplog.text


def test_a_database_that_fails_is_busy_and_says_when_to_come_back(client, as_user, monkeypatch):
    ada = as_user()
    monkeypatch.setattr("auth.directory.show", _locked)
    response = client.get("/api/me", headers=ada.headers)

    told = assert_refused(response, 503, "busy")
    assert "SELECT" not in json.dumps(told)


def test_an_answer_has_the_name_under_which_it_is_logged(client):
    first, second = (client.get("/api/nothing").headers["X-Request-ID"] for _ in range(2))

    assert first != second and len(first) >= 8


@pytest.mark.parametrize(
    ("hops", "given", "is_taken"),
    [
        (0, "abcdefgh-1", False),
        (1, "abcdefgh-1", True),
        (1, "x", False),
        (1, "a b c d e f", False),
        (1, "é" * 9, False),
    ],
)
def test_the_name_of_a_request_is_taken_from_a_trusted_proxy_alone(app, client, monkeypatch, hops, given, is_taken):
    monkeypatch.setitem(app.config, "TRUSTED_PROXIES", hops)
    response = client.get("/api/health", headers={"X-Request-ID": given})

    assert (response.headers["X-Request-ID"] == given) is is_taken


def _broken(*_):
    raise KeyError("the harbour is closed")


def _locked(*_):
    raise OperationalError("SELECT 1", {}, Exception("database is locked"))
