"""Follow-ups are changed and closed by members, also after the end, against what was shown, with an entry each."""

import uuid

import pytest
from django.db import transaction

from apps.accounts.models import Membership
from apps.core.errors import Changed, NotAllowed, Stale, WrongState
from apps.core.shown import UNSEEN, fingerprint
from apps.core.wording import without_isolates
from apps.deployments import commands as deployments
from apps.followups import commands
from apps.followups.commands.parts import settle, store
from apps.followups.events import FollowUpClosed
from apps.followups.models import FollowUp, Kind, overdue
from apps.ledger import commands as ledger
from apps.ledger.models import Entry
from apps.ledger.selectors import lines, whole_history
from apps.teams import commands as teams
from project import verification
from tests.cast import again
from tests.followups.raising import in_days, raised

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(stage):
    stage.follow_up = raised(stage.deployment, by=stage.lead, owner=stage.member)
    return stage


def change(cast, by, owner=None, days=9, **fields):
    return commands.change_follow_up(
        cast.follow_up, by=again(by), owner=owner or cast.member, due_on=in_days(days), **fields
    )


def last_entry(cast):
    entry = Entry.objects.filter(stream_id=cast.deployment.stream).order_by("-sequence").first()
    return entry.kind, entry.actor


def test_it_says_what_is_to_be_done_by_whom_until_when_and_who_asked_for_it(cast):
    now = FollowUp.objects.get()
    assert (now.what, now.owner, now.owner_name, now.due_on) == (
        "Watch the queue", cast.member, cast.member.full_name, in_days(7),
    )  # fmt: skip
    assert (now.raised_by, now.raised_by_name, now.closed_at) == (cast.lead, cast.lead.full_name, None)


def test_a_member_gives_it_to_somebody_else_until_another_day(cast):
    changed = change(cast, cast.member, owner=cast.reviewer, shown=fingerprint(cast.follow_up.terms))
    assert (changed.owner, changed.owner_name, changed.due_on) == (
        cast.reviewer, cast.reviewer.full_name, in_days(9),
    )  # fmt: skip
    assert last_entry(cast) == ("follow_up.changed", cast.member.pk)


def test_its_history_says_from_whom_to_whom_and_from_which_day_to_which(cast):
    one, other = cast.member.full_name, cast.reviewer.full_name
    days = [in_days(7), in_days(9), in_days(11)]
    change(cast, cast.lead, owner=cast.reviewer, days=7)
    change(cast, cast.lead, owner=cast.reviewer, days=9)
    change(cast, cast.lead, owner=cast.member, days=11)
    found = [without_isolates(line.text) for line in lines(whole_history(cast.deployment.stream))]
    assert found[-3:] == [
        f"gave a follow-up from {one} to {other}, until {days[0]}: Watch the queue",
        f"moved a follow-up of {other} from {days[0]} to {days[1]}: Watch the queue",
        f"gave a follow-up from {other} to {one} and moved it from {days[1]} to {days[2]}: Watch the queue",
    ]


def test_saving_it_as_it_is_records_nothing(cast):
    before = Entry.objects.count()
    change(cast, cast.member, days=7)
    assert Entry.objects.count() == before


def test_who_saw_other_terms_overwrites_nothing(cast):
    shown = fingerprint(cast.follow_up.terms)
    change(cast, cast.lead, owner=cast.reviewer)
    with pytest.raises(Changed):
        change(cast, cast.member, owner=cast.lead, shown=shown)
    assert FollowUp.objects.get().owner == cast.reviewer


def test_only_members_of_the_team_own_it(cast):
    with pytest.raises(WrongState, match="Choose somebody who is"):
        change(cast, cast.member, owner=cast.stranger)
    with pytest.raises(WrongState, match="Choose somebody who is"):
        raised(cast.deployment, by=cast.lead, owner=cast.stranger)


def test_it_moves_to_no_day_that_has_passed_and_keeps_one_that_has(cast):
    with pytest.raises(WrongState, match=r"has passed\. Choose today or a later day, in UTC\."):
        change(cast, cast.member, days=-1)
    cast.follow_up = raised(cast.deployment, by=cast.lead, owner=cast.member, days=-1)
    assert change(cast, cast.member, owner=cast.reviewer, days=-1).is_overdue(in_days(0))
    assert not change(cast, cast.member, days=0).is_overdue(in_days(0))


