"""The page of a probe: what it answers, what it shows of each run, and what it never does."""

import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.ledger.commands import SYSTEM
from apps.probes.conditions.judging import WARNS
from apps.probes.kinds import FAILED, PASSED, Outcome
from apps.probes.models import Run
from tests import cast as casting
from tests import probing
from tests.boards.desk import address, at, read, send
from tests.cast import again

pytestmark = pytest.mark.django_db
LINE = "latency < 300 ms"
CONFIG = {"url": "https://gateway.example/health", "conditions": f"status == 200\n{LINE}"}


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    stage.item = stage.items[2]
    attachments.attach_probe(stage.item, by=again(stage.member), name="Health", kind="http", config=CONFIG)
    return stage


def judged(line: str, verdict: str, value: str) -> dict[str, Any]:
    why = {"fail": f"It is {value}, which is too much.", "inconclusive": "It came without one."}.get(verdict, "")
    return {"expression": line, "verdict": verdict, "explanation": why, "value": value, "limit": "", "parts": []}


def ordered(made: SimpleNamespace, *, by: Any = None) -> Run:
    attachments.run_probes(made.deployment, by=again(by or made.member), numbers=[made.item.number])
    return Run.objects.live().get(item=made.item.pk)


def ran(made: SimpleNamespace, verdict: str, *latency: str, words: str = "Answered.", by: Any = None) -> Run:
    """A run that ended so; `latency` is what it measured, empty for nothing, left out where nobody answered."""
    run = ordered(made, by=by)
    probing.claim(run, worker="eu-2a")
    came_to = {PASSED: "pass", FAILED: "fail"}.get(verdict, "inconclusive")
    conditions = tuple(judged(LINE, came_to, value) for value in latency)
    outcome = Outcome(verdict, words, request={"method": "GET", "url": CONFIG["url"]}, conditions=conditions)
    probing.finish(run, outcome)
    return run


