"""Evidence and probes of items: who may attach and take away, and what that does to keys."""

from types import SimpleNamespace

import pytest

from apps.attachments import commands, permissions
from apps.core.errors import NotAllowed, WrongState
from apps.deployments import commands as deployments
from apps.deployments.models import Attachment, Item
from apps.evidence.models import Evidence, Kind
from apps.ledger import selectors as ledger
from apps.probes.models import Run
from apps.signoff.rules import content_digest
from tests import cast as casting
from tests.cast import again

pytestmark = pytest.mark.django_db
TARGET = {"url": "https://a.example/"}


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def note(made: SimpleNamespace, item: Item, title: str = "Seen") -> Evidence:
    return commands.attach_evidence(item, by=again(made.member), kind=Kind.NOTE, title=title, text="It works.")


def probe(made: SimpleNamespace, item: Item, name: str = "Health") -> Item:
    return commands.attach_probe(item, by=again(made.member), name=name, kind="http", config=TARGET)


def last_line(made: SimpleNamespace, item: Item) -> str:
    return ledger.item_history(made.deployment.stream, item.id)[0].text


def is_covered_as_it_is(item: Item) -> bool:
    """Whether the sign-off asks for keys over what is attached now."""
    now = casting.load(item)
    return now.sign_off.digest == content_digest(now.content(pinned=None))


def test_what_is_attached_is_covered_in_order_and_no_longer_once_taken_away(made):
    item = made.items[0]
    first, second = note(made, item, "One"), note(made, item, "Two")
    assert casting.load(item).evidence == [first, second]
    assert is_covered_as_it_is(item)
    commands.remove_evidence(item, by=again(made.lead), evidence=first)
    assert casting.load(item).evidence == [second]
    assert is_covered_as_it_is(item)
    assert last_line(made, item) == "took “One” away from item 1"
    note(made, item, "Three")
    assert [each.position for each in Attachment.objects.filter(item=item).order_by("position")] == [1, 2, 3]
    assert is_covered_as_it_is(item)


def test_content_can_be_asked_for_with_evidence_that_is_not_attached_yet(made):
    item, other = made.items[0], made.items[1]
    coming = note(made, other)
    now = casting.load(item)
    assert now.content(pinned=None)["evidence"] == []
    assert now.content(pinned=None, evidence=[coming.sha256])["evidence"] == [coming.sha256]
    assert casting.load(other).content(pinned=None, evidence=[])["evidence"] == []


@pytest.mark.parametrize("act", ["attach", "remove"])
def test_both_keys_fall_out_when_evidence_comes_or_goes_and_the_entry_says_so(made, act):
    item = made.items[0]
    filed = note(made, item)
    casting.sign(item, made.lead)
    casting.sign(item, made.reviewer)
    if act == "attach":
        note(made, item, "Late")
    else:
        commands.remove_evidence(item, by=again(made.member), evidence=filed)
    assert casting.load(item).sign_off.turned == []
    assert last_line(made, item).endswith("; 2 keys fell out")


def test_evidence_of_another_item_is_not_taken_away_from_this_one(made):
    filed = note(made, made.items[0])
    with pytest.raises(WrongState, match="taken away already"):
        commands.remove_evidence(made.items[1], by=again(made.member), evidence=filed)
    assert casting.load(made.items[0]).evidence == [filed]


def test_a_probe_that_is_changed_keeps_its_runs_and_its_kind(made):
    item = probe(made, made.items[0])
    commands.run_probes(made.deployment, by=again(made.member))
    changed = commands.attach_probe(item, by=again(made.lead), name="Slower", kind="tcp", config=TARGET)
    assert (changed.probe.pk, changed.probe.kind, changed.probe.name) == (item.probe.pk, "http", "Slower")
    assert Run.objects.filter(probe=item.probe).count() == 1


def test_probes_are_run_for_all_items_or_for_those_that_are_named(made):
    for item in made.items[:3]:
        probe(made, item, f"Probe {item.number}")
    assert commands.run_probes(made.deployment, by=again(made.member), numbers=[2, 5]) == (1, 0)
    assert Run.objects.get().probe.name == "Probe 2"
    assert commands.run_probes(made.deployment, by=again(made.member), numbers=[]) == (0, 0)
    assert commands.run_probes(made.deployment, by=again(made.member)) == (2, 1)


def test_a_lead_takes_a_probe_away_and_nobody_does_it_twice(made):
    item = probe(made, made.items[0])
    with pytest.raises(NotAllowed, match="Only a release manager may take a probe away"):
        commands.detach_probe(item, by=again(made.reviewer), reason="Measured elsewhere.")
    commands.detach_probe(item, by=again(made.lead), reason="Measured elsewhere.")
    assert last_line(made, item) == "took the probe from item 1: Measured elsewhere."
    with pytest.raises(WrongState, match="has no probe"):
        commands.detach_probe(made.items[0], by=again(made.lead), reason="Measured elsewhere.")


@pytest.mark.parametrize("who", ["lead", "reviewer", "member", "auditor"])
@pytest.mark.parametrize("act", ["attach_evidence", "remove_evidence", "attach_probe"])
def test_members_attach_and_take_away_and_auditors_read(made, act, who):
    verdict = getattr(permissions, act)(again(getattr(made, who)), casting.load(made.items[0]))
    assert bool(verdict) is (who != "auditor")
    assert bool(permissions.run_probes(again(getattr(made, who)), made.deployment)) is (who != "auditor")


def test_a_deployment_that_ended_takes_no_proof_and_loses_none(made):
    item = probe(made, made.items[0])
    filed = note(made, item)
    deployments.cancel_deployment(made.deployment, by=again(made.lead), reason="Superseded")
    lead = again(made.lead)
    for act in (
        lambda: note(made, item),
        lambda: commands.remove_evidence(item, by=lead, evidence=filed),
        lambda: probe(made, item, "Other"),
        lambda: commands.detach_probe(item, by=lead, reason="Measured elsewhere."),
        lambda: commands.run_probes(made.deployment, by=lead),
    ):
        with pytest.raises(WrongState, match="This deployment is closed"):
            act()


def test_nothing_is_attached_when_the_ledger_cannot_be_written(made, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("no ledger")

    item = made.items[0]
    casting.sign(item, made.lead)
    monkeypatch.setattr("apps.attachments.commands.ledger.record", fail)
    with pytest.raises(OSError, match="no ledger"):
        note(made, item)
    now = casting.load(item)
    assert (now.evidence, len(now.sign_off.turned)) == ([], 1)
