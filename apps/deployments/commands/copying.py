"""What a deployment makes of a published version: its sections and items, with this deployment's values in them."""

from collections.abc import Iterator, Sequence
from typing import Any

from apps.checklists.models import TemplateItem, TemplateSection
from apps.checklists.rules import LONGEST_TEXT
from apps.checklists.rules.conditions import Condition
from apps.core.errors import TooLarge
from apps.deployments.models import Deployment, Item, Section
from apps.deployments.rules import LONGEST_TITLE, Filling
from apps.deployments.selectors.applying import filling_of
from apps.signoff import commands as signoff
from apps.signoff.models import SignOff
from apps.signoff.rules import content_digest

from .conditions import judge_new

MOST_ADDED = 1_000_000  # characters that values may add to all texts of a checklist together
# What an item takes over from its template as it is, beside what keys cover.
TAKEN_OVER = ("depth", "evidence_kinds", "max_age_days", "owner_role", "minutes", "controls", "links")


def copy_items(deployment: Deployment) -> tuple[list[Section], list[Item]]:
    """Store the sections and items of a new deployment, each in one statement. Returns the rows."""
    sources = list(deployment.template_version.sections.order_by("position").prefetch_related("items"))
    filling = filling_of(deployment, deployment.template_version)
    _require_short_texts(sources, filling)
    sections = [section_of(deployment, source, place, filling) for place, source in enumerate(sources, 1)]
    items: list[Item] = []
    number = deployment.template_version.number
    for source, section in zip(sources, sections, strict=True):
        for line in sorted(source.items.all(), key=lambda line: line.position):
            items.append(item_of(deployment, section, line, len(items) + 1, filling, version=number))
    judge_new(deployment, items)
    Section.objects.bulk_create(sections)
    SignOff.objects.bulk_create([item.sign_off for item in items])
    Item.objects.bulk_create(items)
    return sections, items


def item_of(
    deployment: Deployment,
    section: Section,
    line: TemplateItem,
    number: int,
    filling: Filling,
    *,
    version: int,
    is_open: bool = False,
) -> Item:
    """An item as its template says it, not yet stored."""
    item = Item(
        deployment=deployment,
        section=section,
        number=number,
        title=filling.sentence(line.title)[:LONGEST_TITLE],
        text=filling.sentence(line.text),
        commands=[filling.command(command) for command in line.commands],
        fill_ins=[{**blank, "label": filling.sentence(blank["label"]), "value": ""} for blank in line.fill_ins],
        conditions=conditions_of(line),
        key=line.key,
        checklist_version=version,
        critical=line.critical,
        keys=line.keys,
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
    return Section(
        deployment=deployment,
        position=place,
        key=source.key,
        title=filling.sentence(source.title)[:LONGEST_TITLE],
        parent=source.parent,
        guidance=filling.sentence(source.guidance),
        commands=[filling.command(command) for command in source.commands],
    )


def conditions_of(line: TemplateItem) -> list[dict[str, Any]]:
    """When it applies; that it is for some tiers only is one more condition."""
    tiers = [Condition("tier", tuple(line.tiers)).as_values()] if line.tiers else []
    return [*tiers, *line.conditions]


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
    """What values are put into and of any length: what it is, its words, and whether it is a command."""
    yield f"the guidance of “{section.title}”", section.guidance, False
    for command in section.commands:
        yield f"a command of “{section.title}”", command, True
    for line in section.items.all():
        yield f"the text of “{line.title}”", line.text, False
        for command in line.commands:
            yield f"a command of “{line.title}”", command, True
