"""What the pages about checklists show, and what a deployment copies."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import Length
from django.urls import reverse

from apps.accounts.models import Team, User
from apps.core.shown import fingerprint
from apps.core.statements import Folded
from apps.core.wording import plural

from . import permissions
from .markdown.corrections import stated
from .markdown.document import LineType, ParsedDocument, ParsedItem, SourceLine, Suggestion
from .models import ChecklistImport, ChecklistTemplate, TemplateItem, TemplateSection, TemplateVersion

TEMPLATES_PER_PAGE = 25
ROWS_PER_PAGE = 150
PARTS_PER_PAGE, CHARACTERS_PER_PAGE = 100, 100_000  # of a template: sections and items, and their texts
MOST_WARNINGS = 12
WARNINGS = "warnings"  # the filter of lines that something may be wrong with
SORTS = (("title", "Title"), ("new", "Newest"))
LINE_TYPES = (
    (LineType.SECTION, "Section", "Sections"),
    (LineType.ITEM, "Item", "Items"),
    (LineType.GUIDANCE, "Guidance", "Guidance"),
    (LineType.COMMAND, "Command", "Commands"),
    (LineType.CODE, "Code", "Code"),
    (LineType.FILL_IN, "Fill-in", "Fill-ins"),
    (LineType.LINK, "Link", "Links"),
    (LineType.SIGN_OFF, "Sign-off field", "Sign-off fields"),
    (LineType.TITLE, "Template name", "Names"),
    (LineType.LAYOUT, "Layout", "Layout"),
    (LineType.FRONT_MATTER, "Front matter", "Front matter"),
    (LineType.NOT_UNDERSTOOD, "Not understood", "Not understood"),
    (LineType.LEFT_OUT, "Leave out", "Left out"),
)


@dataclass(frozen=True)
class PreviewRow:
    """A block of the source beside what it becomes."""

    lines: tuple[SourceLine, ...]
    item: ParsedItem | None
    warnings: tuple[Suggestion, ...]

    @property
    def first(self) -> SourceLine:
        """The line that says for all of them what they become."""
        return self.lines[0]

    @property
    def css(self) -> str:
        """The class that styles the row."""
        if self.first.line_type in (LineType.SECTION, LineType.TITLE):
            return "section"
        return {LineType.ITEM: "is-item", LineType.NOT_UNDERSTOOD: "unclear"}.get(self.first.line_type, "")

    @property
    def also(self) -> tuple[str, ...]:
        """What else its first line holds, in words."""
        return tuple(word.replace("_", "-") for word in self.first.also)

    def count(self, show: str) -> int:
        """How many of its lines a filter is about; 0 hides it."""
        if show == WARNINGS:
            return len({one.line for one in self.warnings if not one.is_note})
        return sum(1 for line in self.lines if not show or line.line_type == show or show in line.also)


# The list


def templates_page(team: Team, user: User, *, q: str, sort: str, page: str) -> dict[str, Any]:
    """The templates in use, drafts of imports, and how to find one, in a fixed number of queries."""
    sort = sort if sort in dict(SORTS) else "title"
    rows = _templates(team, q, sort)
    pages = Paginator(rows, TEMPLATES_PER_PAGE).get_page(page or 1)
    drafts = ChecklistImport.objects.visible_to(user).open().filter(team=team)
    drafts = drafts.only("file_name", "title", "created_at", "created_by_name").order_by("-created_at")
    return {
        "team": team,
        "page": pages,
        "rows": [{"template": template, "url": _url(team, template)} for template in pages],
        "drafts": list(drafts[:10]),
        "sorts": [{"url": name, "label": label, "current": name == sort} for name, label in SORTS],
        "q": q,
        "may_import": permissions.start_import(user, team),
    }


def _templates(team: Team, q: str, sort: str) -> QuerySet[ChecklistTemplate]:
    found = ChecklistTemplate.objects.in_use().filter(team=team)
    for word in q.split():
        found = found.filter(title__holds=word)
    order = ("-created_at", "pk") if sort == "new" else (Folded("title"), "pk")
    counted = found.annotate(items=Count("versions__sections__items"), newest=Max("versions__published_at"))
    return counted.order_by(*order)


def _url(team: Team, template: ChecklistTemplate) -> str:
    return reverse("checklists:template", args=[team.slug, template.pk])


# An import


def preview_page(imported: ChecklistImport, user: User, *, show: str, page: str) -> dict[str, Any]:
    """Every line beside what it becomes, the warnings, and whether it can be published."""
    document = imported.document()
    totals = document.totals()
    rows = _rows(document)
    show = show if any(row.count(show) for row in rows) else ""
    pages = Paginator([row for row in rows if row.count(show)], ROWS_PER_PAGE).get_page(page or 1)
    warnings = [one for one in document.suggestions if not one.is_note]
    unread = len(document.not_understood)
    return {
        "team": imported.team,
        "import": imported,
        "document": document,
        "title": document.templates[0].title if totals["templates"] == 1 else plural(totals["templates"], "template"),
        "answer": totals | {"lines": len(document.lines), "understood": len(document.lines) - unread},
        "rows": list(pages),
        "shown": fingerprint(stated(document, [row.first.line for row in pages])),
        "page": pages,
        "chips": _chips(rows, show),
        "show": show,
        "line_types": [(str(line_type), label) for line_type, label, _many in LINE_TYPES],
        "warnings": [_linked(one, rows) for one in warnings[:MOST_WARNINGS]],
        "more_warnings": max(0, len(warnings) - MOST_WARNINGS),
        "all_warnings": len(warnings),
        "warned_lines": sum(row.count(WARNINGS) for row in rows),
        "not_understood": unread,
        "templates": [(template.title, len(template.items)) for template in document.templates],
        "may_correct": permissions.correct_import(user, imported),
        "may_publish": permissions.publish_import(user, imported),
        "draft_shown": fingerprint(imported.draft),
        "may_discard": permissions.discard_import(user, imported),
    }


def _rows(document: ParsedDocument) -> list[PreviewRow]:
    items = {item.line: item for template in document.templates for item in template.items}
    warnings: dict[int, list[Suggestion]] = {}
    for one in document.suggestions:
        warnings.setdefault(one.line, []).append(one)
    found = []
    for _block, group in groupby(document.lines, lambda line: line.block):
        lines = tuple(group)
        own = tuple(one for line in lines for one in warnings.get(line.line, ()))
        found.append(PreviewRow(lines, items.get(lines[0].line), own))
    return found


def _linked(warning: Suggestion, rows: list[PreviewRow]) -> dict[str, Any]:
    """A warning, and where its line is shown among all."""
    at = bisect_right(rows, warning.line, key=lambda row: row.first.line) - 1
    url = f"?show=&page={at // ROWS_PER_PAGE + 1}#L{rows[at].first.line}"
    return {"line": warning.line, "text": warning.text, "url": url}


def _chips(rows: list[PreviewRow], show: str) -> list[dict[str, Any]]:
    """A filter for every line type that occurs, one for warnings, one for all: how many lines, and whether it is on."""
    counted = [
        ("All", ""),
        ("With warnings", WARNINGS),
        *((many, str(line_type)) for line_type, _label, many in LINE_TYPES),
    ]
    chips = [
        {"label": label, "show": name, "count": sum(row.count(name) for row in rows), "current": name == show}
        for label, name in counted
    ]
    return [chip for chip in chips if chip["count"] or not chip["show"]]


def after_publishing(team: Team, versions: list[TemplateVersion]) -> tuple[str, str]:
    """Where to go after publishing, and what to say."""
    if len(versions) == 1:
        template = versions[0].template
        return _url(team, template), f"{template.title} is published as version 1."
    return reverse("checklists:list", args=[team.slug]), f"{len(versions)} templates are published, each as version 1."


# A template


def template_page(template: ChecklistTemplate, user: User, *, page: str = "") -> dict[str, Any]:
    """A part of a template's newest version, in a fixed number of queries."""
    version = template.versions.defer("source").latest("number")
    sections = list(version.sections.order_by("position").values_list("position", Length("guidance")))
    rows = TemplateItem.objects.filter(section__version=version).order_by("number")
    items = list(rows.values_list("section__position", "number", Length("text")))
    pages = Paginator(_parts(sections, items), 1).get_page(page or 1)
    return {
        "team": template.team,
        "template": template,
        "version": version,
        "page": pages,
        "sections": _on_page(version, pages[0]),
        "items": len(items),
        "all_sections": len(sections),
        "may_archive": permissions.archive_template(user, template),
        "shown": fingerprint(version.standing),
        "may_use": permissions.start_import(user, template.team),
    }


