"""What a letter looks like, and where its link leads."""

from urllib.parse import parse_qs, urlsplit

import pytest

from auth.mail import Kind, samples
from auth.mail.prepare import Written, link_with
from auth.mail.render import texts
from tests.mailserver import Links

LINKS = {
    "https://app.example.com/reset": "https://app.example.com/reset?token=T",
    "https://app.example.com": "https://app.example.com/?token=T",
    "https://app.example.com/": "https://app.example.com/?token=T",
    "https://app.example.com/reset?lang=en": "https://app.example.com/reset?lang=en&token=T",
    "https://app.example.com/reset?": "https://app.example.com/reset?token=T",
    "https://app.example.com/#reset": "https://app.example.com/?token=T#reset",
    "https://app.example.com/#/reset": "https://app.example.com/?token=T#/reset?token=T",
    "https://app.example.com/#!/reset": "https://app.example.com/?token=T#!/reset?token=T",
    "https://app.example.com/#/reset?lang=en": "https://app.example.com/?token=T#/reset?lang=en&token=T",
    "https://app.example.com:8443/a/b?x=1#/c": "https://app.example.com:8443/a/b?x=1&token=T#/c?token=T",
}


@pytest.mark.parametrize(("uri", "link"), LINKS.items(), ids=LINKS)
def test_a_link_has_the_token_in_its_query_whatever_the_page(app, monkeypatch, uri, link):
    monkeypatch.setitem(app.config, "RESET_URI", uri)
    monkeypatch.setitem(app.config, "CONFIRMATION_URI", uri.replace("reset", "confirm"))
    with app.app_context():
        assert link_with("T", "reset") == link_with("T", "invitation") == link
        assert link_with("T", "confirmation") == link.replace("reset", "confirm")
        of_address = link_with("T", "new_address")

    assert parse_qs(urlsplit(of_address).query).items() >= {"token": ["T"], "purpose": ["new_address"]}.items()


def test_where_the_request_came_from_is_in_no_link(client, make, post):
    make("ada", email="ada@example.com")
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"}
    client.post("/api/reset", json={"email": "ada@example.com"}, headers=headers)

    assert "evil" not in str(post.one().message)


NASTY = {
    "a tag": "<script>alert(1)</script>",
    "a link": '"><a href="https://evil.example">',
    "a template": "{{ config }}{% raw %}",
    "a line break": "ada\r\nBcc: eve@evil.example\r\n\r\nGo to https://evil.example",
    "a terminal": "ada\x1b[2J\x07",
    "from right to left": "ada\u202egpj",
    "a format": "%s %(x)s {0} {username}",
}


@pytest.mark.parametrize("name", NASTY.values(), ids=NASTY)
def test_a_name_is_no_more_than_a_name(client, make, post, name):
    """An older app let people choose names that we would not."""
    make(name, email="ada@example.com", username_key="ada")
    client.post("/api/reset", json={"email": "ada@example.com"})
    letter = post.one()

    assert letter.subject == "Choose a new password" and letter.message["Bcc"] is None
    assert letter.message.keys() == [
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"),
    ]
    assert "<script>" not in letter.html and "evil.example" not in " ".join(_links(letter.html))
    assert not set("\x1b\x07\u202e") & set(letter.text + letter.html)
    assert letter.link.startswith("http://127.0.0.1:5000/reset?token=ltk_")


def test_a_strangers_name_becomes_no_link(client, post):
    body = {"username": "www.evil.example", "password": "a lantern in the harbour", "email": "ada@example.com"}
    client.post("/api/registration", json=body)
    letter = post.one()

    assert "www.evil.example" not in letter.text + letter.html
    assert "www.evil.example" in letter.text.replace("\u2060", "")


def test_a_line_that_is_too_long_for_mail_is_broken(app, client, ask, make, post):
    names = [f"role-{number}-{'x' * 40}" for number in range(40)]
    for name in names:
        ask("POST", "/api/admin/roles", {"name": name})
    ask("PUT", f"/api/admin/users/{make('ada', email='ada@example.com')}/roles", {"roles": names})
    letter = post.one()

    assert max(len(line) for line in letter.message.as_bytes().splitlines()) < 998
    assert names[-1] in letter.html


SENDERS = {
    "no-reply@example.com": ("", "no-reply@example.com"),
    "Example <no-reply@example.com>": ("Example", "no-reply@example.com"),
    "Example, Inc. <no-reply@example.com>": ("Example, Inc.", "no-reply@example.com"),
    '"Example" <no-reply@example.com>': ("Example", "no-reply@example.com"),
    "Acme: Support @ Home; <no-reply@example.com>": ("Acme: Support @ Home;", "no-reply@example.com"),
    "Bücher <no-reply@example.com>": ("Bücher", "no-reply@example.com"),
}


@pytest.mark.parametrize(("setting", "parts"), SENDERS.items(), ids=SENDERS)
def test_a_letter_is_from_one_address_whatever_the_name(app, client, make, post, monkeypatch, setting, parts):
    monkeypatch.setitem(app.config, "MAIL_DEFAULT_SENDER", setting)
    make("ada", email="ada@example.com")
    client.post("/api/reset", json={"email": "ada@example.com"})
    letter = post.one()

    (address,) = letter.message["From"].addresses
    assert (address.display_name, address.addr_spec) == parts
    assert letter.id.endswith("@example.com>")


def test_every_letter_is_a_page_of_its_own(app):
    with app.app_context():
        letters = list(samples.all_of_them())

    assert [name for name, *_ in letters] == [kind.value for kind in Kind]
    for name, subject, text, html in letters:
        assert subject and len(subject) < 60 and "\n" not in subject
        assert "Hello ada.lovelace," in text.replace("\u2060", "") and "Hello ada." in html, name
        assert html.count("<h1") == 1 and "<img" not in html and "<script" not in html and "src=" not in html
        assert "prefers-color-scheme: dark" in html and 'name="color-scheme"' in html
        assert len(set(_links(html))) <= 1, "one clear button"
        assert all(len(line) <= 72 for line in text.splitlines() if "://" not in line)
        assert "\n\n\n" not in text and "{{" not in text + html


def test_a_letter_that_is_told_too_little_is_not_sent_half_empty(app):
    with app.app_context(), pytest.raises(Exception, match="username"):
        texts(Written(Kind.RESET, "ada@example.com", {}))


def test_the_terminal_writes_the_letters_to_look_at(app, tmp_path):
    result = app.test_cli_runner().invoke(args=["mail", "preview", str(tmp_path / "letters")])

    assert result.exit_code == 0, result.output
    assert {file.stem for file in (tmp_path / "letters").glob("*.html")} == {kind.value for kind in Kind}
    assert (tmp_path / "letters" / "reset.txt").read_text().startswith("Subject: Choose a new password\n\n")


def _links(html):
    found = Links()
    found.feed(html)
    return found.found
