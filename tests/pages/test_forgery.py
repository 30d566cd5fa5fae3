"""What changes something is done only where a page of ours asked for it."""

import json
import re
from io import BytesIO

import pytest

from api import app as shipped
from models import Letter, LoginSession, User, db
from tests.conftest import ORIGIN
from tests.factories import PASSWORD
from tests.pages.conftest import SESSION

#: Every form of somebody who is signed in, filled in so that it would do something.
FORMS = {
    "/logout": {},
    "/account": {"username": "eve"},
    "/account/email": {"email": "eve@example.com", "password": PASSWORD},
    "/account/password": {"current_password": PASSWORD, "new_password": "staple by the window"},
    "/account/sessions/end": {},
    "/account/sessions/{other}/end": {},
    "/account/factors/app": {},
    "/account/factors/app/confirm": {"code": "123456"},
    "/account/factors/app/remove": {},
    "/account/factors/passkeys": {"ticket": "x", "credential": "{}", "name": "Telephone"},
    "/account/factors/passkeys/1": {"name": "Telephone"},
    "/account/factors/passkeys/1/remove": {},
    "/account/factors/recovery-codes": {},
    "/account/confirm-identity": {"password": PASSWORD},
    "/account/delete": {"password": PASSWORD},
    "/login": {"username": "ada", "password": PASSWORD},
}
#: Those of strangers.
OPEN = {
    "/login": {"username": "ada", "password": PASSWORD},
    "/login/passkey": {"ticket": "x", "credential": "{}"},
    "/register": {"username": "eve", "password": PASSWORD, "email": "eve@example.com"},
    "/forgot": {"email": "ada@example.com"},
    "/check-inbox": {"email": "ada@example.com"},
}
FOREIGN = ["https://evil.example", "null", "http://localhost.evil.example", "https://localhost", "http://localhost:81"]


@pytest.fixture
def other(app, ada, browse):
    """Another session of Ada's."""
    return browse().sign_in()


@pytest.fixture
def state(app):
    """All that a form could change."""

    def seen():
        with app.app_context():
            return [
                [(u.username, u.email, u.password) for u in db.session.scalars(db.select(User).order_by(User.id))],
                [(s.id, s.ended_at) for s in db.session.scalars(db.select(LoginSession).order_by(LoginSession.id))],
                db.session.scalar(db.select(db.func.count(Letter.id))),
            ]

    return seen


def test_every_form_is_among_these():
    forms = {
        rule.rule
        for rule in shipped.url_map.iter_rules()
        if rule.endpoint.startswith("pages.") and "POST" in rule.methods
    }
    tried = {re.sub(r"/1\b", "/<int:passkey_id>", path.replace("{other}", "<session_id>")) for path in [*FORMS, *OPEN]}

    # These need a ticket; tests/pages/test_tickets.py and test_factors.py have them.
    assert forms == tried | {"/confirm", "/reset", "/login/factor"}


@pytest.mark.parametrize("token", ["none", "wrong", "of another session", "of a stranger", "cut"])
@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_the_token_of_its_session_does_nothing(app, ada, other, browse, state, path, token):
    tokens = {
        "none": {},
        "wrong": {"csrf_token": "wrong"},
        "of another session": {"csrf_token": other.token("/logout")},
        "of a stranger": {"csrf_token": browse().token()},
        "cut": {"csrf_token": ada.token("/logout")[:-1]},
    }
    before = state()
    answer = ada.post(_filled(path, other, app), FORMS[path] | tokens[token])

    assert answer.status_code == 400 and "reload the page" in answer.text
    assert state() == before and ada.is_in()


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_does_nothing_even_with_the_token(app, ada, other, state, path, origin):
    token = ada.token("/logout")
    before = state()
    answer = ada.post(_filled(path, other, app), FORMS[path] | {"csrf_token": token}, Origin=origin)

    assert answer.status_code == 403
    assert state() == before and ada.is_in()


def test_an_origin_that_may_use_the_api_sends_no_form(ada):
    assert ada.post("/logout", {"csrf_token": ada.token("/logout")}, Origin=ORIGIN).status_code == 403
    assert ada.is_in()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_names_no_origin_says_which_site_it_was(ada, site):
    token = ada.token("/logout")

    assert ada.post("/logout", {"csrf_token": token}, **{"Sec-Fetch-Site": site}).status_code == 403
    assert ada.post("/logout", {"csrf_token": token}, **{"Sec-Fetch-Site": "same-origin"}).status_code == 302


def test_a_form_of_ours_says_so(ada):
    assert ada.post("/logout", {"csrf_token": ada.token("/logout")}, Origin="http://localhost").status_code == 302


