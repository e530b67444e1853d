"""An item whose condition does not hold says why, takes no keys or waiver, blocks nothing, and comes back as it was."""

import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.core.errors import Refusal, WrongState
from apps.deployments import commands
from apps.deployments.models import Deployment, Item, Waiver
from apps.deployments.selectors import condition_faults, readiness, summaries
from apps.deployments.states import ItemState
from apps.ledger.models import Entry
from apps.ledger.selectors import item_history
from apps.signoff import commands as signoff
from apps.signoff.models import Signature, SignOff
from apps.signoff.rules import content_digest
from apps.studio import commands as studio
from apps.waivers import commands as waiving
from tests import cast as casting
from tests.cast import again, keyed, sign
from tests.deployments import rows
from tests.deployments.templates import blank, fill, item, line, review, start, where
from tests.waivers import asking

REDIS = where("item", "redis", name="cache")
LINES = (
    line("cache", title="Choose a cache", fill_ins=[blank("Cache", "choice", "redis", "none")]),
    line("ping", title="Ping Redis", conditions=[REDIS]),
    line("evict", conditions=[where("item", "lru", name="policy")]),
    line("policy", fill_ins=[blank("Policy", "choice", "lru", "ttl")], conditions=[REDIS]),
    line("staging", conditions=[where("environment", "staging")]),
    line("canary", conditions=[where("strategy", "canary")]),
)  # fmt: skip
WHY = "Applies only where “Choose a cache” is redis; here it is none."


def out(deployment: Deployment) -> dict[str, str]:
    """Why items do not apply, by key."""
    return dict(deployment.items.filter(applies=False).values_list("key", "inapplicable"))


@pytest.fixture
def board(people: SimpleNamespace) -> SimpleNamespace:
    """A review of a conditional checklist, beside the people."""
    people.deployment = review(people, *LINES)
    return people


def waive(cast: SimpleNamespace, one: Item) -> Waiver:
    """A waiver that the reviewer approved."""
    asked = asking.ask(one, by=again(cast.member), justification="Not needed for this release.")
    return waiving.approve_waiver(asked, **keyed(cast.reviewer), shown=asked.sign_off.digest)


def test_what_is_known_at_the_start_decides_and_what_nobody_answered_yet_applies(people: SimpleNamespace) -> None:
    made = start(people, *LINES)
    assert out(made) == {"staging": "Applies only where the environment is staging; here it is production."}
    assert out(start(people, *LINES, environment="Staging")) == {}


def test_a_variable_decides_as_well(people: SimpleNamespace) -> None:
    says = {"variables": [{"name": "REDIS", "label": "", "kind": "yes_no", "options": []}]}
    lines = line("a", conditions=[where("variable", "yes", name="REDIS")])
    assert out(start(people, lines, says=says, variables={"REDIS": "no"})) == {
        "a": "Applies only where REDIS is yes; here it is no."
    }
    assert out(start(people, lines, says=says, variables={"REDIS": "yes"})) == {}


def test_an_answer_takes_items_out_in_order_and_brings_them_back(board: SimpleNamespace) -> None:
    fill(board.deployment, "cache", "redis", by=board.member)
    fill(board.deployment, "policy", "lru", by=board.member)
    assert out(board.deployment).keys() == {"staging"}
    fill(board.deployment, "cache", "none", by=board.member)
    assert out(board.deployment) == {
        "ping": WHY, "policy": WHY, "evict": "Applies only where “policy” is lru; here it does not apply.",
        "staging": "Applies only where the environment is staging; here it is production.",
    }  # fmt: skip
    fill(board.deployment, "cache", "redis", by=board.member)
    assert out(board.deployment).keys() == {"staging"}


def test_those_that_changed_are_recorded_and_announced_and_their_rows_outdated(board: SimpleNamespace) -> None:
    before = {each.key: each.version for each in board.deployment.items.all()}
    fill(board.deployment, "cache", "none", by=board.member)
    changed = {each.key for each in board.deployment.items.all() if each.version != before[each.key]}
    assert changed == {"cache", "ping", "policy", "evict"}
    entry = Entry.objects.filter(stream_id=board.deployment.stream).latest("sequence")
    assert entry.kind == "items.judged"
    assert set(entry.items) == {item(board.deployment, key).pk for key in ("ping", "policy", "evict")}
    fill(board.deployment, "cache", "redis", by=board.member)
    length = Entry.objects.count()
    fill(board.deployment, "policy", "ttl", by=board.member)
    assert Entry.objects.count() == length + 2
    commands.edit_item(item(board.deployment, "policy"), by=again(board.member), title="policy", text="Which one?")
    assert Entry.objects.count() == length + 3, "who else applies is judged where an answer changes alone"


