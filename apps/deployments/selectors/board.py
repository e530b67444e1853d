"""The board. Rows look the same for every viewer, so what was rendered once is kept.

A row is kept by what it shows: its version, its probe's version, its owner's name and the
team's roster. The whole body is kept by the ledger's length and what is outside the ledger.
Both live in this process only and are rebuilt from the database whenever a key is missing.
"""

from collections import OrderedDict
from collections.abc import Collection, Hashable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.deployments import permissions
from apps.deployments.models import Deployment, Item, Section
from apps.deployments.rules import Blocker, Look
from apps.ledger import selectors as ledger

from .readiness import Member, Roster, general_blockers, item_blocker, roster, waits_for
from .rows import Row, load_rows

MOST_SAID = 3
MOST_ROWS, MOST_BODIES, MOST_OUTLINES = 20_000, 64, 256
FILTERS = {
    "all": "All",
    "open": "Open",
    "blocking": "Blocking",
    "waiting": "Waiting for me",
    "mine": "Mine",
    "critical": "Critical",
    "probes": "Probes not passing",
}


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


ROWS, BODIES, OUTLINES = Kept(MOST_ROWS), Kept(MOST_BODIES), Kept(MOST_OUTLINES)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row as it stands on the page."""

    row: Row
    html: str
    blocker: Blocker | None
    blocker_html: str


@dataclass(frozen=True)
class Board:
    """The body of a board: everything that every viewer sees alike."""

    drawn: tuple[Drawn, ...]
    verdict: SafeString
    sections: SafeString
    groups: SafeString
    blocks: SafeString
    is_go: bool
    blocking: int
    sequence: int


def board_page(deployment: Deployment, viewer: User, *, show: str = "", find: str = "") -> dict[str, Any]:
    """Everything templates/deployments/board.html needs, in a fixed number of queries."""
    people = roster(deployment.team)
    board = board_of(deployment, people)
    show = show if show in FILTERS else "all"
    waiting, mine = _for_viewer(board, viewer, people)
    kept = _sifted(board, show=show, find=find, waiting=waiting, mine=mine)
    return {
        "deployment": deployment,
        "board": board,
        "groups": board.groups if kept is None else _groups(deployment, kept, sifted=True),
        "is_sifted": kept is not None,
        "nothing_fits": kept is not None and not kept,
        "filters": _filters(board, waiting=waiting, mine=mine),
        "show": show,
        "find": find,
        "waiting": len(waiting),
        "people": people,
        "may": {
            "open_review": permissions.open_review(viewer, deployment),
            "assign_items": permissions.assign_items(viewer, deployment),
            "run_probes": permissions.run_probes(viewer, deployment),
            "cancel_deployment": permissions.cancel_deployment(viewer, deployment),
        },
        "has_probes": deployment.probe_versions > 0,
    }


def said_since(deployment: Deployment, sequence: str) -> str:
    """What happened after entry `sequence` in a sentence each, for people who hear the page."""
    after = int(sequence) if sequence.lstrip("-").isdecimal() else -1
    entries = list(ledger.history(deployment.stream).filter(sequence__gt=after)[:MOST_SAID])
    names = dict(User.objects.filter(id__in={e.actor for e in entries}).values_list("id", "full_name"))
    return " ".join(f"{names.get(line.actor, 'Keyturn')} {line.text}." for line in ledger.lines(entries))


def blockers_data(deployment: Deployment) -> dict[str, Any]:
    """The verdict and what blocks, in plain values."""
    people = roster(deployment.team)
    board = board_of(deployment, people)
    blocking = [*general_blockers(deployment, people), *(d.blocker for d in board.drawn if d.blocker)]
    return {"verdict": "GO" if board.is_go else "NO-GO", "blockers": [asdict(blocker) for blocker in blocking]}


def board_rows(deployment: Deployment, items: Collection[UUID]) -> dict[str, Any]:
    """What an open board fetches after a change: the changed rows and the parts around them."""
    people = roster(deployment.team)
    board = board_of(deployment, people)
    wanted = set(items)
    return {
        "deployment": deployment,
        "board": board,
        "rows": [drawn for drawn in board.drawn if drawn.row.id in wanted],
    }


def with_probe_versions(deployments: QuerySet[Deployment]) -> QuerySet[Deployment]:
    """Deployments with the sum of their probes' versions: runs change a board without the ledger."""
    probes = (
        Item.objects.filter(deployment=OuterRef("pk"), probe__isnull=False)
        .order_by()
        .values("deployment")
        .annotate(total=Sum("probe__version"))
        .values("total")
    )
    return deployments.select_related("team", "rollback_plan").annotate(probe_versions=Coalesce(Subquery(probes), 0))


def board_of(deployment: Deployment, people: Roster) -> Board:
    """The board of a deployment that came from `with_probe_versions`, rendered or kept."""
    end = ledger.head(deployment.stream)
    key = (deployment.id, end.sequence, deployment.probe_versions, people)
    return BODIES.get(key) or BODIES.keep(key, _compose(deployment, people, end.sequence))


