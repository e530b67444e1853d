"""Questions about commands: which a team has, who approved them, and what somebody may do with one."""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from apps.accounts.models import Team, User
from apps.core.lists import Sorts, by_name, named_page
from apps.core.shown import fingerprint
from apps.factors.selectors import offer
from apps.probes.argv import parameters, spelt_out
from apps.probes.rules import NO_COMMANDS
from apps.signoff.permissions import takes_passkey
from apps.signoff.rules import Meaning

from . import permissions
from .models import Command


def _in_use(commands: QuerySet[Command]) -> QuerySet[Command]:
    return commands.filter(withdrawn_at=None).prefetch_related("sign_off__signatures")


def _withdrawn(commands: QuerySet[Command]) -> QuerySet[Command]:
    newest = F("withdrawn_at").desc(nulls_last=True)
    return commands.exclude(withdrawn_at=None).order_by(newest, "pk")


SORTS: Sorts = {
    "name": ("Name", lambda commands: by_name(_in_use(commands))),
    "newest": ("Newest", lambda commands: _in_use(commands).order_by("-proposed_at", "pk")),
    "withdrawn": ("Withdrawn", _withdrawn),
}


def commands_page(team: Team, viewer: User, **asked: Any) -> dict[str, Any]:
    """The commands of a team; asked: as `named_page` takes it, sort is name, newest, or withdrawn, those alone."""
    listed = named_page(Command.objects.filter(team=team).select_related("sign_off"), SORTS, **asked)
    may_propose = permissions.propose_command(viewer, team)
    return listed | {
        "team": team,
        "switched_off": _switched_off(),
        "may_propose": may_propose,
    }


def _switched_off() -> str:
    """Why none runs here; empty where they may."""
    return "" if settings.KEYTURN_COMMANDS else NO_COMMANDS


def command_page(command: Command, viewer: User) -> dict[str, Any]:
    """One command, element by element, with its keys and what the viewer may do; reads it `for_signing`."""
    return {
        "team": command.team,
        "command": command,
        "elements": [spelt_out(element) for element in command.argv],
        "parameters": parameters(command.argv),
        "keys": command.sign_off.turned,
        "is_approved": command.sign_off.is_settled and not command.withdrawn_at,
        "switched_off": _switched_off(),
        "basis": fingerprint(command.standing),
        "offer": offer(viewer).for_key(takes_passkey=takes_passkey(viewer, command.sign_off, Meaning.APPROVED)),
        "turn": command.sign_off.turn(Meaning.APPROVED),
        "may": SimpleNamespace(
            approve=permissions.approve_command(viewer, command),
            withdraw=permissions.withdraw_command(viewer, command),
        ),
    }
