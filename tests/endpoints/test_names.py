"""Names and addresses at the door: which two are one, and which are none."""

import json

import pytest

from tests.endpoints.conftest import ADA, people
from tests.endpoints.shape import assert_refused


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada", "ada"),
        ("ada", "ADA"),
        ("ada", "ａｄａ"),
        ("office", "oﬃce"),
        ("strasse", "STRAẞE"),
        ("café", "cafe\u0301"),
        ("анна", "АННА"),
        ("σοφος", "ΣΟΦΟΣ"),
        ("kelvin", "\u212aelvin"),
    ],
)
def test_a_username_is_taken_in_every_spelling(app, register, first, second):
    assert register(username=first).status_code == 201

    assert_refused(register(username=second), 409, "username_taken")
    assert people(app) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada@example.com", "ada@example.com"),
        ("ada@example.com", "ADA@Example.COM"),
        ("ada@example.com", "ada@example。com"),
        ("ada@example.com", "ａｄａ@ｅｘａｍｐｌｅ．ｃｏｍ"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@bücher.example", "ada@BÜCHER.example"),
        ("ada@bu\u0308cher.example", "ada@bücher.example"),
    ],
)
def test_an_address_is_taken_in_every_spelling(app, register, first, second):
    assert register(email=first).status_code == 201

    assert_refused(register(username="grace", email=second), 409, "email_taken")
    assert people(app) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [("ada", "adá"), ("jose", "josé"), ("muller", "müller"), ("ada", "ada1"), ("o", "ö"), ("ss", "s"), ("i", "ı")],
)
def test_names_that_differ_are_two_on_every_database(app, register, first, second):
    assert register(username=first).status_code == register(username=second).status_code == 201
    assert people(app) == 2


def test_addresses_that_differ_by_an_accent_are_two_on_every_database(app, register):
    assert register(email="admin@x.example").status_code == 201
    assert register(username="grace", email="admin@ẋ.example").status_code == 201


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            " ",
            "\u3000",
            "\u2800",
            "\u3164",
            "\u200b",
            "a b",
            " ada",
            "ada ",
            "ada\n",
            "ada\0",
            "ada\x7f",
            "\ud800",
        ),
        *("a\u200bda", "ada\u200d", "\ufeffada", "a\u00adda", "ada\u202exe", "\u2067ada", "ada\ufe0f", "1\ufe0f"),
        *("adа", "αda", "ada田", "ada🙂", ".ada", "_ada", "ada@example.com", "a,b", "<i>", "x" * 65, "x" * 60_000),
        "\u0300\u0315" * 2_500,
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_a_name_that_cannot_be_told_apart_or_typed_is_refused(client, name):
    told = assert_refused(client.post("/api/registration", json=ADA | {"username": name}), 422, "validation_error")

    assert list(told["fields"]) == ["username"]
    assert len(name) < 2 or json.dumps(name)[1:-1] not in json.dumps(told)


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@example.com", "a@b@example.com", "ada@example.com\nBcc: eve@example.com", "ada@localhost"]
    + ['"victim@example.com"<eve@example.com>', "ádá@example.com", "ada@exa\0mple.com", "a" * 60_000, "ada@127.0.0.1"],
    ids=lambda address: ascii(address)[:24],
)
def test_an_address_that_is_none_is_refused(register, address):
    told = assert_refused(register(email=address), 422, "validation_error")

    assert list(told["fields"]) == ["email"]
