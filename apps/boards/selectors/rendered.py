"""Boards as they were last rendered, in this process only; what changed since is read and rendered again.

A row is read again when its key changed: number, version, its probe's version, its owner's name. A section is
rendered again when one of its rows is. All of it is made from the database whenever it is missing.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from hashlib import sha256
from threading import Lock
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from apps.core.shown import fingerprint
from apps.core.wording import plural
from apps.deployments.models import Deployment, Section
from apps.deployments.rules import Blocker, owners_of
from apps.deployments.selectors.emergencies import Debts, debts_of
from apps.deployments.selectors.readiness import Members, general_blockers
from apps.deployments.selectors.summaries import Key, item_keys, summaries
from apps.deployments.states import ItemState
from apps.ledger import selectors as ledger

from . import listed
from .emergency import band
from .follow_ups import ListedFollowUp, follow_ups_of
from .rows import TONES, BoardRow, blocker_html, board_row, hidden_html

MOST_ROWS = 50_000  # of all boards together; a row and its HTML take about two kilobytes
FEW = 4  # settled items of a section that are shown among the open ones; more fold away

# Sections by their key: the rows of each, and the whole of it in UTF-8.
Groups = dict[int, tuple[list[BoardRow], bytes]]
Version = tuple[int, int, Members]


@dataclass(frozen=True, eq=False)
class Board:
    """Everything of a board that every viewer sees alike. Parts are rendered when they are first shown.

    `version` is what it was read at: the ledger's length, the sum of its probes' versions, the members.
    """

    version: Version
    deployment: Deployment
    outline: list[Section]
    general: tuple[Blocker, ...]
    by_key: dict[Key, BoardRow]
    reusable: Groups
    follow_ups: tuple[ListedFollowUp, ...] = ()
    debts: Debts | None = None
    personal: dict[UUID, Any] = field(default_factory=dict)
    sentences: dict[int, str] = field(default_factory=dict)

    @property
    def rows(self) -> Collection[BoardRow]:
        """The rows in order."""
        return self.by_key.values()

    @cached_property
    def until(self) -> datetime | None:
        """When the next row stands otherwise without anybody's doing."""
        return min((row.item.changes for row in self.rows if row.item.changes), default=None)

    @property
    def sequence(self) -> int:
        """The newest entry of the ledger that it shows."""
        return self.version[0] - 1

    @property
    def unrecorded(self) -> str:
        """The state that it shows of what its ledger does not record: members and probe runs."""
        return unrecorded(*self.version[1:])

    @property
    def has_probes(self) -> bool:
        """Whether any of its items has a probe."""
        return self.version[1] > 0

    @property
    def people(self) -> Members:
        """Who can clear what blocks."""
        return self.version[2]

    @cached_property
    def blocking(self) -> int:
        """How many conditions are not met."""
        return len(self.general) + sum(1 for row in self.rows if row.blocker)

    @property
    def is_go(self) -> bool:
        """GO means: nothing blocks."""
        return not self.blocking

    @cached_property
    def tones(self) -> Counter[str]:
        """How many items have each status colour."""
        return Counter(TONES[row.item.state] for row in self.rows if row.item.is_here)

    @cached_property
    def counts(self) -> Counter[str]:
        """How many rows each filter shows."""
        return Counter(word for row in self.rows for word in row.shows)

    @cached_property
    def done(self) -> int:
        """How many items are done, of those that are to be done here."""
        return sum(1 for row in self.rows if row.item.is_done)

    @cached_property
    def to_do(self) -> int:
        """How many items are to be done here: they apply, and are not carried over."""
        return sum(1 for row in self.rows if row.item.is_here)

    @cached_property
    def groups(self) -> Groups:
        """The sections with their rows."""
        return _groups(self.outline, self.rows, self.reusable)

    @cached_property
    def body(self) -> bytes:
        """All sections, one after the other, in UTF-8."""
        return b"".join([html for _, html in self.groups.values()])

    @cached_property
    def verdict_words(self) -> dict[str, Any]:
        """What the verdict and the list of what blocks say."""
        general = [mark_safe(blocker_html(each)) for each in self.general]
        words = {"deployment": self.deployment, "is_go": self.is_go, "blocking": self.blocking}
        return words | {"general": general}

    @cached_property
    def verdict(self) -> SafeString:
        """The verdict in words, large."""
        return render("boards/_verdict.html", self.verdict_words)

    @cached_property
    def title(self) -> SafeString:
        """The title of its page: the verdict, then what for."""
        return mark_safe(" ".join(render("boards/_title.html", {"board": self}).split()))

    @cached_property
    def run_button(self) -> SafeString:
        """What runs all probes, hidden while there are none."""
        return render("boards/_run_button.html", {"board": self})

    @cached_property
    def sheet_link(self) -> SafeString:
        """Where the sheet is, the next thing to do once the verdict is GO."""
        return render("boards/_sheet_link.html", {"board": self})

    @cached_property
    def sections(self) -> SafeString:
        """The sections with how far each has come."""
        return render("boards/_sections.html", {"sections": _outline_counts(self)})

    @cached_property
    def listed(self) -> str:
        """The part of its row in a list that is its own."""
        return listed.row_html(self)

    @cached_property
    def owners(self) -> SafeString:
        """Who items can be given to."""
        return render("boards/_owners.html", {"people": self.people})

    @property
    def follow_ups_part(self) -> SafeString:
        """What is open of it afterwards; which of that is overdue depends on the day."""
        overdue = sum(1 for row in self.follow_ups if row.is_overdue)
        context = {"rows": self.follow_ups, "overdue": overdue, "team": self.deployment.team}
        return render("boards/_follow_ups.html", context)

    @property
    def emergency_part(self) -> SafeString:
        """The band of the emergency lane, if it went by that; whether it is overdue depends on the clock."""
        return render("boards/_emergency.html", {"emergency": band(self.debts), "deployment": self.deployment})

    def only(self, rows: Collection[BoardRow]) -> bytes:
        """All sections with some of their rows, in UTF-8: the others, and sections that show none, are hidden."""
        shown = set(rows)
        return b"".join([_group(section, self.groups[section.id][0], shown) for section in self.outline])


