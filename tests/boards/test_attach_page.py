"""The page on which a probe is attached: proposals, kinds, a try that proves nothing, and nothing typed is lost."""

import asyncio
import re
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.attachments import commands as attachments
from apps.boards.selectors import command_lines
from apps.core.errors import WrongState
from apps.deployments.models import Item
from apps.ledger import selectors as ledger
from apps.ledger.models import Entry
from apps.live import notes, publish
from apps.probes import tasks
from apps.probes.commands import tries as tries_of_probes
from apps.probes.kinds import KINDS
from apps.probes.models import Run
from apps.teams import commands as teams
from tests import cast as casting
from tests import servers
from tests.boards.desk import address, at, conditions_of, rows_of
from tests.cast import again
from tests.clock import PATIENCE
from tests.probes.hostile import answering, sized
from tests.probes.test_tasks import server

pytestmark = pytest.mark.django_db
TYPED = {"name": "Health", "kind": "http", "url": "https://gateway.example/health", "conditions": "status == 200"}
JSON = b"Content-Type: application/json"
ID = re.compile(r'name="tried" value="([0-9a-f-]{36})"')


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    stage.item = stage.items[2]
    return stage


@pytest.fixture
def asked(broker: servers.Broker, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A broker that takes notes, and probes that may ask this machine."""
    settings.KEYTURN_PROBE_ALLOW = "127.0.0.1"
    monkeypatch.setattr(publish, "_client", None)


def page_of(made: SimpleNamespace, query: str = "", person: Any = None) -> str:
    answer = at(person or made.member).get(address(made.item, "attach_probe") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def post(made: SimpleNamespace, name: str = "try_probe", person: Any = None, query: str = "", **typed: str) -> Any:
    return at(person or made.member).post(address(made.item, name) + query, TYPED | typed)


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"|name="{name}"[^>]*>\s*([^<]*)</textarea>', page)
    assert found
    return (found[1] or found[2] or "").strip()


def answer_to(made: SimpleNamespace, tried: str, person: Any = None) -> str:
    answer = at(person or made.member).get(address(made.item, "tried") + f"?tried={tried}")
    return " ".join(answer.content.decode().split())


def test_the_form_of_each_kind_is_one_press_away_and_keeps_what_was_typed(made):
    page = page_of(made)
    assert 'value="http" checked' in page
    again_shown = post(made, switch="1", kind="tcp", address="db.example:5432").content.decode()
    assert 'value="tcp" checked' in again_shown
    assert (field(again_shown, "name"), conditions_of(again_shown)) == ("Health", "latency < 5 s")


def test_each_kind_says_what_it_looks_at(made):
    page = page_of(made)
    for kind in KINDS.values():
        assert f"<span>{kind.LABEL} <small>{kind.ABOUT}</small></span>" in page


def test_where_commands_are_off_the_form_of_one_says_who_switches_them_on(made, settings):
    def shown(kind: str) -> str:
        page = at(again(made.member)).get(f"{address(made.item, 'attach_probe')}?kind={kind}").content.decode()
        return " ".join(page.split())

    settings.KEYTURN_COMMANDS = False
    assert "Commands do not run on this Keyturn. Whoever runs it switches them on" in shown("command")
    settings.KEYTURN_COMMANDS = True
    assert "This team runs no commands. An admin of the team can switch them on" in shown("command")
    teams.edit_team(made.team, by=again(made.lead), two_publish=True, runs_commands=True)
    assert "Nothing of this kind runs yet" not in shown("command")
    settings.KEYTURN_COMMANDS = False
    assert "Nothing of this kind runs yet" not in shown("http")


def test_a_command_becomes_a_form_and_what_changes_things_stays_an_instruction(made):
    commands = ["curl -fsS https://gw.example/health\nsystemctl restart gateway", "redis-cli -h cache.example ping"]
    http, restart, redis = command_lines(Item(commands=commands))
    assert http["query"] == "?kind=http&url=https%3A%2F%2Fgw.example%2Fhealth&conditions=status+%3D%3D+200"
    assert (restart["line"], restart["query"]) == ("systemctl restart gateway", "")
    assert redis["query"] == "?kind=redis&address=cache.example%3A6379&conditions=answer+%3D%3D+%22PONG%22"
    query = 'histogram_quantile(0.95, sum by (le) (rate(seconds_bucket{job="gw"}[5m])))'
    assert command_lines(Item(commands=[query]))[0]["query"].startswith("?kind=prometheus&queries=value+%3D+histogram")
    made.item = made.items[1]
    page = page_of(made)
    assert page.count("stays an instruction") == 1
    filled = page_of(made, "?kind=http&url=https://gw.example/health&basis=x")
    assert field(filled, "url") == "https://gw.example/health"
    assert field(filled, "basis") != "x"


def test_a_row_is_added_filled_and_taken_away_without_a_script(made):
    rows = {
        "condition_value": ["status", 'json.a || body == "x"', ""],
        "condition_sign": ["in", "", "=="],
        "condition_limit": ["200..299", "", ""],
        "condition_level": ["fails", "fails", "fails"],
    }
    typed: Any = {"name": "Health", "kind": "http", "url": "https://gateway.example/health"} | rows
    for pressed, shown in (
        ({"more": "comparison"}, 'status in 200..299\njson.a || body == "x"\n==\n=='),
        ({"remove": "2"}, "status in 200..299\n=="),
        ({"add": "latency < 1 s"}, 'status in 200..299\njson.a || body == "x"\n==\nlatency < 1 s'),
    ):
        page = at(made.member).post(address(made.item, "try_probe"), typed | pressed).content.decode()
        assert conditions_of(page) == shown
        assert field(page, "url") == typed["url"]
        assert "data-unsent" in page
    page = at(made.member).post(address(made.item, "try_probe"), typed | {"as": "text"}).content.decode()
    assert field(page, "conditions") == "status in 200..299\njson.a || body == &quot;x&quot;"
    page = post(made, **{"as": "rows"}).content.decode()
    assert conditions_of(page) == "status == 200"


def test_a_probe_that_is_opened_and_saved_as_it_is_stays_as_it_is(made):
    lines = [
        "latency < 300 ms, warn 200 ms",
        'warn: json["a == b"] contains "x"',
        "any(status == 200)",
        "json.a || json.b",
    ]
    config = {"url": TYPED["url"], "conditions": "\n".join(lines)}
    attachments.attach_probe(made.item, by=again(made.member), name="Health", kind="http", config=config)
    before, entries = casting.load(made.item).probe, Entry.objects.count()
    page = page_of(made)
    shown = [row if "warns" in row else [*row, "fails"] for row in rows_of(page)]
    full = [row if len(row) == 4 else [row[0], "", row[1], row[2]] for row in shown]
    columns = zip(("value", "sign", "limit", "level"), *full, strict=True)
    rows = {f"condition_{name}": values for name, *values in columns}
    sent = {"name": "Health", "url": TYPED["url"], "basis": field(page, "basis")} | rows
    assert at(made.member).post(address(made.item, "attach_probe"), sent).status_code == 302
    after = casting.load(made.item).probe
    assert (after.config, Entry.objects.count()) == (before.config, entries)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"url": "http://169.254.169.254/"}, "which no probe may ask"),
        ({"conditions": "latency < 300"}, "needs a unit: write 300 ms or 300 s"),
        ({"conditions": "speed > 3"}, "There is no value called “speed” here"),
    ],
)
def test_what_can_never_be_asked_is_said_beside_its_field_and_nothing_typed_is_lost(made, typed, why):
    for name, query in (("try_probe", ""), ("attach_probe", "")):
        answer = post(made, name, query=query, **typed)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert why in page
        for left, text in (TYPED | typed).items():
            assert left == "kind" or field(page, left) == text.replace("<", "&lt;").replace(">", "&gt;")
    assert Item.objects.get(pk=made.item.pk).probe is None


def test_a_long_form_that_is_refused_says_at_the_top_what_is_wrong_and_leads_there(made):
    page = at(made.member).post(address(made.item, "attach_probe"), TYPED | {"name": ""}).content.decode()
    form = page[page.index('id="attach"') :]
    summary, rest = form.split("</div>", 1)
    assert "autofocus" in summary
    assert "Not saved" in summary
    links = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', summary)
    assert [label for _, label in links] == ["Name"]
    assert all(f'id="{anchor}"' in rest for anchor, _ in links)
    rows = {"condition_value": "speed", "condition_sign": ">", "condition_limit": "3", "condition_level": "fails"}
    typed = {name: value for name, value in TYPED.items() if name != "conditions"}
    page = at(made.member).post(address(made.item, "attach_probe"), typed | rows).content.decode()
    assert '<a href="#condition-rows">Passes when all hold</a>' in page
    assert 'id="condition-rows" tabindex="-1"' in page
    assert "autofocus" not in page_of(made)


def tries(made: SimpleNamespace, commit: Any, url: str, **typed: str) -> str:
    """Try it, let a worker ask, and return what the try is found by."""
    with commit():
        answer = post(made, url=url, **typed)
    assert answer.status_code == 200
    tried = ID.search(answer.content.decode())
    assert tried
    assert "Asking…" in answer_to(made, tried[1])
    tasks.try_probe.apply(kwargs={"work_id": tried[1]}).get()
    return tried[1]


@pytest.mark.usefixtures("asked")
def test_a_try_is_asked_by_a_worker_and_each_value_is_one_press_from_a_condition(
    made, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    body = b'{"status": "healthy", "models": [1, 2]}'
    entries = Entry.objects.count()
    with server(answering(sized(body, JSON))) as url:
        tried = tries(made, django_capture_on_commit_callbacks, url, conditions="status == 200\nsize(json.models) > 5")
    answer = answer_to(made, tried)
    assert "As a run: failed." in answer
    assert "now <bdi>2</bdi>" in answer
    assert 'value="json.status == &quot;healthy&quot;"' in answer
    more = post(made, add='json.status == "healthy"', tried=tried).content.decode()
    assert field(more, "conditions") == "status == 200\njson.status == &quot;healthy&quot;"
    assert "As a run: failed." in " ".join(more.split())
    assert (Run.objects.count(), Entry.objects.count()) == (0, entries)


@pytest.mark.usefixtures("asked")
def test_a_try_that_may_change_things_says_so_in_the_ledger_and_proves_nothing(
    made, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    with server(answering(sized(b"done", b"Content-Type: text/plain"))) as url:
        tried = tries(made, django_capture_on_commit_callbacks, url, method="DELETE", conditions="status == 200")
    assert "As a run: passed." in answer_to(made, tried)
    entry = Entry.objects.get(kind="probe.tried")
    assert (entry.stream_id, entry.actor) == (made.deployment.stream, made.member.pk)
    assert f"DELETE {url}" in ledger.lines([entry])[0].text
    assert Run.objects.count() == 0
    assert Item.objects.get(pk=made.item.pk).probe is None


@pytest.mark.usefixtures("asked")
def test_what_was_not_recorded_is_not_asked(made, monkeypatch, django_capture_on_commit_callbacks):
    def full(*_, **__):
        raise WrongState("The disk is full.")

    monkeypatch.setattr(tries_of_probes.ledger, "record", full)
    with django_capture_on_commit_callbacks() as sent:
        assert post(made, method="POST").status_code == 409
    assert not sent


@pytest.mark.usefixtures("asked")
def test_whoever_tries_what_hangs_keeps_no_prober_from_runs(
    made, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    """The server answers the try once the run was asked, which the same worker does meanwhile."""
    came = asyncio.Event()

    async def waits(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        if b"GET /run " in head:
            came.set()
        await asyncio.wait_for(came.wait(), PATIENCE)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    with server(waits) as url:
        config = {"url": url.replace("/health", "/run"), "timeout_ms": 9000}
        attachments.attach_probe(made.items[1], by=again(made.lead), name="Run", kind="http", config=config)
        attachments.run_probes(made.deployment, by=again(made.member), numbers=[made.items[1].number])
        tried = tries(made, django_capture_on_commit_callbacks, url)
    assert "As a run: passed." in answer_to(made, tried)
    assert Run.objects.get().state == "passed"


@pytest.mark.usefixtures("asked")
def test_a_try_belongs_to_whoever_tried_is_asked_once_and_is_forgotten(
    made, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    tried = tries(made, django_capture_on_commit_callbacks, "http://127.0.0.1:9/")
    assert "As a run: failed." in answer_to(made, tried)
    assert "This try is forgotten" in answer_to(made, tried, person=made.lead)
    assert tasks.try_probe.apply(kwargs={"work_id": tried}).get() == "forgotten"
    publish.connection().delete(f"keyturn:note:try:{tried}")
    assert "This try is forgotten" in answer_to(made, tried)


@pytest.mark.usefixtures("asked")
def test_everybody_has_one_try_under_way_and_nothing_typed_is_lost(
    made, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    """A worker is at one try at a time: whoever tries what hangs again and again would keep it from others' tries."""
    with django_capture_on_commit_callbacks():
        first = post(made, url="http://127.0.0.1:9/")
        again = post(made, url="http://127.0.0.1:9/second")
        other = post(made, url="http://127.0.0.1:9/", person=made.lead)
    assert (first.status_code, again.status_code, other.status_code) == (200, 429, 200)
    page = again.content.decode()
    assert "Your last try has no answer yet." in page
    assert field(page, "url") == "http://127.0.0.1:9/second"
    found = ID.search(first.content.decode())
    assert found
    tasks.try_probe.apply(kwargs={"work_id": found[1]}).get()
    assert post(made, url="http://127.0.0.1:9/").status_code == 200


@pytest.mark.usefixtures("asked")
def test_whoever_waits_long_is_told_that_nobody_may_be_there(made):
    notes.note("try:slow", {"person": str(made.member.pk), "at": 0}, seconds=60)
    assert "No worker may be free" in answer_to(made, "slow")


def test_a_command_is_not_tried_and_its_form_offers_no_try(made):
    page = at(made.member).get(f"{address(made.item, 'attach_probe')}?kind=command").content.decode()
    assert "Try it now" not in page
    assert "Try it, and" not in page
    answer = at(made.member).post(address(made.item, "try_probe"), {"kind": "command", "name": "x", "argv": "df"})
    assert answer.status_code == 409
    assert "two people approve it first" in answer.content.decode()


def test_with_the_broker_away_a_try_is_refused_in_words(made, settings, monkeypatch):
    settings.KEYTURN_REDIS_URL = "redis://127.0.0.1:9/0"
    monkeypatch.setattr(publish, "_client", None)
    answer = post(made)
    assert answer.status_code == 409
    assert "The broker does not answer" in answer.content.decode()
    assert "This try is forgotten" in answer_to(made, "any")


def test_it_is_saved_against_what_was_shown(made):
    page = page_of(made)
    assert post(made, "attach_probe", basis=field(page, "basis")).status_code == 302
    probe = casting.load(made.item).probe
    assert (probe.name, probe.kind) == ("Health", "http")
    changed = page_of(made)
    assert 'name="kind"' not in changed
    config = {"url": TYPED["url"], "conditions": "status == 204"}
    attachments.attach_probe(made.item, by=again(made.lead), name="Health", kind="http", config=config)
    late = post(made, "attach_probe", basis=field(changed, "basis"), conditions="status == 201")
    assert late.status_code == 409
    text = late.content.decode()
    assert "status == 204" in text
    assert field(text, "conditions") == "status == 201"


def test_who_may_not_attach_is_told_why_and_tries_nothing(made):
    assert "Your role reads only" in page_of(made, person=made.auditor)
    assert post(made, person=made.auditor).status_code == 403