def page_of(made: SimpleNamespace, query: str = "", person: Any = None) -> str:
    answer = at(person or made.member).get(address(made.item, "probe") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def part(page: str, id: str) -> str:
    """A part of the page, up to the next."""
    start = page.index(f'id="{id}"')
    return re.split(r'<(?:section|aside|div)[^>]* id="', page[start:], maxsplit=1)[0]


def band(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", part(page, "verdict")).split())


def test_each_result_is_one_word_at_the_top(made):
    assert "NOT RUN It has not run yet" in band(page_of(made))
    ran(made, PASSED, "120 ms")
    assert "PASSES Answered." in band(page_of(made))
    ran(made, FAILED, "400 ms", words="latency is 400 ms.")
    assert "FAILS latency is 400 ms." in band(page_of(made))
    ran(made, "inconclusive", "", words="There is no value for latency.")
    assert "NO VALUE There is no value" in band(page_of(made))
    ran(made, "lost", words="No result: the worker stopped.")
    assert "NO RESULT" in band(page_of(made))


def test_while_it_waits_or_runs_the_last_green_is_no_answer(made):
    ran(made, PASSED, "120 ms")
    run = ordered(made)
    page = page_of(made)
    assert "WAITING" in band(page)
    assert 'class="mark verified"' not in part(page, "c2")
    assert "120 ms" not in part(page, "c2")
    probing.claim(run, worker="eu-2a")
    page = page_of(made)
    assert "ASKING" in band(page)
    assert 'class="mark going"' in part(page, "c2")


def test_a_condition_shows_value_limit_mark_and_word(made):
    ran(made, PASSED, "120 ms")
    ran(made, FAILED, "400 ms")
    condition = part(page_of(made), "c2")
    assert "<code>latency &lt; 300 ms</code>" in condition
    assert 'class="mark failed"' in condition
    assert "Fails: It is 400 ms, which is too much." in " ".join(condition.split())
    assert "under 300 ms" in condition
    assert 'class="gauge failed"' in condition
    assert 'class="spark"' in condition


def test_a_condition_that_warns_says_once_that_it_does(made):
    run = ordered(made)
    probing.claim(run, worker="eu-2a")
    warning = judged(LINE, "warn", "250 ms") | {"explanation": f"{WARNS} latency is 250 ms, expected under 200 ms."}
    probing.finish(run, Outcome(PASSED, "Answered.", conditions=(warning,)))
    condition = " ".join(part(page_of(made), "c2").split())
    assert "Passes with a warning: latency is 250 ms, expected under 200 ms." in condition
    assert condition.lower().count("warn") == 1


def test_the_page_of_its_item_charts_one_condition_with_the_marks_of_all_charts(made):
    ran(made, PASSED, "120 ms")
    ran(made, "inconclusive", "", words="There is no value for latency.")
    ran(made, FAILED, "400 ms")
    found = " ".join(read(made.member, made.item).split())
    chart = found[found.index('<section class="part stack" id="probe"') : found.index("</figure>")]
    assert "latency, run by run. Dashed: limit 300 ms" in chart
    assert re.findall(r'class="(run[^"]*)"', chart) == ["run", "run failed", "run half", "run hole"]


def test_the_history_begins_with_two_results_and_shows_what_has_a_limit_first(made):
    ran(made, PASSED, "120 ms")
    assert "It begins with the second result." in part(page_of(made), "history")
    ran(made, PASSED, "130 ms")
    history = part(page_of(made), "history")
    assert "begins" not in history
    assert re.search(r'aria-current="true">\s*latency', history)


def test_the_history_of_the_condition_that_is_asked_for_is_shown(made):
    ran(made, PASSED, "120 ms")
    ran(made, FAILED, "400 ms")
    chart = part(page_of(made, "?condition=2"), "history")
    assert "2 runs" in chart
    assert "latency, run by run: 1 passed, 1 failed. The limit is 300 ms. The newest value is 400 ms." in chart
    assert "latency, run by run" in part(page_of(made), "history")
    assert "status, run by run" not in part(page_of(made, "?condition=9"), "history")


def test_runs_are_filtered_searched_and_paged_in_the_address(made):
    for at_all in range(13):
        ran(made, PASSED, f"{100 + at_all} ms")
    ran(made, FAILED, "400 ms", words="latency is 400 ms.", by=made.lead)
    runs = part(page_of(made), "runs")
    assert "<b>14</b>" in runs
    assert "1 to 12 of 14" in runs
    assert "13 to 14 of 14" in part(page_of(made, "?page=2"), "runs")
    bad = part(page_of(made, "?show=not-passing"), "runs")
    assert "400 ms" in bad
    assert "112 ms" not in bad
    assert "Lena Brandt" in part(page_of(made, "?q=lena"), "runs")
    assert "112 ms" not in part(page_of(made, "?q=lena+400"), "runs")
    assert "No run matches “<bdi>nothing</bdi>”" in part(page_of(made, "?q=nothing"), "runs")


def test_runs_that_people_ordered_are_one_filter(made):
    ran(made, PASSED, "120 ms")
    attachments.schedule_probe(casting.load(made.item), by=again(made.member), seconds=60)
    attachments.order_due_runs(by=SYSTEM, now=timezone.now())
    clocked = Run.objects.live().get(item=made.item.pk)
    probing.claim(clocked, worker="eu-2a")
    probing.finish(clocked, Outcome(PASSED, "Answered.", conditions=(judged(LINE, "pass", "130 ms"),)))
    runs = part(page_of(made, "?show=by-people"), "runs")
    assert "By people <b>1</b>" in runs
    assert "120 ms" in runs
    assert "130 ms" not in runs


def test_one_run_is_shown_whole_the_newest_unless_another_is_asked_for(made):
    first = ran(made, PASSED, "120 ms", words="Answered 200.")
    ran(made, FAILED, "400 ms", words="Answered 500.")
    newest = page_of(made)
    assert "Answered 500." in newest[newest.index('id="run"') :]
    whole = page_of(made, f"?run={first.pk}")
    assert f'id="run-{first.pk}"' in whole
    shown = whole[whole.index(f'id="run-{first.pk}"') :]
    first.refresh_from_db()
    assert first.digest[:8] in shown
    assert "Answered 200." in shown
    assert "Answered 500." in page_of(made, "?run=not-a-run")


def test_a_run_of_another_probe_is_not_shown_here(made):
    other = made.items[3]
    attachments.attach_probe(other, by=again(made.member), name="Secret", kind="http", config=CONFIG)
    there = SimpleNamespace(deployment=made.deployment, member=made.member, item=other)
    run = ran(there, FAILED, "400 ms", words="Only of the other.")
    assert "Only of the other." not in page_of(made, f"?run={run.pk}")


def test_the_pinned_run_and_who_signed_over_it_stand_beside(made):
    assert "nobody has signed item 3" in part(page_of(made), "beside")
    run = ran(made, PASSED, "120 ms")
    casting.sign(made.item, made.member)
    ran(made, FAILED, "400 ms")
    page = page_of(made)
    beside = part(page, "beside")
    assert f"?run={run.pk}#run" in beside
    assert "佐藤 Mika" in beside
    assert '<span class="tag">pinned</span>' in part(page, "runs")


def test_nobody_overrules_a_probe_and_the_waiver_is_one_press_away(made):
    ran(made, FAILED, "400 ms")
    page = page_of(made)
    assert f'href="{address(made.item)}#waive"' in page
    assert "edit" not in re.findall(r'action="([^"]*)"', page)
    assert re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page) == [
        f"{address(made.item, 'run_item_probe')}?&amp;back=probe",
        f"{address(made.item, 'set_baseline')}",
        f"{address(made.item, 'schedule_probe')}",
    ]


def test_running_it_leads_back_to_this_page(made):
    answer = at(made.member).post(f"{address(made.item, 'run_item_probe')}?back=probe")
    assert answer["Location"] == address(made.item, "probe")
    assert "Running…" in page_of(made)


def test_running_it_from_filtered_runs_leads_back_to_them(made):
    ran(made, FAILED, "400 ms")
    view = "?show=not-passing&q=answered"
    act = re.search(r'action="([^"]*/probe/run/[^"]*)"', page_of(made, view))
    assert act
    assert at(made.member).post(unescape(act[1]))["Location"] == address(made.item, "probe") + view


def test_an_auditor_reads_it_and_is_told_why_they_do_not_run_it(made):
    page = page_of(made, person=made.auditor)
    assert "Your role reads only" in page
    assert 'data-key="p"' not in page


def test_an_item_without_a_probe_says_so_and_one_that_is_not_there_is_404(made):
    assert "No probe looks after this item" in read(made.member, made.items[4], "probe")
    gone = address(made.item, "probe").replace("/items/3/", "/items/99/")
    assert at(made.member).get(gone).status_code == 404


def test_what_a_target_sent_is_text(made):
    ran(made, FAILED, "<b>400</b>", words="<script>alert(1)</script>")
    page = page_of(made)
    assert "<script>alert(1)" not in page
    assert "<b>400</b>" not in page


def queries(made: SimpleNamespace, client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address(made.item, "probe")).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_depend_on_the_runs(made):
    ran(made, PASSED, "120 ms")
    client = at(made.member)
    queries(made, client)
    few = queries(made, client)
    for _ in range(60):
        ran(made, PASSED, "120 ms")
    assert queries(made, client) == few
    assert few <= 18


def test_the_item_leads_to_it(made):
    assert f'href="{address(made.item, "probe")}"' in read(made.member, made.item)
    assert send(made.member, made.item, "probe").status_code == 405


def test_the_line_that_is_called_dotted_is_dotted_in_the_chart_and_beside_each_condition():
    sheet = Path("static/css/components/probes.css").read_text()
    rule = re.search(r":is\(\.spark, \.chart\) \.base \{([^}]*)\}", sheet)
    assert rule
    assert "stroke-dasharray: 0 " in rule[1]
    assert "stroke-linecap: round" in rule[1]
