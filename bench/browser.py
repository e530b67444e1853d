"""Debian's Chromium, as the journeys use it, and what it costs."""

import os
import time
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.clock import cpu_of, tree
from bench.site import Visitor

PROGRAM = "/usr/bin/chromium"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
LONGEST_WAIT = 60_000  # milliseconds; for a busy machine
# When the first row was painted, in milliseconds after the navigation began.
WATCH_ROWS = """(() => {
  const look = () => [...document.querySelectorAll("li[id^='item-']")].some((row) => row.getClientRects().length)
    ? requestAnimationFrame(() => setTimeout(() => { window.rowsVisibleAt = performance.now(); }))
    : requestAnimationFrame(look);
  requestAnimationFrame(look);
})()"""
# When each element with an id came into the page, in milliseconds since 1970.
WATCH_CHANGES = """() => {
  window.cameAt = {};
  new MutationObserver((records) => {
    for (const record of records) for (const node of record.addedNodes)
      if (node.id) window.cameAt[node.id] = performance.timeOrigin + performance.now();
  }).observe(document.body, { childList: true, subtree: true });
}"""


class Chromium:
    """One browser for the whole bench; contexts share nothing."""

    def context(self, origin: str, visitor: Visitor) -> BrowserContext:
        """An empty profile in which the visitor is signed in at `origin`."""
        made = self.browser.new_context(viewport={"width": 1440, "height": 900})
        pairs = (pair.partition("=") for pair in visitor.headers["Cookie"].split("; "))
        made.add_cookies([{"name": name, "value": value, "url": origin} for name, _, value in pairs])
        return made

    def rows_visible(self, origin: str, visitor: Visitor, path: str) -> float:
        """Milliseconds until the first row of a page is painted, with nothing in the cache."""
        context = self.context(origin, visitor)
        context.add_init_script(WATCH_ROWS)
        page = context.new_page()
        page.goto(origin + path)
        taken = float(page.evaluate(_waiting_for("window.rowsVisibleAt")))
        context.close()
        return taken

    def print(self, html: str, base: str, files: dict[str, Path]) -> float:
        """CPU seconds of all Chromium processes for one PDF of `html`, whose files are asked of `base`."""
        page = self.browser.new_page()
        page.route(f"{base}**", lambda route: route.fulfill(path=files[route.request.url.removeprefix(base)]))
        # An address below `base`: from about:blank the page would find neither its stylesheet nor its fonts.
        page.route(f"{base}record.html", lambda route: route.fulfill(body=html, content_type="text/html"))
        before = self.cpu()
        page.goto(f"{base}record.html")
        page.pdf(prefer_css_page_size=True, tagged=True)
        taken = self.cpu() - before
        page.close()
        return taken

    def cpu(self) -> float:
        """CPU seconds of all its processes so far."""
        time.sleep(0.01)
        return cpu_of(pid for pid in tree(os.getpid()) if _is_chromium(pid))

    @cached_property
    def browser(self) -> Browser:
        """Started when it is first needed; ends with this process."""
        return sync_playwright().start().chromium.launch(executable_path=PROGRAM, args=OPTIONS)


def watch_changes(page: Page) -> None:
    """From now on `came_at` knows when elements come into the page."""
    page.evaluate(WATCH_CHANGES)


def came_at(page: Page, element: str) -> float:
    """When the element of that id came, in milliseconds since 1970; waits for it."""
    came = page.evaluate(_waiting_for("window.cameAt[id]"), element)
    page.evaluate("id => { delete window.cameAt[id]; }", element)
    return float(came)


def _waiting_for(value: str) -> str:
    """Script that waits until an expression has a value; Playwright's own wait evaluates text, which a page forbids."""
    return (
        f"id => new Promise((done, fail) => {{ const late = Date.now() + {LONGEST_WAIT};"
        f" const look = () => {{ if ({value}) done({value}); else if (Date.now() > late) fail('{value} never came');"
        " else setTimeout(look, 2); }; look(); })"
    )


def _is_chromium(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().startswith("chrom")
    except OSError:
        return False
