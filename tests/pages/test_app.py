"""The React app under /app/: one page for every address in it, its files, and nothing else of this machine."""

import gzip

import pytest

from tests.endpoints.shape import assert_refused
from tests.pages.conftest import words

FILES = {
    "index.html": "<!doctype html><title>Lictor</title>",
    "lictor.svg": "<svg/>",
    ".built": "",
    "assets/index-CwneeaVJ.js": "export {}",
    "assets/index-Bn79mJno.css": "p{}",
}
PACKED = gzip.compress(b"export {}", mtime=0)
SCRIPT = "/app/assets/index-CwneeaVJ.js"
OUTSIDE = ["..", "%2e%2e", "..%2f..", "%2e%2e%2f%2e%2e", "..%5c..", "assets/../..", "assets/%2e%2e/%2e%2e"]


@pytest.fixture
def nowhere(app, tmp_path, monkeypatch):
    """A place where the app was not built, and where there is something to steal."""
    monkeypatch.setattr(app, "root_path", str(tmp_path))
    (tmp_path / "secret.txt").write_text("the key")
    (tmp_path / "frontend").mkdir()
    (tmp_path / "frontend" / "secret.txt").write_text("the key")
    return tmp_path


@pytest.fixture
def dist(nowhere):
    """A place where it was."""
    for name, text in FILES.items():
        path = nowhere / "frontend" / "dist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_app_is_below_its_folder(visitor, dist):
    answer = visitor.get("/app")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/app/")


@pytest.mark.parametrize("path", ["", "index.html", "login", "account/history?x=1", "no/such/page", "assets", ".built"])
def test_every_address_in_the_app_is_one_page(visitor, dist, path):
    answer = visitor.get(f"/app/{path}")

    assert (answer.status_code, answer.text) == (200, FILES["index.html"])
    assert answer.mimetype == "text/html"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_page_may_do_what_it_needs_and_no_more(visitor, dist):
    headers = visitor.get("/app/").headers
    rules = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))

    assert {name for name, sources in rules.items() if sources == "'none'"} == {
        "default-src",
        "base-uri",
        "form-action",
        "frame-ancestors",
    }
    assert {rules[name] for name in ("script-src", "style-src", "font-src", "connect-src")} == {"'self'"}
    assert rules["img-src"] == "'self' data:"
    assert headers["Referrer-Policy"] == "strict-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_page_that_is_known_is_not_sent_again(visitor, dist):
    tag = visitor.get("/app/").headers["ETag"]

    assert visitor.client.get("/app/", headers={"If-None-Match": tag}, buffered=True).status_code == 304


@pytest.mark.parametrize(
    ("path", "kind", "kept"),
    [
        (SCRIPT, "text/javascript", "public, max-age=31536000, immutable"),
        ("/app/assets/index-Bn79mJno.css", "text/css", "public, max-age=31536000, immutable"),
        ("/app/lictor.svg", "image/svg+xml", "no-cache"),
    ],
)
def test_a_file_is_sent_as_what_it_is(visitor, dist, path, kind, kept):
    answer = visitor.get(path)

    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert answer.headers["Cache-Control"] == kept
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "encoding", "sent"),
    [
        ("gzip, deflate, br", "gzip", PACKED),
        ("br;q=1.0, gzip;q=0.8", "gzip", PACKED),
        ("gzip;q=0", None, b"export {}"),
        ("identity", None, b"export {}"),
        ("", None, b"export {}"),
    ],
)
def test_a_file_is_sent_packed_to_whoever_can_read_it(visitor, dist, nowhere, accepted, encoding, sent):
    (nowhere / "frontend" / "dist" / f"{SCRIPT.removeprefix('/app/')}.gz").write_bytes(PACKED)
    asked = {"Accept-Encoding": accepted}
    answer = visitor.client.get(SCRIPT, headers=asked, buffered=True)

    assert (answer.status_code, answer.headers.get("Content-Encoding"), answer.data) == (200, encoding, sent)
    assert answer.mimetype == "text/javascript"
    assert "Accept-Encoding" in answer.vary
    known = asked | {"If-None-Match": answer.headers["ETag"]}
    assert visitor.client.get(SCRIPT, headers=known, buffered=True).status_code == 304


@pytest.mark.parametrize("path", ["old.js", "assets/", "assets/index-0ld.js", "assets/old", "x/y.png", "assets/%00.js"])
def test_no_page_is_sent_in_place_of_a_file_that_is_gone(client, visitor, dist, path):
    assert_refused(client.get(f"/app/{path}", headers={"Accept": "*/*"}), 404, "not_found")
    assert visitor.get(f"/app/{path}").status_code == 404


@pytest.mark.parametrize("way", OUTSIDE)
def test_nothing_outside_of_the_folder_is_sent(client, dist, way):
    assert "the key" not in client.get(f"/app/{way}/secret.txt", buffered=True).text


def test_where_the_app_is_not_built_one_is_told_how(client, visitor, nowhere):
    page = visitor.get("/app/account/history")

    assert page.status_code == 404 and "make serve" in words(page)
    assert_refused(client.get("/app/"), 404, "not_found")
    assert_refused(client.get(SCRIPT), 404, "not_found")


@pytest.mark.parametrize("path", ["/app", "/app/", "/app/account", SCRIPT, "/app/old.js"])
def test_nobody_is_looked_up_for_the_app(ada, dist, path):
    answer = ada.get(path)

    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers["Vary"]


def test_an_address_that_only_begins_like_the_app_has_a_session(ada, dist):
    assert "Cookie" in ada.get("/apple").headers["Vary"]


def test_nothing_is_sent_to_the_app(client, dist):
    assert_refused(client.post("/app/login"), 405, "method_not_allowed")
