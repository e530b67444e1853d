"""Make the README's pictures from the worked example: `make screenshots`.

Starts Keyturn on a free port with a data folder of its own and takes the pictures in headless Chromium.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.servers import Keyturn  # noqa: E402

PICTURES = ROOT / "docs" / "img"
CHROMIUM = "/usr/bin/chromium"
# The worked example's deployments: one closed with its record, one blocked by a failing probe, one in review.
CLOSED, BLOCKED, IN_REVIEW = 1, 2, 3
CHECKLIST = """# Gateway release

## Before

- [ ] **Backup taken** - restore it once and write down how long it took: ____
  ```sh
  ./backup.sh --to backups/<version>
  ```
- [ ] **Load test passed** - p95 under 2 s (critical)

## After

- [ ] **Error rate stays under 1 %** - for one hour
- [ ] **Support is told**
"""


def main() -> None:
    """Take every picture."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="keyturn-pictures-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with Keyturn(Path(folder)) as site:
            wide = _become(browser, site, "Anna Moreau", width=1280, height=860)
            _board(wide, site)
            _import(wide, site)
            _item(_become(browser, site, "Jun Kim", width=1280, height=1060), site)
            _phone(_become(browser, site, "Jun Kim", width=390, height=844, dark=True), site)
            _record(wide, site, Path(folder))
        browser.close()


def _board(page: Page, site: Keyturn) -> None:
    page.goto(_deployment(site, IN_REVIEW))
    page.screenshot(path=PICTURES / "board.png")


def _import(page: Page, site: Keyturn) -> None:
    page.goto(f"{site.address}/t/pay/templates/import/")
    page.get_by_label("Paste the text").fill(CHECKLIST)
    page.get_by_role("button", name="Show what it becomes").click()
    page.wait_for_url(re.compile(r"/import/[0-9a-f-]{36}/"))
    page.screenshot(path=PICTURES / "import.png")


def _item(page: Page, site: Keyturn) -> None:
    page.goto(_deployment(site, BLOCKED))
    page.locator(".item .probe.failed").wait_for()  # both probes have run by now: the failing one was asked last
    page.reload()
    page.locator(".item > a", has=page.get_by_text("says so at its health address")).click()
    page.locator("#detail summary", has_text="Last run: failed").wait_for()
    page.mouse.move(0, 0)
    page.screenshot(path=PICTURES / "item.png")


def _phone(page: Page, site: Keyturn) -> None:
    page.goto(_deployment(site, IN_REVIEW))
    page.screenshot(path=PICTURES / "phone.png")


def _record(page: Page, site: Keyturn, folder: Path) -> None:
    page.goto(f"{_deployment(site, CLOSED)}records/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PDF").first.click(timeout=60_000)  # appears by itself once it is filed
    pdf = folder / "record.pdf"
    download.value.save_as(pdf)
    drawing: list[str | Path] = [
        "pdftoppm",
        "-png",
        "-r",
        "80",
        "-f",
        "1",
        "-l",
        "1",
        "-singlefile",
        pdf,
        PICTURES / "record",
    ]
    subprocess.run(drawing, check=True)


def _deployment(site: Keyturn, number: int) -> str:
    return f"{site.address}/t/pay/deployments/{number}/"


def _become(browser: Browser, site: Keyturn, name: str, *, width: int, height: int, dark: bool = False) -> Page:
    viewport: ViewportSize = {"width": width, "height": height}
    page = browser.new_context(viewport=viewport, color_scheme="dark" if dark else "light").new_page()
    page.goto(f"{site.address}/sign-in/")
    page.get_by_role("button", name=f"Become {name}").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


if __name__ == "__main__":
    main()