def _parts(sections: list[tuple[int, int]], items: list[tuple[int, int, int]]) -> list[list[tuple[int, int]]]:
    """What stands on each page: (section's position, item's number, or 0 for the section itself).

    sections: (position, characters of guidance). items: (section's position, number, characters of text). A page
    has at most PARTS_PER_PAGE of them, and CHARACTERS_PER_PAGE unless the first alone has more.
    """
    rows = [(position, 0, length) for position, length in sections] + items
    found: list[list[tuple[int, int]]] = [[]]
    characters = 0
    for position, number, length in sorted(rows):
        characters += length
        if len(found[-1]) == PARTS_PER_PAGE or (found[-1] and characters > CHARACTERS_PER_PAGE):
            found.append([])
            characters = length
        found[-1].append((position, number))
    return found


def _on_page(version: TemplateVersion, part: list[tuple[int, int]]) -> list[tuple[TemplateSection, bool, list[Any]]]:
    """(section, whether it begins here, its items here) of one page. Two queries."""
    numbers = [number for _position, number in part if number]
    begun = {position for position, number in part if not number}
    wanted = version.sections.filter(position__in={position for position, _number in part}).order_by("position")
    items = TemplateItem.objects.filter(section__version=version, number__in=numbers).order_by("number")
    under: dict[int, list[TemplateItem]] = {}
    for item in items if numbers else ():
        under.setdefault(item.section_id, []).append(item)
    return [(section, section.position in begun, under.get(section.pk, [])) for section in wanted]
