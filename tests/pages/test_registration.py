"""Registering, and confirming an address, on the pages."""

import pytest

from models import now
from tests.factories import PASSWORD
from tests.pages.conftest import words

ADA = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
WAITS = "A letter is on its way to ada@example.com"


def test_whoever_registers_signs_in_next(visitor):
    answer = visitor.send("/register", **ADA)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert "Registration successful! Please log in." in words(visitor.get("/login"))
    assert not visitor.is_in() and visitor.sign_in().is_in()


def test_an_address_is_not_needed_where_it_is_not_confirmed(visitor):
    visitor.send("/register", username="ada", password=PASSWORD)

    assert visitor.sign_in().is_in()


@pytest.mark.parametrize(
    ("over", "status", "problem"),
    [
        ({"username": ""}, 422, "Enter a username."),
        ({"password": ""}, 422, "Enter a password."),
        ({"username": "a b"}, 422, "A username has letters, digits, . _ and -"),
        ({"username": "<b>x"}, 422, "A username has letters, digits, . _ and -"),
        ({"email": "nowhere"}, 422, "This is not an e-mail address."),
        ({"password": "short"}, 422, "A password has 8 to 1024 characters."),
        ({"username": "BEA"}, 409, "This username is taken."),
        ({"email": "Bea@example.com"}, 409, "This e-mail address is taken."),
    ],
)
def test_what_will_not_do_is_said_beside_its_field(visitor, make, over, status, problem):
    make("bea", email="bea@example.com")
    page = visitor.send("/register", **ADA | over)

    assert page.status_code == status
    assert words(page).count(problem) == 2, words(page)
    assert PASSWORD not in page.text and "<b>x" not in page.text
    assert "autofocus data-focus" in page.text and 'aria-invalid="true"' in page.text


def test_what_was_filled_in_is_still_there(visitor):
    page = visitor.send("/register", **ADA | {"password": "short"})

    assert 'value="ada"' in page.text and 'value="ada@example.com"' in page.text


@pytest.mark.parametrize("roles", ["user", "admin"])
def test_whoever_is_signed_in_registers_as_a_stranger(make, browse, client, root, roles):
    make("bea", roles=roles)
    bea = browse().sign_in("bea")
    assert bea.send("/register", form="/logout", **ADA).headers["Location"] == "/login"

    (event,) = client.get("/api/admin/events?action=user.registered", headers=root.headers).json["events"]
    assert event["actor_id"] == event["subject_id"] and bea.is_in()


def test_closed_registration_says_so(app, visitor, monkeypatch):
    token = visitor.token("/login")
    monkeypatch.setitem(app.config, "REGISTRATION", "closed")

    assert "Registration is closed." in words(visitor.get("/register"))
    assert visitor.post("/register", ADA | {"csrf_token": token}).status_code == 403
    assert "/register" not in visitor.get("/login").text


def test_an_address_is_confirmed_with_the_button_behind_the_link(visitor, post, browse):
    answer = visitor.send("/register", **ADA)
    assert answer.headers["Location"] == "/check-inbox"
    assert WAITS in words(visitor.get("/check-inbox"))
    assert visitor.send("/login", username="ada", password=PASSWORD).status_code == 401
    link = post.one().link.partition("5000")[2]

    for _ in range(2):
        assert "ada" in words(visitor.get(link)) and visitor.client.head(link).status_code == 200
    answer = visitor.send(link, token=post_token(link))
    assert answer.headers["Location"] == "/login"
    assert "Your e-mail address is confirmed." in words(visitor.get("/login"))
    assert not visitor.is_in() and visitor.sign_in().is_in()
    again = browse().get(link)
    assert again.status_code == 409 and "This link is no longer good" in words(again)


def test_a_known_address_is_answered_as_any_other(visitor, browse, make, post):
    make("bea", email="bea@example.com")
    known = visitor.send("/register", username="one", email="bea@example.com", password=PASSWORD)
    other = browse()
    unknown = other.send("/register", username="two", email="dee@example.com", password=PASSWORD)

    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert words(visitor.get("/check-inbox")).replace("bea@", "") == words(other.get("/check-inbox")).replace(
        "dee@", ""
    )


def test_an_address_is_needed_where_it_is_confirmed(visitor, post):
    page = visitor.send("/register", username="ada", password=PASSWORD)

    assert page.status_code == 422 and "Enter your e-mail address: it has to be confirmed." in words(page)


@pytest.mark.parametrize("address", ["ada@example.com", "nobody@example.com", "bea@example.com", "nonsense"])
def test_another_letter_is_promised_to_everyone(visitor, make, post, address):
    make("bea", email="bea@example.com", email_confirmed_at=now())
    visitor.send("/register", **ADA)
    post.sent()
    answer = visitor.send("/check-inbox", email=address)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/check-inbox")
    assert "If an account waits for this address" in words(visitor.get("/check-inbox"))
    assert [letter.to for letter in post.sent()] == (["ada@example.com"] if address.startswith("ada") else [])


def test_a_letter_is_given_a_minute_to_arrive(visitor, post, clock):
    visitor.send("/register", **ADA)
    post.sent()
    for _ in range(2):
        visitor.send("/check-inbox", email="ada@example.com")
    assert "Give it a minute" in words(visitor.get("/check-inbox")) and len(post.sent()) == 1

    clock.shift(60)
    visitor.send("/check-inbox", email="ada@example.com")
    assert len(post.sent()) == 1


@pytest.mark.parametrize("link", ["/confirm", "/confirm?token=x", "/confirm?token=%00", "/reset", "/reset?token=ltk_x"])
def test_a_link_that_is_none_says_so(visitor, link):
    page = visitor.get(link)

    assert page.status_code == 401 and "This link is no longer good" in words(page)
    assert visitor.send(link, form="/login").status_code == 401


def post_token(link):
    return link.partition("token=")[2].partition("&")[0]
