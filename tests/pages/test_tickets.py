"""A forgotten password, and a new address: what is done with the link of a letter."""

import pytest

from models import User, db
from tests.factories import PASSWORD, bearer
from tests.pages.conftest import words
from tests.pages.test_registration import post_token

NEW = "staple by the window"


@pytest.fixture
def link(make, visitor, post):
    """The link of a letter that Ada asked for."""
    make("ada", email="ada@example.com")
    answer = visitor.send("/forgot", email="ada@example.com")
    assert answer.headers["Location"] == "/forgot/sent"
    return post.one().link.partition("5000")[2]


def test_a_forgotten_password_is_replaced(visitor, link):
    page = visitor.get(link)
    assert 'name="username" value="ada" autocomplete="username"' in page.text
    answer = visitor.send(link, token=post_token(link), password=NEW)

    assert answer.headers["Location"] == "/login"
    assert "Your password is changed" in words(visitor.get("/login")) and not visitor.is_in()
    assert visitor.send("/login", username="ada", password=PASSWORD).status_code == 401
    assert visitor.send("/login", username="ada", password=NEW).status_code == 302


def test_a_reset_signs_out_everywhere(client, visitor, link, browse):
    other = browse().sign_in(remember="y")
    copy = browse(**other.cookies())
    token = client.post("/api/login", json={"username": "ada", "password": PASSWORD}).json["access_token"]
    visitor.send(link, token=post_token(link), password=NEW)

    assert not other.is_in() and not copy.is_in()
    assert client.get("/api/protected", headers=bearer(token)).status_code == 401


def test_a_password_that_will_not_do_spends_no_ticket(visitor, link):
    page = visitor.send(link, token=post_token(link), password="short")
    assert page.status_code == 422 and "A password has 8 to 1024 characters." in words(page)

    assert visitor.send(link, token=post_token(link), password=NEW).status_code == 302


def test_a_link_is_good_for_once(visitor, link, browse):
    visitor.send(link, token=post_token(link), password=NEW)
    page = browse().get(link)

    assert page.status_code == 409 and "This link is no longer good" in words(page)
    answer = visitor.post(link, {"csrf_token": visitor.token(), "token": post_token(link), "password": PASSWORD})
    assert answer.status_code == 409
    assert visitor.send("/login", username="ada", password=NEW).status_code == 302


def test_looking_at_a_link_spends_nothing(visitor, link, browse):
    for _ in range(3):
        assert browse().get(link).status_code == 200 and browse().client.head(link).status_code == 200

    assert visitor.send(link, token=post_token(link), password=NEW).status_code == 302


def test_the_address_of_a_link_goes_nowhere_else(visitor, link):
    assert visitor.get(link).headers["Referrer-Policy"] == "strict-origin"
    assert post_token(link) not in visitor.get("/login").text


@pytest.mark.parametrize("token", [None, "wrong"])
@pytest.mark.parametrize("path", ["/reset", "/confirm"])
def test_a_ticket_is_not_enough_for_a_form_of_another_site(visitor, link, browse, path, token):
    given = {"token": post_token(link), "password": NEW} | ({"csrf_token": token} if token else {})

    assert browse().post(path, given).status_code == 400
    assert visitor.send("/login", username="ada", password=PASSWORD).status_code == 302


@pytest.mark.parametrize("address", ["ada@example.com", "nobody@example.com", "nonsense", "bea@example.com"])
def test_the_answer_is_the_same_for_every_address(make, visitor, browse, post, address):
    make("ada", email="ada@example.com")
    make("bea", email="bea@example.com", is_active=False)
    answer = visitor.send("/forgot", email=address)

    assert (answer.status_code, answer.headers["Location"], answer.headers.get("Set-Cookie")) == (
        302,
        "/forgot/sent",
        None,
    )
    assert "If an account has the address" in words(visitor.get("/forgot/sent"))


def test_an_invitation_leads_to_the_same_page(visitor, client, root, post):
    client.post("/api/admin/users", json={"username": "bea", "email": "bea@example.com"}, headers=root.headers)
    link = post.one("bea@example.com").link.partition("5000")[2]

    assert link.startswith("/reset?token=") and "bea" in words(visitor.get(link))
    visitor.send(link, token=post_token(link), password=NEW)
    assert visitor.send("/login", username="bea", password=NEW).status_code == 302


def test_a_new_address_is_taken_with_the_button_behind_the_link(ada, post, visitor):
    answer = ada.send("/account/email", email="lovelace@example.com", password=PASSWORD)
    assert answer.headers["Location"] == "/account"
    assert "Open the link in the letter" in words(ada.get("/account"))
    link = next(x.link for x in post.sent() if x.to == "lovelace@example.com").partition("5000")[2]

    assert "ada@example.com" in words(ada.get("/account"))
    visitor.get(link)
    assert "ada@example.com" in words(ada.get("/account"))
    assert ada.send(link, token=post_token(link)).headers["Location"] == "/account"
    assert "lovelace@example.com" in words(ada.get("/account"))


def test_a_link_to_a_new_address_that_was_cut_is_still_one(ada, post):
    ada.send("/account/email", email="lovelace@example.com", password=PASSWORD)
    link = next(x.link for x in post.sent() if x.to == "lovelace@example.com").partition("5000")[2]
    cut = link.partition("&")[0]

    assert cut != link and "letters about this account go" in words(ada.get(cut))
    assert ada.send("/confirm", form=cut, token=post_token(cut)).headers["Location"] == "/account"


def test_a_ticket_is_in_no_address_that_a_form_is_sent_to(visitor, link):
    assert f'action="{link.partition("?")[0]}"' in visitor.get(link).text


def test_whoever_resets_while_signed_in_is_told_that_it_is_done(link, browse):
    ada = browse().sign_in()
    answer = ada.send(link, token=post_token(link), password=NEW)

    assert answer.headers["Location"] == "/login" and not ada.is_in()
    assert "Your password is changed" in words(ada.get("/login"))


def test_an_account_that_is_deleted_meanwhile_has_no_link(app, visitor, link):
    token = visitor.token(link)
    with app.app_context():
        db.session.delete(db.session.scalars(db.select(User)).one())
        db.session.commit()

    assert visitor.get(link).status_code == 401
    assert visitor.post("/reset", {"csrf_token": token, "token": post_token(link), "password": NEW}).status_code == 401


@pytest.mark.parametrize(
    ("path", "told"), [("/forgot", "No letters can leave"), ("/check-inbox", "need not be confirmed")]
)
def test_no_letter_is_promised_where_none_can_leave(app, visitor, monkeypatch, path, told):
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "")

    assert told in words(visitor.get(path)) and "<form" not in visitor.get(path).text
    assert path not in visitor.get("/login").text and "/forgot" not in visitor.get("/reset").text
