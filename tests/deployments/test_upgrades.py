"""A running deployment takes over a newer version of its checklist: what stays, what falls, what comes and leaves."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from apps.accounts.roles import Capability
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.core.shown import fingerprint
from apps.deployments import commands
from apps.deployments.models import Deployment, Item, Section
from apps.deployments.selectors import readiness
from apps.deployments.selectors.upgrades import upgrade_of
from apps.deployments.states import ItemState
from apps.ledger.models import Entry
from apps.signoff.models import Revision
from apps.studio import commands as studio
from tests import cast as casting
from tests.cast import again, published
from tests.deployments.templates import blank, item, line, review, where
from tests.waivers import asking

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


def following(cast: SimpleNamespace, deployment: Deployment, **edits: Any) -> TemplateVersion:
    """The next version of its checklist, published: `edit` {key: values}, `add` titles, `remove` keys."""
    by = again(cast.lead)
    draft = checklists.start_draft(deployment.template_version.template, by=by)
    for key, values in edits.get("edit", {}).items():
        studio.edit_draft_item(draft, by=by, key=key, values=values)
    if edits.get("add"):
        studio.add_draft_items(draft, by=by, section="items", titles=edits["add"])
    if edits.get("remove"):
        studio.remove_draft_items(draft, by=by, keys=edits["remove"])
    if edits.get("says"):
        studio.edit_draft(draft, by=by, values=edits["says"])
    return published(TemplateVersion.objects.get(pk=draft.pk), by=cast.lead)


def fresh(deployment: Deployment) -> Deployment:
    """The deployment as a next request loads it."""
    return Deployment.objects.select_related("team", "template_version").get(pk=deployment.pk)


def upgrade(cast: SimpleNamespace, deployment: Deployment, version: TemplateVersion) -> Deployment:
    return commands.upgrade_deployment(fresh(deployment), by=again(cast.lead), version=version)


def turned(deployment: Deployment, key: str) -> int:
    return len(item(deployment, key).sign_off.turned)


def signed(cast: SimpleNamespace, deployment: Deployment, *keys: str) -> None:
    for key in keys:
        casting.sign(item(deployment, key), cast.member)
        casting.sign(item(deployment, key), cast.reviewer)


def test_keys_stay_on_what_did_not_change_and_fall_on_what_did(cast):
    deployment = review(cast, line("backup"), line("tests"))
    signed(cast, deployment, "backup", "tests")
    version = following(cast, deployment, edit={"tests": {"text": "All of them."}})
    plan = upgrade_of(fresh(deployment))
    assert (plan.keys_that_fall, plan.keys_that_stay) == (2, 2)
    upgrade(cast, deployment, version)
    assert (turned(deployment, "backup"), turned(deployment, "tests")) == (2, 0)
    assert item(deployment, "tests").text == "All of them."
    assert Item.objects.with_everything().get(pk=item(deployment, "tests").pk).state == ItemState.INVALIDATED


def test_why_keys_fell_is_said_to_everybody(cast):
    deployment = review(cast, line("tests"))
    signed(cast, deployment, "tests")
    upgrade(cast, deployment, following(cast, deployment, edit={"tests": {"title": "All tests"}}))
    revision = Revision.objects.get(sign_off__item__key="tests", cause="upgraded")
    assert (revision.invalidated, revision.concerns) == (2, "version 2")
    blockers = readiness(fresh(deployment)).blockers
    assert any("upgraded the checklist to" in blocker.reason for blocker in blockers)


def test_a_limit_that_moves_makes_the_keys_of_those_who_signed_it_fall(cast):
    p95 = {"name": "p95", "label": "p95", "value": "3", "unit": "s", "limit": "below"}
    deployment = review(cast, line("fast", title="p95 below {{p95}}"), line("other"), says={"parameters": [p95]})
    signed(cast, deployment, "fast", "other")
    upgrade(cast, deployment, following(cast, deployment, says={"parameters": [p95 | {"value": "2"}]}))
    assert item(deployment, "fast").title == "p95 below 2 s"
    assert (turned(deployment, "fast"), turned(deployment, "other")) == (0, 2)


def test_items_come_with_numbers_behind_all_others_and_can_be_signed(cast):
    deployment = review(cast, line("one"), line("two"))
    upgrade(cast, deployment, following(cast, deployment, add=["Three"]))
    assert item(deployment, "three").number == 3
    signed(cast, deployment, "three")
    assert item(deployment, "three").sign_off.is_settled


def test_an_item_that_leaves_says_so_blocks_nothing_and_keeps_its_keys(cast):
    deployment = review(cast, line("one"), line("two"))
    signed(cast, deployment, "one", "two")
    upgrade(cast, deployment, following(cast, deployment, remove=["two"]))
    gone = item(deployment, "two")
    assert (gone.left_in, gone.applies) == (2, False)
    assert gone.inapplicable == "Version 2 of the checklist no longer has it."
    assert len(gone.sign_off.turned) == 2
    assert not [b for b in readiness(fresh(deployment)).blockers if b.item == gone.number]
    with pytest.raises(WrongState):
        casting.sign(gone, cast.other_reviewer)


def test_an_item_that_comes_back_is_what_it_was(cast):
    deployment = review(cast, line("one"), line("two"))
    signed(cast, deployment, "two")
    upgrade(cast, deployment, following(cast, deployment, remove=["two"]))
    template = deployment.template_version.template
    by = again(cast.lead)
    draft = checklists.start_draft(template, by=by)
    first = TemplateVersion.objects.prefetch_related("sections__items").get(template=template, number=1)
    studio.replace_draft_content(draft, by=by, content=first.content(), words="went back")
    upgrade(cast, deployment, published(TemplateVersion.objects.get(pk=draft.pk), by=cast.lead))
    back = item(deployment, "two")
    assert (back.left_in, back.applies, len(back.sign_off.turned)) == (None, True, 2)


def test_more_keys_and_critical_from_now_on(cast):
    deployment = review(cast, line("one", keys=1))
    casting.sign(item(deployment, "one"), cast.member)
    upgrade(cast, deployment, following(cast, deployment, edit={"one": {"critical": True}}))
    now = item(deployment, "one")
    assert (now.critical, now.keys, now.sign_off.required, len(now.sign_off.turned)) == (True, 2, 2, 0)


def test_answers_stay_where_their_question_does(cast):
    deployment = review(cast, line("one", fill_ins=[blank("Build"), blank("Host")]))
    commands.fill_in_item(item(deployment, "one"), by=again(cast.member), result="Done", values=["17", "a1"])
    version = following(cast, deployment, edit={"one": {"fill_ins": [blank("Host"), blank("Commit")]}})
    upgrade(cast, deployment, version)
    now = item(deployment, "one")
    assert [(fill["label"], fill["value"]) for fill in now.fill_ins] == [("Host", "a1"), ("Commit", "")]
    assert now.result == "Done"


def test_what_was_edited_on_the_board_stays_where_the_checklist_did_not_change_it(cast):
    deployment = review(cast, line("one"), line("two"))
    commands.edit_item(item(deployment, "one"), by=again(cast.member), title="One, really", text="")
    upgrade(cast, deployment, following(cast, deployment, edit={"two": {"text": "More"}}))
    assert item(deployment, "one").title == "One, really"


def test_a_waiver_of_what_changes_ends_and_others_hold(cast):
    deployment = review(cast, line("one"), line("two"))
    for key in ("one", "two"):
        by = again(cast.member)
        asking.ask(item(deployment, key), by=by, justification="The other team did it already.")
    upgrade(cast, deployment, following(cast, deployment, edit={"one": {"text": "More"}}))
    assert item(deployment, "one").waiver is None
    assert item(deployment, "two").waiver is not None


def test_conditions_are_judged_by_the_new_version(cast):
    deployment = review(cast, line("one"))
    condition = where("environment", "staging")
    upgrade(cast, deployment, following(cast, deployment, edit={"one": {"conditions": [condition]}}))
    assert not item(deployment, "one").applies


def test_what_changes_is_a_contribution_of_whoever_upgrades(cast):
    deployment = review(cast, line("one"))
    upgrade(cast, deployment, following(cast, deployment, edit={"one": {"text": "More"}}))
    casting.sign(item(deployment, "one"), cast.member)
    with pytest.raises(NotAllowed, match="You contributed to this"):
        casting.sign(item(deployment, "one"), cast.lead)


def test_one_upgrade_is_one_entry(cast):
    deployment = review(cast, line("one"), line("two"))
    version = following(cast, deployment, edit={"one": {"text": "More"}}, add=["Three"], remove=["two"])
    before = Entry.objects.filter(stream_id=deployment.stream).count()
    upgrade(cast, deployment, version)
    assert Entry.objects.filter(stream_id=deployment.stream).count() == before + 1


def test_a_key_that_was_turned_meanwhile_is_not_thrown_away_unseen(cast):
    deployment = review(cast, line("one"))
    version = following(cast, deployment, edit={"one": {"text": "More"}})
    shown = fingerprint(upgrade_of(fresh(deployment)).shown)
    casting.sign(item(deployment, "one"), cast.member)
    with pytest.raises(Stale):
        commands.upgrade_deployment(fresh(deployment), by=again(cast.lead), version=version, shown=shown)
    assert turned(deployment, "one") == 1


def test_only_the_newest_version_is_taken_over(cast):
    deployment = review(cast, line("one"))
    older = following(cast, deployment, edit={"one": {"text": "More"}})
    newer = following(cast, deployment, edit={"one": {"text": "Still more"}})
    assert upgrade_of(fresh(deployment)).version == newer
    with pytest.raises(WrongState):
        upgrade(cast, deployment, older)


def test_a_deployment_that_is_not_upgraded_stays_as_it_is(cast):
    deployment = review(cast, line("one"), line("two"))
    signed(cast, deployment, "one")

    def rows() -> list[Any]:
        return [
            *Deployment.objects.filter(pk=deployment.pk).values_list(),
            *Item.objects.filter(deployment=deployment).order_by("pk").values_list(),
            *Section.objects.filter(deployment=deployment).values_list(),
        ]

    before = rows()
    following(cast, deployment, edit={"one": {"text": "More"}}, add=["Three"], remove=["two"])
    assert rows() == before


def with_section(cast: SimpleNamespace, deployment: Deployment, **values: Any) -> TemplateVersion:
    """The next version: its one section says these values, and another one holds an item that is new."""
    by = again(cast.lead)
    draft = checklists.start_draft(deployment.template_version.template, by=by)
    studio.edit_draft_section(draft, by=by, key="items", values=values)
    studio.add_draft_section(draft, by=by, title="After")
    studio.add_draft_items(draft, by=by, section="after", titles=["Close the window"])
    return published(TemplateVersion.objects.get(pk=draft.pk), by=cast.lead)


def test_sections_say_what_the_new_version_does_and_the_keys_of_their_items_stay(cast):
    deployment = review(cast, line("one"), version="2.4.1")
    signed(cast, deployment, "one")
    says = {"title": "Before {{version}}", "guidance": "Read {{version}}.", "commands": ["make {{version}}"]}
    version = with_section(cast, deployment, **says)
    assert upgrade_of(fresh(deployment)).sections_changed == 1
    upgrade(cast, deployment, version)
    section = Section.objects.get(deployment=deployment, key="items")
    assert (section.title, section.guidance, section.commands) == ("Before 2.4.1", "Read 2.4.1.", ["make 2.4.1"])
    assert turned(deployment, "one") == 2


def test_a_board_that_was_open_shows_the_sections_of_the_new_version(cast, client):
    deployment = review(cast, line("one"))
    client.force_login(cast.lead)
    board = reverse("deployments:board", args=["pay", deployment.number])
    assert "Before" not in client.get(board).content.decode()
    version = with_section(cast, deployment, title="Before", guidance="Read this first.")
    page = client.get(reverse("deployments:upgrade_deployment", args=["pay", deployment.number]))
    assert "1 section reads otherwise." in page.content.decode()
    upgrade(cast, deployment, version)
    page = client.get(board).content.decode()
    for words in ("Before</h2>", "Read this first.", "After</h2>", "Close the window"):
        assert words in page


def test_an_auditor_and_a_stranger_upgrade_nothing(cast):
    deployment = review(cast, line("one"))
    version = following(cast, deployment, edit={"one": {"text": "More"}})
    for person in (cast.auditor, cast.stranger):
        with pytest.raises(NotAllowed):
            commands.upgrade_deployment(fresh(deployment), by=again(person), version=version)


def stored(pk: uuid.UUID) -> str:
    """An id as the engine holds it."""
    return str(pk) if connection.vendor == "postgresql" else pk.hex


def refused(sql: str, *values: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except IntegrityError:
        return True
    return False


def test_the_database_lets_no_item_leave_or_ask_for_less_by_itself(cast):
    deployment = review(cast, line("one", keys=3))
    version = following(cast, deployment, edit={"one": {"text": "More"}})
    pk = stored(item(deployment, "one").pk)
    left = "UPDATE deployments_item SET left_in = 2, applies = %s, inapplicable = 'x' WHERE id = %s"
    assert refused(left, False, pk)
    assert refused("UPDATE deployments_item SET keys = 1 WHERE id = %s", pk)
    assert refused("UPDATE deployments_item SET critical = %s WHERE id = %s", True, pk)
    upgrade(cast, deployment, version)

    older = TemplateVersion.objects.get(template=version.template, number=1).pk
    assert refused("UPDATE deployments_deployment SET template_version_id = %s", stored(older))


def test_the_database_lets_no_section_say_something_else_by_itself(cast):
    deployment = review(cast, line("one"))
    pk = Section.objects.get(deployment=deployment).pk
    change = "UPDATE deployments_section SET guidance = 'x', checklist_version = %s WHERE id = %s"
    for number in (1, 2):
        assert refused(change, number, pk)
    upgrade(cast, deployment, with_section(cast, deployment, guidance="Read this."))
    assert Section.objects.get(pk=pk).checklist_version == 2
    for number in (1, 2, 3):
        assert refused(change, number, pk)
    assert refused("UPDATE deployments_section SET position = 7, checklist_version = 2 WHERE id = %s", pk)
    assert refused("DELETE FROM deployments_section WHERE id = %s", pk)


def test_an_upgrade_of_many_items_asks_a_fixed_number_of_questions(cast, django_assert_max_num_queries):
    deployment = review(cast, *(line(f"item-{n}") for n in range(60)))
    signed(cast, deployment, "item-1", "item-2")
    edits = {f"item-{n}": {"text": "More"} for n in range(0, 60, 2)}
    version = following(cast, deployment, edit=edits, add=[f"New {n}" for n in range(20)], remove=["item-3"])
    by, found = again(cast.lead), fresh(deployment)
    by.may(Capability.EDIT, cast.team.pk)
    assert len(upgrade_of(found).fall) == 1  # its page was looked at, and knows both versions
    with django_assert_max_num_queries(20):
        commands.upgrade_deployment(found, by=by, version=version)


def test_many_waivers_end_by_as_many_questions_as_one(cast, django_assert_max_num_queries):
    counts = []
    for ending in (1, 4):
        deployment = review(cast, *(line(f"item-{n}") for n in range(5)))
        for number in range(ending):
            waived = item(deployment, f"item-{number}")
            asking.ask(waived, by=again(cast.member), justification="Not this time.")
        version = following(cast, deployment, edit={f"item-{n}": {"text": "More"} for n in range(5)})
        by, found = again(cast.lead), fresh(deployment)
        by.may(Capability.EDIT, cast.team.pk)
        with django_assert_max_num_queries(30) as asked:
            commands.upgrade_deployment(found, by=by, version=version)
        counts.append(len(asked))
        assert not any(one.waiver for one in Item.objects.for_signing().filter(deployment=deployment))
    assert counts[0] == counts[1]
