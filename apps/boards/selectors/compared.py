"""Two deployments as facts to compare, read whole in a fixed number of queries however long they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F, Min

from apps.accounts.models import Team
from apps.boards.rules import ItemOf
from apps.checklists.models import TemplateItem, TemplateSection
from apps.deployments.models import Attachment, Deployment, Item, Section, Waiver
from apps.deployments.rules import Filling
from apps.deployments.selectors.applying import filling_of, names_in, section_texts
from apps.deployments.selectors.readiness import members, readiness
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.probes.states import State as ProbeState
from apps.signoff.models import Signature

# What an item asks besides its text and its keys, by the names of its columns.
TERMS = ("passkey", "minutes", "evidence_kinds", "max_age_days", "owner_role", "controls", "links", "conditions")
READ = (
    "id", "deployment_id", "section_id", "number", "key", "title", "text", "commands", "fill_ins", "result",
    "critical", "keys", *TERMS,
)  # fmt: skip
LINE = ("id", "version_id", "key", "title", "text", "commands", "fill_ins", "probe")
MEASURED = (ProbeState.PASSED, ProbeState.FAILED)
Says = TypeVar("Says", str, list[str])
# Rows of one deployment, or what a checklist says, by id.
ById = Mapping[Any, list[Any]]


@dataclass(frozen=True)
class ComparedItem:
    """One item of a deployment: its facts, its summary, and the row that pages read texts from.

    waiver: (why, who asked), as long as one is asked for or holds. evidence: (kind, title) of each piece.
    """

    facts: ItemOf
    summary: ItemSummary
    row: Item
    section: "ComparedSection"
    waiver: tuple[str, str] | None = None
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ComparedSection:
    """A part of one of the checklists. texts: title, guidance and commands with the names of values unfilled."""

    row: Section
    texts: tuple[Any, ...]

    @property
    def identity(self) -> str:
        """What it is the same by in both."""
        return self.row.key or self.row.title

    @property
    def title(self) -> str:
        """Its title under that of its parent."""
        return f"{self.row.parent} · {self.row.title}" if self.row.parent else self.row.title


@dataclass(frozen=True)
class ComparedDeployment:
    """One of the two. items: by number. lines: keys of the items of its version. first_key: when it was turned."""

    deployment: Deployment
    filling: Filling
    is_go: bool
    lines: frozenset[str]
    first_key: datetime | None
    sections: list[ComparedSection] = field(default_factory=list)
    items: dict[int, ComparedItem] = field(default_factory=dict)

    @property
    def facts(self) -> list[ItemOf]:
        """The facts of its items, in order."""
        return [item.facts for item in self.items.values()]

    @property
    def template(self) -> UUID:
        """Whose version it runs on."""
        return self.deployment.template_version.template_id


def compared_deployments(team: Team, numbers: Iterable[int]) -> dict[int, ComparedDeployment]:
    """Those deployments of the team that there are, by number, in nine queries and one for each."""
    found = team.deployments.filter(number__in=numbers).select_related("template_version", "rollback_plan")
    deployments = {each.pk: each for each in found}
    for each in deployments.values():
        each.team = team
    tables = _Tables(deployments.values())
    people = members(team)
    return {each.number: tables.compared(each, people) for each in deployments.values()}


class _Tables:
    """The rows of some deployments, each table asked once."""

    def __init__(self, deployments: Iterable[Deployment]) -> None:
        pks, versions = [each.pk for each in deployments], {each.template_version_id for each in deployments}
        self.items = _by(Item.objects.filter(deployment__in=pks).only(*READ), "deployment_id")
        self.sections = _by(Section.objects.filter(deployment__in=pks).order_by("position"), "deployment_id")
        self.lines = _by(TemplateItem.objects.filter(version__in=versions).only(*LINE), "version_id")
        self.sources = _by(TemplateSection.objects.filter(version__in=versions), "version_id")
        waivers = Waiver.objects.filter(item__deployment__in=pks, ended_at=None)
        self.waivers = {pk: (why, name) for pk, why, name in
                        waivers.values_list("item_id", "justification", "requested_by_name")}  # fmt: skip
        attached = Attachment.objects.filter(item__deployment__in=pks, removed_at=None).order_by("item_id", "position")
        self.evidence: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
        for item, kind, title in attached.values_list("item_id", "evidence__kind", "evidence__title"):
            self.evidence[item].append((kind, title))
        keys = Signature.objects.filter(sign_off__item__deployment__in=pks)
        first = keys.values_list(F("sign_off__item__deployment")).annotate(Min("signed_at")).order_by()
        self.first_keys: dict[UUID, datetime] = dict(first)

    def compared(self, deployment: Deployment, people: Any) -> ComparedDeployment:
        """A deployment with all that is compared of it."""
        lines = {line.key: line for line in self.lines[deployment.template_version_id]}
        found = {summary.number: summary for summary in summaries(deployment)}
        made = ComparedDeployment(
            deployment,
            filling_of(deployment, deployment.template_version),
            readiness(deployment, found.values(), people).is_go,
            frozenset(lines),
            self.first_keys.get(deployment.pk),
        )
        sources = {source.key: source for source in self.sources[deployment.template_version_id]}
        sections = {row.pk: ComparedSection(row, _section_texts(row, sources.get(row.key), made.filling))
                    for row in self.sections[deployment.pk]}  # fmt: skip
        made.sections.extend(sections.values())
        for row in sorted(self.items[deployment.pk], key=lambda row: row.number):
            section, line, summary = sections[row.section_id], lines.get(row.key), found[row.number]
            evidence = tuple(self.evidence.get(row.pk, ()))
            facts = _facts(row, line, made, section, summary, evidence)
            made.items[row.number] = ComparedItem(facts, summary, row, section, self.waivers.get(row.pk), evidence)
        return made


def _by(rows: Iterable[Any], name: str) -> ById:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _facts(
    row: Item,
    line: TemplateItem | None,
    of: ComparedDeployment,
    section: ComparedSection,
    summary: ItemSummary,
    evidence: Iterable[tuple[str, str]],
) -> ItemOf:
    answers = [(label, answer) for label, answer in row.answers if answer]
    return ItemOf(
        number=row.number,
        key=row.key,
        title=row.title,
        state=summary.state,
        is_over=of.deployment.is_over,
        texts=_texts(row, line, of.filling),
        keys=row.keys,
        critical=row.critical,
        terms={name: getattr(row, name) for name in TERMS} | {"section": section.identity, "probe": _probe(line)},
        limits=_limits(line, of.filling) if line else None,
        answers=(*answers, *([("Result", row.result)] if row.result else [])),
        evidence=tuple(kind for kind, _ in evidence),
        measured=summary.measured if summary.facts.probe in MEASURED else "",
    )


def _probe(line: TemplateItem | None) -> str:
    """The kind of probe that the checklist asks for."""
    return str(line.probe.get("kind", "")) if line and line.probe else ""


def _texts(row: Item, line: TemplateItem | None, filling: Filling) -> tuple[Any, ...]:
    """What it says, in the words of its checklist where only values were put in: another value is no other text."""
    labels = [blank["label"] for blank in row.fill_ins]
    if line is None:
        return row.title, row.text, tuple(row.commands), tuple(labels)
    asked = [blank["label"] for blank in line.fill_ins]
    return (
        _source_of(row.title, line.title, filling.title(line.title)),
        _source_of(row.text, line.text, filling.sentence(line.text)),
        tuple(_source_of(row.commands, line.commands, [filling.command(each) for each in line.commands])),
        tuple(_source_of(labels, asked, [filling.sentence(each) for each in asked])),
    )


def _section_texts(row: Section, source: TemplateSection | None, filling: Filling) -> tuple[Any, ...]:
    filled = section_texts(source, filling) if source else {}
    names = ("title", "guidance", "commands")
    return tuple(getattr(source if getattr(row, name) == filled.get(name) else row, name) for name in names)


def _source_of(written: Says, source: Says, filled: Says) -> Says:
    """What the checklist says where nobody changed it on the board."""
    return source if written == filled else written


def _limits(line: TemplateItem, filling: Filling) -> dict[str, str]:
    """The limits that an item uses, by label."""
    used = (filling.parameters[name] for name in sorted(names_in(line)) if name in filling.parameters)
    return {one.label or one.name: one.limit_used for one in used}
