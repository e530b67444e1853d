"""What the pages about an import show."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse

from apps.accounts.models import Team, User
from apps.checklists.markdown.corrections import stated
from apps.checklists.markdown.document import LineType, ParsedDocument, ParsedItem, SourceLine, Suggestion
from apps.checklists.models import TemplateVersion
from apps.core.shown import fingerprint
from apps.core.wording import plural
from apps.imports import permissions
from apps.imports.models import ChecklistImport

ROWS_PER_PAGE = 150
MOST_WARNINGS = 12
WARNINGS = "warnings"  # the filter of lines that something may be wrong with
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
        "may_draft": permissions.draft_import(user, imported),
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


def after_drafting(team: Team, versions: list[TemplateVersion]) -> tuple[str, str]:
    """Where to go after an import became drafts, and what to say."""
    published = versions[0].is_published
    if len(versions) == 1:
        done = "is published as version 1" if published else "is a draft now: edit it, then ask somebody to publish it"
        return reverse("templates:template", args=[team.slug, versions[0].template_id]), f"{versions[0].title} {done}."
    done = "are published, each as version 1" if published else "are drafts now"
    return reverse("templates:list", args=[team.slug]), f"{len(versions)} templates {done}."
