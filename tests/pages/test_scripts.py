"""The same addresses, for scripts that send JSON and keep cookies."""

import pytest

from tests.conftest import ORIGIN
from tests.endpoints.shape import assert_refused
from tests.factories import PASSWORD, bearer

ADA = {"username": "ada", "password": PASSWORD}
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _ada(make):
    make("ada", email="ada@example.com")


@pytest.mark.parametrize("body", [ADA, {"email": "ada@example.com", "password": PASSWORD}, ADA | {"remember": True}])
def test_a_script_signs_in_and_out(browser, body):
    answer = browser.post("/login", json=body)

    assert answer.json == {"message": "Login successful!", "user_id": answer.json["user_id"]}
    told = browser.get("/protected").json
    assert (told["message"], told["msg"]) == ("Hello, ada! This is a protected route.", "Hello, ada!")
    assert browser.post("/logout", json={}).json == {"message": "Logout successful!"}
    assert browser.get("/protected").status_code == 401


def test_a_script_that_signed_in_signs_out_with_nothing_but_its_cookie(browser):
    browser.post("/login", json=ADA)

    assert browser.post("/logout").json == {"message": "Logout successful!"}
    assert browser.get("/protected").status_code == 401


def test_who_signed_in_with_a_form_needs_one_to_sign_out(visitor):
    visitor.sign_in()

    assert visitor.client.post("/logout").status_code == 400
    assert visitor.is_in()


def test_signing_out_of_nothing_is_no_error(browser):
    assert browser.post("/logout", json={}).json == {"message": "Logout successful!"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (ADA | {"password": "not this one"}, 401, "invalid_credentials"),
        ({"username": "nobody", "password": PASSWORD}, 401, "invalid_credentials"),
        ({"username": "ada"}, 422, "validation_error"),
        ({"password": PASSWORD}, 422, "validation_error"),
        (ADA | {"username": 5}, 422, "validation_error"),
        (ADA | {"roles": "admin"}, 422, "validation_error"),
        (ADA | {"next": "/x"}, 422, "validation_error"),
        ([], 422, "validation_error"),
    ],
)
def test_what_will_not_do_is_refused_as_json(browser, body, status, code):
    assert_refused(browser.post("/login", json=body), status, code)
    assert browser.get("/protected").status_code == 401


def test_a_script_registers(browser):
    answer = browser.post("/register", json={"username": "bea", "password": PASSWORD})

    assert answer.status_code == 201 and answer.json["message"] and answer.json["user_id"]
    assert browser.get("/protected").status_code == 401
    assert_refused(browser.post("/register", json={"username": "BEA", "password": PASSWORD}), 409, "username_taken")
    assert_refused(browser.post("/register", json={"username": "cyd", "password": "short"}), 422)


def test_a_page_of_an_allowed_origin_may_use_them(browser):
    answer = browser.post("/login", json=ADA, headers={"Origin": ORIGIN})

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    assert browser.options("/login", headers=asked).headers["Access-Control-Allow-Origin"] == ORIGIN
    asked["Origin"] = "https://evil.example"
    assert "Access-Control-Allow-Origin" not in browser.options("/login", headers=asked).headers


@pytest.mark.parametrize("path", ["/dashboard", "/account", "/account/sessions"])
def test_a_script_is_not_sent_to_a_form(browser, path):
    assert_refused(browser.get(path, headers=JSON), 401, "missing_token")


def test_protected_takes_either_carrier(client, browser):
    token = client.post("/token", json={"email": "ada@example.com", "password": PASSWORD}).json["access_token"]

    assert client.get("/protected", headers=bearer(token)).json["msg"] == "Hello, ada!"
    assert_refused(client.get("/protected", headers=bearer(token + "x")), 401, "invalid_token")
    assert_refused(client.get("/protected"), 401, "missing_token")
    browser.post("/login", json=ADA)
    assert browser.get("/protected").json["msg"] == "Hello, ada!"
    assert browser.get("/protected", headers=bearer(token + "x")).status_code == 401


def test_a_token_for_an_address_and_a_password(client):
    assert client.post("/token", json={"email": "ada@example.com", "password": PASSWORD}).json["access_token"]
    assert_refused(
        client.post("/token", json={"email": "ada@example.com", "password": "x"}), 401, "invalid_credentials"
    )
    assert_refused(client.post("/token", json={"username": "ada", "password": PASSWORD}), 422)
    assert "Set-Cookie" not in client.post("/token", json={"email": "ada@example.com", "password": PASSWORD}).headers


def test_errors_are_pages_for_people_and_json_for_scripts(visitor):
    page = visitor.get("/nothing")
    assert page.status_code == 404 and page.mimetype == "text/html" and "There is nothing at this address." in page.text

    assert_refused(visitor.client.get("/nothing"), 404, "not_found")
    assert_refused(visitor.get("/api/nothing"), 404, "not_found")
    assert visitor.get("/protected").mimetype == "text/html"
