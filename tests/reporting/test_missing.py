"""A report that does not come in time is noted once for each time, and blocks."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.deployments import commands as deployments
from apps.ledger.commands import SYSTEM
from apps.probes.models import Probe, Run
from apps.reporting import commands, tasks
from apps.reporting.commands import missing
from tests.boards.desk import read
from tests.cast import again, load
from tests.reporting.conftest import send

pytestmark = pytest.mark.django_db
EVERY = timedelta(hours=1)


def late(made, by=timedelta(minutes=10)):
    """The report of the pushed probe is so late."""
    due = timezone.now() - by
    Probe.objects.filter(item=made.pushed).update(expected_by=due)
    return due


def note():
    return commands.note_missed_reports(by=SYSTEM)


def runs(made):
    return list(Run.objects.filter(probe__item=made.pushed).order_by("queued_at"))


@pytest.mark.unrecorded
def test_a_report_in_time_is_not_missed(made):
    send(made.token)
    assert note() == 0


@pytest.mark.unrecorded
def test_a_report_that_is_late_is_noted_once_and_blocks(made):
    due = late(made)
    assert (note(), note(), note()) == (1, 0, 0)
    [run] = runs(made)
    assert (run.state, run.slot, run.response["by"]) == ("inconclusive", due, "nobody")
    assert run.explanation.startswith("No report came by ")
    assert load(made.pushed).facts.probe_blocks


@pytest.mark.unrecorded
def test_each_time_is_noted_and_what_nobody_looked_at_is_not_made_up_for(made):
    due = late(made, by=2.5 * EVERY)
    assert (note(), note()) == (1, 0)
    assert Probe.objects.get(item=made.pushed).expected_by == due + 3 * EVERY
    late(made)
    assert (note(), len(runs(made))) == (1, 2)


@pytest.mark.unrecorded
def test_a_report_ends_it(made):
    late(made)
    note()
    send(made.token)
    assert runs(made)[-1].state == "passed"
    assert not load(made.pushed).facts.probe_blocks
    assert Probe.objects.get(item=made.pushed).expected_by > timezone.now() + EVERY


@pytest.mark.unrecorded
def test_the_database_takes_it_once(made):
    due = late(made)
    note()
    Probe.objects.filter(item=made.pushed).update(expected_by=due)
    with pytest.raises(IntegrityError), transaction.atomic():
        note()
    assert len(runs(made)) == 1


@pytest.mark.unrecorded
def test_after_the_deployment_nothing_is_missed(made):
    late(made)
    deployments.cancel_deployment(made.deployment, by=again(made.lead), reason="Superseded by 2.5")
    assert note() == 0


@pytest.mark.unrecorded
def test_a_probe_that_was_taken_away_misses_nothing(made):
    late(made)
    attachments.detach_probe(load(made.pushed), by=again(made.lead), reason="The job is gone for good")
    assert note() == 0


@pytest.mark.unrecorded
def test_the_clock_looks(made):
    late(made)
    assert tasks.note_missed_reports() == 1


@pytest.mark.unrecorded
def test_the_page_says_when_the_next_is_due_and_that_one_was_missed(made):
    assert "A report is expected." in read(again(made.member), made.pushed, "probe")
    late(made)
    note()
    page = read(again(made.member), made.pushed, "probe")
    assert "No report came in time." in page
    assert "No report came by" in page


@pytest.mark.unrecorded
def test_one_whose_settings_cannot_be_read_keeps_nobody_else_from_being_noted(made, monkeypatch, caplog):
    late(made)
    note_one, tried = missing._note, []

    def note_after_an_odd_one(*which, by):
        tried.append(which)
        if len(tried) == 1:
            raise ValueError("an odd setting")
        return note_one(*which, by=by)

    monkeypatch.setattr(missing, "_note", note_after_an_odd_one)
    assert (note(), note()) == (0, 1)
    assert "cannot be read" in caplog.text
