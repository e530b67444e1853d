"""The people, in a team that runs commands, and a command that the member proposed."""

from types import SimpleNamespace

import pytest

from apps.accounts.models import Team
from apps.probes.argv import Limits
from apps.programs import commands
from apps.programs.models import Command
from apps.teams import commands as teams
from tests.cast import again, keyed

ARGV = ["df", "--output=pcent", "{folder:path}"]


@pytest.fixture
def cast(people):
    """The people with `command`, `approve(by)` that turns the next of its keys, and `load()`."""
    teams.edit_team(people.team, by=again(people.lead), two_publish=True, runs_commands=True)
    people.team = Team.objects.get(pk=people.team.pk)
    command = commands.propose_command(
        people.team, by=again(people.member), name="Free space", argv=ARGV, limits=Limits()
    )

    def approve(by, command=command):
        return commands.approve_command(command, **keyed(by), shown=command.digest)

    def load():
        return Command.objects.for_signing().get(pk=command.pk)

    return SimpleNamespace(**vars(people), command=command, approve=approve, load=load)
