"""A deployment is run again: what is open, what is carried over, and what that means until somebody opens it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item
from apps.deployments.selectors import readiness, summaries
from apps.deployments.states import ItemState
from apps.evidence.models import Kind
from apps.ledger.models import Entry
from apps.reruns import commands
from apps.reruns.selectors import newest_version, rerun_of
from apps.sheets.selectors import sheet_content
from apps.signoff.models import Signature
from tests import cast as casting
from tests.cast import again
from tests.deployments.templates import blank, fill, item, line, review, where
from tests.deployments.test_upgrades import following
from tests.reruns.ended import add_ended, carried, close, fresh, rerun, sign
from tests.stages import fixtures_on_top
from tests.waivers import asking

pytestmark = pytest.mark.django_db


made_of_file, cast = fixtures_on_top("people", add_ended)


def state(deployment: Deployment, key: str) -> ItemState:
    return Item.objects.with_everything().get(deployment=deployment, key=key).state


def test_what_was_signed_is_carried_over_and_all_else_is_open(cast):
    made = rerun(cast, cast.parent)
    assert carried(made) == {"backup", "tests", "pinned", "alerts"}
    assert (made.parent, made.number, made.state) == (cast.parent, cast.parent.number + 1, "draft")
    assert list(cast.parent.reruns.all()) == [made]
    assert {key: state(made, key) for key in ("backup", "mail", "late")} == {
        "backup": ItemState.CARRIED, "mail": ItemState.OPEN, "late": ItemState.OPEN,
    }  # fmt: skip


def test_the_change_opens_whole_sections_and_single_items(cast):
    assert carried(rerun(cast, cast.parent, sections=["after"])) == {"backup", "tests", "pinned"}
    assert carried(rerun(cast, cast.parent, items=["tests"])) == {"backup", "pinned", "alerts"}


def test_a_variable_that_is_answered_otherwise_opens_what_names_it(cast):
    made = rerun(cast, cast.parent, variables={"model": "aria-5"})
    assert carried(made) == {"backup", "tests", "alerts"}
    assert item(made, "pinned").title == "aria-5 is pinned"


def test_an_item_whose_text_was_edited_on_the_board_says_something_else_than_the_checklist(people):
    parent = review(people, line("one"), line("two"))
    deployments.edit_item(item(parent, "one"), by=again(people.member), title="one", text="Twice.")
    sign(people, parent, "two")
    for person in (people.lead, people.reviewer):
        casting.sign(item(parent, "one"), person)
    assert carried(rerun(people, close(people, parent), variables={})) == {"two"}


def test_a_newer_version_of_the_checklist_opens_what_it_changed_and_what_it_added(cast):
    following(cast, cast.parent, edit={"backup": {"text": "Three copies."}}, add=["Look twice"], remove=["pinned"])
    made = rerun(cast, cast.parent)
    assert made.template_version.number == 2
    assert carried(made) == {"tests", "alerts"}
    assert not made.items.filter(key="pinned").exists()


def test_an_older_version_than_the_newest_is_refused(cast):
    old = newest_version(cast.parent)
    following(cast, cast.parent, add=["Look twice"])
    with pytest.raises(Stale, match="newest by now"):
        rerun(cast, cast.parent, template_version=old)


def test_an_archived_checklist_is_not_run_again_and_starts_nothing(cast):
    version = newest_version(cast.parent)
    checklists.archive_template(version.template, by=again(cast.lead))
    with pytest.raises(WrongState, match="Restore it"):
        rerun(cast, cast.parent, template_version=newest_version(cast.parent))
    with pytest.raises(WrongState, match="Restore it"):
        deployments.create_deployment(
            cast.team, by=again(cast.lead), template_version=newest_version(cast.parent), service="s", version="1",
            environment="test", variables={"model": "aria-4"},
        )  # fmt: skip
    assert Deployment.objects.filter(team=cast.team).count() == 1


def test_what_was_proved_too_long_ago_is_open(cast):
    values = {"version": "2.5.0", "model": "aria-4"}
    later = timezone.now() + timedelta(days=8)
    version = newest_version(cast.parent)
    found = {each.line.key: each.reason for each in rerun_of(cast.parent, version, values, now=later).items}
    assert found["alerts"].tag == "too old"
    assert found["backup"] is None


def test_evidence_ages_from_when_it_was_attached(people):
    parent = review(people, line("load", max_age_days=7), line("other"))
    note: dict[str, Any] = {"kind": Kind.NOTE, "title": "p95", "text": "2 s"}
    filed = attachments.attach_evidence(item(parent, "load"), by=again(people.member), **note)
    sign(people, parent, "load")
    parent = close(people, parent)
    version, values = newest_version(parent), {"version": "3"}
    week = timedelta(days=7)
    tags = [
        rerun_of(parent, version, values, now=filed.added_at + late).items[0].reason
        for late in (week, week + timedelta(days=1))
    ]
    assert (tags[0], tags[1].tag) == (None, "too old")


def test_nothing_is_run_again_before_it_has_ended(people):
    running = review(people, line("one"))
    with pytest.raises(WrongState, match="has not ended"):
        rerun(people, running, variables={})


def test_something_has_to_be_open(people):
    parent = review(people, line("one"))
    sign(people, parent, "one")
    with pytest.raises(WrongState, match="Choose what the change touches"):
        rerun(people, close(people, parent), variables={})


def test_auditors_run_nothing_again_and_open_nothing(cast):
    with pytest.raises(NotAllowed):
        commands.rerun_deployment(
            cast.parent, by=again(cast.auditor), template_version=newest_version(cast.parent), version="3", change="x"
        )
    made = rerun(cast, cast.parent)
    with pytest.raises(NotAllowed):
        commands.reopen_item(item(made, "backup"), by=again(cast.auditor))


def test_sent_twice_it_is_one_and_with_other_sections_another(cast):
    intent = uuid.uuid4()
    first = rerun(cast, cast.parent, intent=intent)
    length = Entry.objects.count()
    assert rerun(cast, cast.parent, intent=intent) == first
    assert Entry.objects.count() == length
    assert rerun(cast, cast.parent, intent=intent, sections=["after"]) != first


def test_it_is_one_entry_that_says_what_changed(cast):
    made = rerun(cast, cast.parent)
    assert [entry.kind for entry in Entry.objects.filter(stream_id=made.stream)] == ["deployment.rerun"]


def test_answers_and_results_come_along_and_decide_conditions(people):
    cache = line("cache", fill_ins=[blank("Which", "choice", "redis", "none")])
    parent = review(people, cache, line("ping", conditions=[where("item", "redis", name="cache")]), line("late"))
    fill(parent, "cache", "none", by=people.member)
    sign(people, parent, "cache")
    made = rerun(people, close(people, parent), variables={})
    assert (carried(made), state(made, "ping")) == ({"cache"}, ItemState.NOT_APPLICABLE)
    assert item(made, "cache").fill_ins[0]["value"] == "none"
    commands.reopen_item(item(made, "cache"), by=again(people.member))
    assert item(made, "cache").fill_ins[0]["value"] == ""
    assert state(made, "ping") == ItemState.OPEN, "what nobody answered yet leaves nothing out"


def test_what_is_carried_over_takes_no_keys_no_waiver_no_text_and_no_proof(cast):
    made = deployments.open_review(rerun(cast, cast.parent), by=again(cast.lead))
    backup, by = item(made, "backup"), again(cast.member)
    note: dict[str, Any] = {"kind": Kind.NOTE, "title": "x", "text": "x"}
    probe: dict[str, Any] = {"name": "Other", "kind": "http", "config": {"url": "https://example.com/other"}}
    for act in (
        lambda: casting.sign(backup, cast.member),
        lambda: asking.ask(backup, by=by, justification="The robot tells them"),
        lambda: deployments.edit_item(backup, by=by, title="Backup", text=""),
        lambda: deployments.fill_in_item(backup, by=by, result="Done", values=[]),
        lambda: attachments.attach_evidence(backup, by=by, **note),
        lambda: attachments.attach_probe(backup, by=by, **probe),
    ):
        with pytest.raises(WrongState, match="carried over"):
            act()
    with pytest.raises(WrongState, match="carried over"):
        deployments.reject_item(backup, by=again(cast.reviewer), reason="Not what it says")
    assert not Signature.objects.filter(sign_off=backup.sign_off).exists()


def test_opened_again_it_is_signed_here_by_anybody(cast):
    made = deployments.open_review(rerun(cast, cast.parent), by=again(cast.lead))
    commands.reopen_item(item(made, "tests"), by=again(cast.lead))
    now = item(made, "tests")
    assert (now.result, now.open_fill_ins, now.sign_off.contributors) == ("", ["Passed"], set())
    assert (now.carried.opened_by, now.carried.opened_by_name) == (cast.lead, cast.lead.full_name)
    fill(made, "tests", "205", by=cast.member)
    casting.sign(item(made, "tests"), cast.member)
    casting.sign(item(made, "tests"), cast.lead)
    assert state(made, "tests") == ItemState.VERIFIED
    with pytest.raises(WrongState, match="not carried over"):
        commands.reopen_item(item(made, "tests"), by=again(cast.member))


def test_what_is_carried_over_blocks_nothing_and_names_where_it_was_signed(cast):
    made = deployments.open_review(rerun(cast, cast.parent), by=again(cast.lead))
    found = {each.title: each for each in summaries(fresh(made))}
    backup = found["backup"]
    assert (backup.is_settled, backup.is_done, backup.is_here, backup.signed) == (True, False, False, ())
    assert backup.origin
    assert (backup.origin.code, backup.origin.item) == (cast.parent.code, 1)
    assert [key.name for key in backup.origin.signed] == [cast.member.full_name, cast.reviewer.full_name]
    assert found["late"].origin is None
    assert {blocker.item for blocker in readiness(fresh(made)).blockers if blocker.item} == {5, 6}


def test_a_rerun_is_run_again_with_what_it_carried_over(cast):
    second = close(cast, rerun(cast, cast.parent, items=["tests"]))
    third = rerun(cast, second)
    assert carried(third) == {"backup", "pinned", "alerts"}
    origin = item(third, "backup").carried.origin
    assert origin.deployment == cast.parent


def test_the_sheet_covers_what_was_signed_elsewhere(cast):
    made = deployments.open_review(rerun(cast, cast.parent), by=again(cast.lead))
    casting.make_ready(cast, made)
    sheet = casting.complete(cast, fresh(made))
    backup = next(each for each in sheet_content(sheet)["items"] if each[0] == str(item(made, "backup").pk))
    origin = item(cast.parent, "backup")
    assert backup[1:3] == [origin.sign_off.digest, "carried"]
    assert backup[4] == [str(cast.member.pk), str(cast.reviewer.pk)]
    casting.verify(cast, sheet)
    assert fresh(made).outcome == "completed"


def test_an_upgrade_opens_what_it_changes(cast):
    made = deployments.open_review(rerun(cast, cast.parent), by=again(cast.lead))
    version = following(cast, made, edit={"backup": {"text": "Three copies."}})
    deployments.upgrade_deployment(fresh(made), by=again(cast.lead), version=version)
    assert carried(made) == {"tests", "pinned", "alerts"}
    sign(cast, made, "backup")
    assert state(made, "backup") == ItemState.VERIFIED


def test_an_item_that_was_opened_again_goes_to_the_next_by_its_own_keys(cast):
    made = deployments.open_review(rerun(cast, cast.parent), by=again(cast.lead))
    commands.reopen_item(item(made, "backup"), by=again(cast.lead))
    sign(cast, made, "backup")
    third = rerun(cast, close(cast, made))
    assert item(third, "backup").carried.origin == item(made, "backup")


def test_running_again_asks_as_many_questions_for_forty_items_as_for_four(people):
    def statements(count: int) -> int:
        parent = review(people, *(line(f"i{n}") for n in range(count)), line("late"))
        sign(people, parent, *(f"i{n}" for n in range(count)))
        parent = close(people, parent)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            made = rerun(people, parent, variables={})
        assert len(carried(made)) == count
        return len(asked)

    assert statements(3) == statements(12)