def _compose(deployment: Deployment, people: Roster, sequence: int) -> Board:
    drawn = _drawn(deployment, people)
    general = general_blockers(deployment, people)
    blocking = len(general) + sum(1 for d in drawn if d.blocker)
    context = {"deployment": deployment, "general": general, "blocking": blocking, "is_go": not blocking}
    context["blocker_rows"] = mark_safe("".join(d.blocker_html for d in drawn))
    return Board(
        drawn=drawn,
        verdict=_render("deployments/_verdict.html", context),
        sections=_render("deployments/_sections.html", {"sections": _outline_counts(deployment, drawn)}),
        groups=_groups(deployment, drawn),
        blocks=_render("deployments/_blocks.html", context),
        is_go=not blocking,
        blocking=blocking,
        sequence=sequence,
    )


def _drawn(deployment: Deployment, people: Roster) -> tuple[Drawn, ...]:
    versions = list(
        deployment.items.order_by("number").values_list("id", "version", "probe__version", "owner__full_name")
    )
    keys = [(*version, people) for version in versions]
    stale = [key[0] for key in keys if key not in ROWS]
    if stale:
        fresh = load_rows(deployment, None if len(stale) > len(keys) // 2 else stale)
        by_id = {row.id: row for row in fresh}
        for key in keys:
            if key[0] in by_id:
                ROWS.keep(key, _draw(deployment, by_id[key[0]], people))
    return tuple(ROWS[key] for key in keys)


def _draw(deployment: Deployment, row: Row, people: Roster) -> Drawn:
    blocker = item_blocker(deployment, row, people)
    context = {"row": row, "number": str(row.number), "blocker": blocker, "id": str(row.number)}
    html = _template("deployments/_item.html").render(context)
    return Drawn(row, html, blocker, _template("deployments/_blocker.html").render(context) if blocker else "")


def _groups(deployment: Deployment, drawn: Collection[Drawn], *, sifted: bool = False) -> SafeString:
    by_section: dict[int, list[Drawn]] = {}
    for one in drawn:
        by_section.setdefault(one.row.section, []).append(one)
    parts = []
    for section in outline(deployment):
        rows = by_section.get(section.id, [])
        if not rows and sifted:
            continue
        left = sum(1 for one in rows if one.blocker)
        context = {"section": section, "rows": mark_safe("".join(one.html for one in rows)), "left": left}
        parts.append(_template("deployments/_group.html").render(context | {"count": len(rows)}))
    return mark_safe("".join(parts))


def outline(deployment: Deployment) -> list[Section]:
    """The sections of a deployment; they never change once copied."""
    found = OUTLINES.get(deployment.id)
    return found or OUTLINES.keep(deployment.id, list(deployment.sections.order_by("position")))


def _outline_counts(deployment: Deployment, drawn: Collection[Drawn]) -> list[dict[str, Any]]:
    counts: dict[int, dict[str, int]] = {}
    for one in drawn:
        section = counts.setdefault(one.row.section, dict.fromkeys([*Look, "total", "done"], 0))
        section[one.row.look] += 1
        section["total"] += 1
        section["done"] += one.blocker is None
    empty = dict.fromkeys([*Look, "total", "done"], 0)
    return [{"section": section, **counts.get(section.id, empty)} for section in outline(deployment)]


def _for_viewer(board: Board, viewer: User, people: Roster) -> tuple[set[UUID], set[UUID]]:
    """Items that wait for this viewer, and items that are hers."""
    me = next((m for m in people if m.id == viewer.id), Member(viewer.id, viewer.full_name, "auditor"))
    waiting = (
        {d.row.id for d in board.drawn if d.blocker and waits_for(d.row, me)} if me.may(Capability.EDIT) else set()
    )
    return waiting, {d.row.id for d in board.drawn if d.row.owner == viewer.id}


def _sifted(board: Board, *, show: str, find: str, waiting: set[UUID], mine: set[UUID]) -> list[Drawn] | None:
    """The rows that fit filter and search; None when all are shown."""
    words = find.lower().split()
    if show == "all" and not words:
        return None
    chosen = {"waiting": waiting, "mine": mine}.get(show)
    return [
        d
        for d in board.drawn
        if (d.row.id in chosen if chosen is not None else show in ("all", *d.row.shows.split()))
        and all(word in f"{d.row.number} {d.row.title} {d.row.owner_name} {d.row.said}".lower() for word in words)
    ]


def _filters(board: Board, *, waiting: set[UUID], mine: set[UUID]) -> list[dict[str, Any]]:
    """The filter chips with their counts; those of one viewer are asked from the server."""
    counts = {"all": len(board.drawn), "waiting": len(waiting), "mine": len(mine)}
    for name in ("open", "blocking", "critical", "probes"):
        counts[name] = sum(1 for d in board.drawn if name in d.row.shows.split())
    return [
        {"name": name, "label": label, "count": counts[name], "in_page": name not in ("waiting", "mine")}
        for name, label in FILTERS.items()
    ]


@cache
def _template(name: str) -> Any:
    return get_template(name)


def _render(name: str, context: dict[str, Any]) -> SafeString:
    return mark_safe(_template(name).render(context))