def test_the_history_of_each_item_says_that_it_does_not_apply_and_of_no_other(board):
    fill(board.deployment, "cache", "none", by=board.member)
    stream = board.deployment.stream
    for key in ("ping", "policy"):
        (judged,) = [line for line in item_history(stream, item(board.deployment, key).pk) if "judged" in line.kind]
        assert judged.text.startswith("changed which items apply: ")
    for key in ("cache", "staging"):
        assert not [line for line in item_history(stream, item(board.deployment, key).pk) if "judged" in line.kind]


def test_the_history_of_an_item_says_who_it_was_given_to_together_with_others(board):
    by = again(board.lead)
    commands.assign_items(board.deployment, by=by, numbers=[1, 2], owner=board.member)
    found = [
        item_history(board.deployment.stream, item(board.deployment, key).pk) for key in ("cache", "ping", "policy")
    ]
    assert [[line.kind for line in lines] for lines in found] == [["items.assigned"], ["items.assigned"], []]


def test_an_item_that_does_not_apply_blocks_nothing_and_is_not_done(board: SimpleNamespace) -> None:
    fill(board.deployment, "cache", "none", by=board.member)
    found = {each.number: each for each in summaries(board.deployment)}
    ping = found[2]
    assert (ping.state, ping.reason, ping.facts.inapplicable) == (ItemState.NOT_APPLICABLE, "", WHY)
    assert (ping.is_settled, ping.is_done, ping.is_here) == (True, False, False)
    assert item(board.deployment, "ping").state == ItemState.NOT_APPLICABLE
    assert {blocker.item for blocker in readiness(board.deployment).blockers if blocker.item} == {1, 6}


def test_it_takes_no_keys_no_waiver_and_no_rejection(board: SimpleNamespace) -> None:
    ping = item(board.deployment, "ping")
    waived = item(board.deployment, "evict")
    asked = asking.ask(waived, by=again(board.member), justification="Not needed for this release.")
    sign(ping, board.member)
    fill(board.deployment, "cache", "none", by=board.member)
    refused: list[Callable[[], object]] = [
        lambda: sign(ping, board.reviewer),
        lambda: commands.reject_item(item(board.deployment, "ping"), by=again(board.reviewer), reason="Do it again."),
        lambda: asking.ask(ping, by=again(board.member), justification="Not needed for this release."),
        lambda: waiving.approve_waiver(asked, **keyed(board.reviewer), shown=asked.sign_off.digest),
    ]
    for act in refused:
        with pytest.raises(WrongState, match="does not apply, so nothing is signed here"):
            act()


def test_its_keys_stay_as_they_were_and_count_again_when_it_applies_again(board: SimpleNamespace) -> None:
    for person in (board.member, board.reviewer):
        sign(item(board.deployment, "ping"), person)
    digest = item(board.deployment, "ping").sign_off.digest
    fill(board.deployment, "cache", "none", by=board.member)
    gone = next(each for each in summaries(board.deployment) if each.number == 2)
    assert (gone.state, [key.name for key in gone.signed]) == (
        ItemState.NOT_APPLICABLE, [board.member.full_name, board.reviewer.full_name],
    )  # fmt: skip
    fill(board.deployment, "cache", "redis", by=board.member)
    back = item(board.deployment, "ping")
    assert (back.state, back.sign_off.digest, back.sign_off.revision) == (ItemState.VERIFIED, digest, 1)


def test_what_a_waived_item_answers_counts_for_nothing_because_nobody_verifies_it(board: SimpleNamespace) -> None:
    fill(board.deployment, "cache", "none", by=board.member)
    waiver = waive(board, item(board.deployment, "cache"))
    assert out(board.deployment).keys() == {"staging"}
    fill(board.deployment, "cache", "none", by=board.member)
    assert out(board.deployment).keys() == {"staging"}
    waiving.end_waiver(waiver, by=again(board.reviewer), why="It is done after all.")
    assert out(board.deployment).keys() == {"staging", "ping", "policy", "evict"}


