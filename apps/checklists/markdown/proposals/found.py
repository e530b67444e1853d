"""Finds what can be proposed for a template."""

import re
from collections.abc import Iterator
from itertools import chain

from apps.checklists.markdown.document import ParsedItem, ParsedTemplate
from apps.checklists.rules.conditions import Condition
from apps.checklists.rules.keys import slug
from apps.checklists.rules.variables import Variable

from .changes import (
    NAMED,
    ConditionChange,
    CriticalChange,
    KeysChange,
    ParameterChange,
    Place,
    ProbeChange,
    Proposal,
    VariableChange,
    named_once,
)
from .limits import limits
from .probing import probe_of

_ASSIGNED = re.compile(r"(?:^|[;&|(\s])(?:export\s+|local\s+)?([A-Za-z_]\w{0,40})=|\bfor\s+(\w+)\s+in\b|\bread\s+(\w+)")
_OPTIONAL = re.compile(
    r"\b(?:(?:if|where|when|as) (?:applicable|needed|required|relevant)|optional(?:ly)?)\b", re.IGNORECASE
)
_USING = re.compile(
    r"\bif (?:you(?:'re| are) )?(?:using|you use|we use)(?: an?| the)? ([\w./+-]+(?: [A-Z][\w.-]*)?)", re.IGNORECASE
)
_ENABLED = re.compile(
    r"\(if (?:([\w./+ -]{1,40}?) (?:is |are )?)?(?:enabled|active|configured|used|deployed|present|changed)\b",
    re.IGNORECASE,
)
_ENVIRONMENT = re.compile(
    r"\((production|staging|prod|test|development) only\)|\bonly (?:in|on) (production|staging)\b", re.IGNORECASE
)
_WEIGHTY = re.compile(
    r"(?<![\w-])(?:critical|must(?!-)|mandatory|blocker|blocking|show-?stopper|irreversible|data loss)\b", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(?:non|not|un)[\s-]{0,2}(?:critical|mandatory|blocking)|\bmust not\b", re.IGNORECASE)
_PEOPLE = re.compile(
    r"\b(three|four|3|4) (?:approvals?|approvers?|reviewers?|signatures?|people|persons|sign-offs?|keys)\b",
    re.IGNORECASE,
)
# A title is stored without the signs of its code spans, so that a command in it is found by its first word.
_IN_TITLE = re.compile(r"(?:^|[\s(:])((?:curl|redis-cli)\s[^()]{3,400})")
_COUNTS = {"three": 3, "3": 3, "four": 4, "4": 4}


def proposals(template: ParsedTemplate) -> tuple[Proposal, ...]:
    """Everything that can be proposed, in the order of the lines; of variables and parameters each name once."""
    items = [item for section in template.sections for item in section.items]
    found = chain(
        _parameters(template),
        _variables(template),
        *([*_conditions(item), *_weights(item), *_probes(item)] for item in items),
    )
    return tuple(sorted(found, key=lambda one: one.line))


def _parameters(template: ParsedTemplate) -> Iterator[Proposal]:
    texts: list[tuple[int, Place, str, str]] = [(template.line, Place("guidance"), template.guidance, template.title)]
    for section in template.sections:
        texts.append((section.line, Place("guidance", section.key), section.guidance, section.title))
        for item in section.items:
            texts.append((item.line, Place("title", section.key, item.key), item.title, item.title))
            texts.append((item.line, Place("text", section.key, item.key), item.text, item.title))
    changes, lines = [], []
    for line, place, text, about in texts:
        for one in limits(text, about):
            if place.field == "guidance" and not one.parameter.limit and one.parameter.value:
                continue  # around the items most numbers only tell something
            at = Place(place.field, place.section, place.item, one.start, one.end)
            changes.append(ParameterChange(one.parameter, at, one.found))
            lines.append(line)
    taken = {one.name for one in template.parameters}
    for line, change in zip(lines, named_once(changes), strict=True):
        own = change.parameter
        if own.name in taken:
            continue
        if own.value:
            text = f"“{change.found}” can be the parameter {own.name}: {own.limit_used}."
            yield Proposal(line, "parameter", text, change)
        else:
            text = (
                f"“{change.found}” is a placeholder. As the parameter {own.name} it has to be filled before publishing."
            )
            yield Proposal(line, "placeholder", text, change)


def _variables(template: ParsedTemplate) -> Iterator[Proposal]:
    known = {one.name for one in template.variables}
    commands = [code for part in template.parts() for code in part.code if code.is_command]
    assigned = {name for code in commands for names in _ASSIGNED.findall(code.text) for name in names if name}
    texts = [(part.line, part.text if isinstance(part, ParsedItem) else part.guidance) for part in template.parts()]
    titles = [(item.line, item.title) for item in template.items]
    for line, text in sorted([*texts, *titles, *((code.line, code.text) for code in commands)]):
        for found in NAMED.finditer(text):
            name = found[1] or "VERSION"
            if name in known or name in assigned:
                continue
            known.add(name)
            label = "Version that goes out" if found[2] else name.replace("_", " ").capitalize()
            change = VariableChange(Variable(name, label), found[0])
            yield Proposal(line, "variable", f"Ask for {name} when a deployment starts, instead of {found[0]}?", change)


def _conditions(item: ParsedItem) -> Iterator[Proposal]:
    title = item.title
    if environment := _ENVIRONMENT.search(title):
        words = (environment[1] or environment[2]).lower()
        where = Condition("environment", ("production" if words == "prod" else words,))
        yield Proposal(item.line, "condition", f"Apply it only where the {where}?", ConditionChange(item.key, where))
        return
    used = _USING.search(title) or _USING.search(item.text.split("\n", 1)[0])
    enabled = _ENABLED.search(title)
    if used:
        name, label = f"USES_{_capitals(used[1])}", f"Is {used[1]} used?"
    elif enabled and enabled[1]:
        name, label = _capitals(enabled[1]), f"Does this hold: {enabled[0].lstrip('(')}?"
    elif enabled or _OPTIONAL.search(title):
        plain = re.sub(r"\s*\([^)]*\)", "", title).strip() or title
        name, label = _capitals(plain), f"Does “{plain}” apply?"
    else:
        return
    asked = Variable(name[:40].rstrip("_") or "APPLIES", label[:200], "yes_no")
    where = Condition("variable", ("yes",), asked.name)
    text = f"Ask “{asked.label}” when a deployment starts, and apply it only where the answer is yes?"
    yield Proposal(item.line, "condition", text, ConditionChange(item.key, where, asked))


def _capitals(words: str) -> str:
    name = slug(words).replace("-", "_").upper()
    return name if name[:1].isalpha() else f"IS_{name}"


def _weights(item: ParsedItem) -> Iterator[Proposal]:
    heavy = None if item.critical else _WEIGHTY.search(item.title) or _WEIGHTY.search(item.text[:500])
    if heavy and not _NEGATED.search(f"{item.title}\n{item.text[:500]}"):
        yield Proposal(item.line, "critical", f"It says “{heavy[0]}”. Mark it critical?", CriticalChange(item.key))
    people = _PEOPLE.search(item.title) or _PEOPLE.search(item.text[:500])
    if people and _COUNTS[people[1].lower()] != item.keys:
        keys = _COUNTS[people[1].lower()]
        yield Proposal(
            item.line, "keys", f"It says “{people[0]}”. Let it take {keys} keys?", KeysChange(item.key, keys)
        )


def _probes(item: ParsedItem) -> Iterator[Proposal]:
    if item.properties.probe is not None:
        return
    codes = [(code.line, code.text) for code in item.code]
    spans = [(item.line, span) for span in re.findall(r"`([^`\n]{4,500})`", f"{item.title}\n{item.text}")]
    named = [(item.line, one) for one in _IN_TITLE.findall(item.title)]
    for line, text in [*codes, *spans, *named]:
        if probe := probe_of(text):
            kind, settings = probe
            shown = " ".join(", ".join(settings.values()).split())
            sentence = f"A probe of kind {kind} can answer it: {shown[:200]}"
            yield Proposal(line, "probe", sentence, ProbeChange(item.key, kind, tuple(settings.items())))
            return
