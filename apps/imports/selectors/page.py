"""The preview: did Keyturn understand it, and what needs somebody?"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from apps.accounts.models import Team, User
from apps.checklists.models import TemplateVersion
from apps.core.shown import fingerprint
from apps.core.wording import plural
from apps.imports import permissions
from apps.imports.models import ChecklistImport, Result
from apps.imports.rules import Decision, Finding, decision_of

from .board import board_of, shape
from .queue import Queue
from .source import LINE_TYPES, Block, Source, blocks_of

KEYS = [("1", "1 key"), *((str(keys), f"{keys} keys") for keys in (2, 3, 4))]
LINE_TYPE_CHOICES = [(str(line_type), label) for line_type, label, _many in LINE_TYPES]


def preview_page(
    imported: ChecklistImport, user: User, asked: Mapping[str, str], typed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Source, resulting board and queue; whether it can be a draft. No query besides those for who may what.

    asked: show and page of the source; line, which has to be on it; change, the line whose form is open; more, the
    group of findings of which more are listed. typed: what was sent by the form of that line.
    """
    result = imported.result()
    change = _number(asked.get("change", ""))
    base = reverse("imports:preview", args=[imported.team.slug, imported.pk])
    here = urlencode({name: value for name, value in asked.items() if value and name != "change"})
    here = f"?{here}" if here else ""
    source = Source(
        blocks_of(result.document, open_findings(imported, result)),
        base,
        show=asked.get("show", ""),
        page=asked.get("page", ""),
        at=_number(asked.get("line", "")) or change,
    )
    queue = Queue(imported, result, source, asked.get("more", ""))
    return {
        "base": base,
        "decide": f"{base}decide/{here}",
        "undo": f"{base}undo/{here}",
        "problem": result.problem,
        "verdict": "no-go" if result.problem else "half" if queue.needs.count else "go",
        "source": source,
        "queue": queue,
        "sections": board_of(result, source),
        "spine": shape(result.contents),
        "open_line": line_form(imported, source.blocks, change, typed),
        **_about(imported, user),
        **_summary(imported, result),
    }


def line_page(imported: ChecklistImport, user: User, line: int) -> dict[str, Any]:
    """The form of one line; without one where there is no such line."""
    form = line_form(imported, blocks_of(imported.document(), ()), line)
    base = reverse("imports:preview", args=[imported.team.slug, imported.pk])
    return {"open_line": form, "base": base, **_about(imported, user)}


def open_findings(imported: ChecklistImport, result: Result) -> list[Finding]:
    """What nobody decided about."""
    return [one for one in result.findings if decision_of(imported.decisions, one) is Decision.OPEN]


@dataclass(frozen=True)
class LineForm:
    """What a line says and what its block becomes, as the form of the line is filled."""

    line: int
    block: int
    text: str
    line_type: str
    is_item: bool
    critical: bool
    keys: str
    basis: str


def line_form(
    imported: ChecklistImport, blocks: Sequence[Block], line: int, typed: Mapping[str, str] | None = None
) -> LineForm | None:
    """The form of a line, filled with what is saved or with what was typed; None where there is no such line."""
    at = bisect_right(blocks, line, key=lambda block: block.line) - 1
    if at < 0 or all(line != each.line for each in blocks[at].lines):
        return None
    block, first = blocks[at], blocks[at].line
    item = block.item if block.is_item else None
    now = imported.stated([first], [line])
    return LineForm(
        line, first,
        typed.get(f"t{line}", "") if typed else now[f"t{line}"],
        typed.get(f"f{first}", "") if typed else str(block.first.line_type),
        item is not None,
        f"critical-{first}" in typed if typed else bool(item and item.critical),
        typed.get(f"keys-{first}", "2") if typed else str(item.keys if item else 2),
        typed.get("basis", "") if typed else fingerprint(now),
    )  # fmt: skip


def _summary(imported: ChecklistImport, result: Result) -> dict[str, Any]:
    document, totals = result.document, result.document.totals()
    unread = len(document.not_understood)
    return {
        "title": result.contents[0]["title"] if totals["templates"] == 1 else plural(totals["templates"], "template"),
        "answer": totals | {"lines": len(document.lines), "understood": len(document.lines) - unread},
        "not_understood": unread,
        "templates": [(content["title"], sum(len(one["items"]) for one in content["sections"]))
                      for content in result.contents],
        "variables": sorted({one["name"] for content in result.contents for one in content["variables"]}),
        "draft_shown": fingerprint(imported.draft),
        "previewed": fingerprint(imported.previewed),
    }  # fmt: skip


def _about(imported: ChecklistImport, user: User) -> dict[str, Any]:
    """What the page and the form of a line need: whose import it is, what a line can become, who may what."""
    return {
        "team": imported.team,
        "import": imported,
        "line_types": LINE_TYPE_CHOICES,
        "keys": KEYS,
        "may_correct": permissions.correct_import(user, imported),
        "may_draft": permissions.draft_import(user, imported),
        "may_discard": permissions.discard_import(user, imported),
    }


def _number(text: str) -> int:
    """The line somebody names; 0 where it is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def after_drafting(team: Team, versions: list[TemplateVersion]) -> tuple[str, str]:
    """Where to go after an import became drafts, and what to say."""
    if len(versions) == 1:
        done = "is a draft now: once it is published, deployments start from it"
        url = reverse("templates:changes", kwargs={"team": team.slug, "template": versions[0].template_id})
        return url, f"{versions[0].title} {done}."
    return reverse("templates:list", args=[team.slug]), f"{len(versions)} templates are drafts now."
