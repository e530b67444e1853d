"""One row of two compared deployments, in words: what differs under the title, how it stands in each beside it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from apps.boards.rules import Aspect, Compared
from apps.core.comparing import NamedPieces, named_pieces
from apps.core.wording import day, in_hours, isolated, lasting, plural, relative
from apps.deployments.rules import condition_in_words
from apps.deployments.states import ItemState

from .compared import ComparedDeployment, ComparedItem
from .listed import tag_of, url_of, window_words
from .rows import KeyIcon, in_words, key_icon, tags_of

Pair = tuple[ComparedItem | None, ComparedItem | None]
# What a row says of an aspect under its title; empty where `_says` has a sentence with the codes of both.
SAYS = {
    Aspect.WORSE: "",
    Aspect.RESULT: "",
    Aspect.MEASURED: "Another measurement",
    Aspect.WAIVED: "",
    Aspect.LIMIT: "Another limit",
    Aspect.KEYS: "Other keys",
    Aspect.TEXT: "Another text",
    Aspect.TERMS: "Other terms",
    Aspect.ANSWER: "Another answer",
    Aspect.EVIDENCE: "Other evidence",
    Aspect.ONLY: "",
    Aspect.UNDONE: "",
}

WITH_REASON = (ItemState.FAILED, ItemState.REJECTED)


@dataclass(frozen=True)
class ComparedCell:
    """An item as it is in one of the two. `icon` is None where that one has no such item; `lines` say why then."""

    code: str
    number: int = 0
    url: str = ""
    icon: KeyIcon | None = None
    words: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComparedRow:
    """An item of both or of one. number: that of the later one, 0 where only the other has it. id: its anchor."""

    id: str
    number: int
    title: NamedPieces
    critical: bool
    says: tuple[str, ...]
    texts: tuple[tuple[str, NamedPieces], ...]
    cells: tuple[ComparedCell, ComparedCell]
    section: str = ""


def head_of(one: ComparedDeployment, instead: str) -> dict[str, Any]:
    """What a column says of its deployment; `instead` is the address where another one is chosen for it."""
    deployment, now = one.deployment, timezone.now()
    tag, tone = tag_of(deployment, is_go=one.is_go)
    version = deployment.template_version
    facts = [f"version {version.number} of {isolated(version.title)}"]
    facts += [f"tier {isolated(deployment.tier)}"] if deployment.tier else []
    if deployment.closed_at:
        facts.append(f"closed {day(deployment.closed_at)}")
        facts += [f"first key to end: {lasting(deployment.closed_at - one.first_key)}"] if one.first_key else []
    else:
        facts += [window_words(deployment, now)] if deployment.window_start or deployment.window_end else []
        facts.append(f"first key {relative(one.first_key, now)}" if one.first_key else "no key turned yet")
    shown = {"deployment": deployment, "url": url_of(deployment), "tag": tag, "tone": tone}
    return {**shown, "words": ", ".join(facts), "instead": instead}


def values_of(before: ComparedDeployment, after: ComparedDeployment) -> list[tuple[str, list[tuple[str, str]]]]:
    """(name, (code, value) of each) of what they were started with, and of limits, where it is not the same."""
    both = (before, after)
    labels = {one["name"]: one.get("label") for each in both for one in each.deployment.template_version.variables}
    names = dict.fromkeys([*after.deployment.variables, *before.deployment.variables])
    found = [
        (labels.get(name) or name, [str(each.deployment.variables.get(name, "")) for each in both]) for name in names
    ]
    old, new = before.filling.parameters, after.filling.parameters
    every = dict.fromkeys([*new, *old])  # of two checklists, those that both know
    for name in every if before.template == after.template else [name for name in every if name in new and name in old]:
        known = [each.filling.parameters.get(name) for each in both]
        label = next(one.label for one in reversed(known) if one) or name
        found.append((label, [one.limit_used if one else "" for one in known]))
    codes = [each.deployment.code for each in both]
    return [(name, [*zip(codes, values, strict=True)]) for name, values in found if values[0] != values[1]]


def row_of(
    one: Compared, deployments: tuple[ComparedDeployment, ComparedDeployment], items: Pair, *, with_section: bool
) -> ComparedRow:
    """The row of an item."""
    old, new = items
    here = new or old
    assert here
    return ComparedRow(
        id=f"c-{new.row.number}" if new else f"c-only-{here.row.number}",
        number=new.row.number if new else 0,
        title=_title(old, new),
        critical=any(item.row.critical for item in items if item),
        says=tuple(_says(one, deployments)),
        texts=tuple(_texts(one, old, new)),
        cells=(_cell(one, deployments[0], old), _cell(one, deployments[1], new)),
        section=here.section.title if with_section else "",
    )


def _title(old: ComparedItem | None, new: ComparedItem | None) -> NamedPieces:
    if old and new and old.facts.texts[0] != new.facts.texts[0]:
        return named_pieces(old.row.title, new.row.title)
    here = new or old
    return named_pieces(here.row.title, here.row.title) if here else []


def _says(one: Compared, deployments: tuple[ComparedDeployment, ComparedDeployment]) -> Iterator[str]:
    """What it differs in, a sentence each without its full stop."""
    first, second = (each.deployment.code for each in deployments)
    if one.before is None or one.after is None:
        yield f"Only in {first if one.before else second}"
        return
    if one.aspects & {Aspect.RESULT, Aspect.UNDONE}:
        outcome = f"{one.before.outcome} in {first}, {one.after.outcome} in {second}"
        yield outcome[:1].upper() + outcome[1:]
    yield from (sentence for aspect, sentence in SAYS.items() if sentence and aspect in one.aspects)
    if not (one.before.key and one.after.key):
        yield "The same by its title only: it was added on a board"


def _texts(one: Compared, old: ComparedItem | None, new: ComparedItem | None) -> Iterator[tuple[str, NamedPieces]]:
    """What both say otherwise besides the title, word by word."""
    if old is None or new is None or Aspect.TEXT not in one.aspects:
        return
    labels = [[blank["label"] for blank in item.row.fill_ins] for item in (old, new)]
    texts = (
        ("Guidance", old.row.text, new.row.text),
        ("Commands", "\n".join(old.row.commands), "\n".join(new.row.commands)),
        ("To fill in", "\n".join(labels[0]), "\n".join(labels[1])),
    )
    for place, (label, was, now) in enumerate(texts, 1):
        if old.facts.texts[place] != new.facts.texts[place]:
            yield label, named_pieces(was, now)


def _cell(one: Compared, of: ComparedDeployment, item: ComparedItem | None) -> ComparedCell:
    code = of.deployment.code
    if item is None:
        other = one.before or one.after
        number = of.deployment.template_version.number
        lacks = other and other.key and other.key not in of.lines
        return ComparedCell(code, lines=(f"not in version {number}" if lacks else "not there",))
    summary = item.summary
    return ComparedCell(
        code,
        summary.number,
        f"{url_of(of.deployment)}items/{summary.number}/",
        key_icon(summary),
        in_words(summary),
        tuple(tag for tag in tags_of(summary) if tag[0] != "critical"),
        tuple(_lines(one, of, item)),
    )


def _lines(one: Compared, of: ComparedDeployment, item: ComparedItem) -> Iterator[str]:
    """What one of the two says where they differ."""
    facts, summary = item.facts, item.summary
    if Aspect.KEYS in one.aspects:
        yield plural(facts.keys, "key") + (", critical" if facts.critical else "")
    if facts.limits is not None:
        yield from (f"{isolated(name)}: {facts.limits.get(name, 'no limit')}" for name in one.limits)
    yield from (_term(name, item, of) for name in one.terms)
    if summary.state == ItemState.WAIVED and item.waiver:
        yield f"asked by {isolated(item.waiver[1])}: {isolated(item.waiver[0])}"
    if summary.facts.inapplicable:
        yield summary.facts.inapplicable
    elif Aspect.ONLY in one.aspects or (Aspect.RESULT in one.aspects and summary.state in WITH_REASON):
        yield summary.reason if summary.state in WITH_REASON else facts.outcome
    if Aspect.ANSWER in one.aspects:
        yield from [f"{isolated(label)}: {isolated(answer)}" for label, answer in facts.answers] or [
            "nothing filled in"
        ]
    if Aspect.EVIDENCE in one.aspects:
        yield _evidence(item)


def _evidence(item: ComparedItem) -> str:
    if not item.evidence:
        return "no evidence"
    counts = Counter(item.facts.evidence)
    titles = ", ".join(f"“{isolated(title)}”" for _, title in item.evidence[:3])
    more = f" and {len(item.evidence) - 3} more" if len(item.evidence) > 3 else ""
    return f"{', '.join(plural(count, kind) for kind, count in counts.items())}: {titles}{more}"


def _term(name: str, item: ComparedItem, of: ComparedDeployment) -> str:
    """One of the terms as this one has it."""
    row, terms = item.row, item.facts.terms or {}
    titles = {each.row.key: each.row.title for each in of.items.values()} if name == "conditions" else {}
    in_terms: Mapping[str, tuple[str, str]] = {
        "passkey": ("signed with a passkey" if row.passkey else "", "signed by any factor"),
        "minutes": (in_hours(row.minutes or 0), "no time named"),
        "evidence_kinds": (" or ".join(row.evidence_kinds) and f"asks for {' or '.join(row.evidence_kinds)}",
                           "asks for no evidence"),
        "max_age_days": ("" if row.max_age_days is None else f"evidence at most {plural(row.max_age_days, 'day')} old",
                         "evidence of any age"),
        "owner_role": (row.owner_role and f"for the {isolated(row.owner_role)}", "for no role"),
        "controls": (", ".join(row.controls), "no controls"),
        "links": (", ".join(f"{each['text']} ({each['url']})" for each in row.links), "no links"),
        "conditions": ("; ".join(condition_in_words(each, titles) for each in row.conditions), ""),
        "section": (f"under {isolated(item.section.title)}", ""),
        "probe": (terms.get("probe", "") and f"asks for a probe: {terms['probe']}", "asks for no probe"),
    }  # fmt: skip
    found, nothing = in_terms[name]
    if name == "conditions":
        return f"only when {found}" if found else "always applies"
    return str(found or nothing)
