"""What entries give people to hear: whom, once, and no longer than it is so."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from apps.accounts.models import Membership, User
from apps.accounts.roles import Role
from apps.core.shown import fingerprint
from apps.deployments import commands as deployments
from apps.deployments.models import Item
from apps.ledger.commands import SYSTEM
from apps.notices import commands
from apps.notices.models import Notice, Reading
from apps.notices.rules import Kind, title_of
from apps.sheets import commands as sheets
from apps.sheets.models import Sheet
from apps.teams import commands as teams
from apps.waivers import commands as waivers
from tests import cast
from tests.boards.desk import read
from tests.cast import BY_PASSWORD, again, load
from tests.notices.heard import derived, heard, kinds
from tests.records.making import filed
from tests.waivers import asking

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def read_up_to_here(stage: SimpleNamespace) -> None:
    """What the stage itself gave to hear is old."""
    derived()
    Notice.objects.all().delete()


def test_a_key_waits_for_whoever_may_turn_it_and_for_nobody_else(stage):
    cast.sign(stage.items[3], stage.member)
    derived()
    title = load(stage.items[3]).title
    for person in (stage.reviewer, stage.other_reviewer, stage.lead):
        assert heard(person) == [("verify", f"4. {title}")]
    for person in (stage.member, stage.auditor, stage.stranger):
        assert heard(person) == []


def test_reading_again_says_nothing_twice(stage):
    cast.sign(stage.items[3], stage.member)
    derived()
    derived()
    Reading.objects.update(length=0)
    derived()
    assert kinds(stage.reviewer).count("verify") == 1
    assert Notice.objects.filter(kind=Kind.VERIFY).count() == 3


def test_a_key_of_an_owner_who_may_turn_it_waits_for_them_alone(stage):
    deployments.assign_items(stage.deployment, by=again(stage.lead), numbers=[4], owner=stage.reviewer)
    cast.sign(stage.items[3], stage.member)
    derived()
    assert "verify" in kinds(stage.reviewer)
    assert kinds(stage.other_reviewer) == []


def test_what_was_done_leaves_by_itself_and_whoever_asked_hears_of_it(stage):
    cast.sign(stage.items[3], stage.member)
    derived()
    cast.sign(stage.items[3], stage.reviewer)
    derived()
    title = f"4. {load(stage.items[3]).title}"
    assert heard(stage.reviewer) == []
    assert heard(stage.reviewer, done=True) == [("verify", title)]
    assert heard(stage.other_reviewer, done=True) == [("verify", title)]
    assert Notice.objects.get(person=stage.reviewer, kind="verify").settled == "you did it"
    assert Notice.objects.get(person=stage.other_reviewer, kind="verify").settled == "settled by Ruth Okafor"
    assert heard(stage.member) == [("verified", title)]


def test_a_rejection_is_heard_by_whoever_signed_and_by_the_owner_with_its_reason(stage):
    deployments.assign_items(stage.deployment, by=again(stage.lead), numbers=[4], owner=stage.lead)
    cast.sign(stage.items[3], stage.member)
    derived()
    deployments.reject_item(
        load(stage.items[3]), by=again(stage.reviewer), reason="Two are red",
        shown=fingerprint(load(stage.items[3]).sign_off.standing),
    )  # fmt: skip
    derived()
    assert kinds(stage.member) == ["rejected"]
    assert "rejected" in kinds(stage.lead)
    assert {notice.detail for notice in Notice.objects.filter(kind="rejected")} == {"Two are red"}
    assert kinds(stage.reviewer) == []


def test_whoever_signed_hears_what_made_their_key_fall_out(stage):
    cast.sign(stage.items[3], stage.member)
    derived()
    deployments.edit_item(load(stage.items[3]), by=again(stage.lead), title="Another", text="Other")
    derived()
    [notice] = Notice.objects.filter(person=stage.member)
    assert (notice.kind, notice.actor_name) == ("invalidated", "Lena Brandt")
    assert "changed the text of item 4" in notice.detail
    assert kinds(stage.reviewer) == []  # nothing waits any more


def test_a_withdrawn_key_is_heard_by_whoever_else_signed_and_by_the_owner_with_its_reason(stage):
    deployments.assign_items(stage.deployment, by=again(stage.lead), numbers=[4], owner=stage.lead)
    cast.sign(stage.items[3], stage.member)
    cast.sign(stage.items[3], stage.reviewer)
    derived()
    cast.withdraw(stage.items[3], stage.reviewer, "The dashboard was of yesterday")
    derived()
    for person in (stage.member, stage.lead):
        [notice] = Notice.objects.filter(person=person, kind="invalidated")
        assert notice.detail == "withdrew their key 2 of item 4: The dashboard was of yesterday; 2 keys fell out"
    assert "invalidated" not in kinds(stage.reviewer)


def test_the_owner_hears_too_that_keys_fell_out_and_the_item_leads_to_what_changed(stage):
    deployments.assign_items(stage.deployment, by=again(stage.lead), owner=stage.other_reviewer, numbers=[4])
    cast.sign(stage.items[3], stage.member)
    derived()
    deployments.edit_item(load(stage.items[3]), by=again(stage.lead), title="Another", text="Other")
    derived()
    notice = Notice.objects.get(person=stage.other_reviewer, kind="invalidated")
    assert title_of(notice.kind, notice.subject) == "Keys fell out: 4. Another"
    assert ">What changed</a>" in read(stage.other_reviewer, stage.items[3])


def test_a_waiver_waits_for_others_than_whoever_asked_who_hears_how_it_ends(stage):
    waiver = asking.ask(load(stage.items[3]), by=again(stage.member))
    derived()
    assert kinds(stage.reviewer) == ["waiver"]
    assert kinds(stage.member) == []
    waivers.end_waiver(waiver, by=again(stage.reviewer), why="No")
    derived()
    assert kinds(stage.reviewer) == []
    [notice] = Notice.objects.filter(person=stage.member)
    assert (notice.kind, notice.detail) == ("decided", "ended the waiver of item 4: No")


def test_an_assignment_is_heard_by_the_new_owner_and_many_in_one(stage):
    deployments.assign_items(stage.deployment, by=again(stage.lead), numbers=[4], owner=stage.member)
    deployments.assign_items(stage.deployment, by=again(stage.lead), numbers=[1, 2, 3], owner=stage.other_reviewer)
    derived()
    assert heard(stage.member) == [("assigned", f"4. {load(stage.items[3]).title}")]
    [(kind, what)] = heard(stage.other_reviewer)
    assert kind == "assigned"
    assert what.startswith("3 items of PAY-")
    deployments.assign_items(stage.deployment, by=again(stage.lead), numbers=[4], owner=None)
    derived()
    assert heard(stage.member) == []
    assert kinds(stage.other_reviewer) == ["assigned"]


def test_nobody_hears_of_what_they_did_themselves(stage):
    deployments.assign_items(stage.deployment, by=again(stage.member), numbers=[4], owner=stage.member)
    derived()
    assert heard(stage.member) == []


def test_a_verdict_that_changes_is_heard_by_whoever_answers_and_the_newest_alone_stays(stage):
    cast.make_ready(stage)
    derived()
    assert "verdict" in kinds(stage.lead)
    deployments.edit_item(load(stage.items[3]), by=again(stage.other_reviewer), title="Another", text="Other")
    derived()
    details = [notice.detail for notice in Notice.objects.open().filter(person=stage.lead, kind="verdict")]
    assert details == ["Now NO-GO, 1 condition blocking"]


def test_a_sheet_waits_for_deciders_and_its_end_is_heard(stage):
    cast.make_ready(stage)
    sheet = cast.complete(stage)
    derived()
    assert "sheet" in kinds(stage.reviewer)
    assert "sheet" not in kinds(stage.member)
    cast.verify(stage, sheet)
    derived()
    assert "outcome" in kinds(stage.member)
    assert Notice.objects.open().filter(kind__in=("sheet", "verify")).count() == 0


def test_a_sheet_that_is_sent_back_is_heard_by_whoever_completed_it(stage):
    cast.make_ready(stage)
    sheet = cast.complete(stage)
    derived()
    found = Sheet.objects.get(pk=sheet.pk)
    sheets.send_back_sheet(
        found, by=again(stage.reviewer), reason="Not yet", shown=fingerprint(found.sign_off.standing)
    )
    derived()
    assert Notice.objects.get(person=stage.member, kind="rejected").detail == "Not yet"
    assert "sheet" not in kinds(stage.reviewer)


def test_a_window_is_heard_of_once_a_day_before_and_once_an_hour_before(stage):
    now = timezone.now()
    start = now + timedelta(hours=20)
    deployments.edit_deployment(
        stage.deployment, by=again(stage.lead), window_start=start, window_end=start + timedelta(hours=2)
    )
    assert commands.note_windows(by=SYSTEM) == 1
    assert commands.note_windows(by=SYSTEM) == 0
    assert kinds(stage.lead) == ["day_before"]
    soon = now + timedelta(minutes=40)
    deployments.edit_deployment(
        stage.deployment, by=again(stage.lead), window_start=soon, window_end=start + timedelta(hours=2)
    )
    assert commands.note_windows(by=SYSTEM) == 1
    assert kinds(stage.lead) == ["hour_before"]


def test_a_record_is_heard_of_by_whoever_asked_for_it(stage):
    filed(stage, stage.auditor)
    derived()
    [(kind, what)] = heard(stage.auditor)
    assert (kind, what.partition(",")[0]) == ("record", "PAY-1-R1")


def test_a_role_waits_for_another_admin_and_is_heard_of_by_both_others(stage):
    second = cast.join(stage.team, by=stage.lead, username="second", full_name="Second", role=Role.ADMIN)
    derived()
    Notice.objects.all().delete()
    member = Membership.objects.get(team=stage.team, user=stage.member)
    [grant] = teams.ask_role(member, by=again(stage.lead), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="known")
    derived()
    assert kinds(second) == ["grant"]
    assert kinds(stage.lead) == []
    teams.grant_role(grant, by=again(second), evidence=BY_PASSWORD)
    derived()
    assert kinds(second) == []
    assert kinds(stage.lead) == kinds(stage.member) == ["role"]


def test_a_role_waits_for_an_administrator_where_the_team_has_no_other_admin(stage):
    member = Membership.objects.get(team=stage.team, user=stage.member)
    teams.ask_role(member, by=again(stage.lead), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="known")
    derived()
    assert kinds(stage.stranger) == ["grant"]
    assert User.objects.get(pk=stage.stranger.pk).news == 1


def test_who_left_the_team_has_nothing_of_it_any_more(stage):
    cast.sign(stage.items[3], stage.member)
    derived()
    assert User.objects.get(pk=stage.reviewer.pk).news == 1
    teams.remove_member(Membership.objects.get(team=stage.team, user=stage.reviewer), by=again(stage.lead))
    derived()
    assert heard(stage.reviewer) == []
    assert User.objects.get(pk=stage.reviewer.pk).news == 0


def test_nothing_is_stored_where_reading_breaks_off_and_other_chains_are_read(stage, monkeypatch, caplog):
    cast.sign(stage.items[3], stage.member)
    reading = Reading.objects.get(pk=stage.deployment.stream).length
    with monkeypatch.context() as patched:
        patched.setattr(commands.deriving, "tell", lambda *heard: 1 / 0)
        derived()
    assert not Notice.objects.filter(kind="verify").exists()
    assert Reading.objects.get(pk=stage.deployment.stream).length == reading
    derived()
    assert Notice.objects.filter(kind="verify").count() == 3


def test_a_deployment_that_ends_leaves_nothing_waiting(stage):
    cast.sign(stage.items[3], stage.member)
    derived()
    deployments.cancel_deployment(
        stage.deployment, by=again(stage.lead), reason="No", shown=fingerprint(stage.deployment.standing)
    )
    derived()
    assert Notice.objects.open().filter(kind="verify").count() == 0
    assert Item.objects.filter(deployment=stage.deployment).exists()
