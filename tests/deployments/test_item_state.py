"""How an item stands: one function of its facts, which two ways of reading them put together alike."""

from collections.abc import Callable
from itertools import product
from types import SimpleNamespace

import pytest

from apps.attachments import commands as attachments
from apps.core.errors import Refusal
from apps.deployments import commands
from apps.deployments.models import Item
from apps.deployments.rules import ItemFacts, item_state, reason_to_block
from apps.deployments.selectors import readiness, summaries
from apps.deployments.states import SETTLED, ItemState, WaiverState
from apps.evidence.models import Kind
from apps.imports import commands as imports
from apps.probes.kinds import FAILED, INCONCLUSIVE, PASSED
from apps.records.commands import request_record
from apps.records.selectors import collect
from apps.waivers import commands as waiving
from tests import cast as casting
from tests.cast import again, keyed
from tests.ledger import histories
from tests.waivers import asking

Act = Callable[[SimpleNamespace, Item], object]


def turn(cast: SimpleNamespace, item: Item) -> object:
    people = (cast.member, cast.reviewer, cast.other_reviewer)
    return casting.sign(item, people[len(casting.load(item).sign_off.turned)])


def change(cast: SimpleNamespace, item: Item) -> object:
    return attachments.attach_evidence(item, by=again(cast.lead), kind=Kind.NOTE, title="Seen", text="It works.")


def reject(cast: SimpleNamespace, item: Item) -> object:
    return commands.reject_item(item, by=again(cast.lead), reason="Look once more, please")


def ask(cast: SimpleNamespace, item: Item) -> object:
    return asking.ask(item, by=again(cast.member), justification="The other team did it already")


def approve(cast: SimpleNamespace, item: Item) -> object:
    waiver = casting.load(item).waiver
    return waiver and waiving.approve_waiver(waiver, **keyed(cast.reviewer), shown=waiver.sign_off.digest)


def attach(cast: SimpleNamespace, item: Item) -> None:
    """A probe that has not run yet."""
    attachments.attach_probe(item, by=again(cast.member), name="Health", kind="http", config=histories.TARGET)


ACTS: tuple[Act, ...] = (turn, change, reject, ask, approve)


def deployment_of(cast: SimpleNamespace, items: int) -> None:
    lines = "\n".join(f"- [ ] Check number {n}" for n in range(1, items + 1))
    imported = imports.start_import(cast.team, by=again(cast.lead), source=f"# Long\n\n## Part\n\n{lines}\n")
    (version,) = imports.draft_import(imported, by=again(cast.lead))
    cast.deployment = casting.deploy(cast.team, casting.published(version, by=cast.lead), by=cast.lead)


def both(cast: SimpleNamespace) -> list[tuple[ItemFacts, ItemFacts]]:
    """(as a loaded item says, as the statement for many items says) of each item."""
    loaded = cast.deployment.items.order_by("number").with_everything()
    return [(item.facts, one.facts) for item, one in zip(loaded, summaries(cast.deployment), strict=True)]


@pytest.mark.django_db
def test_a_loaded_item_and_the_statement_for_many_say_the_same_after_every_sequence_of_acts() -> None:
    cast = casting.people()
    sequences = list(product(ACTS, repeat=3))
    deployment_of(cast, len(sequences))
    for item, sequence in zip(cast.deployment.items.order_by("number"), sequences, strict=True):
        for act in sequence:
            try:
                act(cast, item)
            except Refusal:
                continue
    for sequence, (loaded, listed) in zip(sequences, both(cast), strict=True):
        assert loaded == listed, [act.__name__ for act in sequence]
    seen = {item_state(facts) for facts, _ in both(cast)}
    assert seen >= {
        ItemState.OPEN,
        ItemState.HALF,
        ItemState.VERIFIED,
        ItemState.REJECTED,
        ItemState.INVALIDATED,
        ItemState.WAIVED,
    }


@pytest.mark.django_db
def test_both_say_the_same_of_every_probe_beside_every_number_of_keys() -> None:
    cast = casting.people()
    endings: list[list[str] | None] = [None, [], [PASSED], [FAILED], [INCONCLUSIVE], [FAILED, PASSED]]
    cases = list(product(endings, range(3)))
    deployment_of(cast, len(cases) + 1)
    *items, last = cast.deployment.items.order_by("number")
    for item, (ending, keys) in zip(items, cases, strict=True):
        if ending:
            histories.probe(cast, item, ending)
        elif ending is not None:
            attach(cast, item)
        for _ in range(keys):
            turn(cast, item)
    attach(cast, last)
    attachments.run_probes(cast.deployment, by=again(cast.member), numbers=[last.number])
    assert all(loaded == listed for loaded, listed in both(cast))
    assert {item_state(facts) for facts, _ in both(cast)} >= {ItemState.PENDING, ItemState.FAILED, ItemState.VERIFIED}


@pytest.mark.django_db
def test_an_item_with_both_keys_whose_probe_fails_later_is_failed_everywhere() -> None:
    cast = casting.stage()
    casting.make_ready(cast)
    item = cast.items[0]
    histories.probe(cast, item, [FAILED])
    assert casting.load(item).state == ItemState.FAILED
    assert summaries(cast.deployment, [item.number])[0].state == ItemState.FAILED
    assert [blocker.kind for blocker in readiness(cast.deployment).blockers] == [ItemState.FAILED]
    stated = collect(request_record(cast.deployment, by=again(cast.lead)))
    assert stated.sections[0].items[0].state == "failed"
    assert stated.decision.verdict == "NO-GO"


@pytest.mark.parametrize("has_probe", [False, True])
@pytest.mark.parametrize("waiver", [None, *WaiverState])
def test_what_blocks_has_a_reason_and_what_is_settled_has_none(has_probe: bool, waiver: WaiverState | None) -> None:
    for turned in range(3):
        facts = ItemFacts(turned=turned, required=2, has_probe=has_probe, waiver=waiver)
        assert bool(reason_to_block(facts)) is (item_state(facts) not in SETTLED)
