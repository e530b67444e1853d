"""What people do who misuse a Keyturn, on the wire, and that nothing of it broke anything."""

import re

from tests.cast import PASSWORD
from tests.journeys.person import Wire, verify
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

BOARD = "/t/pay/deployments/1/"
RECORDS = f"{BOARD}records/"
IMPORT = "/t/pay/templates/import/"
NEW = "/t/pay/deployments/new/"


def item_page(item: int) -> str:
    return f"{BOARD}items/{item}/"


def offered(who: Wire, item: int, board: str = BOARD) -> dict[str, object]:
    """What the signing form of an item sends when its box is ticked."""
    page = who.get(f"{board}items/{item}/").text
    hidden = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("shown", "intent", "slot")}
    return hidden | {"password": PASSWORD}


def recorded(stand: Stand, kind: str, item: str = "") -> int:
    """How many entries of a kind the ledger holds, about an item or about none."""
    return ask(stand.site, "entries").count([kind, item])


def acts(stand):
    """What people did: the clock anchors heads once a minute, whoever does what."""
    return [kind for kind, _item in ask(stand.site, "entries") if kind != "head.anchored"]


def read(who: Wire, text: str) -> tuple[str, str]:
    """Import a text; where its preview is, and what it says."""
    sent = who.post(IMPORT, {"text": text})
    assert sent.status == 302, sent.text
    return sent.location, who.get(sent.location).text


def draft(preview: str) -> dict[str, object]:
    """What publishing brings along of what the preview showed."""
    form = preview.partition('draft/">')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(basis)" value="([^"]*)"', form))


def nothing_broke(stand: Stand, but: str = "") -> None:
    """The ledger is whole and nothing crashed; `but` is what the story itself broke, and what is found first."""
    whole = verify(stand.site)
    printed = whole.stdout + whole.stderr
    assert whole.returncode == (1 if but else 0), printed
    assert but in printed
    assert "Also broken" not in printed
    assert [line for line in stand.output.splitlines() if "Traceback" in line] == []
    assert "Internal Server Error" not in stand.output