def test_where_the_address_is_known_nobody_is_believed_about_it(app, ada, monkeypatch):
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://auth.example.com")
    token = ada.token("/logout")

    assert ada.post("/logout", {"csrf_token": token}, Origin="http://localhost").status_code == 403
    assert ada.post("/logout", {"csrf_token": token}, Origin="https://auth.example.com").status_code == 302


@pytest.mark.parametrize("given", [{}, {"csrf_token": "wrong"}])
@pytest.mark.parametrize("path", OPEN)
def test_a_strangers_form_needs_a_token_too(app, make, visitor, state, path, given):
    make("ada", email="ada@example.com")
    visitor.get("/login")
    before = state()

    assert visitor.post(path, OPEN[path] | given).status_code == 400
    assert state() == before and not visitor.is_in()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
@pytest.mark.parametrize("path", ["/login", "/register", "/logout"])
def test_json_that_any_site_could_send_is_no_json(make, visitor, state, path, kind):
    make("ada")
    before = state()
    body = json.dumps({"username": "ada", "password": PASSWORD, "email": "a@example.com"})
    answer = visitor.client.post(path, data=body, content_type=kind)

    assert answer.status_code == 400 and answer.json["error"] == "bad_request"
    assert state() == before


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", ["/login", "/register", "/logout"])
def test_json_of_another_site_does_nothing(ada, state, path, origin):
    before = state()
    body = {"username": "eve", "password": PASSWORD}
    answer = ada.client.post(path, json=body, headers={"Origin": origin})

    assert (answer.status_code, answer.json["error"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert state() == before and ada.is_in()


@pytest.mark.parametrize("path", ["/account", "/account/password", "/account/delete", "/forgot", "/reset", "/confirm"])
def test_a_form_that_no_script_is_meant_to_send_takes_no_json(ada, path):
    assert ada.client.post(path, json={"email": "ada@example.com"}).status_code == 400


def test_reading_changes_nothing(app, ada, other, state):
    before = state()
    for rule in shipped.url_map.iter_rules():
        if rule.endpoint.startswith("pages.") and "GET" in rule.methods and "<" not in rule.rule:
            fields = "&".join(f"{name}={value}" for name, value in FORMS.get(rule.rule, {}).items())
            for method in ("GET", "HEAD", "OPTIONS"):
                assert ada.client.open(f"{rule.rule}?{fields}", method=method, buffered=True).status_code < 500

    assert state() == before and ada.is_in() and other.is_in()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_taken(ada, method):
    assert ada.client.open("/account", method=method).status_code == 405
    override = {"X-HTTP-Method-Override": "POST"}
    assert ada.client.get("/logout?_method=POST", headers=override).status_code == 200
    assert ada.is_in()


def test_a_stranger_who_sends_a_form_of_an_account_is_sent_to_sign_in(visitor, state):
    before = state()
    answer = visitor.post("/account/password", FORMS["/account/password"])

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?next=/account/password")
    assert state() == before


def test_a_form_that_was_opened_in_a_session_that_is_over_leads_to_signing_in(app, ada):
    token = ada.token("/account")
    ada.client.delete_cookie(SESSION)

    answer = ada.post("/account", {"csrf_token": token, "username": "eve"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?next=/account")


def _filled(path, other, app):
    """The path, with the id of the other session where it has a place for it."""
    with app.app_context():
        newest = db.session.scalars(db.select(LoginSession.id).order_by(LoginSession.created_at.desc())).first()
    return path.format(other=newest)


@pytest.mark.parametrize("path", [path for path in FORMS | OPEN if "{" not in path])
def test_a_file_is_no_text(ada, visitor, path):
    fields = FORMS.get(path) or OPEN.get(path) or {"nothing": ""}
    browser = ada if path in FORMS and path != "/login" else visitor
    form = "/logout" if browser is ada else "/login"
    sent = {name: (BytesIO(b"x" * 9), "x.txt") for name in fields} | {"csrf_token": browser.token(form)}

    # Where there is nothing to fill in, the next page may come at once.
    assert browser.post(path, sent).status_code in (302, 422, *([200] if fields == {"nothing": ""} else []))


@pytest.mark.parametrize("name", ["lictor_unused", "no", "remember_token"])
@pytest.mark.parametrize("value", ["x", "a|\xe9", "\xff|\xff"])
def test_cookies_of_others_change_nothing(ada, client, name, value):
    cookie = f"{name}={value}; lictor_session={ada.cookie(SESSION)}"
    for sent, status in ((cookie, 200), (f"{name}={value}", 401)):
        assert client.get("/protected", environ_overrides={"HTTP_COOKIE": sent}).status_code == status
