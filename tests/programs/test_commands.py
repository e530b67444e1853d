"""Two different people approve a command at its exact digest."""

import uuid

import pytest

from apps.core.errors import NotAllowed, Refusal, Stale, WrongState
from apps.core.shown import fingerprint
from apps.ledger.models import Entry
from apps.probes.argv import Limits, digest
from apps.programs import commands
from apps.programs.models import Command
from apps.teams import commands as teams
from tests.cast import again, keyed
from tests.programs.conftest import ARGV

pytestmark = pytest.mark.django_db


def why_not(cast):
    """Why it does not run; empty where it does."""
    return Command.refusal(cast.team.pk, digest(ARGV, Limits()))


def propose(cast, argv=("uptime",), limits=None, by=None, **more):
    by = again(by or cast.lead)
    return commands.propose_command(cast.team, by=by, name="Up", argv=argv, limits=limits or Limits(), **more)


def test_it_runs_once_two_people_approved_it(cast):
    assert "Two people have not approved" in why_not(cast)
    cast.approve(cast.reviewer)
    assert "Two people have not approved" in why_not(cast)
    cast.approve(cast.lead)
    assert why_not(cast) == ""
    types = Entry.objects.filter(stream=cast.command.stream).order_by("sequence").values_list("kind", flat=True)
    assert list(types) == ["command.proposed", "command.approved", "command.approved"]


def test_its_digest_is_that_of_its_arguments_and_limits(cast):
    assert cast.command.digest == digest(ARGV, Limits()) == cast.command.sign_off.digest


def test_who_proposed_it_may_be_the_first_of_two_and_never_both(cast):
    mine = propose(cast)
    cast.approve(cast.lead, mine)
    with pytest.raises(NotAllowed, match="another person"):
        cast.approve(cast.lead, mine)
    cast.approve(cast.reviewer, mine)
    assert Command.refusal(cast.team.pk, mine.digest) == ""


def test_who_proposed_it_is_not_the_second(cast):
    mine = propose(cast)
    cast.approve(cast.reviewer, mine)
    with pytest.raises(NotAllowed, match="contributed"):
        cast.approve(cast.lead, mine)


@pytest.mark.parametrize(
    ("name", "why"), [("auditor", "reads only"), ("stranger", "reads only"), ("member", "eviewer")]
)
def test_others_do_not_approve(cast, name, why):
    with pytest.raises(NotAllowed, match=why):
        cast.approve(getattr(cast, name))


def test_a_member_is_not_the_second_either(cast):
    mine = propose(cast)
    cast.approve(cast.lead, mine)
    with pytest.raises(NotAllowed, match="eviewer"):
        cast.approve(cast.member, mine)


def test_what_was_shown_is_what_is_approved(cast):
    other = digest(["df"], Limits())
    with pytest.raises(Stale):
        commands.approve_command(cast.command, **keyed(cast.reviewer), shown=other)


def test_an_approval_sent_twice_is_one(cast):
    intent = uuid.uuid4()
    for _ in range(2):
        commands.approve_command(cast.command, shown=cast.command.digest, **keyed(cast.reviewer, intent))
    assert len(cast.load().sign_off.turned) == 1


@pytest.mark.parametrize(
    ("argv", "limits"),
    [(["df", "--output=pcent", "/"], Limits()), (ARGV, Limits(seconds=11)), ([*ARGV, ""], Limits())],
)
def test_another_argument_or_limit_is_another_command(cast, argv, limits):
    cast.approve(cast.reviewer)
    cast.approve(cast.lead)
    other = propose(cast, argv, limits)
    assert other.digest != cast.command.digest
    assert "Two people have not approved" in Command.refusal(cast.team.pk, other.digest)


def test_the_same_command_is_there_once(cast):
    with pytest.raises(WrongState, match="as “Free space”"):
        propose(cast, ARGV)


def test_a_proposal_sent_twice_is_one(cast):
    intent = uuid.uuid4()
    assert propose(cast, intent=intent).pk == propose(cast, intent=intent).pk


@pytest.mark.parametrize(
    ("argv", "limits", "why"),
    [
        ([], Limits(), "Name the program"),
        (["ls", "{a:b}"], Limits(), "has a type"),
        (["ls"], Limits(seconds=0), "1 to 55 seconds"),
    ],
)
def test_what_cannot_run_is_not_proposed(cast, argv, limits, why):
    with pytest.raises(Refusal, match=why):
        propose(cast, argv, limits)


def test_an_auditor_proposes_and_withdraws_nothing(cast):
    with pytest.raises(NotAllowed, match="reads only"):
        propose(cast, by=cast.auditor)
    with pytest.raises(NotAllowed, match="reads only"):
        commands.withdraw_command(cast.command, by=again(cast.auditor))


def test_a_team_that_is_switched_off_proposes_approves_and_runs_nothing(cast):
    cast.approve(cast.reviewer)
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=True, runs_commands=False)
    with pytest.raises(WrongState, match="An admin of the team can switch them on"):
        propose(cast)
    with pytest.raises(WrongState, match="An admin of the team can switch them on"):
        cast.approve(cast.lead)
    assert "runs no commands" in why_not(cast)


def test_another_team_does_not_run_it(cast):
    cast.approve(cast.reviewer)
    cast.approve(cast.lead)
    teams.edit_team(cast.other_team, by=again(cast.stranger), two_publish=True, runs_commands=True)
    assert "Two people have not approved" in Command.refusal(cast.other_team.pk, cast.command.digest)


def test_what_is_withdrawn_runs_no_more_and_takes_no_key(cast):
    cast.approve(cast.reviewer)
    cast.approve(cast.lead)
    commands.withdraw_command(cast.command, by=again(cast.member), shown=fingerprint(cast.load().standing))
    assert "somebody withdrew it" in why_not(cast)
    with pytest.raises(WrongState, match="withdrawn"):
        cast.approve(cast.other_reviewer)
    with pytest.raises(WrongState, match="already"):
        commands.withdraw_command(cast.command, by=again(cast.member))
    assert propose(cast, ARGV).sign_off.turned == []
    assert "Two people have not approved" in why_not(cast)


def test_what_was_approved_meanwhile_is_not_withdrawn_unseen(cast):
    shown = fingerprint(cast.load().standing)
    cast.approve(cast.reviewer)
    with pytest.raises(Stale):
        commands.withdraw_command(cast.command, by=again(cast.member), shown=shown)