def test_who_left_keeps_it_until_it_is_given_to_somebody_else(cast):
    teams.remove_member(Membership.objects.get(team=cast.team, user=cast.member), by=again(cast.lead))
    change(cast, cast.lead, owner=cast.member, days=8)
    change(cast, cast.lead, owner=cast.reviewer)
    with pytest.raises(WrongState, match="Choose somebody who is"):
        change(cast, cast.lead, owner=cast.member)


def test_it_is_closed_once_with_what_was_done(cast):
    closed = commands.close_follow_up(
        cast.follow_up, by=again(cast.reviewer), outcome="Quiet for a week", shown=fingerprint(cast.follow_up.standing)
    )
    assert (closed.outcome, closed.closed_by, closed.closed_by_name) == (
        "Quiet for a week", cast.reviewer, cast.reviewer.full_name,
    )  # fmt: skip
    assert last_entry(cast) == ("follow_up.closed", cast.reviewer.pk)
    assert not closed.is_overdue(in_days(99))
    for act in (lambda: change(cast, cast.member), lambda: close(cast, cast.member)):
        with pytest.raises(WrongState, match="This follow-up is closed"):
            act()


def close(cast, by, **fields):
    return commands.close_follow_up(cast.follow_up, by=again(by), outcome="Done", **fields)


def test_who_saw_it_otherwise_or_saw_nothing_does_not_close_it(cast):
    shown = fingerprint(cast.follow_up.standing)
    change(cast, cast.lead, owner=cast.reviewer)
    for seen in (shown, UNSEEN):
        with pytest.raises(Stale, match="then close it"):
            close(cast, cast.member, shown=seen)
    assert FollowUp.objects.open().exists()


@pytest.mark.parametrize("act", [change, close])
@pytest.mark.parametrize("who", ["auditor", "stranger"])
def test_who_may_not_edit_in_the_team_does_neither(cast, who, act):
    with pytest.raises(NotAllowed):
        act(cast, getattr(cast, who))


def test_both_are_possible_after_the_end_and_verifying_finds_nothing_wrong(cast):
    deployments.cancel_deployment(cast.deployment, by=again(cast.lead), reason="Superseded")
    change(cast, cast.member)
    close(cast, cast.member)
    assert verification.verify().faults == []


def test_what_leaves_nothing_to_be_done_any_more_closes_what_is_open_of_it(cast):
    subject = cast.follow_up.subject
    done, other = (raised(cast.deployment, by=cast.lead, owner=cast.lead, subject=each) for each in (subject, "x:1"))
    commands.close_follow_up(done, by=again(cast.lead), outcome="Done before")
    with transaction.atomic():
        [closed] = settle(subject, by=again(cast.reviewer), outcome="The waiver was refused")
        event = FollowUpClosed(follow_up=closed.id, what=closed.what, outcome=closed.outcome)
        ledger.record(cast.deployment.stream, event, by=again(cast.reviewer), rows=[closed])
    assert closed.pk == cast.follow_up.pk
    assert FollowUp.objects.get(pk=closed.pk).outcome == "The waiver was refused"
    assert FollowUp.objects.get(pk=done.pk).outcome == "Done before"
    assert [*FollowUp.objects.open()] == [other]


def test_a_team_sees_its_own_alone(cast):
    assert [*FollowUp.objects.visible_to(again(cast.auditor))] == [cast.follow_up]
    assert not FollowUp.objects.visible_to(again(cast.stranger))


def test_overdue_is_what_is_open_after_its_day_in_utc(cast):
    late = raised(cast.deployment, by=cast.lead, owner=cast.member, days=-1)
    raised(cast.deployment, by=cast.lead, owner=cast.member, days=0)
    assert [*FollowUp.objects.filter(overdue(in_days(0)))] == [late]
    commands.close_follow_up(late, by=again(cast.lead), outcome="Done")
    assert not FollowUp.objects.filter(overdue(in_days(0))).exists()


def test_what_stores_one_says_whose_it_is(cast):
    with transaction.atomic():
        made = store(
            by=again(cast.lead),
            team=cast.team,
            stream=cast.deployment.stream,
            subject=f"waiver:{uuid.uuid4().hex}",
            kind=Kind.WAIVER,
            what="Tell support",
            owner=cast.reviewer,
            due_on=in_days(3),
        )
        assert str(made) == "Tell support"
        transaction.set_rollback(True)
