"""Somebody at a browser, and the same somebody where a browser is too polite."""

import http.client
import os
import subprocess
import sys
import urllib.parse
import uuid
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize

from tests import servers
from tests.canaries import SEARCH

PATIENCE = 30_000  # milliseconds: how busy the machine is says nothing about a page
# Measuring contrasts is most of what axe does on a page, so that a text is measured once in each standing: its colour
# and size, and all that is behind it. Answers violations, standings, and whether each of these could be measured.
CONTRAST = """async (known) => {
  const behind = new Map([[null, ""]]);
  const layers = (element) => {
    if (!behind.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode } = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, filter, mixBlendMode].join(" ");
      behind.set(element, `${own}|${layers(element.parentElement)}`);
    }
    return behind.get(element);
  };
  const seen = new Set(known);
  const found = new Set();
  const include = [];
  for (const element of document.body.querySelectorAll("*")) {
    const says = element.matches("input, select, textarea")
      || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!says || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element);
    const idle = Boolean(element.closest(":disabled, [aria-disabled=true]"));
    const standing = [color, fontSize, fontWeight, textShadow, idle, layers(element)].join(" ");
    if (seen.has(standing)) continue;
    found.add(standing);
    include.push(element);
  }
  if (!include.length) return { violations: [], standings: [], measured: true };
  const options = { runOnly: ["color-contrast"], resultTypes: ["violations"] };
  const { violations, incomplete } = await axe.run({ include }, options);
  return { violations, standings: [...found], measured: !incomplete.length };
}"""
SESSION, CSRF = "keyturn_sid", "keyturn_csrf"
measured: set[str] = set()  # standings of texts that axe found good in this run
TOKEN = "k" * 32  # Django takes any secret of this shape, as long as cookie and form agree


class Person:
    """Somebody at a browser of their own. Every page they open has to be free of accessibility violations.

    session: signs them in without a form. axe: whether every page they open is checked for accessibility.
    zone, language: what their browser says of itself, as Europe/Paris and fr-FR.
    """

    def __init__(
        self,
        browser: Browser,
        site: servers.Keyturn,
        *,
        phone: bool = False,
        dark: bool = False,
        session: str = "",
        axe: bool = True,
        scripts: bool = True,
        zone: str | None = None,
        language: str | None = None,
    ) -> None:
        viewport: ViewportSize = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        self.site = site
        self.axe = axe and os.environ.get("KEYTURN_TEST_ENGINE") != "postgresql"  # a browser gets the same pages there
        self.context = browser.new_context(
            viewport=viewport, color_scheme="dark" if dark else "light", java_script_enabled=scripts,
            timezone_id=zone, locale=language,
        )  # fmt: skip
        if session:
            self.context.add_cookies([{"name": SESSION, "value": session, "url": site.address}])
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note_console)

    def _note_console(self, message: ConsoleMessage) -> None:
        if "Content Security" in message.text:
            self.errors.append(message.text)

    def open(self, path: str) -> Page:
        """Go to a page of the site and check it for accessibility."""
        answer = self.page.goto(path if path.startswith("http") else self.site.address + path)
        assert answer is None or answer.status != 500, f"{path} broke"
        if self.axe:
            self.check_accessibility()
        return self.page

    def follow(self, leading: Locator) -> None:
        """Press what leads to another page, and wait for that page.

        Without scripts every press does, and the page before it can still be read and pressed meanwhile.
        """
        with self.page.expect_navigation():
            leading.click()

    def tab(self, path: str) -> Page:
        """One more page of the same browser, at that address."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(self.site.address + path, wait_until="domcontentloaded")
        return page

    def check_accessibility(self) -> None:
        """No violation on what is shown now."""
        options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}
        found = Axe().run(self.page, options=options)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        contrast = self.page.evaluate(CONTRAST, sorted(measured))
        assert contrast["violations"] == [], f"{self.page.url}\n{contrast['violations']}"
        if contrast["measured"]:
            measured.update(contrast["standings"])

    def send(self, action: str, press: str | None = None, **values: str) -> None:
        """Fill in the form whose address ends so, press its button, and wait for what the server answers.

        A page opened before the answer is there takes the request back, and nothing happens.
        """
        form = self.page.locator(f"form[action$='{action}'], form[action$='{action}?']").first
        folded = form.locator("xpath=ancestor::details[not(@open)]/summary")
        for summary in folded.all():
            summary.click()
        for name, value in values.items():
            field = form.locator(f"[name='{name}']").first
            kind = field.get_attribute("type")
            if kind == "checkbox":
                field.check()
            elif kind == "radio":
                form.locator(f"[name='{name}'][value='{value}']").check()
            elif field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)
        button = form.get_by_role("button", name=press).first if press else form.locator("button.primary, button").last
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            button.click()


@dataclass(frozen=True)
class Answer:
    """What came back: the status, where it leads, the page."""

    status: int
    location: str
    text: str


@dataclass(frozen=True)
class Wire:
    """Requests of somebody who is signed in, exactly as written: no browser corrects them."""

    site: servers.Keyturn
    session: str = ""
    token: str = TOKEN

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page."""
        return self._send("GET", path, b"", headers)

    def post(self, path: str, fields: dict[str, object] | None = None, **headers: str) -> Answer:
        """Send a form; a list sends its field several times."""
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self.token, **(fields or {})}, doseq=True).encode()
        return self._send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"} | headers)

    def upload(self, path: str, name: str, data: bytes, **fields: str) -> Answer:
        """Send a form with one file in its field `file`."""
        border = uuid.uuid4().hex
        lines = [f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in
                 {"csrfmiddlewaretoken": self.token, **fields}.items()]  # fmt: skip
        lines.append(f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n')
        body = "".join(lines).encode() + data + f"\r\n--{border}--\r\n".encode()
        return self._send("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={border}"})

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        cookies = f"{SESSION}={self.session}; {CSRF}={TOKEN}"
        line = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=60)
        try:
            line.request(method, path, body, {"Cookie": cookies} | headers)
            answer = line.getresponse()
            text = answer.read().decode("utf-8", "replace")
            SEARCH.search_text("pages", f"{answer.headers}\n{text}")
            return Answer(answer.status, answer.headers.get("Location", ""), text)
        finally:
            line.close()


def verify(site: servers.Keyturn, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What `verify_ledger` says about an instance."""
    command = [sys.executable, "manage.py", "verify_ledger", *arguments]
    return subprocess.run(command, env=site.environment, cwd=servers.ROOT, capture_output=True, text=True, check=False)
