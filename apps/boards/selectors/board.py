"""The board. What everybody sees alike is put together once; what is one viewer's own stands around it.

The body is kept by the ledger's length and by what is outside the ledger: probe runs and the roster.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.deployments import permissions
from apps.deployments.models import Deployment
from apps.deployments.rules import Blocker
from apps.deployments.selectors.readiness import Member, Roster, general_blockers, roster, waits_for
from apps.ledger import selectors as ledger

from .drawing import Drawn, Kept, Pieces, body, outline_counts, pieces, render, sifted

MOST_SAID = 3
MOST_BODIES = 64
FILTERS = {
    "all": "All",
    "open": "Open",
    "blocking": "Blocking",
    "waiting": "Waiting for me",
    "mine": "Mine",
    "critical": "Critical",
    "probes": "Probes not passing",
}
# Every page of a deployment asks this; written as an expression it takes longer to compile than to answer.
PROBE_VERSIONS = """(
    SELECT COALESCE(SUM(probe.version), 0)
    FROM deployments_item item JOIN probes_probe probe ON probe.id = item.probe_id
    WHERE item.deployment_id = deployments_deployment.id
)"""


@dataclass(frozen=True)
class Personal:
    """Which items wait for one person, which are hers, the filters that count them, and what blocks, hers first."""

    waiting: frozenset[UUID]
    mine: frozenset[UUID]
    filters: SafeString
    blocks: bytes


@dataclass(frozen=True)
class Board:
    """The body of a board: everything that every viewer sees alike."""

    pieces: Pieces
    general: tuple[Blocker, ...]
    verdict: SafeString
    sections: SafeString
    groups: bytes
    verdict_words: dict[str, Any]
    owners: SafeString
    counts: Counter[str]
    blocking: int
    sequence: int
    personal: dict[UUID, Personal] = field(default_factory=dict)

    @property
    def drawn(self) -> Collection[Drawn]:
        """The rows in order."""
        return self.pieces.rows.values()

    @property
    def is_go(self) -> bool:
        """GO means: nothing blocks."""
        return not self.blocking


BODIES = Kept(MOST_BODIES)


def board_page(deployment: Deployment, viewer: User, *, show: str = "", find: str = "") -> dict[str, Any]:
    """Everything templates/boards/board.html needs, in a fixed number of queries."""
    people = roster(deployment.team)
    board = board_of(deployment, people)
    show = show if show in FILTERS else "all"
    own = _personal(board, viewer, people, deployment)
    kept = _sifted(board, own, show=show, find=find)
    return {
        "deployment": deployment,
        "board": board,
        "kept": {
            "groups": board.groups if kept is None else sifted(board.pieces, kept),
            "blocks": own.blocks,
        },
        "is_sifted": kept is not None,
        "nothing_fits": kept is not None and not kept,
        "filters": own.filters
        if kept is None
        else _filters(deployment, board, own.waiting, own.mine, show=show, find=find),
        "waiting": len(own.waiting),
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
    board = board_of(deployment, roster(deployment.team))
    blocking = [*board.general, *(one.blocker for one in board.drawn if one.blocker)]
    return {"verdict": "GO" if board.is_go else "NO-GO", "blockers": [asdict(blocker) for blocker in blocking]}


def board_rows(deployment: Deployment, viewer: User, items: Collection[UUID]) -> dict[str, Any]:
    """What an open board fetches after a change: the changed rows and the parts around them."""
    people = roster(deployment.team)
    board = board_of(deployment, people)
    wanted = set(items)
    return {
        "deployment": deployment,
        "board": board,
        "rows": [drawn for drawn in board.drawn if drawn.row.id in wanted],
        "kept": {"blocks": _personal(board, viewer, people, deployment).blocks},
    }


def with_probe_versions(deployments: QuerySet[Deployment]) -> QuerySet[Deployment]:
    """Deployments with the sum of their probes' versions: runs change a board without the ledger."""
    versions = RawSQL(PROBE_VERSIONS, (), output_field=IntegerField())
    return deployments.select_related("team").annotate(probe_versions=versions)  # type: ignore[no-redef]


