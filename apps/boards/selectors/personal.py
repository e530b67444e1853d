"""What of a board is one person's own: what waits for them, what they own, the filters that count both."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.accounts.roles import Capability, Role
from apps.deployments.selectors.readiness import Member, Members, waits_for

from .rendered import Board, render
from .rows import BoardRow

FILTERS = {
    "all": "All",
    "open": "Open",
    "blocking": "Blocking",
    "waiting": "Waiting for me",
    "mine": "Mine",
    "critical": "Critical",
    "overdue": "Overdue",
    "probes": "Probes not passing",
    "carried": "Carried over",
    "inapplicable": "Do not apply",
}
RARE = ("overdue", "carried", "inapplicable")  # filters that stand there only while they would show something


@dataclass(frozen=True, eq=False)
class Personal:
    """One person's part of a board. Parts are rendered when they are first shown."""

    board: Board
    person: Member
    packed: dict[tuple[int, frozenset[UUID]], str] = field(default_factory=dict)

    @cached_property
    def waiting(self) -> tuple[BoardRow, ...]:
        """The rows whose next step is this person's; none while no keys are turned."""
        if not (self.board.deployment.takes_keys and self.person.may(Capability.EDIT)):
            return ()
        return tuple(row for row in self.board.rows if row.blocker and waits_for(row.item, self.person))

    @cached_property
    def mine(self) -> tuple[BoardRow, ...]:
        """The rows of items that this person owns."""
        return tuple(row for row in self.board.rows if row.item.owner == self.person.id)

    @cached_property
    def filters(self) -> SafeString:
        """The filters and the search while nothing is filtered."""
        return self.filters_for("all", "")

    @cached_property
    def blocks(self) -> bytes:
        """What blocks, in UTF-8: first what waits for this person, if there is any."""
        first = set(self.waiting)
        context = self.board.verdict_words | {
            "yours": _joined(row for row in self.board.rows if row in first),
            "others": _joined(row for row in self.board.rows if row not in first),
            "waiting": _numbers(self.waiting),
            "several": len(self.waiting) > 1,
            "mine": _numbers(self.mine),
        }
        return render("boards/_blocks.html", context).encode()

    def counts(self, rows: Collection[BoardRow]) -> Counter[str]:
        """How many of these rows each filter shows."""
        found = Counter(name for row in rows for name in row.shows)
        found["all"], chosen = len(rows), set(rows)
        return found | Counter(waiting=len(chosen.intersection(self.waiting)), mine=len(chosen.intersection(self.mine)))

    def filtered(self, show: str, found: Collection[BoardRow]) -> list[BoardRow]:
        """Those of the rows `found` that a filter shows."""
        chosen = {"waiting": self.waiting, "mine": self.mine}.get(show)
        return [row for row in found if show == "all" or (show in row.shows if chosen is None else row in chosen)]

    def filters_for(self, show: str, find: str, found: Collection[BoardRow] | None = None) -> SafeString:
        """The filter chips with their counts among what a search `found`, and the search."""
        board = self.board
        counts = self.counts(board.rows if found is None else found)
        unused = [name for name in RARE if not counts.get(name) and show != name]
        chips = [
            {"name": name, "label": label, "count": str(counts.get(name, 0)), "is_hidden": name in unused}
            for name, label in FILTERS.items()
        ]
        context = {"deployment": board.deployment, "chips": chips, "show": show, "find": find}
        return render("boards/_board_filters.html", context)


def personal(board: Board, viewer: User) -> Personal:
    """The viewer's part of a board. Their role is among the board's members, so it is cached with the board."""
    found: Personal | None = board.personal.get(viewer.id)
    if found is None:
        found = board.personal[viewer.id] = Personal(board, member(board.people, viewer))
    return found


def member(people: Members, viewer: User) -> Member:
    """The viewer among the members; who is not among them reads only."""
    return next(
        (m for m in people if m.id == viewer.id), Member(viewer.id, viewer.full_name, frozenset({Role.AUDITOR}))
    )


def _numbers(rows: Iterable[BoardRow]) -> str:
    return " ".join(str(row.item.number) for row in rows)


def _joined(rows: Iterable[BoardRow]) -> SafeString:
    return mark_safe("".join([row.blocker_html for row in rows]))
