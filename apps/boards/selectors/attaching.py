"""What the page shows on which a probe is attached: the item's commands and what each of them becomes."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from apps.accounts.models import Team, User
from apps.attachments import permissions as attachments
from apps.checklists.markdown.proposals.probing import probe_of
from apps.core.permissions import Verdict
from apps.deployments.models import Item
from apps.probes import selectors as probes
from apps.probes.conditions import rows_of
from apps.probes.kinds import KINDS
from apps.probes.rules import NO_COMMANDS
from apps.probes.states import COMMAND, MARKS, State
from apps.programs import permissions as programs

from .marks import mark_of_condition

MOST_LINES = 40


def command_lines(item: Item) -> list[dict[str, Any]]:
    """The lines of the item's commands: the query that opens a form filled with each, empty where a person does it."""
    lines = [line.strip() for command in item.commands for line in command.splitlines() if line.strip()][:MOST_LINES]
    return [{"line": line, **_becomes(line)} for line in lines]


def may_attach(viewer: User, item: Item) -> Verdict:
    """Whether they may attach a probe or change it."""
    return attachments.attach_probe(viewer, item)


def switched_off(kind: str, team: Team) -> str:
    """Why no probe of that kind runs for the team whatever it asks, and who changes that; empty where it may run."""
    if kind != COMMAND:
        return ""
    if not settings.KEYTURN_COMMANDS:
        return NO_COMMANDS
    return "" if team.runs_commands else programs.SWITCHED_OFF


def tried_answer(tried: str, viewer: User) -> dict[str, Any]:
    """What a try came to, with the mark that a run would have."""
    found = probes.tried(tried, viewer.pk)
    if "verdict" not in found:
        return found
    mark = MARKS[State(found["verdict"])]
    judged = [each | {"mark": mark_of_condition(each)} for each in found["conditions"]]
    offers = [(name, value, line, rows_of(line)[0]) for name, value, line in found["offered"]]
    tone = mark.shape.replace("verified", "success")
    return found | {"mark": mark, "tone": tone, "judged": judged, "offers": offers}


def _becomes(line: str) -> dict[str, str]:
    proposed = probe_of(line)
    if proposed is None or proposed[0] not in KINDS:
        return {"query": "", "label": ""}
    kind, settings = proposed
    return {"query": "?" + urlencode({"kind": kind} | settings), "label": KINDS[kind].LABEL}
