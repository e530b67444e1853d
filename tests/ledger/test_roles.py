"""Whose role counted when, told without clocks; and whether who gave it might.

Every entry here is a proper one: the rows are stored, the entry proves them, the chains are whole.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import models, transaction
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Invitation, Membership, Team, User
from apps.accounts.roles import Role
from apps.ledger import commands as ledger
from apps.ledger import tasks
from apps.ledger.chain import INSTANCE, genesis
from apps.ledger.commands import SYSTEM, Actor
from apps.ledger.models import Stream
from apps.teams import commands as teams
from apps.teams.events import RoleChanged
from project import verification
from tests import cast as casting
from tests.cast import AUDITING, again
from tests.ledger import forging
from tests.ledger.test_rule_again import force_key
from tests.tampering import lift_all, lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
NO_ROLE = "item 1: who turned a key had no role to do so"
OTHER_TIME = "it notes the instance chain of another time than its place tells"


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def found() -> list[str]:
    return [fault.what for fault in verification.verify().faults if "the guard" not in fault.what]


def record(by: Actor, *rows: models.Model, removed: Iterable[models.Model] = ()) -> None:
    """An entry of the instance's chain that says little and proves what it is given."""
    event = RoleChanged(team=SYSTEM.id, person=SYSTEM.id, before="", after="", name="x")
    with transaction.atomic():
        ledger.record(INSTANCE, event, by=by, rows=rows, removed=removed)


def member_of(team: Team, user: User) -> Membership:
    return Membership.objects.get(team=team, user=user)


def note(stream: str, sequence: int, length: int, head: str) -> None:
    """Let an entry note that end of the instance's chain; without a head, make all chains fit."""

    def change(bodies: forging.Bodies) -> None:
        bodies[sequence]["instance"] = {"length": length, "head": head}

    lift_all()
    rewrite = forging.rewrite if head else forging.rewrite_everywhere
    rewrite(stream, change)


def store(row: models.Model) -> None:
    with lifted():
        row.save()


# Without clocks


def test_a_clock_that_ran_ahead_accuses_nobody(made, monkeypatch):
    later = timezone.now() + timedelta(hours=6)
    with monkeypatch.context() as clock:
        clock.setattr("apps.ledger.commands.timezone.now", lambda: later)
        casting.give(made.team, made.member, Role.REVIEWER, by=made.lead)
    casting.sign(made.items[0], made.lead)
    casting.sign(made.items[0], again(made.member))
    assert [what for what in found() if "it is dated" not in what] == []


def test_a_role_that_was_taken_a_moment_before_is_gone(made):
    casting.sign(made.items[0], made.member)
    casting.take(made.team, made.reviewer, Role.REVIEWER, by=made.lead)
    force_key(made.items[0], made.reviewer, 2)
    assert found() == [NO_ROLE]


def test_a_role_that_was_given_a_moment_after_comes_too_late(made):
    casting.sign(made.items[0], made.lead)
    force_key(made.items[0], made.member, 2)
    casting.give(made.team, made.member, Role.REVIEWER, by=made.lead)
    assert found() == [NO_ROLE]


def test_every_entry_of_another_chain_notes_where_the_instances_ends(made):
    end = ledger.Stream.objects.get(pk=INSTANCE)
    casting.sign(made.items[0], made.member)
    entry = ledger.Entry.objects.filter(stream=made.deployment.stream).latest("sequence")
    assert json.loads(entry.body)["instance"] == {"length": end.length, "head": end.head}


def test_an_entry_that_notes_another_instance_is_found(made):
    casting.sign(made.items[0], made.member)
    note(made.deployment.stream, 1, 3, "0" * 64)
    assert found() == [
        f"the instance chain was another up to here; {made.deployment.stream} noted it so in entry 1",
    ]


def test_an_entry_that_notes_nothing_of_the_instance_is_found(made):
    casting.sign(made.items[0], made.member)

    def forget(bodies: forging.Bodies) -> None:
        del bodies[-1]["instance"]

    lift_all()
    forging.rewrite(made.deployment.stream, forget)
    assert "what it says cannot be understood (KeyError)" in found()


def test_a_key_that_is_dated_back_before_its_signer_lost_the_role_is_found(made):
    """The entry notes an end of the instance's chain that its own place in the chain contradicts."""
    length = ledger.Stream.objects.get(pk=INSTANCE).length
    casting.take(made.team, made.reviewer, Role.REVIEWER, by=made.lead)
    casting.sign(made.items[0], made.member)
    force_key(made.items[0], made.reviewer, 2)
    note(made.deployment.stream, -1, length, "")
    assert found() == [OTHER_TIME]


def test_a_key_that_is_dated_back_before_an_anchor_of_its_chain_is_found(made):
    length = ledger.Stream.objects.get(pk=INSTANCE).length
    tasks.anchor_heads()
    teams.change_role(member_of(made.team, made.reviewer), by=again(made.lead), **AUDITING)
    force_key(made.items[0], made.reviewer, 1)
    note(made.deployment.stream, -1, length, "")
    assert found() == [OTHER_TIME]


def test_before_there_is_an_instance_its_beginning_is_noted(made):
    stream = Stream(name=made.deployment.stream)
    assert ledger._instance_end(stream) != {"length": 0, "head": genesis(INSTANCE)}
    lift_all()
    forging.erase(INSTANCE)
    assert ledger._instance_end(stream) == {"length": 0, "head": genesis(INSTANCE)}


# Who gave it