BOARDS: LRUCache[UUID, Board] = LRUCache(MOST_ROWS, getsizeof=lambda board: 1 + len(board.by_key))
_CACHE_LOCK = Lock()
# Whoever needs a board that is being read waits for it instead of reading it too.
_READING = [Lock() for _ in range(64)]


def board_of(deployment: Deployment, people: Members) -> Board:
    """The board of a deployment that came from `with_probe_versions`."""
    return board_at(deployment.pk, (ledger.head(deployment.stream).sequence + 1, deployment.probe_versions, people))


def board_at(deployment: UUID, version: Version) -> Board:
    """The board of a deployment at a version, rendered before or read now; never older than the version."""
    with _READING[deployment.int % len(_READING)]:
        last = cached_board(deployment)
        if last is not None and last.version == version and not (last.until and last.until <= timezone.now()):
            return last
        board = _read(deployment, version, last)
        with _CACHE_LOCK:
            BOARDS[deployment] = board
        return board


def cached_board(deployment: UUID) -> Board | None:
    """The board as it was last rendered, however long ago."""
    with _CACHE_LOCK:
        return BOARDS.get(deployment)


def unrecorded(probe_versions: int, people: Members) -> str:
    """A version of what pages of a deployment show and its ledger does not record: members and probe runs.

    `<sum of its probes' versions>-<16 hexadecimal digits of a SHA-256 over its members>`; another state, another text.
    """
    return f"{probe_versions}-{sha256(repr(tuple(people)).encode()).hexdigest()[:16]}"


def forget() -> None:
    """As after a start: nothing is rendered."""
    with _CACHE_LOCK:
        BOARDS.clear()


def render(name: str, context: dict[str, Any]) -> SafeString:
    """A template found once: looking it up costs as much as rendering a small one."""
    return mark_safe(_template(name).render(context))


def all_of(parts: Iterable[SafeString]) -> SafeString:
    """Parts that are rendered, one after the other: a loop in a template takes ten times as long."""
    return mark_safe("".join(parts))


