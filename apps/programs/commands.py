"""Proposing, approving and withdrawing what a team runs in the sandbox."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import Refusal, WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent, require_same
from apps.evidence import commands as evidence
from apps.factors.commands import Proof
from apps.ledger import chain
from apps.ledger import commands as ledger
from apps.probes.argv import Limits, argv_problem, content, digest
from apps.signoff import commands as signoff
from apps.signoff.rules import Meaning

from . import permissions
from .events import CommandApproved, CommandProposed, CommandWithdrawn
from .models import Command


@transaction.atomic
def propose_command(
    team: Team, *, by: User, name: str, argv: Sequence[str], limits: Limits, intent: UUID | None = None
) -> Command:
    """Write down a program with its arguments and limits; it runs once two people approved exactly that."""
    team = Team.objects.lock(team.pk)
    if known := Command.objects.filter(pk=(pk := id_of_intent(intent, team.pk, by.pk))).first():
        return known
    require(permissions.propose_command(by, team))
    if why := argv_problem(argv) or next((why for _, why in limits.problems()), ""):
        raise Refusal(why)
    found = digest(argv, limits)
    if standing := Command.objects.in_use().filter(team=team, digest=found).first():
        raise WrongState(f"The team has this command already, as “{standing.name}”. Approve that one.")
    covered = content(argv, limits)
    size = len(chain.encode(covered))
    evidence.require_room(team, size)
    own = {"name": name, "argv": covered["argv"], "limits": covered["limits"], "digest": found, "size": size}
    command = Command(id=pk, team=team, **own, proposed_by=by, proposed_by_name=by.full_name)
    signoff.store(command, team=team, stream=command.stream, digest=found)
    signoff.contribute(command.sign_off, by=by)
    command.save(force_insert=True)
    proposed = CommandProposed(
        **_facts(command), argv=json.dumps(command.argv)
    )  # in ASCII: the sentence shows what is hidden
    ledger.record(command.stream, proposed, by=by, rows=[command, *command.sign_off.changes])
    return command


@transaction.atomic
def approve_command(command: Command, *, by: User, shown: str, intent: UUID, proof: Proof) -> Command:
    """Turn the next of its two keys over the digest that was shown."""
    command = _lock(command)
    if command.sign_off.has_turned(by, intent):
        return command
    require(permissions.approve_command(by, command))
    key = signoff.sign(command.sign_off, by=by, shown=shown, meaning=Meaning.APPROVED, intent=intent, proof=proof)
    approved = CommandApproved(**_facts(command), slot=key.slot, meaning=key.meaning, name=key.name)
    ledger.record(command.stream, approved, by=by, rows=command.sign_off.changes)
    return command


@transaction.atomic
def withdraw_command(command: Command, *, by: User, shown: str | None = None) -> Command:
    """Take a command out of use, unless its keys are others than were `shown`; nothing it gave is lost."""
    command = _lock(command)
    require(permissions.withdraw_command(by, command))
    require_same(shown, command.standing, "withdraw it")
    signoff.close(command.sign_off)
    command.withdrawn_at, command.withdrawn_by, command.withdrawn_by_name = timezone.now(), by, by.full_name
    command.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_by_name"])
    withdrawn = CommandWithdrawn(**_facts(command))
    ledger.record(command.stream, withdrawn, by=by, rows=[command, *command.sign_off.changes])
    return command


def _lock(command: Command) -> Command:
    """The command with its keys as they are now, held until the transaction ends."""
    Command.objects.lock(command.pk)
    return Command.objects.for_signing().get(pk=command.pk)


def _facts(command: Command) -> dict[str, Any]:
    """What every entry about a command has."""
    own = {"team": command.team_id, "command": command.pk, "digest": command.digest}
    return own | {"title": command.name}
