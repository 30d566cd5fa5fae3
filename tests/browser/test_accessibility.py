"""What axe finds on the pages, and what it does not look at: no state of any page is left out."""

from pathlib import Path

import axe_playwright_python
import pytest

from tests.browser.states import STATES

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
#: WCAG 2.2 up to AA, and what is good beside it.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"]
LOOK = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all }) =>
    [id, html, ...any.concat(all).map(({ message }) => message)].join(" | ")));
}"""
#: What can be pressed and is smaller than 24 x 24 px (WCAG 2.2, 2.5.8), but for links in the midst of a sentence.
SMALL = """() => {
  const isInText = (target) => {
    const around = target.tagName === "A" && target.closest("p, li");
    return around && around.innerText.trim() !== target.innerText.trim();
  };
  return [...document.querySelectorAll("a, button, input, summary")]
    .filter((target) => target.checkVisibility() && !target.matches(".skip, .unseen") && !isInText(target))
    .map((target) => [target.outerHTML, target.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24)
    .map(([html, { width, height }]) => `${html} is ${width} x ${height}`);
}"""
WIDTH = "document.documentElement.scrollWidth"
NARROW = {"width": 320, "height": 640}
LONG = {"username": "W" * 64, "email": f"{'w' * 64}@{'w' * 60}.example.com"}


@pytest.mark.parametrize("state", STATES)
def test_no_page_keeps_anyone_out(visitor, ada, state):
    STATES[state](visitor)
    page = visitor.page
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(LOOK, TAGS) == [], scheme
    small = page.evaluate(SMALL)
    page.set_viewport_size(NARROW)
    assert page.evaluate(WIDTH) <= 320
    assert small + page.evaluate(SMALL) == []


@pytest.mark.parametrize("path", ["/dashboard", "/account", "/account/email", "/account/delete", "/logout"])
def test_the_longest_name_fits_on_the_smallest_screen(visitor, ada, server, path):
    visitor.enter()
    server.sql("UPDATE users SET username = :username, email = :email", **LONG)
    visitor.page.set_viewport_size(NARROW)
    visitor.go(path)

    assert visitor.page.evaluate(WIDTH) <= 320
