"""Whether a deployment reads like the checklist it was made from, and that one like when it was published."""

from collections.abc import Iterable, Iterator, Sized
from typing import Any

from apps.checklists.models import TemplateItem, TemplateSection, TemplateVersion
from apps.deployments.models import Deployment
from apps.deployments.rules import content_digest, section_texts
from apps.ledger.chain import Fault
from apps.ledger.selectors import Told

SECTION = ("title", "parent", "depth", "guidance", "commands")
ITEM = ("title", "text", "commands", "fill_ins", "critical", "keys", "line", "paths")


def origin_faults(deployment: Deployment, created: Told) -> Iterator[Fault]:
    """What differs between a deployment's sections, its checklist, and the digest it was created with."""
    sections = list(deployment.template_version.sections.order_by("position").prefetch_related("items"))
    if content_digest(_content(deployment.template_version, sections)) != created.said["template_digest"]:
        yield Fault(created.stream, created.sequence, "the checklist it was made from has changed since")
    copied = deployment.sections.order_by("position").values("title", "parent", "guidance", "commands")
    if list(copied) != [section_texts(section, deployment.values) for section in sections]:
        yield Fault(created.stream, created.sequence, "its sections are not those of the checklist it was made from")
    places = _places([section.items.all() for section in sections])
    order = list(deployment.sections.order_by("position").values_list("pk", flat=True))
    for number, section in deployment.items.order_by("number").values_list("number", "section"):
        if section not in order or places.get(number) != order.index(section):
            what = f"item {number} does not stand in the section it was made in"
            yield Fault(created.stream, created.sequence, what)


def _places(sections: Iterable[Sized]) -> dict[int, int]:
    """Section by item number: items are numbered through (docs/decisions/0009)."""
    places = [place for place, items in enumerate(sections) for _ in range(len(items))]
    return dict(enumerate(places, start=1))


def _content(version: TemplateVersion, sections: list[TemplateSection]) -> dict[str, Any]:
    """What the digest of a published checklist covers, read back from its rows."""
    return {
        "title": version.template.title,
        "guidance": version.guidance,
        "variables": version.variables,
        "sign_off_fields": version.sign_off_fields,
        "sections": [
            {name: getattr(section, name) for name in SECTION} | {"items": _items(section)} for section in sections
        ],
    }


def _items(section: TemplateSection) -> list[dict[str, Any]]:
    ordered: list[TemplateItem] = sorted(section.items.all(), key=lambda item: item.number)
    return [{name: getattr(item, name) for name in ITEM} for item in ordered]
