"""What does this checklist ask for? One version of a template, to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.db.models.functions import Length

from apps.accounts.models import User
from apps.checklists import permissions
from apps.checklists.models import ChecklistTemplate, TemplateItem, TemplateSection, TemplateVersion
from apps.checklists.rules.conditions import condition_of
from apps.checklists.rules.parameters import Parameter, fill, parameter, parameters_by_name, pieces
from apps.checklists.selectors import accepted_problems
from apps.checklists.selectors.changes import Summary, filled, summary
from apps.checklists.states import UNPUBLISHED
from apps.core.shown import fingerprint
from apps.core.wording import in_hours, plural
from apps.deployments.models import Deployment
from apps.deployments.states import ACTIVE
from apps.proposals.selectors import proposals_of

from .changes import every_version, loaded
from .spines import MOST_TICKS

PARTS_PER_PAGE, CHARACTERS_PER_PAGE = 100, 100_000  # of a template: sections and items, and their texts
MOST_RUNS = 10
EXPORTS = (("markdown", "Markdown"), ("yaml", "YAML"), ("json", "JSON"), ("csv", "CSV"))


def template_page(template: ChecklistTemplate, user: User, *, number: str = "", page: str = "") -> dict[str, Any]:
    """A part of one version, the other versions, and where it runs."""
    versions = every_version(template)
    version = chosen(versions, number)
    sections = list(version.sections.order_by("position").values_list("position", "key", "title", Length("guidance")))
    rows = version.items.order_by("section__position", "position")
    items = list(rows.values_list("section__position", "critical", "minutes", Length("text")))
    pages = Paginator(_parts(sections, items), 1).get_page(page or 1)
    return {
        "team": template.team,
        "template": template,
        "version": version,
        "versions": versions,
        "draft": next((each for each in versions if each.state in UNPUBLISHED), None),
        "page": pages,
        "outline": _outline(sections, items, pages.paginator),
        "sections": _on_page(version, pages[0]),
        "exports": EXPORTS,
        "parameters": [parameter(one) for one in version.parameters],
        "asks": _asks(items),
        "variables": [_asked(each) for each in version.variables],
        "variables_count": len(version.variables),
        **_runs(template),
        "since": since(versions, version),
        "proposals": proposals_of(template),
        "accepted": accepted_problems(version),
        **_may(template, user),
        "shown": fingerprint(chosen(versions, "").standing),
    }


def chosen(versions: Sequence[TemplateVersion], number: str) -> TemplateVersion:
    """The version of that number, otherwise the newest published one, or the draft before there is one."""
    asked = next((version for version in versions if str(version.number) == number), None)
    return asked or next((version for version in versions if version.is_published), versions[0])


def since(versions: Sequence[TemplateVersion], version: TemplateVersion) -> Summary | None:
    """What a version changes in the one before it, in words; None for the first."""
    before = next((each for each in versions if each.number < version.number and each.is_published), None)
    if before is None:
        return None
    return summary(before, filled(loaded(before).content()), filled(loaded(version).content()))


def _may(template: ChecklistTemplate, user: User) -> dict[str, Any]:
    return {
        "may_archive": permissions.archive_template(user, template),
        "may_restore": permissions.restore_template(user, template),
        "may_edit": permissions.start_draft(user, template),
        "may_use": permissions.create_template(user, template.team),
    }


def _asks(items: list[Any]) -> str:
    """How much it asks, as a sentence goes on: "24 things, 6 of them critical, about 3 h of work"."""
    critical = sum(critical for _, critical, _, _ in items)
    work = in_hours(sum(minutes or 0 for _, _, minutes, _ in items))
    parts = [plural(len(items), "thing"), f"{critical} of them critical" if critical else "",
             f"about {work} of work" if work else ""]  # fmt: skip
    return ", ".join(filter(None, parts))


def _asked(values: Mapping[str, Any]) -> dict[str, Any]:
    """A variable with what may be answered."""
    return {**values, "options": ["yes", "no"] if values["kind"] == "yes_no" else values["options"]}


def _runs(template: ChecklistTemplate) -> dict[str, Any]:
    """The deployments that run it, newest first, and the last one that ended."""
    found = Deployment.objects.filter(template_version__template=template).order_by("-number")
    found = found.select_related("team", "template_version")
    return {
        "running": list(found.filter(state__in=ACTIVE)[:MOST_RUNS]),
        "last": found.exclude(state__in=ACTIVE).first(),
    }


def _outline(sections: list[Any], items: list[Any], pages: Paginator) -> list[dict[str, Any]]:
    """Every section with its spine, and the page of the template it begins on."""
    begins = {position: place for place, part in enumerate(pages.object_list, 1) for position, number in part
              if not number}  # fmt: skip
    under = {position: [row[1] for row in rows] for position, rows in groupby(items, lambda row: row[0])}
    return [
        {
            "key": key,
            "title": title,
            "page": begins[position],
            "count": len(under.get(position, ())),
            "spine": [[(tall, "") for tall in under.get(position, ())[:MOST_TICKS]]],
        }
        for position, key, title, _ in sections
    ]


def _parts(sections: list[Any], items: list[Any]) -> list[list[tuple[int, int]]]:
    """What stands on each page: (section's position, item's number, or 0 for the section itself).

    A page has at most PARTS_PER_PAGE of them, and CHARACTERS_PER_PAGE unless the first alone has more.
    """
    rows = [(position, 0, length) for position, _, _, length in sections]
    rows += [(position, number, length) for number, (position, _, _, length) in enumerate(items, 1)]
    found: list[list[tuple[int, int]]] = [[]]
    characters = 0
    for position, number, length in sorted(rows):
        characters += length
        if len(found[-1]) == PARTS_PER_PAGE or (found[-1] and characters > CHARACTERS_PER_PAGE):
            found.append([])
            characters = length
        found[-1].append((position, number))
    return found


@dataclass(frozen=True)
class Entry:
    """An item as it is read: its limits filled in, and what else it asks for in short."""

    number: int
    item: TemplateItem
    title: tuple[tuple[str, Parameter | None], ...]
    text: str
    commands: list[str]

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Its key slots as the tag `keys` draws them."""
        return [(str(slot), "") for slot in range(1, self.item.keys + 1)]

    @property
    def bits(self) -> list[str]:
        """What else it asks for, each in a few words."""
        item = self.item
        evidence = " or ".join(item.evidence_kinds)
        age = f"at most {plural(item.max_age_days, 'day')} old" if item.max_age_days else ""
        return [
            *(f"Only when {condition_of(each)}" for each in item.conditions),
            *([f"Only for {' and '.join(item.tiers)}"] if item.tiers else []),
            *(f"Fill in: {blank['label']}" for blank in item.fill_ins),
            *([f"Evidence: {', '.join(filter(None, (evidence, age)))}"] if evidence or age else []),
            *([f"Probe: {item.probe['kind']}"] if item.probe else []),
            *filter(None, [item.owner_role, ", ".join(item.controls)]),
            *([f"{item.minutes} min"] if item.minutes else []),
        ]


def _on_page(version: TemplateVersion, part: list[tuple[int, int]]) -> list[tuple[TemplateSection, bool, list[Entry]]]:
    """(section, whether it begins here, its items here) of one page. Two queries."""
    numbers = [number for _position, number in part if number]
    begun = {position for position, number in part if not number}
    wanted = version.sections.filter(position__in={position for position, _number in part}).order_by("position")
    under: dict[int, list[Entry]] = {}
    if numbers:
        known = parameters_by_name(version.parameters)
        rows = version.items.order_by("section__position", "position")[numbers[0] - 1 : numbers[-1]]
        for number, item in enumerate(rows, numbers[0]):
            under.setdefault(item.section_id, []).append(_entry(number, item, known))
    return [(section, section.position in begun, under.get(section.pk, [])) for section in wanted]


def _entry(number: int, item: TemplateItem, known: Mapping[str, Parameter]) -> Entry:
    commands = [fill(command, known, in_command=True) for command in item.commands]
    return Entry(number, item, pieces(item.title, known), fill(item.text, known), commands)
