"""The rows and sections of a board as HTML. What was drawn last is kept and drawn again only where it changed.

A row is kept by what it shows: number, version, its probe's version, its owner's name (its `key`) and
the team's roster. A section is kept by its rows. All of it lives in this process only and is made from
the database whenever it is missing.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from apps.deployments.models import Deployment, Section
from apps.deployments.rules import Blocker, Look
from apps.deployments.selectors.readiness import Roster, item_blocker
from apps.deployments.selectors.rows import KEY, Row, RowKey, load_rows

MOST_BOARDS = 64
FEW = 4  # settled items of a section that are shown among the open ones; more fold away


class Kept(OrderedDict[Hashable, Any]):
    """The newest values by key; the oldest leave when there are too many."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def keep(self, key: Hashable, value: Any) -> Any:
        """Remember and return `value`."""
        self[key] = value
        while len(self) > self.most:
            self.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """One row as it stands on the page. Drawn again it is another one, even if it looks the same."""

    row: Row
    html: str
    blocker: Blocker | None
    blocker_html: str
    shows: tuple[str, ...]


# Sections by their key: the rows under each, and the whole of it in UTF-8.
Groups = dict[int, tuple[list[Drawn], bytes]]


@dataclass(frozen=True)
class Pieces:
    """What a board is put together from. Never changed once kept: several threads read it."""

    people: Roster
    outline: list[Section]
    rows: dict[RowKey, Drawn]
    groups: Groups


PIECES = Kept(MOST_BOARDS)


def pieces(deployment: Deployment, people: Roster) -> Pieces:
    """Rows and sections of a deployment as they are now, drawn anew where anything they show changed."""
    last: Pieces | None = PIECES.get(deployment.id)
    if last is None or last.people != people:
        outline = last.outline if last else list(deployment.sections.order_by("position"))
        rows = {row.key: _draw(deployment, row, people) for row in load_rows(deployment)}
        groups = _groups(outline, rows.values(), {})
    else:
        outline, rows = last.outline, _redrawn(deployment, people, last.rows)
        groups = _groups(outline, rows.values(), last.groups)
    return PIECES.keep(deployment.id, Pieces(people, outline, rows, groups))


def body(groups: Groups) -> bytes:
    """All sections, one after the other, in UTF-8."""
    return b"".join([html for _, html in groups.values()])


def sifted(whole: Pieces, drawn: Collection[Drawn]) -> bytes:
    """Some rows under their sections, in UTF-8; sections without any are left out."""
    wanted = {one.row.section for one in drawn}
    outline = [section for section in whole.outline if section.id in wanted]
    return body(_groups(outline, drawn, {}))


def outline_counts(whole: Pieces) -> list[dict[str, Any]]:
    """Per section how many items there are, how many are settled, and how many have each look."""
    none = dict.fromkeys([*(look.value for look in Look), "total", "done"], 0)
    counts = {section.id: none.copy() for section in whole.outline}
    for one in whole.rows.values():
        section = counts[one.row.section]
        section[one.row.state] += 1
        section["total"] += 1
        section["done"] += one.blocker is None
    return [{"section": section, **counts[section.id]} for section in whole.outline]


def render(name: str, context: dict[str, Any]) -> SafeString:
    """A template found once: looking it up costs as much as drawing a row."""
    return mark_safe(_template(name).render(context))


def _redrawn(deployment: Deployment, people: Roster, last: dict[RowKey, Drawn]) -> dict[RowKey, Drawn]:
    keys: list[RowKey] = list(deployment.items.order_by("number").values_list(*KEY))
    stale = [key[0] for key in keys if key not in last]
    fresh = {}
    if stale:
        rows = load_rows(deployment, stale if len(stale) < len(keys) // 2 else None)
        fresh = {row.number: (row.key, _draw(deployment, row, people)) for row in rows}
    # A fresh row goes under the key that was read with it: it may be newer than the one it was missed by.
    return dict(fresh[key[0]] if key[0] in fresh else (key, last[key]) for key in keys)


def _draw(deployment: Deployment, row: Row, people: Roster) -> Drawn:
    words = row.words
    blocker = item_blocker(deployment, row, people)
    blocker_html = ""
    if blocker:
        said = {"subject": blocker.subject, "reason": blocker.reason, "who": blocker.who, "url": blocker.url}
        blocker_html = render("boards/_blocker.html", {"id": words["number"], "blocker": said})
    return Drawn(row, render("boards/_item.html", words), blocker, blocker_html, tuple(words["shows"].split()))


def _groups(outline: Collection[Section], drawn: Collection[Drawn], last: Groups) -> Groups:
    rows: dict[int, list[Drawn]] = {section.id: [] for section in outline}
    for one in drawn:
        rows[one.row.section].append(one)
    return {
        section.id: last[section.id]
        if section.id in last and last[section.id][0] == rows[section.id]
        else (rows[section.id], _group(section, rows[section.id]))
        for section in outline
    }


def _group(section: Section, drawn: Collection[Drawn]) -> bytes:
    looks = Counter(one.row.state for one in drawn if not one.blocker)
    verified, waived = looks[Look.VERIFIED], looks[Look.WAIVED]
    context = {
        "section": section,
        "rows": mark_safe("".join([one.html for one in drawn])),
        "left": sum(1 for one in drawn if one.blocker),
        "count": len(drawn),
        "folds": verified + waived > FEW,
        "settled": f"{verified + waived} settled: {verified} verified" + (f", {waived} waived" if waived else ""),
    }
    return render("boards/_group.html", context).encode()


@cache
def _template(name: str) -> Any:
    return get_template(name)