def _read(pk: UUID, version: Version, last: Board | None) -> Board:
    # Read again: what is cached for `version` must not be older, and the viewer's copy may be.
    deployment = Deployment.objects.select_related("team", "rollback_plan", "emergency").get(pk=pk)
    people = version[2]
    if last and last.deployment.template_version_id != deployment.template_version_id:
        last = None  # sections are others now
    if last is None or last.people != people:
        rows = {item.key: board_row(item, people) for item in summaries(deployment)}
    else:
        rows = _changed_rows(deployment, people, last.by_key)
    return Board(
        version=version,
        deployment=deployment,
        outline=last.outline if last else list(deployment.sections.order_by("position")),
        general=tuple(general_blockers(deployment, people)),
        by_key=rows,
        follow_ups=follow_ups_of(deployment),
        debts=debts_of(deployment, [row.item for row in rows.values()]) if hasattr(deployment, "emergency") else None,
        reusable=vars(last).get("groups", last.reusable) if last else {},
    )


def _changed_rows(deployment: Deployment, people: Members, last: dict[Key, BoardRow]) -> dict[Key, BoardRow]:
    found, now = item_keys(deployment), timezone.now()
    stale = [key[0] for key in found if key not in last or _is_past(last[key], now)]
    whole = len(stale) > len(found) // 2
    fresh = {
        item.number: (item.key, board_row(item, people)) for item in summaries(deployment, None if whole else stale)
    }
    # A fresh row goes under the key that was read with it: it may be newer than the one it was missed by.
    return dict(fresh[key[0]] if key[0] in fresh else (key, last[key]) for key in found)


def _is_past(row: BoardRow, now: datetime) -> bool:
    """Whether its item stands otherwise since a moment that has come."""
    return row.item.changes is not None and row.item.changes <= now


def _outline_counts(board: Board) -> list[dict[str, Any]]:
    """Per section how many items are to be done, are done, are carried over, and have each status colour."""
    counts: dict[int, Counter[str]] = {section.id: Counter() for section in board.outline}
    for row in board.rows:
        is_here, tone = row.item.is_here, TONES[row.item.state]
        for word in ("total", tone, "done" if row.item.is_done else "") if is_here else (tone,):
            counts[row.item.section][word] += 1
    return [{"section": section, "counts": counts[section.id]} for section in board.outline]


def _groups(outline: Collection[Section], rows: Collection[BoardRow], last: Groups) -> Groups:
    under: dict[int, list[BoardRow]] = {section.id: [] for section in outline}
    for row in rows:
        under[row.item.section].append(row)
    return {
        section.id: last[section.id]
        if section.id in last and last[section.id][0] == under[section.id]
        else (under[section.id], _group(section, under[section.id]))
        for section in outline
    }


def _group(section: Section, rows: Collection[BoardRow], shown: Collection[BoardRow] | None = None) -> bytes:
    """A section with its rows; those that are not `shown`, where that says which are, are hidden."""
    states = Counter(row.item.state for row in rows)
    settled = sum(1 for row in rows if row.item.is_settled)
    context = {
        "section": section,
        "box": fingerprint(owners_of(f"section_{section.id}", [row.item.owner_name for row in rows])),
        "rows": mark_safe("".join([row.html if shown is None or row in shown else hidden_html(row) for row in rows])),
        "is_hidden": shown is not None and not any(row in shown for row in rows),
        "left": len(rows) - settled,
        "count": len(rows),
        "folds": settled > FEW,
        "settled": f"{settled} settled: {_listed(states)}",
    }
    return render("boards/_group.html", context).encode()


def _listed(states: Counter[ItemState]) -> str:
    """How many are settled in which way; static/js/filter.js writes the same."""
    counted = [f"{states[ItemState.VERIFIED]} verified"]
    counted += [f"{states[ItemState.WAIVED]} waived"] if states[ItemState.WAIVED] else []
    carried, out = states[ItemState.CARRIED], states[ItemState.NOT_APPLICABLE]
    counted += [f"{carried} carried over"] if carried else []
    return ", ".join([*counted, *([plural(out, "does not apply", "do not apply")] if out else [])])


@cache
def _template(name: str) -> Any:
    return get_template(name)
