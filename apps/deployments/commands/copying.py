"""What a deployment makes of a published version: its sections and items, with this deployment's values in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Model, prefetch_related_objects

from apps.checklists.models import TemplateItem, TemplateSection
from apps.checklists.rules import LONGEST_TEXT
from apps.checklists.selectors import sections_of
from apps.core import bulk
from apps.core.errors import TooLarge
from apps.deployments.models import CarriedItem, Deployment, Item, Section
from apps.deployments.rules import Filling, may_name
from apps.deployments.selectors.applying import conditions_of, filling_of, section_texts
from apps.ledger.proofs import Written
from apps.signoff import commands as signoff
from apps.signoff.models import SignOff
from apps.signoff.rules import content_digest

from .conditions import judge_new
from .prepared import Copies, prepare, prepared_items

MOST_ADDED = 1_000_000  # characters that values may add to all texts of a checklist together
# What an item takes over from its template as it is, beside what keys cover.
TAKEN_OVER = ("depth", "evidence_kinds", "max_age_days", "owner_role", "minutes", "controls", "links")


@dataclass(frozen=True)
class Copied:
    """What a deployment began with: the rows, to be proved, how many items, and how many of them are carried over."""

    rows: list[Model | Written]
    items: int
    carried: int


def copy_items(deployment: Deployment, origins: Mapping[str, Item]) -> Copied:
    """Store the sections and items of a new deployment, each in one statement.

    origins: by key, the items that are carried over, as they were signed; they bring their answers along.
    """
    version = deployment.template_version
    filling, sources = filling_of(deployment, version), sections_of(version)
    _require_short_texts(sources, filling)
    sections = [section_of(deployment, source, place, filling) for place, source in enumerate(sources, 1)]
    bulk.insert_all(sections)
    lines = [(line, section) for source, section in zip(sources, sections, strict=True) for line in source.lines]
    known, copies, items = prepared_items(version), Copies(deployment), []
    for number, ((line, section), pk) in enumerate(zip(lines, bulk.new_ids(len(lines)), strict=True), 1):
        if (one := known.get(line.key)) and line.key not in origins:
            copies.add(one, pk, section.pk)
        else:
            items.append(item_of(deployment, section, line, number, filling, pk=pk, version=version.number))
    carried = _carry_over(items, origins)
    judge_new(deployment, items)
    sign_offs = [item.sign_off for item in items]
    bulk.insert_values(SignOff, [*copies.sign_offs, *map(bulk.values_of, sign_offs)])
    bulk.insert_values(Item, [*copies.items, *map(bulk.values_of, items)])
    bulk.insert_all(carried)
    if not known and not origins:
        prepare(version, filling, ((line, item) for (line, _), item in zip(lines, items, strict=True)))
    return Copied([*sections, *copies.written, *items, *sign_offs, *carried], len(lines), len(carried))


def _carry_over(items: Sequence[Item], origins: Mapping[str, Item]) -> list[CarriedItem]:
    """Give items what was written when they were signed; their sign-offs stay as for items that nobody worked on."""
    found = [item for item in items if item.key in origins]
    for item in found:
        item.fill_ins, item.result = origins[item.key].fill_ins, origins[item.key].result
    prefetch_related_objects([item for item in found if item.fill_ins], "waivers")  # which their answers ask for
    return [CarriedItem(item=item, origin=origins[item.key]) for item in found]


def item_of(
    deployment: Deployment,
    section: Section,
    line: TemplateItem,
    number: int,
    filling: Filling,
    *,
    pk: UUID,
    version: int,
    is_open: bool = False,
) -> Item:
    """An item as its template says it, not yet stored."""
    item: Item = bulk.new_row(
        Item,
        {"deployment": deployment, "section": section},
        id=pk,
        deployment_id=deployment.pk,
        section_id=section.pk,
        number=number,
        title=filling.title(line.title),
        text=filling.sentence(line.text),
        commands=[filling.command(command) for command in line.commands],
        fill_ins=[{**blank, "label": filling.sentence(blank["label"]), "value": ""} for blank in line.fill_ins],
        conditions=conditions_of(line),
        key=line.key,
        checklist_version=version,
        critical=line.critical,
        keys=line.keys,
        passkey=line.passkey,
        **{name: getattr(line, name) for name in TAKEN_OVER},
    )
    signoff.prepare(
        item,
        team=deployment.team,
        stream=deployment.stream,
        digest=content_digest(item.content(pinned=None, evidence=[])),
        is_open=is_open,
    )
    return item


def section_of(deployment: Deployment, source: TemplateSection, place: int, filling: Filling) -> Section:
    """A section as its template says it, not yet stored."""
    return Section(
        deployment=deployment,
        position=place,
        key=source.key,
        checklist_version=deployment.template_version.number,
        **section_texts(source, filling),
    )


def _require_short_texts(sections: Sequence[TemplateSection], filling: Filling) -> None:
    """A short checklist may name a long value again and again; its texts are to stay readable all the same."""
    added = 0
    for section in sections:
        for what, text, is_command in _texts(section):
            length = len(filling.command(text) if is_command else filling.sentence(text))
            if length > max(LONGEST_TEXT, len(text)):
                raise TooLarge(
                    f"With these values, {what} would have {length:,} characters; at most {LONGEST_TEXT:,} can be "
                    "read and signed. Nothing was made. Type shorter values, or take a checklist that names them "
                    "less often."
                )
            added += max(0, length - len(text))
    if added > MOST_ADDED:
        raise TooLarge(
            f"These values would make the checklist {added:,} characters longer; at most {MOST_ADDED:,} can be added. "
            "Nothing was made. Type shorter values, or take a checklist that names them less often."
        )


def _texts(section: TemplateSection) -> Iterator[tuple[str, str, bool]]:
    """What values are put into and may be of any length: what it is, its words, and whether it is a command."""
    if may_name(section.guidance):
        yield f"the guidance of “{section.title}”", section.guidance, False
    yield from _commands(section)
    for line in section.lines:
        if may_name(line.text):
            yield f"the text of “{line.title}”", line.text, False
        yield from _commands(line)


def _commands(part: TemplateSection | TemplateItem) -> Iterator[tuple[str, str, bool]]:
    for command in part.commands:
        if may_name(command):
            yield f"a command of “{part.title}”", command, True
