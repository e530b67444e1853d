"""The page of a draft, and what an open one fetches after an edit."""

from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.checklists import permissions
from apps.checklists.models import TemplateVersion
from apps.checklists.rules.problems import Problem
from apps.core.shown import fingerprint
from apps.core.wording import folded
from apps.studio import rules

from .drafts import Draft, DraftPart, draft_of
from .rows import DraftRow

ROWS_PER_PAGE = 1_000  # whole sections; one that is longer is a page of its own
MOST_PROBLEMS = 100
FILTERS = (("all", "All"), ("changed", "Changed"), ("problems", "Problems"), ("critical", "Critical"))


def draft_page(
    version: TemplateVersion, viewer: User, *, show: str = "", find: str = "", page: str = ""
) -> dict[str, Any]:
    """Everything templates/studio/draft.html needs, in a fixed number of queries.

    show, find: a filter and words to search for, over all pages; pages of what they find have no other sections.
    """
    draft = draft_of(version)
    asked = [pair for pair in (("show", show), ("q", find), ("page", page)) if pair[1]]
    show = show if show in dict(FILTERS) else "all"
    found = None if show == "all" and not find.strip() else _found(draft, show, find)
    every = _pages(draft.parts)
    is_paged = len(every) > 1
    if is_paged and found is not None:
        every = _pages(part for part in draft.parts if not found.isdisjoint(part.rows))
    pages = Paginator(every, 1).get_page(page or 1)
    body = b"".join([group_html(part, found) for part in pages[0]])
    return around(draft, viewer, pages) | {
        "rendered": {"groups": body},
        "is_filtered": found is not None,
        "found": len(found or ()),
        "paged": ("" if pages.has_next() else "last") if is_paged else None,
        "nothing_fits": found is not None and not found,
        "show": show,
        "find": find,
        "view": f"?{urlencode(asked)}" if asked else "",
    }


def around(draft: Draft, viewer: User, pages: Page[Any] | None = None) -> dict[str, Any]:
    """What stands around the rows and changes with them."""
    version = draft.version
    return {
        "draft": draft,
        "version": version,
        "template": version.template,
        "team": version.template.team,
        "page": pages,
        "sections": _outline(draft),
        "chips": [{"name": name, "label": label, "count": draft.counts[name]} for name, label in FILTERS],
        **_problems(draft),
        "may_edit": permissions.edit_draft(viewer, version),
        "draft_shown": fingerprint(version.draft),
    }


def changed_parts(version: TemplateVersion, viewer: User, since: int) -> dict[str, Any]:
    """What a page that showed entry `since` shows otherwise now: rows, sections whose list of rows changed."""
    draft = draft_of(version)
    numbered = [(part.first + at, row) for part in draft.parts for at, row in enumerate(part.rows)]
    return around(draft, viewer) | {
        "rows": [mark_safe(row.html(number)) for number, row in numbered if row.stamp > since],
        "orders": [(part, " ".join(row.key for row in part.rows)) for part in draft.parts if part.stamp > since],
        "keys": " ".join(part.key for part in draft.parts),
        "heads": [mark_safe(group_head(part)) for part in draft.parts if part.stamp > since],
    }


def group_html(part: DraftPart, shown: Collection[DraftRow] | None = None) -> bytes:
    """A section with its rows in UTF-8; those that are not `shown`, where that says which are, are hidden."""
    if shown is None and (known := part.html.get((part.first, False))):
        return known
    rows = [
        row.html(number, hidden=shown is not None and row not in shown)
        for number, row in enumerate(part.rows, part.first)
    ]
    hidden = shown is not None and not any(row in shown for row in part.rows)
    context = {"part": part, "section": part.section, "rows": mark_safe("".join(rows)), "is_hidden": hidden}
    html = GROUP.get().render(context).encode()
    if shown is None:
        part.html[part.first, False] = html
    return html


def group_head(part: DraftPart) -> SafeString:
    """A section without its rows, for a page that lacks it."""
    return GROUP.get().render({"part": part, "section": part.section, "rows": ""})


