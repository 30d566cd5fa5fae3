"""What axe and a ruler find on the page that is open."""

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
#: WCAG 2.2 up to AA, and what is good beside it.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"]
LOOK = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all }) =>
    [id, html, ...any.concat(all).map(({ message }) => message)].join(" | ")));
}"""
#: What can be pressed, with the label around it, and is smaller than 24 x 24 px (WCAG 2.2, 2.5.8), but for links in the
#: midst of a sentence.
SMALL = """() => {
  const isInText = (target) => {
    const around = target.tagName === "A" && target.closest("p, li");
    return around && around.innerText.trim() !== target.innerText.trim();
  };
  return [...document.querySelectorAll("a, button, input, summary")]
    .filter((target) => target.checkVisibility() && !target.matches(".skip, .unseen") && !isInText(target))
    .map((target) => [target.outerHTML, (target.closest("label") ?? target).getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24)
    .map(([html, { width, height }]) => `${html} is ${width} x ${height}`);
}"""
#: What sticks out of the screen.
WIDE = """() => {
  const { scrollWidth } = document.documentElement;
  const out = [...document.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > innerWidth);
  return scrollWidth <= innerWidth ? [] : [`${scrollWidth} px`, ...out.map((one) => one.outerHTML.slice(0, 200))];
}"""
NARROW = {"width": 320, "height": 640}


def assert_keeps_nobody_out(page: Page) -> None:
    """Look at the page in both colour schemes, and on the smallest screen."""
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(LOOK, TAGS)
        assert not found, f"{scheme}: {found}"
    small = page.evaluate(SMALL)
    page.set_viewport_size(NARROW)
    small += page.evaluate(SMALL)
    assert not small, small
    assert_fits(page)


def assert_fits(page: Page) -> None:
    """Nobody has to scroll from side to side."""
    wide = page.evaluate(WIDE)
    assert not wide, wide
