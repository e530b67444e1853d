"""What is proposed is taken or dismissed by a person, and taken back."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.checklists.markdown import corrections
from apps.checklists.markdown.document import Correction, LineType
from apps.core.errors import Stale, WrongState
from apps.core.permissions import require
from apps.core.shown import require_same
from apps.imports import permissions, rules
from apps.imports.events import FindingsDecided, ImportStepUndone
from apps.imports.models import ChecklistImport, Result
from apps.imports.rules import Decision, Finding
from apps.ledger import commands as ledger

from . import parts

GONE = (
    "What this was about is gone: the text, or what its lines become, changed meanwhile. Nothing was done: reload the "
    "page, look again, then decide."
)
OLDER = "Somebody decided something else meanwhile. Nothing was undone: reload the page to see what."


@dataclass(frozen=True)
class _Decided:
    """Findings, how they stood, and what becomes of the import by what was decided about them."""

    findings: list[Finding]
    stated: dict[str, str]
    stored: dict[str, dict[str, Any]]
    result: Result


def decide_findings(
    imported: ChecklistImport,
    *,
    by: User,
    which: Collection[str],
    decision: Decision,
    value: str = "",
    shown: str | None = None,
) -> list[Finding]:
    """Take or dismiss findings, or ask them again, unless they changed since they were `shown`. Returns them.

    which: their ids, or kinds, of which all open ones are meant. value: the number of a placeholder, as it was typed.
    What was decided so already is left as it is.
    """
    require(permissions.decide_findings(by, imported))
    with parts.locked_with(imported, lambda seen: _decided(seen, which, decision, value)) as (locked, made):
        require(permissions.decide_findings(by, locked))
        if made.stored == locked.decided:
            return made.findings
        require_same(shown, made.stated, "decide again")
        steps = rules.appended(locked.steps, locked.decided, made.stored)
        parts.save_result(locked, locked.source, made.result, made.stored, steps)
        event = FindingsDecided(
            **locked.facts,
            decision=str(decision),
            kinds=sorted({str(one.kind) for one in made.findings}),
            count=len(made.findings),
        )
        ledger.record(ledger.INSTANCE, event, by=by, rows=[locked])
        return made.findings


def undo_import_step(imported: ChecklistImport, *, by: User, shown: int | None = None) -> None:
    """Take back what was last decided or corrected, unless that is another step than was `shown`, by its number."""
    require(permissions.undo_import_step(by, imported))
    with parts.locked_with(imported, _undone) as (locked, (before, result)):
        require(permissions.undo_import_step(by, locked))
        if shown is not None and shown != locked.steps[-1]["number"]:
            raise Stale(OLDER)
        parts.save_result(locked, locked.source, result, before, locked.steps[:-1])
        ledger.record(ledger.INSTANCE, ImportStepUndone(**locked.facts), by=by, rows=[locked])


def _decided(imported: ChecklistImport, which: Collection[str], decision: Decision, value: str) -> _Decided:
    now = imported.result()
    chosen = rules.selected(now.findings, imported.decisions, which, decision)
    if not chosen and not rules.are_decided(now.findings, imported.decisions, which, decision):
        raise Stale(GONE)
    try:
        decisions = rules.decided(imported.decisions, [one for one in chosen if not one.lines], decision, value)
    except ValueError as error:
        raise WrongState(str(error)) from error
    stored = {"corrections": _with_items(imported, chosen, decision), "decisions": decisions}
    result = imported.becomes(imported.source, stored["corrections"], decisions)
    if result.problem and not now.problem:
        raise WrongState(result.problem)
    return _Decided(chosen, rules.stated(chosen, imported.decisions), stored, result)


def _with_items(imported: ChecklistImport, chosen: list[Finding], decision: Decision) -> corrections.Stored:
    """The corrections, with lines that become items: what was asked about them is asked no more then."""
    items = {line: Correction(LineType.ITEM) for one in chosen for line in one.lines if decision is Decision.TAKEN}
    if not items:
        return imported.corrections
    plain = imported.parse(imported.source, {})
    return corrections.merged(imported.corrections, items, shown=imported.document(), plain=plain)


def _undone(imported: ChecklistImport) -> tuple[dict[str, dict[str, Any]], Result]:
    if not imported.steps:
        raise Stale("Nothing is left to undo. Reload the page to see how things stand.")
    before = rules.taken_back(imported.steps[-1], imported.decided)
    return before, imported.becomes(imported.source, before["corrections"], before["decisions"])
