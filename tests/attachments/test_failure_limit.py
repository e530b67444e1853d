"""An item is judged by what its probe counts as: by boards, records and the database that closes a deployment."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.attachments import commands
from apps.core.errors import Changed
from apps.core.shown import fingerprint
from apps.deployments.models import Deployment
from apps.deployments.selectors import readiness, summaries
from apps.probes.kinds import FAILED, INCONCLUSIVE, PASSED
from apps.probes.models import Run
from apps.probes.rules import setup_of
from apps.records.commands import request_record
from apps.records.selectors import collect
from tests import cast as casting
from tests.cast import again
from tests.ledger import histories
from tests.signoff.subjects import signature

pytestmark = pytest.mark.django_db
LIMITS = {"failure_limit": 2, "consecutive_successes": 2}


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    """The probe of item 4 counts as failing after two failures in a row, as passing after two passes."""
    attach(stage, histories.TARGET | LIMITS)
    return stage


def attach(cast: SimpleNamespace, config: dict[str, Any], **more: Any) -> None:
    item = casting.load(cast.items[3])
    commands.attach_probe(item, by=again(cast.other_reviewer), name="Health", kind="http", config=config, **more)


def ran(cast: SimpleNamespace, *verdicts: str) -> Run:
    for verdict in verdicts:
        commands.run_probes(cast.deployment, by=again(cast.member), numbers=[4])
        run = histories.finish(cast.items[3], verdict)
    return Run.objects.get(pk=run.pk)


def states(cast: SimpleNamespace) -> set[str]:
    """How the item stands as a board, as the item itself and as a record say it."""
    stated = collect(request_record(cast.deployment, by=again(cast.lead)))
    found = next(each for section in stated.sections for each in section.items if each.number == 4)
    in_words = {"signed": "verified"}.get(found.state, found.state)
    return {str(summaries(cast.deployment, [4])[0].state), str(casting.load(cast.items[3]).state), in_words}


def test_every_place_says_what_the_probe_counts_as(made):
    ran(made, PASSED, PASSED)
    casting.sign(made.items[3], made.member)
    casting.sign(made.items[3], made.reviewer)
    assert states(made) == {"verified"}
    ran(made, FAILED)
    assert states(made) == {"verified"}
    ran(made, INCONCLUSIVE)
    assert states(made) == {"failed"}
    ran(made, PASSED)
    assert states(made) == {"failed"}
    [reason] = [each.reason for each in readiness(made.deployment).blockers if each.item == 4]
    assert reason == (
        "Its probe passed, and does not count as passing yet: "
        "Answered. Passed 1 of 2 times in a row after which it counts as passing."
    )
    ran(made, PASSED)
    assert states(made) == {"verified"}


def test_keys_cover_a_run_as_it_is_stored_whatever_the_probe_counts_as(made):
    ran(made, PASSED, PASSED)
    failed = ran(made, FAILED)
    casting.sign(made.items[3], made.member)
    item = casting.load(made.items[3])
    assert item.pinned_run == failed
    assert item.content(pinned=item.pinned_run)["probe_run"] == failed.digest
    assert "still counts as passing" in item.pinned_run.explanation


@pytest.mark.unrecorded
@pytest.mark.parametrize(
    ("verdicts", "is_refused"), [([FAILED], False), ([FAILED, FAILED, PASSED], True), ([INCONCLUSIVE, FAILED], True)]
)
def test_the_database_completes_only_what_counts_as_passing(made, verdicts, is_refused):
    ran(made, PASSED, PASSED)
    casting.make_ready(made)
    sheet = casting.complete(made)
    ran(made, *verdicts)
    signature(sheet.sign_off, made.reviewer, slot=2, meaning="verified").save(force_insert=True)
    refused = pytest.raises(IntegrityError, match="while an item blocks it") if is_refused else nullcontext()
    closing = {"state": "closed", "outcome": "completed", "closed_at": timezone.now(), "closed_by": made.reviewer}
    with refused, transaction.atomic():
        Deployment.objects.filter(pk=made.deployment.pk).update(**closing)


def test_changing_a_limit_is_contributing_and_saved_against_what_was_shown(made):
    shown = fingerprint(setup_of("Health", casting.load(made.items[3]).probe.settings.as_json()))
    ran(made, PASSED, PASSED)
    casting.sign(made.items[3], made.member)
    attach(made, histories.TARGET | {"failure_limit": 3})
    item = casting.load(made.items[3])
    assert item.sign_off.turned == []
    assert item.probe.latest_run is None
    with pytest.raises(Changed):
        attach(made, histories.TARGET | {"failure_limit": 4}, shown=shown)
