"""What the database says of commands when the application is bypassed."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from apps.probes import commands as probes
from apps.probes.argv import Limits, digest
from apps.probes.models import Run, Series
from apps.programs import commands
from apps.programs.models import Command
from apps.signoff import commands as signoff
from apps.teams import commands as teams
from tests.cast import again

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
STREAM = f"deployment/{uuid.UUID(int=7)}"


def refused(statement, *values, why):
    with pytest.raises(IntegrityError, match=why), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    ("column", "value"), [("argv", '["rm"]'), ("limits", "{}"), ("digest", "0" * 64), ("name", "Other"), ("size", 1)]
)
def test_no_argument_changes(cast, column, value):
    refused(f"UPDATE programs_command SET {column} = %s", value, why="another command is another proposal")


def test_what_was_withdrawn_stays_so(cast):
    commands.withdraw_command(cast.command, by=again(cast.member))
    refused("UPDATE programs_command SET withdrawn_at = NULL, withdrawn_by_id = NULL", why="stays withdrawn")
    refused("DELETE FROM programs_command", why="kept for good")


@pytest.mark.parametrize(
    ("keys", "signed", "contributes", "why"),
    [
        (1, "", True, "two people of the team approve"),
        (2, "0" * 64, True, "two people of the team approve"),
        (2, "", False, "never approves it alone"),
    ],
)
def test_none_begins_that_one_person_approves(cast, keys, signed, contributes, why, monkeypatch):
    mine = {"argv": ["uptime"], "limits": Limits().as_json(), "digest": digest(["uptime"], Limits()), "size": 1}
    lead = cast.lead
    command = Command(team=cast.team, name="Up", **mine, proposed_by=lead, proposed_by_name=lead.full_name)
    monkeypatch.setattr(Command, "needed_keys", keys)

    @transaction.atomic
    def begin():
        signoff.store(command, team=cast.team, stream=command.stream, digest=signed or command.digest)
        if contributes:
            signoff.contribute(command.sign_off, by=lead)
        command.save(force_insert=True)

    with pytest.raises(IntegrityError, match=why):
        begin()


def finish(run, state):
    """Store a result behind the application's back."""
    key = str(run.pk) if connection.vendor == "postgresql" else run.pk.hex
    statement = (
        "UPDATE probes_run SET state = %s, digest = 'd', lease_until = NULL, started_at = queued_at, "
        "finished_at = queued_at, in_a_row = 1, counts_as = %s WHERE id = %s"
    )
    return statement, state, "passes" if state == "passed" else "fails", key


def ordered(cast, **config):
    """A run of a command, stored behind the application's back."""
    settings = {"address": "example.com:80"}
    probe = probes.define_probe(cast.team, by=again(cast.lead), name="Up", kind="tcp", config=settings, stream=STREAM)
    own = {"stream": STREAM, "item": uuid.uuid4(), "requested_by": cast.lead, "requested_by_name": "Lena"}
    now = cast.command.proposed_at
    own["series"] = Series.objects.create(
        team=cast.team, stream=STREAM, asked_by=cast.lead, asked_by_name="Lena", asked_at=now, size=1
    )
    times = {"queued_at": now, "published_at": now, "due_at": now}
    return Run.objects.create(probe=probe, kind="command", config=config, **times, **own)


@pytest.mark.parametrize("state", ["passed", "failed"])
def test_what_two_people_approved_gives_a_result(cast, state):
    cast.approve(cast.reviewer)
    cast.approve(cast.lead)
    statement, *values = finish(ordered(cast, digest=cast.command.digest), state)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert Run.objects.get(kind="command").state == state


def nobody(cast):
    """Nobody approved it."""


def one(cast):
    """One person did."""
    cast.approve(cast.reviewer)


def switched_off(cast):
    """Two did, and then the team was switched off."""
    cast.approve(cast.reviewer)
    cast.approve(cast.lead)
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=True, runs_commands=False)


def withdrawn(cast):
    """Two did, and then somebody withdrew it."""
    cast.approve(cast.reviewer)
    cast.approve(cast.lead)
    commands.withdraw_command(cast.command, by=again(cast.member))


@pytest.mark.parametrize("state", ["passed", "failed"])
@pytest.mark.parametrize("before", [nobody, one, switched_off, withdrawn])
def test_nothing_else_gives_one(cast, before, state):
    before(cast)
    run = ordered(cast, digest=cast.command.digest)
    refused(*finish(run, state), why="only a command that two people approved gives a result")


def test_a_digest_that_is_only_mentioned_approves_nothing(cast):
    cast.approve(cast.reviewer)
    cast.approve(cast.lead)
    run = ordered(cast, digest="0" * 64, parameters=f'"digest": "{cast.command.digest}"')
    refused(*finish(run, "passed"), why="only a command that two people approved gives a result")


def test_that_it_was_not_run_may_be_said_of_any(cast):
    statement, *values = finish(ordered(cast, digest=cast.command.digest), "inconclusive")
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert Run.objects.get(kind="command").state == "inconclusive"