def board_of(deployment: Deployment, people: Roster) -> Board:
    """The board of a deployment that came from `with_probe_versions`, put together or kept."""
    sequence = ledger.head(deployment.stream).sequence
    key = (deployment.id, sequence, deployment.probe_versions, people)
    return BODIES.get(key) or BODIES.keep(key, _compose(deployment.id, people, sequence))


def _compose(pk: UUID, people: Roster, sequence: int) -> Board:
    # Read again: what is kept under `sequence` must not be older, and the viewer's copy may be.
    deployment = Deployment.objects.select_related("team", "rollback_plan").get(pk=pk)
    parts = pieces(deployment, people)
    drawn = parts.rows.values()
    general = tuple(general_blockers(deployment, people))
    blocking = len(general) + sum(1 for one in drawn if one.blocker)
    context = {"deployment": deployment, "general": general, "blocking": blocking, "is_go": not blocking}
    return Board(
        pieces=parts,
        general=general,
        verdict=render("boards/_verdict.html", context),
        sections=render("boards/_sections.html", {"sections": outline_counts(parts)}),
        groups=body(parts.groups),
        verdict_words=context,
        owners=render("boards/_owners.html", {"people": people}),
        counts=Counter(word for one in drawn for word in one.shows),
        blocking=blocking,
        sequence=sequence,
    )


def _personal(board: Board, viewer: User, people: Roster, deployment: Deployment) -> Personal:
    """What is this viewer's own. Her role is in the roster, so it is kept with the body."""
    me = next((m for m in people if m.id == viewer.id), Member(viewer.id, viewer.full_name, "auditor"))
    found = board.personal.get(me.id)
    if found is None:
        can = me.may(Capability.EDIT)
        waiting = frozenset(d.row.id for d in board.drawn if can and d.blocker and waits_for(d.row, me))
        mine = frozenset(d.row.id for d in board.drawn if d.row.owner == me.id)
        filters = _filters(deployment, board, waiting, mine)
        found = board.personal[me.id] = Personal(waiting, mine, filters, _blocks(board, waiting))
    return found


def _blocks(board: Board, waiting: Collection[UUID]) -> bytes:
    """What blocks, in UTF-8: first what waits for this viewer, if there is any."""
    context = board.verdict_words | {
        "yours": mark_safe("".join([one.blocker_html for one in board.drawn if one.row.id in waiting])),
        "others": mark_safe("".join([one.blocker_html for one in board.drawn if one.row.id not in waiting])),
    }
    return render("boards/_blocks.html", context).encode()


def _sifted(board: Board, own: Personal, *, show: str, find: str) -> list[Drawn] | None:
    """The rows that fit filter and search; None when all are shown."""
    words = find.lower().split()
    if show == "all" and not words:
        return None
    chosen = {"waiting": own.waiting, "mine": own.mine}.get(show)
    return [
        d
        for d in board.drawn
        if (d.row.id in chosen if chosen is not None else show == "all" or show in d.shows)
        and all(word in f"{d.row.number} {d.row.title} {d.row.owner_name} {d.row.said}".lower() for word in words)
    ]


def _filters(
    deployment: Deployment,
    board: Board,
    waiting: Collection[UUID],
    mine: Collection[UUID],
    *,
    show: str = "all",
    find: str = "",
) -> SafeString:
    """The filter chips with their counts, and the search; what is one viewer's own is asked from the server."""
    counts = dict(board.counts, all=len(board.drawn), waiting=len(waiting), mine=len(mine))
    chips = [
        {"name": name, "label": label, "count": str(counts.get(name, 0)), "in_page": name not in ("waiting", "mine")}
        for name, label in FILTERS.items()
    ]
    context = {"deployment": deployment, "chips": chips, "show": show, "find": find}
    return render("boards/_board_filters.html", context | {"is_sifted": show != "all" or bool(find)})
