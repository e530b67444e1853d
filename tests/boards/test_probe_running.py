"""What is set on the pages of probes: how often one runs, what its runs are compared with, and calling runs off."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.core.shown import fingerprint
from apps.deployments import commands as deployments
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.probes import commands as probes
from apps.probes.kinds import FAILED, PASSED, Outcome
from apps.probes.models import Probe, Run, Series
from apps.teams import commands as teams
from tests import cast as casting
from tests import probing
from tests.boards.desk import address, at, read, send
from tests.boards.test_probe_page import CONFIG, judged, page_of, part
from tests.cast import again, basis

pytestmark = pytest.mark.django_db
LINE = "latency < 300 ms"


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    stage.item = stage.items[2]
    attachments.attach_probe(stage.item, by=again(stage.member), name="Health", kind="http", config=CONFIG)
    return stage


def ran(made: SimpleNamespace, verdict: str, latency: str) -> Run:
    attachments.run_probes(made.deployment, by=again(made.member), numbers=[3])
    run = Run.objects.live().get(item=made.item.pk)
    probing.claim(run)
    conditions = (judged(LINE, {PASSED: "pass"}.get(verdict, "fail"), latency),)
    probing.finish(run, Outcome(verdict, "Answered.", latency.split(" ")[0], "ms", conditions=conditions))
    return Run.objects.get(pk=run.pk)


def probe(made: SimpleNamespace) -> Probe:
    return Probe.objects.get(item=made.item)


def shown(made: SimpleNamespace, act: str, query: str = "") -> dict[str, str]:
    return basis(at(made.member), address(made.item, "probe") + query, address(made.item, act))


def scheduled(made: SimpleNamespace, person: Any = None, **typed: Any) -> Any:
    return send(person or made.member, made.item, "schedule_probe", {**shown(made, "schedule_probe"), **typed})


def entries(kind: str) -> QuerySet[Entry]:
    return Entry.objects.filter(kind=kind)


@pytest.mark.parametrize(
    ("typed", "seconds", "words"),
    [
        ({"every": "300"}, 300, "every 5 min"),
        ({"every": "other", "minutes": "7"}, 420, "every 7 min"),
        ({"every": "other", "minutes": "10080"}, 604_800, "every 7 d"),
        ({"every": "never", "minutes": "7"}, 420, "every 7 min"),
    ],
)
def test_a_probe_is_put_on_the_clock_and_says_when_it_runs_next(made, typed, seconds, words):
    answer = scheduled(made, **typed)
    assert (answer.status_code, answer["Location"]) == (302, address(made.item, "probe"))
    assert (probe(made).interval_seconds, probe(made).scheduled_by) == (seconds, made.member)
    beside = part(page_of(made), "beside")
    assert f"{words}, set by" in beside
    assert "<dt>Next</dt>" in beside
    assert "Change or stop" in beside
    assert "left the team" not in beside
    teams.remove_member(made.team.memberships.get(user=made.member), by=again(made.lead))
    beside = part(page_of(made, "", made.lead), "beside")
    assert "left the team. It goes on until somebody stops it or the deployment ends." in beside


def test_of_choice_and_minutes_the_one_counts_that_was_changed(made):
    scheduled(made, every="300")
    scheduled(made, every="300", minutes="7")
    assert probe(made).interval_seconds == 420
    scheduled(made, every="900", minutes="7")
    assert probe(made).interval_seconds == 900
    assert scheduled(made, every="60", minutes="7").status_code == 422
    assert probe(made).interval_seconds == 900


def test_it_is_stopped_and_changing_nothing_leaves_no_entry(made):
    scheduled(made, every="300")
    scheduled(made, every="300")
    assert entries("probe.scheduled").count() == 1
    scheduled(made, every="never")
    assert (probe(made).interval_seconds, probe(made).scheduled_by) == (None, None)
    assert "when asked" in part(page_of(made), "beside")
    assert entries("probe.scheduled").count() == 2


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"every": "other"}, "Say how many minutes: 1 to 10,080."),
        ({"every": "other", "minutes": "0"}, "greater than or equal to 1"),
        ({"every": "other", "minutes": "10081"}, "less than or equal to 10080"),
        ({"every": "60", "minutes": "5"}, "Choose “every so many minutes” above, or leave this empty."),
        ({"every": "7"}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_was_typed(made, typed, why):
    answer = scheduled(made, **typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in part(page, "schedule")
    assert '<details id="schedule" open>' in page
    assert probe(made).interval_seconds is None


def test_what_somebody_saved_meanwhile_is_not_saved_over(made):
    before = shown(made, "schedule_probe")
    attachments.schedule_probe(casting.load(made.item), by=again(made.lead), seconds=900)
    answer = send(made.member, made.item, "schedule_probe", {**before, "every": "60"})
    assert answer.status_code == 409
    assert "every 900 s" in answer.content.decode()
    assert probe(made).interval_seconds == 900


def test_who_only_reads_and_what_has_ended_is_told_why(made):
    assert "Your role reads only" in part(page_of(made, person=made.auditor), "beside")
    assert send(made.auditor, made.item, "schedule_probe", {"every": "60"}).status_code == 403
    deployments.cancel_deployment(made.deployment, by=again(made.lead), reason="Not now, after all")
    assert send(made.member, made.item, "schedule_probe", {"every": "60"}).status_code == 409


def test_an_item_without_a_probe_has_nothing_to_schedule(made):
    answer = send(made.member, made.items[4], "schedule_probe", {"every": "60"})
    assert answer.status_code == 409
    assert "This item has no probe." in answer.content.decode()


def test_later_runs_are_compared_with_the_one_that_was_captured_before(made):
    before = ran(made, PASSED, "210 ms")
    typed = {**shown(made, "set_baseline"), "run": str(before.pk)}
    for _ in range(2):  # a double click
        assert send(made.member, made.item, "set_baseline", typed).status_code == 302
    found = probe(made)
    assert (found.baseline, found.baseline_by, found.baseline_by_name) == (before, made.member, made.member.full_name)
    assert entries("baseline.set").count() == 1
    ran(made, FAILED, "290 ms")
    page = page_of(made)
    beside = " ".join(re.sub(r"<[^>]+>", " ", part(page, "beside")).split())
    assert "latency &lt; 300 ms 210 ms 290 ms +38 %" in beside
    assert "set by 佐藤 Mika" in beside
    history = part(page, "history")
    assert '<path class="base"' in history
    assert "baseline 210 ms" in history
    assert "The baseline is 210 ms. Since the baseline: +38 %." in history
    assert '<span class="tag">baseline</span>' in part(page, "runs")


@pytest.mark.unrecorded
def test_without_one_the_first_result_before_the_window_is_compared(made):
    assert "None. Run the probe before the change" in part(page_of(made), "beside")
    ran(made, PASSED, "200 ms")
    ran(made, PASSED, "100 ms")
    type(made.deployment).objects.filter(pk=made.deployment.pk).update(
        window_start=timezone.now() + timedelta(hours=1), window_end=timezone.now() + timedelta(hours=2)
    )
    beside = part(page_of(made), "beside")
    assert "the first result before the window; nobody has set one." in " ".join(beside.split())
    assert "−50 %" in beside


def test_a_baseline_of_another_question_is_none_and_one_judged_otherwise_stays(made):
    run = ran(made, PASSED, "210 ms")
    attachments.set_baseline(casting.load(made.item), by=again(made.member), run=run.pk)
    judged_otherwise = CONFIG | {"failure_limit": 3, "conditions": LINE}
    by = again(made.member)
    attachments.attach_probe(casting.load(made.item), by=by, name="Health", kind="http", config=judged_otherwise)
    assert probe(made).baseline == run
    other = CONFIG | {"url": "https://other.example/"}
    attachments.attach_probe(casting.load(made.item), by=again(made.member), name="Health", kind="http", config=other)
    assert probe(made).baseline is None
    typed = {"basis": fingerprint(probe(made).compared_with), "run": str(run.pk)}
    answer = send(made.member, made.item, "set_baseline", typed)
    assert answer.status_code == 409
    assert "asked something else than the probe asks now" in answer.content.decode()


def test_no_run_of_another_probe_and_none_without_a_result_is_a_baseline(made):
    attachments.attach_probe(made.items[3], by=again(made.member), name="Other", kind="http", config=CONFIG)
    attachments.run_probes(made.deployment, by=again(made.member))
    here, there = Run.objects.get(item=made.item.pk), Run.objects.get(item=made.items[3].pk)
    for run, why in ((here.pk, "no result to compare with"), (there.pk, "no run of the probe"), ("?", "Which run?")):
        typed = {"basis": fingerprint(probe(made).compared_with), "run": str(run)}
        answer = send(made.member, made.item, "set_baseline", typed)
        assert answer.status_code == 409
        assert why in answer.content.decode()


@pytest.fixture
def running(made: SimpleNamespace) -> SimpleNamespace:
    """Two of three runs wait, one has passed."""
    for number in (4, 5):
        config = CONFIG | {"url": f"https://gateway.example/{number}"}
        attachments.attach_probe(made.items[number - 1], by=again(made.member), name="P", kind="http", config=config)
    attachments.run_probes(made.deployment, by=again(made.member))
    [run] = probes.claim_runs(by=SYSTEM, worker="eu-2a", room=1, seconds=probing.SECONDS)
    probing.finish(run, Outcome(PASSED, "Answered.", "1", "ms"))
    made.where = [made.team.slug, made.deployment.number]
    return made


def all_probes(made: SimpleNamespace, person: Any = None) -> str:
    return at(person or made.member).get(reverse("deployments:probes", args=made.where)).content.decode()


def test_what_waits_is_called_off_from_the_page_that_counts_it(running):
    page = all_probes(running)
    assert re.search(r"<b>1/3</b>\s*asked by\s*<bdi>佐藤 Mika</bdi>", page)
    assert "Cancel 2 that wait</button>" in page
    assert 'data-key="c"' in page
    act = reverse("deployments:cancel_series", args=running.where)
    for _ in range(2):  # a double click
        answer = at(running.lead).post(act, {"series": str(Series.objects.get().pk)})
        assert answer["Location"] == reverse("deployments:probes", args=running.where)
    assert entries("items.cancelled").count() == 1
    assert sorted(Run.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "passed"]
    page = " ".join(all_probes(running).split())
    assert "<bdi>Lena Brandt</bdi> called 2 runs off" in page
    assert "Cancel 2 that wait" not in page


def test_what_was_called_off_is_told_until_the_probes_are_asked_again(running):
    act = reverse("deployments:cancel_series", args=running.where)
    at(running.lead).post(act, {"series": str(Series.objects.get().pk)})
    assert "called 2 runs off" in " ".join(all_probes(running).split())
    attachments.run_probes(running.deployment, by=again(running.member))
    for run in probes.claim_runs(by=SYSTEM, worker="eu-2a", room=3, seconds=probing.SECONDS):
        probing.finish(run, Outcome(PASSED, "Answered.", "1", "ms"))
    page = " ".join(all_probes(running).split())
    assert "3 of 3 probes pass" in page
    assert "called" not in page


def test_what_has_begun_is_not_called_off_and_the_page_says_so(running):
    for run in Run.objects.filter(state="queued"):
        probing.claim(run)
    page = all_probes(running)
    assert "nothing is left to cancel" in page
    act = reverse("deployments:cancel_series", args=running.where)
    answer = at(running.member).post(act, {"series": str(Series.objects.get().pk)}, follow=True)
    assert "what has begun ends as ever" in answer.content.decode()
    assert not Run.objects.filter(state="cancelled").exists()


def test_runs_of_another_deployment_and_of_none_are_refused(running):
    act = reverse("deployments:cancel_series", args=running.where)
    for series, why in (("", "Which runs?"), (str(running.deployment.pk), "There are no such runs here")):
        answer = at(running.member).post(act, {"series": series})
        assert answer.status_code == 409
        assert why in answer.content.decode()
    assert at(running.auditor).post(act, {"series": str(Series.objects.get().pk)}).status_code == 403
    assert "Cancel 2 that wait" not in all_probes(running, running.auditor)


def test_running_it_keeps_the_condition_and_the_run_that_are_looked_at(made):
    run = ran(made, PASSED, "210 ms")
    view = f"?condition=2&run={run.pk}"
    act = re.search(r'action="([^"]*/probe/run/[^"]*)"', read(made.member, made.item, "probe") + page_of(made, view))
    assert act
    found = re.findall(r'action="([^"]*/probe/run/[^"]*)"', page_of(made, view))
    assert at(made.member).post(found[0].replace("&amp;", "&"))["Location"] == address(made.item, "probe") + view