def test_an_auditor_who_becomes_a_member_by_themselves_is_found(made):
    row = member_of(made.team, made.auditor)
    row.role, row.reads_until = Role.MEMBER, None
    row.save()
    record(made.auditor, row)
    assert found() == [f"who gave or took accounts.membership/{row.pk} had no right to"]


def test_a_membership_by_an_admin_of_another_team_is_found(made):
    row = Membership.objects.create(team=made.team, user=made.stranger, role=Role.MEMBER)
    record(made.stranger, row)
    assert found() == [f"who gave or took accounts.membership/{row.pk} had no right to"]


def test_a_member_who_is_removed_by_another_member_is_found(made):
    row = member_of(made.team, made.auditor)
    record(made.member, removed=[row])
    row.delete()
    assert [what for what in found() if "accounts.membership" in what] == [
        "who gave or took accounts.membership/" + what.rpartition("/")[2] for what in found()
    ]


def test_who_changed_a_role_before_they_were_an_admin_is_found(made):
    row = member_of(made.team, made.auditor)
    row.role, row.reads_until = Role.MEMBER, None
    row.save()
    record(made.member, row)
    casting.give(made.team, made.member, Role.ADMIN, by=made.lead)
    assert found() == [f"who gave or took accounts.membership/{row.pk} had no right to"]


def test_a_membership_that_passes_to_another_person_is_found(made):
    row = member_of(made.team, made.reviewer)
    row.user = made.stranger
    store(row)
    record(made.lead, row)
    force_key(made.items[0], made.reviewer, 1)
    assert found() == [f"accounts.membership/{row.pk} passed to another person or team", NO_ROLE]


def test_an_invitation_by_somebody_who_is_no_admin_is_found(made):
    invitation = Invitation.objects.create(
        team=made.team, role=Role.MEMBER, token_digest="a" * 64, invited_by=made.member, expires_at=timezone.now()
    )
    record(made.member, invitation)
    assert found() == [f"who made accounts.invitation/{invitation.pk} had no right to"]


def accept(made: SimpleNamespace, by: User, **changes: object) -> Membership:
    """Accept the lead's invitation for an auditor, with changes."""
    token = teams.invite_person(made.team, by=again(made.lead), **AUDITING)
    row = Invitation.objects.with_token(token).get()
    if changes.pop("revoked", False):
        teams.revoke_invitation(row, by=again(made.lead))
        row.revoked_at = None
    for name, value in changes.items():
        setattr(row, name, value)
    row.accepted_at, row.accepted_by = timezone.now(), by
    store(row)
    made_member = Membership.objects.create(
        team=made.team, user=made.stranger, role=row.role, reads_until=row.reads_until
    )
    record(made.stranger, row, made_member)
    return made_member


def test_an_invitation_accepted_into_its_role_is_no_fault(made):
    accept(made, made.stranger)
    assert found() == []


@pytest.mark.parametrize("changes", [{"role": Role.MEMBER, "reads_until": None}, {"revoked": True}])
def test_an_invitation_into_another_role_or_revoked_gives_nothing(made, changes):
    member = accept(made, made.stranger, **changes)
    assert f"who gave or took accounts.membership/{member.pk} had no right to" in found()
    assert any("was changed, or was no longer open" in what for what in found())


def test_an_invitation_that_somebody_else_accepted_gives_nothing(made):
    member = accept(made, made.member)
    assert found() == [f"who gave or took accounts.membership/{member.pk} had no right to"]


def test_an_invitation_that_is_used_twice_gives_nothing(made):
    accept(made, made.stranger)
    used = Invitation.objects.get(accepted_by=made.stranger, team=made.team)
    late = casting.join(made.other_team, by=made.stranger, username="nils", full_name="Nils Berg", role=Role.ADMIN)
    member = Membership.objects.create(team=made.team, user=late, **AUDITING)
    used.accepted_by = late
    store(used)
    record(late, used, member)
    assert f"who gave or took accounts.membership/{member.pk} had no right to" in found()


def test_an_administrator_who_was_not_the_first_person_is_found(made):
    made.member.is_admin = True
    made.member.save()
    record(made.member, made.member)
    what = "became an administrator, was not the first person here, and the server appointed nobody"
    assert found() == [f"accounts.user/{made.member.pk} {what}"]


def test_an_administrator_whom_the_server_appointed_is_one_until_it_says_otherwise(made):
    accounts.change_administrator(made.member, by=SYSTEM, is_admin=True)
    accounts.create_team(by=again(made.member), name="More", slug="more")
    assert found() == []
    accounts.change_administrator(made.member, by=SYSTEM, is_admin=False)
    team = Team.objects.create(name="Own", slug="own")
    row = Membership.objects.create(team=team, user=made.member, role=Role.MEMBER)
    record(made.member, team, row)
    assert found() == [f"who gave or took accounts.membership/{row.pk} had no right to"]


def test_a_team_begun_by_somebody_who_is_no_administrator_is_found(made):
    team = Team.objects.create(name="Own", slug="own")
    row = Membership.objects.create(team=team, user=made.member, role=Role.MEMBER)
    record(made.member, team, row)
    assert found() == [f"who gave or took accounts.membership/{row.pk} had no right to"]


def test_an_administrator_who_begins_a_team_joins_it_and_takes_nobody_else_in(made):
    team = Team.objects.create(name="Own", slug="own")
    row = Membership.objects.create(team=team, user=made.member, role=Role.MEMBER)
    record(made.stranger, team, row)
    assert found() == [f"who gave or took accounts.membership/{row.pk} had no right to"]