class _Template:
    """A template found once: looking it up costs as much as rendering a small one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: Any = None

    def get(self) -> Any:
        self.found = self.found or get_template(self.name)
        return self.found


GROUP = _Template("studio/_group.html")


def added_by(version: TemplateVersion, intent: UUID | None) -> list[str]:
    """The keys of the items that the edit of an intent added."""
    step = version.steps.filter(intent=intent).first() if intent else None
    changes = rules.from_stored(step.changes) if step else []
    return [change.key for change in changes if change.what == "item" and change.before is None]


def beside(version: TemplateVersion, keys: Collection[str], step: int) -> tuple[str, str] | None:
    """(section, after) by which items go one place up or down, as `rules.beside`; two queries."""
    rows = version.items.order_by("section__position", "position")
    places = [rules.Place(*row) for row in rows.values_list("key", "section__key", "position", "depth")]
    sections = list(version.sections.order_by("position").values_list("key", flat=True))
    return rules.beside(places, sections, keys, step)


def section_beside(version: TemplateVersion, key: str, step: int) -> str | None:
    """The section behind which one goes by one place up or down, "" for the top; None where it stands at the end."""
    sections = list(version.sections.order_by("position").values_list("key", flat=True))
    at = sections.index(key) + step if key in sections else -1
    if not 0 <= at < len(sections):
        return None
    staying = [each for each in sections if each != key]
    return staying[at - 1] if at else ""


def _pages(parts: Iterable[DraftPart]) -> list[list[DraftPart]]:
    """Whole sections, as many on a page as have so many rows together; one page at least."""
    found: list[list[DraftPart]] = [[]]
    count = 0
    for part in parts:
        if found[-1] and count + len(part.rows) > ROWS_PER_PAGE:
            found.append([])
            count = 0
        found[-1].append(part)
        count += len(part.rows)
    return found


def _outline(draft: Draft) -> list[dict[str, Any]]:
    """The sections with their spine: (x, whether critical) of each item, and which page each is on."""
    pages = [(number, part) for number, parts in enumerate(_pages(draft.parts), 1) for part in parts]
    many = pages[-1][0] > 1
    return [
        {
            "part": part,
            "ticks": [(5 * at, row.item.critical) for at, row in enumerate(part.rows[:60])],
            "width": max(1, 5 * min(60, len(part.rows)) - 2),
            "url": f"?page={number}#s-{part.key}" if many else f"#s-{part.key}",
        }
        for number, part in pages
    ]


def _found(draft: Draft, show: str, find: str) -> set[DraftRow]:
    words = folded(find).split()
    return {
        row
        for row in draft.rows
        if (show == "all" or show in row.shows)
        and all(word in folded(f"{row.item.title} {row.item.owner_role}") for word in words)
    }


def _problems(draft: Draft) -> dict[str, Any]:
    """What is wrong, as much of it as a page shows: what must be solved, what may be accepted, what is."""
    listed = draft.problems[:MOST_PROBLEMS]
    placed = [_placed(draft, problem) for problem in listed]
    blocking, others = ([one for one in placed if one["problem"].blocks == blocks] for blocks in (True, False))
    accepted = list(draft.accepted.values())[:MOST_PROBLEMS]
    return {
        "problem_groups": [("Must be solved", blocking), ("Worth a look", others)],
        "accepted_problems": [_placed(draft, problem) | {"accepted": row} for problem, row in accepted],
        "more_problems": max(0, len(draft.problems) - len(listed)),
    }


def solved_at(problem: Problem) -> str:
    """Where in a draft a problem is solved: the page of a part and the field there, below the address of the draft."""
    if problem.field == "sections":
        return ""  # the list of its items
    at = {"item": f"items/{problem.key}/", "section": f"sections/{problem.key}/"}
    return f"{at.get(problem.what, 'version/')}#f-{problem.field}"


def _placed(draft: Draft, problem: Problem) -> dict[str, Any]:
    """A problem with where it is solved and what that is called."""
    if problem.what == "item" and problem.key in draft.by_key:
        number, row, _ = draft.by_key[problem.key]
        return {"problem": problem, "url": solved_at(problem), "called": f"{number}. {row.item}"}
    if problem.what == "section":
        part = next(part for part in draft.parts if part.key == problem.key)
        return {"problem": problem, "url": solved_at(problem), "called": str(part.section)}
    return {"problem": problem, "url": solved_at(problem), "called": str(draft.version.title or "The template")}
