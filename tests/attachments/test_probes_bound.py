"""What a probe asks is part of what is signed: nobody changes, replaces or takes it away under turned keys."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.attachments import commands
from apps.deployments.models import Item
from apps.ledger import selectors as ledger
from apps.probes.kinds import PASSED
from apps.probes.models import Probe, Run
from apps.signoff.models import Contribution, Revision
from apps.signoff.rules import Cause, content_digest
from project import verification
from tests import cast as casting
from tests.cast import again
from tests.ledger import histories
from tests.stages import fixtures_on_top
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
TRIVIAL = {"url": "https://example.com/health", "conditions": "status == 503"}


def add_keys(stage: SimpleNamespace) -> None:
    """Item 4 has a probe that passed, item 5 has none; both are verified by two people."""
    histories.probe(stage, stage.items[3], [PASSED])
    for item in stage.items[3:]:
        casting.sign(item, stage.lead)
        casting.sign(item, stage.reviewer)


made_of_file, made = fixtures_on_top("stage", add_keys)


def attach(cast: SimpleNamespace, item: Item, name: str, config: dict[str, Any]) -> None:
    """As a colleague who turned no key."""
    commands.attach_probe(item, by=again(cast.other_reviewer), name=name, kind="http", config=config)


ACTS = {
    "what it asks is changed": (
        3, Cause.PROBE_CHANGED, lambda c: attach(c, c.items[3], "Health", TRIVIAL), "other_reviewer"),
    "it is called something else": (
        3, Cause.PROBE_CHANGED, lambda c: attach(c, c.items[3], "Other", histories.TARGET), "other_reviewer"),
    "it is taken away": (
        3, Cause.PROBE_DETACHED,
        lambda c: commands.detach_probe(c.items[3], by=again(c.lead), reason="Measured elsewhere."), "lead"),
    "one is attached": (
        4, Cause.PROBE_ATTACHED, lambda c: attach(c, c.items[4], "Health", histories.TARGET), "other_reviewer"),
}  # fmt: skip


@pytest.mark.parametrize("what", ACTS)
def test_keys_fall_out_and_whoever_did_it_contributed_when(made, what):
    index, cause, act, who = ACTS[what]
    act(made)
    item, person = made.items[index], getattr(made, who)
    now = casting.load(item)
    assert now.sign_off.turned == []
    assert now.sign_off.digest == content_digest(now.content(pinned=None))
    assert Contribution.objects.filter(sign_off=now.sign_off, person=person).exists()
    last = Revision.objects.filter(sign_off=now.sign_off).order_by("-number").first()
    assert last is not None
    assert (last.cause, last.by, last.invalidated) == (cause, person, 2)
    assert ledger.item_history(made.deployment.stream, item.pk)[0].text.endswith("; 2 keys fell out")


def test_a_probe_that_is_saved_as_it_is_lets_no_key_fall_and_keeps_what_it_said(made):
    entries = ledger.head(made.deployment.stream)
    attach(made, made.items[3], "Health", histories.TARGET)
    now = casting.load(made.items[3])
    assert (len(now.sign_off.turned), now.probe.latest_run.state) == (2, "passed")
    assert ledger.head(made.deployment.stream) == entries


def test_what_a_probe_asks_is_in_the_content_whole(made):
    item = casting.load(made.items[3])
    before = content_digest(item.content(pinned=item.pinned_run))
    for name in ("id", "name", "kind", "config"):
        changed = casting.load(made.items[3])
        setattr(changed.probe, name, {} if name == "config" else "other")
        assert content_digest(changed.content(pinned=item.pinned_run)) != before, name


def store(row: Any, **values: Any) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**values)


def run_of_another(cast: SimpleNamespace) -> Run:
    """A run of the probe of item 1."""
    return histories.probe(cast, cast.items[0], [PASSED])


UNDER = "what turned keys cover cannot change under them"
BEHIND = {
    "another question": (lambda c, p: store(p, config=TRIVIAL, latest_run=None), UNDER),
    "another name": (lambda c, p: store(p, name="Other"), UNDER),
    "another kind": (lambda c, p: store(p, kind="tcp", latest_run=None), UNDER),
    "no probe": (lambda c, p: store(c.items[3], probe=None), UNDER),
    "a probe of another item": (
        lambda c, p: store(c.items[4], probe=run_of_another(c).probe), f"{UNDER}|UNIQUE|unique"),
    "a run that another probe ran": (
        lambda c, p: store(c.items[1], pinned_run=p.latest_run), "the run that keys cover is one of the probe"),
    "the answer to another question": (
        lambda c, p: store(p, config=TRIVIAL), f"{UNDER}|the latest run of a probe asked what"),
}  # fmt: skip


@pytest.mark.unrecorded
@pytest.mark.parametrize("what", BEHIND)
def test_the_database_refuses_it_too(made, what):
    act, answer = BEHIND[what]
    probe = Probe.objects.select_related("latest_run").get(item=made.items[3])
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        act(made, probe)


@pytest.mark.unrecorded
def test_an_answer_to_another_question_is_refused_without_keys_too(stage):
    run = histories.probe(stage, stage.items[3], [PASSED])
    with pytest.raises(IntegrityError, match="asked what the probe asks now"), transaction.atomic():
        store(run.probe, config=TRIVIAL)


def test_a_probe_that_was_changed_behind_the_guards_is_found_by_what_the_keys_cover(made):
    with lifted():
        store(Probe.objects.get(item=made.items[3]), config=TRIVIAL)
    found = [fault.what for fault in verification.verify().faults]
    assert "the content of item 4 is not the one its keys cover" in found
