"""The board. What everybody sees alike is rendered once (`rendered`); what is one viewer's own stands around it."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import IntegerField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.safestring import mark_safe

from apps.accounts.models import User
from apps.attachments import permissions as attachments
from apps.core.wording import folded
from apps.deployments import permissions
from apps.deployments.models import Deployment
from apps.deployments.rules import verdict
from apps.deployments.selectors.around import around
from apps.deployments.selectors.readiness import members
from apps.ledger import selectors as ledger

from .listed import url_of
from .personal import FILTERS, personal
from .rendered import Board, board_of
from .rerun import lineage, named_each
from .rows import BoardRow, path_of

MOST_SENTENCES = 3
MOST_CACHED = 64  # open boards that saw different entries last
# Every page of a deployment asks this; written as an expression it takes longer to compile than to answer.
PROBE_VERSIONS = """(
    SELECT COALESCE(SUM(probe.version), 0)
    FROM deployments_item item JOIN probes_probe probe ON probe.id = item.probe_id
    WHERE item.deployment_id = deployments_deployment.id AND item.probe_id IS NOT NULL
)"""


def board_page(
    deployment: Deployment, viewer: User, *, show: str = "", find: str = "", since: int | None = None
) -> dict[str, Any]:
    """Everything templates/boards/board.html needs, in a fixed number of queries.

    since: the last entry that a page shows which asks for all of it again; what happened after it is announced.
    """
    board = board_of(deployment, members(deployment.team))
    show = show if show in FILTERS else "all"
    own, beside = personal(board, viewer), around(deployment)
    found = _found(board, find)
    rows = None if show == "all" and found is None else own.filtered(show, board.rows if found is None else found)
    asked = {name: value for name, value in (("show", show if show != "all" else ""), ("q", find)) if value}
    return {
        "deployment": deployment,
        "lineage": lineage(deployment),
        "newer": beside.newer,
        "doubled": named_each(deployment, beside.doubles),
        "board": board,
        "rendered": {"groups": board.body if rows is None else board.only(rows), "blocks": own.blocks},
        "is_filtered": rows is not None,
        "announcement": "" if since is None else sentences_since(board, since),
        "nothing_fits": rows is not None and not rows,
        "filters": own.filters if rows is None else own.filters_for(show, find, found),
        "view": f"?{urlencode(asked)}" if asked else "",
        "may": {
            "upgrade_deployment": permissions.upgrade_deployment(viewer, deployment),
            "open_review": permissions.open_review(viewer, deployment),
            "assign_items": permissions.assign_items(viewer, deployment),
            "plan_items": permissions.plan_items(viewer, deployment),
            "add_item": permissions.add_item(viewer, deployment),
            "run_probes": attachments.run_probes(viewer, deployment),
            "cancel_deployment": permissions.cancel_deployment(viewer, deployment),
        },
    }


def sentences_since(board: Board, sequence: int) -> str:
    """What happened after entry `sequence` in a sentence each, for people who hear the page; read once for all."""
    if sequence not in board.sentences:
        entries = list(ledger.history(board.deployment.stream).filter(sequence__gt=sequence)[:MOST_SENTENCES])
        if len(board.sentences) >= MOST_CACHED:
            board.sentences.clear()
        board.sentences[sequence] = " ".join(f"{line.who} {line.text}." for line in ledger.lines(entries))
    return board.sentences[sequence]


def blockers_data(deployment: Deployment) -> dict[str, Any]:
    """The verdict and what blocks, in plain values."""
    board = board_of(deployment, members(deployment.team))
    root = url_of(deployment)
    blocking = [*board.general, *(row.blocker for row in board.rows if row.blocker)]
    found = [asdict(blocker) | {"url": root + path_of(blocker).removeprefix("./")} for blocker in blocking]
    return {"verdict": verdict(len(blocking)), "blockers": found}


def board_rows(deployment: Deployment, viewer: User, items: Collection[UUID], since: int) -> dict[str, Any]:
    """What an open board that showed entry `since` fetches after a change: the changed rows and the parts around."""
    return changed_parts(board_of(deployment, members(deployment.team)), viewer, set(items), since)


def changed_parts(board: Board, viewer: User, wanted: Collection[UUID], since: int) -> dict[str, Any]:
    """The same of a board that was read already; `wanted` are items."""
    return {
        "board": board,
        "rows": [mark_safe(row.html) for row in board.rows if row.item.id in wanted],
        "rendered": {"blocks": personal(board, viewer).blocks},
        "announcement": sentences_since(board, since),
    }


def with_probe_versions(deployments: QuerySet[Deployment]) -> QuerySet[Deployment]:
    """Deployments with the sum of their probes' versions: runs change a board without the ledger."""
    versions = RawSQL(PROBE_VERSIONS, (), output_field=IntegerField())
    return deployments.select_related("team", "emergency__sign_off").annotate(probe_versions=versions)  # type: ignore[no-redef]


def _found(board: Board, find: str) -> list[BoardRow] | None:
    """The rows that hold every word of a search, None without one; static/js/filter.js finds the same."""
    words = folded(find).split()
    return [row for row in board.rows if all(word in row.searched for word in words)] if words else None