def test_it_counts_again_once_its_text_is_edited_and_the_approvals_fall_out(board: SimpleNamespace) -> None:
    fill(board.deployment, "cache", "none", by=board.member)
    waive(board, item(board.deployment, "cache"))
    assert "ping" not in out(board.deployment)
    commands.edit_item(item(board.deployment, "cache"), by=again(board.lead), title="Which cache?", text="")
    assert "ping" in out(board.deployment)


def test_the_database_refuses_keys_and_waivers_of_what_does_not_apply(board: SimpleNamespace) -> None:
    ping = item(board.deployment, "ping")
    asked = asking.ask(ping, by=again(board.member), justification="Not needed for this release.")
    fill(board.deployment, "cache", "none", by=board.member)
    ping = item(board.deployment, "ping")
    staging = item(board.deployment, "staging")

    def key(sign_off: SignOff, digest: str, meaning: str) -> Signature:
        return Signature(
            sign_off=sign_off, revision=1, slot=1, signer=board.reviewer, name="Ruth", meaning=meaning, digest=digest,
            signed_at=timezone.now(), intent=uuid.uuid4(), means="password", series_id=uuid.uuid4(),
        )  # fmt: skip

    refused: list[Callable[[], object]] = [
        key(ping.sign_off, content_digest(ping.content(pinned=None)), "performed").save,
        key(asked.sign_off, asked.sign_off.digest, "approved").save,
        lambda: store_waiver(board, staging),
    ]
    for act in refused:
        with pytest.raises(IntegrityError, match="does not apply takes no keys"), transaction.atomic():
            act()


def store_waiver(cast: SimpleNamespace, one: Item) -> None:
    """A waiver that is stored behind the application's back."""
    waiver = Waiver(item=one, justification="No.", requested_by=cast.member, requested_by_name="Mika")
    rows.own(waiver, rows.stored_sign_off(cast.team, required=1, contributor_keys=0))
    signoff.contribute(waiver.sign_off, by=cast.member)
    waiver.save(force_insert=True)


@pytest.mark.parametrize(
    ("key", "values", "answer"),
    [
        ("ping", {"conditions": []}, "an item keeps its place, its keys and its conditions"),
        ("cache", {"applies": False, "inapplicable": "No."}, "only an item with conditions does not apply"),
        ("ping", {"applies": False}, "item_inapplicable_for_a_reason"),
    ],
)
def test_the_database_keeps_conditions_and_wants_a_reason(
    board: SimpleNamespace, key: str, values: dict[str, object], answer: str
) -> None:
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        rows.one(Item, item(board.deployment, key), **values)


def test_a_deployment_ends_although_an_item_does_not_apply(people: SimpleNamespace) -> None:
    people.deployment = review(people, *LINES[:2], LINES[4])
    fill(people.deployment, "cache", "none", by=people.member)
    casting.write_plan(people)
    for person in (people.member, people.reviewer):
        sign(item(people.deployment, "cache"), person)
    casting.close(people)
    assert Deployment.objects.get(pk=people.deployment.pk).outcome == "completed"


def test_a_critical_item_is_not_talked_away_by_one_person(people: SimpleNamespace) -> None:
    """The answer that takes it out is signed by two people before the verdict is GO."""
    people.deployment = review(people, LINES[0], line("danger", critical=True, conditions=[REDIS]))
    fill(people.deployment, "cache", "none", by=people.member)
    sign(item(people.deployment, "cache"), people.member)
    assert not readiness(people.deployment).is_go
    with pytest.raises(Refusal):
        sign(item(people.deployment, "cache"), people.member)


def test_an_item_that_the_checklist_no_longer_has_does_not_come_back_by_an_answer(board: SimpleNamespace) -> None:
    draft = checklists.start_draft(board.deployment.template_version.template, by=again(board.lead))
    studio.remove_draft_items(draft, by=again(board.lead), keys=["ping"])
    newer = casting.published(TemplateVersion.objects.get(pk=draft.pk), by=board.lead)
    commands.upgrade_deployment(board.deployment, by=again(board.lead), version=newer)
    for answer in ("none", "redis"):
        fill(board.deployment, "cache", answer, by=board.member)
        assert out(board.deployment)["ping"] == "Version 2 of the checklist no longer has it."
    assert not list(condition_faults())
