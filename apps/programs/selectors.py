"""Questions about commands: which a team has, who approved them, and what somebody may do with one."""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import F, QuerySet

from apps.accounts.models import Team, User
from apps.core.shown import fingerprint
from apps.core.statements import Folded
from apps.probes.argv import parameters, visible

from . import permissions
from .models import Command

PER_PAGE = 25
SORTS = (("name", "Name"), ("newest", "Newest"), ("withdrawn", "Withdrawn"))


def commands_page(team: Team, viewer: User, *, q: str = "", sort: str = "", page: int | str = 1) -> dict[str, Any]:
    """The commands of a team; `q` searches names, `sort` is name, newest, or withdrawn, which shows those alone."""
    sort = sort if sort in dict(SORTS) else "name"
    every = Command.objects.filter(team=team)
    found = Paginator(_sorted(_found(every, q), sort), PER_PAGE).get_page(page)
    return {
        "team": team,
        "page": found,
        "q": q,
        "sort": sort,
        "sorts": SORTS,
        "sort_label": dict(SORTS)[sort],
        "total": every.count(),
        "is_switched_on": settings.KEYTURN_COMMANDS,
        "may_propose": permissions.propose_command(viewer, team),
    }


def command_page(command: Command, viewer: User) -> dict[str, Any]:
    """One command, element by element, with its keys and what the viewer may do; reads it `for_signing`."""
    return {
        "team": command.team,
        "command": command,
        "elements": [visible(element) for element in command.argv],
        "parameters": parameters(command.argv),
        "keys": command.sign_off.turned,
        "is_approved": command.sign_off.is_settled and not command.withdrawn_at,
        "is_switched_on": settings.KEYTURN_COMMANDS,
        "basis": fingerprint(command.standing),
        "may": SimpleNamespace(
            approve=permissions.approve_command(viewer, command),
            withdraw=permissions.withdraw_command(viewer, command),
        ),
    }


def _found(commands: QuerySet[Command], q: str) -> QuerySet[Command]:
    for word in q.split():
        commands = commands.filter(name__holds=word)
    return commands


def _sorted(commands: QuerySet[Command], sort: str) -> QuerySet[Command]:
    commands = commands.select_related("sign_off").prefetch_related("sign_off__signatures")
    if sort == "withdrawn":
        newest = F("withdrawn_at").desc(nulls_last=True)
        return commands.exclude(withdrawn_at=None).order_by(newest, "pk")
    commands = commands.filter(withdrawn_at=None)
    return commands.order_by("-proposed_at", "pk") if sort == "newest" else commands.order_by(Folded("name"), "pk")
