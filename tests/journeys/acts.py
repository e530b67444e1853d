"""Each kind of act on a deployment, sent as a browser sends its form."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from tests.cast import PASSWORD, READS_UNTIL
from tests.journeys.person import Wire

BOARD = "/t/pay/deployments/1/"
PEOPLE = "/t/pay/people/"
HIDDEN = re.compile(r'type="hidden" name="([^"]+)" value="([^"]*)"')


def typed_waiver(**others: str) -> dict[str, str]:
    """What somebody who asks for a waiver types, but who does what comes after it."""
    end = datetime.now(UTC) + timedelta(days=7)
    return {
        "risk": "low",
        "measure": "Somebody looks every hour.",
        "expires_at": f"{end:%Y-%m-%dT%H:%M}",
        "afterwards": "Do it before the next release.",
        "afterwards_due": f"{end:%Y-%m-%d}",
        **others,
    }


def item_page(item: int) -> str:
    return f"{BOARD}items/{item}/"


def act(who: Wire, page: str, action: str = "", **fields: object) -> None:
    """Open a page and send its form of that address, or the one that leads to the page itself."""
    text = who.get(page).text
    form = re.search(rf'<form(?=[^>]* method="post")[^>]* action="([^"]*{action})".*?</form>', text, re.S)
    if not action:
        form = re.search(r'<form(?=[^>]* method="post")(?![^>]* action=)()[^>]*>.*?</form>', text, re.S)
    assert form, f"{page} has no form for {action}: {re.findall('may-not.*|notice half.*', text)}"
    hidden = {name: html.unescape(value) for name, value in HIDDEN.findall(form[0])}
    address = form[1] if form[1].startswith("/") else f"{page}{form[1]}"
    answer = who.post(address, hidden | fields | {"csrfmiddlewaretoken": who.token})
    assert answer.status == 302, answer.text


def sign(who: Wire, item: int) -> None:
    act(who, item_page(item), "/sign/", password=PASSWORD)


def note(who: Wire, item: int, text: str) -> None:
    """A colleague attaches something."""
    assert who.post(f"{item_page(item)}evidence/attach/", {"kind": "note", "text": text}).status == 302


def what_people_do_with_items(team: SimpleNamespace) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each kind of act once, on items 11 and 12."""
    one, two = item_page(11), item_page(12)
    because = "Nobody needs that step today."
    yield "assigning", lambda: act(team.lead, BOARD, "assign/", item=[11, 12], owner=team.ids["reviewer"])
    yield "a first key", lambda: sign(team.member, 12)
    yield "a rejection", lambda: act(team.lead, two, "/reject/", reason="The log shows a retry.")
    yield "another text", lambda: act(team.member, one, "/edit/", title="Steps have names", text="Each of them.")
    yield "a result", lambda: act(team.member, one, "/fill-in/", result="Done by hand")
    yield "a note", lambda: act(team.member, one, "/evidence/attach/", kind="note", text="Seen.")
    yield "taking it away", lambda: act(team.member, one, "/remove/")
    yield (
        "a probe",
        lambda: act(team.member, f"{one}probe/attach/", "/probe/attach/", name="Health", url="http://localhost/"),
    )
    yield "its run", lambda: act(team.member, BOARD, "probes/run/")
    yield "its end", lambda: act(team.lead, one, "/probe/detach/", reason="It asks nothing of use.")
    yield "a first key again", lambda: sign(team.other_reviewer, 11)
    yield "a second key", lambda: sign(team.reviewer, 11)
    waiver = typed_waiver(justification=because) | {"afterwards_owner": team.ids["member"]}
    yield "a request for a waiver", lambda: act(team.member, f"{two}waiver/request/", "/waiver/request/", **waiver)
    yield "its approval", lambda: act(team.other_reviewer, two, "/approve/", password=PASSWORD)
    yield "its withdrawal", lambda: act(team.lead, two, "/end/", why="It is needed after all.")


def what_people_do_around_items(team: SimpleNamespace) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each kind of act around items, to the end of the deployment."""
    ids = team.ids
    plan = {"title": "Route back", "command": "", "verification": "It answers.", "save": "1"}
    window = {"window_start": "2030-01-02T03:04", "window_end": "2030-01-02T05:04"}
    lines = {"version_deployed": "2.4.1", "answer": "no", "issues": "Too slow"}
    yield "the plan", lambda: act(team.lead, f"{BOARD}rollback/", "/rollback/", **plan)
    yield "the window", lambda: act(team.lead, f"{BOARD}edit/", **window)
    yield "another name", lambda: act(team.lead, "/account/", "/name/", full_name="Lena Petit")
    auditor, reviewer = (f"{PEOPLE}{ids[name]}/" for name in ("auditor", "reviewer"))
    yield "another role", lambda: act(team.lead, auditor, "/role/", role="member")
    yield "less to do", lambda: act(team.lead, reviewer, "/role/", role="auditor", reads_until=str(READS_UNTIL))
    yield "more to do", lambda: act(team.lead, reviewer, "/role/", role="member")
    yield "one role more", lambda: act(team.lead, reviewer, "/roles/", role="manager", proof_password=PASSWORD)
    yield "a removal", lambda: act(team.lead, auditor, "/remove/")
    yield "a record", lambda: team.lead.post(f"{BOARD}records/request/")
    yield "the sheet", lambda: act(team.member, f"{BOARD}sheet/", "/sheet/complete/", password=PASSWORD, **lines)
    yield "its way back", lambda: act(team.lead, f"{BOARD}sheet/", "/send-back/", reason="Say what was too slow.")
    yield (
        "the sheet again",
        lambda: act(
            team.member, f"{BOARD}sheet/", "/sheet/complete/", password=PASSWORD, **lines | {"issues": "The migration"}
        ),
    )
    yield "the end", lambda: act(team.other_reviewer, f"{BOARD}sheet/", "/sheet/verify/", password=PASSWORD)
