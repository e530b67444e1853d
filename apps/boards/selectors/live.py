"""What open pages hear of a deployment: what they missed, whether they may still listen, the parts that changed."""

import base64
import gzip
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User, counts_now
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import members
from apps.ledger import selectors as ledger

from .board import changed_parts, with_probe_versions
from .personal import personal
from .rendered import Board, board_of, cached_board, render, unrecorded


@dataclass(unsafe_hash=True)
class Listener:
    """One open page: whose it is, in which session, and the `unrecorded` state that it shows, empty for unknown."""

    viewer: User
    session: str
    deployment: UUID
    team: UUID
    stream: str
    shown: str = field(default="", compare=False)  # changes while the page is open

    def missed(self, after: int) -> tuple[int | None, list[str]]:
        """(newest entry, items) of what came after an entry; no items where anything may have changed.

        The entry is None if only people or runs changed, which is announced once.
        """
        newest, items = ledger.items_changed_since(self.stream, after)
        found = with_probe_versions(Deployment.objects.filter(pk=self.deployment)).get()
        before, self.shown = self.shown, unrecorded(found.probe_versions, members(found.team))
        if before in ("", self.shown):
            return newest, [str(item) for item in items]
        return newest if newest > after else None, []

    def may_listen(self) -> bool:
        """Whether session, password and membership are still those it began with."""
        return bool(_listening([self]))


def parts_for(listeners: Collection[Listener], sequence: int, items: list[str], since: int) -> dict[Listener, str]:
    """What boards of one deployment that showed entry `since` show otherwise at entry `sequence`, in gzip and Base64.

    Whoever may listen no more is left out. Two queries for all of them, and three more where nobody read the board
    since; what is one person's own is made once for all pages they have open.
    """
    heard = _listening(listeners)
    if not heard:
        return {}
    board, wanted = _board_showing(heard[0].deployment, sequence), {UUID(item) for item in items}
    return {listener: _packed(board, listener.viewer, wanted, since) for listener in heard}


def _listening(listeners: Collection[Listener]) -> list[Listener]:
    """Those whose session, password and membership are as they were when they began, in two queries."""
    keys, people = {each.session for each in listeners}, {each.viewer.pk for each in listeners}
    team = next(iter(listeners)).team
    sessions = set(Session.objects.filter(pk__in=keys, expire_date__gt=timezone.now()).values_list("pk", flat=True))
    there = Q(memberships__team=team) & counts_now("memberships")
    active = User.objects.filter(there, pk__in=people, is_active=True)
    passwords = dict(active.values_list("pk", "password"))
    return [
        each for each in listeners if each.session in sessions and passwords.get(each.viewer.pk) == each.viewer.password
    ]


def _board_showing(deployment: UUID, sequence: int) -> Board:
    board = cached_board(deployment)
    if board is None or board.sequence < sequence:
        found = with_probe_versions(Deployment.objects.filter(pk=deployment)).get()
        board = board_of(found, members(found.team))
    return board


def _packed(board: Board, viewer: User, wanted: set[UUID], since: int) -> str:
    own = personal(board, viewer)
    key = (since, frozenset(wanted))
    if key not in own.packed:
        html = render("boards/_rows.html", changed_parts(board, viewer, wanted, since)).encode() + own.blocks
        own.packed[key] = base64.b64encode(gzip.compress(html, 1)).decode()
    return own.packed[key]
