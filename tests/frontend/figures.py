"""How soon the sign-in page is there, and how soon it answers: `python -m tests.frontend.figures`.

The page of the app stands beside the one that the server renders, on a desk and on a slow telephone, as Lighthouse
means it: a processor four times slower, 1.6 Mbit/s, and 150 ms to the server. Each figure is the median of several
browsers that have nothing in their cache, in milliseconds: https://web.dev/articles/vitals.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from tests.browser.chromium import launched
from tests.frontend.guests import built, serving, welcomed
from tests.mailserver import MailServer
from tests.servers.conftest import Server

TIMES = 7
PAGES = {"the app": "/app/login", "the server's page": "/login"}
#: Times slower, bits a second, and milliseconds until an answer begins.
PLACES = {"desk": (1, 0, 0), "telephone": (4, 1_638_400, 150)}
#: From when on the browser counts; an interaction is counted to the next frame that is painted.
WATCH = """
  window.figures = { paint: 0, largest: 0, shift: 0, blocked: 0, answer: 0 };
  const watch = (type, take, more) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true, ...more });
  watch("paint", (one) => { if (one.name === "first-contentful-paint") figures.paint = one.startTime; });
  watch("largest-contentful-paint", (one) => { figures.largest = one.startTime; });
  watch("layout-shift", (one) => { if (!one.hadRecentInput) figures.shift += one.value; });
  watch("longtask", (one) => { figures.blocked += Math.max(0, one.duration - 50); });
  watch("event", (one) => { if (one.interactionId) figures.answer = Math.max(figures.answer, one.duration); },
    { durationThreshold: 16 });
"""
#: What was watched, once everything that has happened is painted and told.
TELL = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(window.figures), 100)))"
COLUMNS = {
    "paint": "first paint",
    "largest": "largest paint",
    "blocked": "blocked",
    "answer": "interaction",
    "shift": "shift",
}


def measure(browser: Browser, server: Server, path: str, place: str) -> dict[str, float]:
    """The figures of one visit with an empty cache: someone types a name and a password, and signs in in vain."""
    guest = welcomed(browser, server)
    try:
        _slow_down(guest.page, *PLACES[place])
        guest.page.add_init_script(WATCH)
        guest.page.goto(f"http://127.0.0.1:{server.port}{path}")
        guest.sees("Sign in")
        told: dict[str, float] = guest.page.evaluate(TELL)
        guest.page.get_by_label("Username or e-mail address").press_sequentially("ada", delay=30)
        guest.page.get_by_role("button", name="Show password").click()
        told["answer"] = max(16, guest.page.evaluate(TELL)["answer"])
        return told
    finally:
        guest.page.context.close()


def _slow_down(page: Page, slower: int, bits: int, wait: int) -> None:
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    if bits:
        tools.send("Network.enable")
        conditions = {"offline": False, "latency": wait, "downloadThroughput": bits / 8, "uploadThroughput": bits / 8}
        tools.send("Network.emulateNetworkConditions", conditions)


@contextmanager
def _served() -> Iterator[Server]:
    built()
    mail = MailServer()
    mail.start()
    with TemporaryDirectory() as scratch, serving(Path(scratch), mail) as server:
        yield server
    mail.stop()


def main() -> None:
    """Print a table; each line is a page in a place."""
    print(f"{'':32}" + "".join(f"{title:>15}" for title in COLUMNS.values()))
    with _served() as server, launched() as browser:
        for place in PLACES:
            for page, path in PAGES.items():
                found = [measure(browser, server, path, place) for _ in range(TIMES)]
                figures = {name: median(one[name] for one in found) for name in COLUMNS}
                print(
                    f"{page} on a {place}".ljust(32)
                    + "".join(f"{figures[name]:15.0f}" for name in COLUMNS if name != "shift")
                    + f"{figures['shift']:15.3f}"
                )


if __name__ == "__main__":
    main()
