"""Make the README's pictures from the worked example: `make screenshots`.

Starts Keyturn on a free port with a data folder of its own and takes the pictures in headless Chromium.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.servers import Keyturn  # noqa: E402

PICTURES = ROOT / "docs" / "img"
CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-gpu"]}
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
        browser = playwright.chromium.launch(**CHROMIUM)
        with Keyturn(Path(folder)) as site:
            _pages(browser, site)
            _record(browser, site, Path(folder))
        browser.close()


def _pages(browser: Browser, site: Keyturn) -> None:
    page = _become(browser, site, "Anna Moreau", width=1440, height=900)
    page.goto(f"{site.address}/t/pay/deployments/1/")
    page.screenshot(path=PICTURES / "board.png")
    page.locator(".item > a").nth(1).click()
    page.wait_for_selector("#detail *")
    page.screenshot(path=PICTURES / "item.png")
    page.goto(f"{site.address}/t/pay/templates/import/")
    page.fill("textarea", CHECKLIST)
    page.get_by_role("button", name=re.compile("preview|read|import", re.I)).first.click()
    page.wait_for_url("**/import/*-*/")
    page.screenshot(path=PICTURES / "import.png")
    phone = _become(browser, site, "Jun Kim", width=390, height=844, dark=True)
    phone.goto(f"{site.address}/t/pay/deployments/1/")
    phone.screenshot(path=PICTURES / "phone.png")


def _record(browser: Browser, site: Keyturn, folder: Path) -> None:
    page = _become(browser, site, "Anna Moreau", width=1440, height=900)
    page.goto(f"{site.address}/t/pay/deployments/3/records/")
    link = page.get_by_role("link", name=re.compile("download|pdf", re.I)).first
    for _ in range(60):
        if link.count():
            break
        time.sleep(1)
        page.reload()
    with page.expect_download() as download:
        link.click()
    pdf = folder / "record.pdf"
    download.value.save_as(pdf)
    command = ["pdftoppm", "-png", "-r", "70", "-f", "1", "-l", "1", "-singlefile", pdf, PICTURES / "record"]
    subprocess.run(command, check=True)


def _become(browser: Browser, site: Keyturn, name: str, *, width: int, height: int, dark: bool = False) -> Page:
    viewport = {"width": width, "height": height}
    page = browser.new_context(viewport=viewport, color_scheme="dark" if dark else "light").new_page()
    page.goto(f"{site.address}/sign-in/")
    page.get_by_role("button", name=f"Become {name}").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


if __name__ == "__main__":
    main()
