"""What people decided about findings, as it is stored, and what the templates of an import say by it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from apps.checklists.markdown import content
from apps.checklists.markdown.document import TITLE_LENGTH, ParsedDocument
from apps.checklists.markdown.proposals import Change, ParameterChange, applied
from apps.checklists.rules import LONGEST_TEXT
from apps.checklists.rules.numbers import number
from apps.checklists.rules.parameters import MOST_PARAMETERS

from .findings import Finding

# By line and by the finding's key: its decision, and the number that was typed for a placeholder.
Decisions = dict[str, dict[str, dict[str, str]]]


class Decision(StrEnum):
    """What somebody decided about a finding."""

    OPEN = "open"
    TAKEN = "taken"
    DISMISSED = "dismissed"


def decision_of(decisions: Decisions, finding: Finding) -> Decision:
    """What was decided about a finding."""
    return Decision(decisions.get(str(finding.line), {}).get(finding.key, {}).get("decision", Decision.OPEN))


def value_of(decisions: Decisions, finding: Finding) -> str:
    """The number that was typed for a placeholder; empty without one."""
    return decisions.get(str(finding.line), {}).get(finding.key, {}).get("value", "")


def decided(decisions: Decisions, findings: Iterable[Finding], decision: Decision, value: str = "") -> Decisions:
    """The decisions with this one about the findings; a question that is open again leaves no trace.

    value: of placeholders, as it was typed. Raises ValueError for one that is no number.
    """
    result = {line: dict(own) for line, own in decisions.items()}
    for finding in findings:
        own = result.setdefault(str(finding.line), {})
        own.pop(finding.key, None)
        if decision is not Decision.OPEN:
            own[finding.key] = {"decision": str(decision)}
            if (missing := finding.placeholder) and value.strip() and decision is Decision.TAKEN:
                own[finding.key]["value"] = number(value, unit=missing.parameter.unit)
        if not own:
            del result[str(finding.line)]
    return result


def selected(
    findings: Iterable[Finding], decisions: Decisions, which: Collection[str], decision: Decision
) -> list[Finding]:
    """The findings that are meant: by id, or by kind all that are open. Only those that offer a change are taken."""
    return [
        one
        for one in findings
        if (one.can_be_taken or decision is not Decision.TAKEN)
        and (one.id in which or (one.kind in which and decision_of(decisions, one) is Decision.OPEN))
    ]


def are_decided(findings: Iterable[Finding], decisions: Decisions, which: Collection[str], decision: Decision) -> bool:
    """Whether of the kinds that somebody means any is decided so already: whoever sends it twice does nothing twice."""
    return any(one.kind in which and decision_of(decisions, one) is decision for one in findings)


def stated(findings: Iterable[Finding], decisions: Decisions) -> dict[str, str]:
    """What a page showed of findings, to whoever decides about them."""
    shown = [f"{one.id} {decision_of(decisions, one)} {value_of(decisions, one)}".rstrip() for one in findings]
    return {"findings": "\n".join(shown)}


def contents(document: ParsedDocument, findings: Sequence[Finding], decisions: Decisions) -> list[dict[str, Any]]:
    """What each template of a document says, what was taken included."""
    taken = [one for one in findings if decision_of(decisions, one) is Decision.TAKEN]
    values = _values(taken, decisions)
    changes: dict[int, list[Change]] = {}
    for one in taken:
        for place, change in one.changes:
            changes.setdefault(place, []).append(_with_value(change, values))
    made = [content.content(template) for template in document.templates]
    return [applied(own, changes[place]) if place in changes else own for place, own in enumerate(made)]


def _values(taken: Iterable[Finding], decisions: Decisions) -> dict[str, str]:
    """The numbers that were typed, by the name of the parameter: the same one in two places has one value."""
    return {
        missing.parameter.name: value
        for one in taken
        if (missing := one.placeholder) and (value := value_of(decisions, one))
    }


def _with_value(change: Change, values: Mapping[str, str]) -> Change:
    if isinstance(change, ParameterChange) and change.parameter.name in values and not change.parameter.value:
        return replace(change, parameter=replace(change.parameter, value=values[change.parameter.name]))
    return change


def problem_of(contents: Iterable[Mapping[str, Any]]) -> str:
    """Why templates cannot be made of contents to which changes were made, as a sentence; empty when they can."""
    for own in contents:
        if len(own["parameters"]) > MOST_PARAMETERS:
            return (
                f"“{own['title']}” would have {len(own['parameters'])} limits; a version has at most "
                f"{MOST_PARAMETERS}. Take fewer of them."
            )
        if long := _too_long(own):
            return long
    return ""


def _too_long(own: Mapping[str, Any]) -> str:
    parts = [own, *own["sections"], *(item for section in own["sections"] for item in section["items"])]
    for part in parts:
        if len(part["title"]) > TITLE_LENGTH:
            return (
                f"The title “{part['title'][:60]}…” would have {len(part['title'])} characters, with the names of its "
                f"limits in it; a title has at most {TITLE_LENGTH}. Leave one of them, or shorten the title."
            )
        texts = [part.get("text", ""), part.get("guidance", ""), *part.get("commands", ())]
        if (longest := max(map(len, texts))) > LONGEST_TEXT:
            return (
                f"A text of “{part['title']}” would have {longest:,} characters, with the names of its limits in it; "
                f"at most {LONGEST_TEXT:,} can be published. Leave one of them, or shorten the text."
            )
    return ""
