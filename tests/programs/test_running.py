"""A probe that runs a command: in a queue of its own, and only while two people approve of exactly that."""

import asyncio
import uuid

import pytest

from apps.ledger.commands import SYSTEM
from apps.probes import commands as probes
from apps.probes import selectors
from apps.probes.kinds import Outcome
from apps.probes.models import Run
from apps.probes.states import COMMANDS
from apps.probes.tasks import prober
from apps.probes.tasks.asking import outcome_of, secret_of
from apps.programs import commands
from apps.teams import commands as teams
from tests.cast import again
from tests.programs.conftest import ARGV

pytestmark = pytest.mark.django_db
STREAM = f"deployment/{uuid.UUID(int=7)}"


@pytest.fixture
def run(cast, settings):
    """A run of the command, ordered and not claimed; commands are switched on everywhere."""
    settings.KEYTURN_COMMANDS = True
    config = {"argv": "\n".join(ARGV), "parameters": "folder=/usr"}
    return ordered(cast, "command", config)


def ordered(cast, kind, config):
    probe = probes.define_probe(cast.team, by=again(cast.lead), name="Up", kind=kind, config=config, stream=STREAM)
    [run] = probes.request_runs({probe.pk: uuid.uuid4()}, by=again(cast.lead), stream=STREAM)
    return Run.objects.get(pk=run.pk)


def approve(cast):
    cast.approve(cast.reviewer)
    cast.approve(cast.lead)


def claim(queue):
    return probes.claim_runs(by=SYSTEM, worker="w", room=9, seconds=60, queue=queue)


def finished(run, outcome):
    [ended] = probes.finish_runs([(run, outcome)], by=SYSTEM)
    return ended


def test_what_two_people_approved_is_not_withheld(cast, run):
    approve(cast)
    assert selectors.withheld(run) == ""


def test_its_result_is_stored(cast, run):
    approve(cast)
    [claimed] = claim("commands")
    assert finished(claimed, Outcome("passed", "Ended with 0.")).state == "passed"


def nobody(cast, settings):
    """Nobody approved it."""


def one(cast, settings):
    """One person did."""
    cast.approve(cast.reviewer)


def no_team(cast, settings):
    """Two did, and then a lead switched commands off."""
    approve(cast)
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=True, runs_commands=False)


def no_instance(cast, settings):
    """Two did, on a Keyturn that runs none."""
    approve(cast)
    settings.KEYTURN_COMMANDS = False


def withdrawn(cast, settings):
    """Two did, and then somebody withdrew it."""
    approve(cast)
    commands.withdraw_command(cast.command, by=again(cast.member))


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (nobody, "Two people have not approved"),
        (one, "Two people have not approved"),
        (no_team, "This team runs no commands"),
        (no_instance, "KEYTURN_COMMANDS=1"),
        (withdrawn, "somebody withdrew it"),
    ],
)
def test_anything_else_is_inconclusive_and_says_why(cast, run, settings, before, why, monkeypatch):
    async def started(*_, **__):
        raise AssertionError("something was run")

    monkeypatch.setattr("apps.probes.sandbox.run", started)
    before(cast, settings)
    [claimed] = claim("commands")
    reason = selectors.withheld(claimed)
    assert why in reason
    ended = finished(claimed, asyncio.run(outcome_of(claimed, secret_of(claimed))))
    assert (ended.state, ended.explanation) == ("inconclusive", reason)
    assert ended.request["url"] == "df --output=pcent /usr"


def test_another_argument_is_withheld(cast, run):
    approve(cast)
    other = ordered(cast, "command", {"argv": "df\n--output=pcent\n/usr"})
    longer = ordered(cast, "command", {"argv": "\n".join(ARGV), "parameters": "folder=/usr", "seconds": 11})
    assert "Two people have not approved" in selectors.withheld(other)
    assert "Two people have not approved" in selectors.withheld(longer)


def test_what_needs_no_approval_is_not_withheld(cast):
    assert selectors.withheld(ordered(cast, "tcp", {"address": "example.com:80"})) == ""


def test_it_waits_in_a_queue_of_its_own(cast, run):
    other = ordered(cast, "tcp", {"address": "example.com:80"})
    assert (run.queue, other.queue) == ("commands", "")
    assert [each.pk for each in claim("probes")] == [other.pk]
    assert [each.pk for each in claim("commands")] == [run.pk]


def test_a_worker_of_every_queue_takes_it_too(cast, run):
    assert [each.pk for each in claim("")] == [run.pk]


def test_the_sandbox_is_tried_before_a_command_is_claimed(cast, run, monkeypatch):
    """On a busy machine that takes longer than the first command may, which would end without an answer."""
    steps, claim_runs = [], probes.claim_runs

    async def hindrance():
        steps.append("tried")
        return "not here"

    def claiming(**options):
        steps.append("claims")
        return claim_runs(**options)

    monkeypatch.setattr(prober.sandbox, "hindrance", hindrance)
    monkeypatch.setattr(probes, "claim_runs", claiming)
    with prober.Prober("worker", COMMANDS) as working:
        assert working.work() == 1
    assert steps[:2] == ["tried", "claims"]
    steps.clear()
    with prober.Prober("worker", "probes") as working:
        working.work()
    assert "tried" not in steps
