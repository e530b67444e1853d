"""The page of all probes of a deployment: what the machines say, grouped by result, in a fixed number of queries."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.accounts.models import User
from apps.attachments import permissions as attachments
from apps.core.statements import as_hex, as_moment, fetched
from apps.core.wording import folded
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import members
from apps.ledger import selectors as ledger
from apps.probes import selectors as probes
from apps.probes.kinds import PASSIVE
from apps.probes.rules import LONGEST_MS
from apps.probes.states import FAILURES, MARKS, CountsAs, State, Wait, answer_of
from apps.zones import selectors as zones

from . import asking
from .listed import url_of
from .marks import NOT_RUN
from .rendered import all_of, unrecorded

PER_PAGE = 250
LONGEST_REASON = 70  # characters
KIND, STATE, PLACE = 6, 8, 16  # of the columns of ROWS; what asking.COLUMNS say begins at the last
# Groups in the order of the page: what people call them, and what a run of each stands at.
FAILING, NO_VALUE, ASKING, WAITING, PASSING, UNASKED = "failing", "no-value", "asking", "waiting", "passing", "not-run"
GROUPS = {
    FAILING: "Failing",
    NO_VALUE: "No value, never a pass",
    ASKING: "Being asked",
    WAITING: "Waiting",
    PASSING: "Passing",
    UNASKED: "Not run",
}
GROUP_OF: dict[str | None, str] = {
    State.FAILED: FAILING,
    State.INCONCLUSIVE: NO_VALUE,
    State.LOST: NO_VALUE,
    State.RUNNING: ASKING,
    State.QUEUED: WAITING,
    State.PASSED: PASSING,
    State.CANCELLED: UNASKED,
    None: UNASKED,
}
TONES = {FAILING: "failed", NO_VALUE: "half", ASKING: "going", PASSING: "verified"}
RANKS = {name: rank for rank, name in enumerate(GROUPS)}
ROWS = f"""
SELECT i.id, i.number, i.title, s.title, i.owner_id, p.name, p.kind, p.config ->> 'timeout_ms', r.state, r.counts_as,
       r.value, r.unit, r."limit", r.explanation, r.started_at, r.finished_at, {asking.COLUMNS}
FROM deployments_item i JOIN deployments_section s ON s.id = i.section_id JOIN probes_probe p ON p.id = i.probe_id
LEFT JOIN probes_run r ON r.id = p.latest_run_id {asking.JOIN}
WHERE i.deployment_id = %s ORDER BY i.number
"""


@cache
def _group_of(state: str | None, counts_as: str) -> str:
    group, answer = GROUP_OF[state], answer_of(state, counts_as)
    if (group == PASSING) is (answer is CountsAs.PASSES):
        return group
    return {CountsAs.PASSES: PASSING, CountsAs.FAILS: FAILING, CountsAs.WAITS: NO_VALUE}[answer]


class ProbeRow(NamedTuple):
    """One probe as the page lists it. item, owner: hex digits of ids. took, limit: milliseconds, None without a result.

    group: the one it belongs to now; that of what it counts as, where its newest run says otherwise.
    """

    item: str
    number: int
    title: str
    section: str
    owner: str
    name: str
    state: str | None
    group: str
    words: str
    took: int | None
    limit: int
    is_held: bool  # it waits for more than its turn

    @property
    def fits(self) -> str:
        """The filters that list it, whoever looks."""
        return " ".join(name for name in FOLLOWED if SHOWS[name][1](self, ""))

    @property
    def is_slow(self) -> bool:
        """Whether it took more than half of the time after which it gives up."""
        return self.took is not None and self.took * 2 > self.limit


# What each filter is called, and whether it lists a row for the person with that id.
SHOWS: dict[str, tuple[str, Callable[[ProbeRow, str], bool]]] = {
    "all": ("All", lambda row, viewer: True),
    FAILING: ("Failing", lambda row, viewer: row.group == FAILING),
    NO_VALUE: ("No value", lambda row, viewer: row.group == NO_VALUE),
    "slow": ("Slow", lambda row, viewer: row.is_slow),
    "mine": ("Items I own", lambda row, viewer: row.owner == viewer),
}
FOLLOWED = (FAILING, NO_VALUE, "slow")  # filters of which a result takes rows away, so that pages look again
SORTS: dict[str, tuple[str, Callable[[ProbeRow], Any]]] = {
    "result": ("By result", lambda row: (RANKS[row.group], row.number)),
    "item": ("By item", lambda row: row.number),
    "slowest": ("Slowest first", lambda row: (-(row.took or 0), row.number)),
}


def probes_page(deployment: Deployment, viewer: User, asked: Mapping[str, str]) -> dict[str, Any]:
    """Everything templates/boards/probes.html needs. asked: `show`, `q`, `sort` and `page` of the address."""
    sequence = ledger.head(deployment.stream).sequence  # first: what is read after it can only be newer
    every, beside = _everything(deployment, viewer)
    show, sort, find = _view(asked)
    found = _found(every, find)
    fits, own = SHOWS[show][1], viewer.pk.hex
    shown = sorted((row for row in found if fits(row, own)), key=SORTS[sort][1])
    page = Paginator(shown, PER_PAGE).get_page(asked.get("page", ""))
    return {
        **_head(deployment, viewer, every, sequence),
        **beside,
        "groups": _grouped(page.object_list, deployment, is_grouped=sort == "result"),
        "page": page,
        "show": show,
        "followed": show if show in FOLLOWED else "",
        "sort": sort,
        "find": find,
        "shows": _shows(found, own, asked),
        "sorts": [
            {"label": label, "query": _query(show, name, find), "current": name == sort}
            for name, (label, _) in SORTS.items()
        ],
        "sections": [*dict.fromkeys(row.section for row in every)],
    }


def probe_rows(
    deployment: Deployment, viewer: User, items: Collection[UUID], asked: Mapping[str, str]
) -> dict[str, Any]:
    """The head of the page, its filters, what stands beside, and the rows of some items, for pages that are open.

    Rows that wait for more than their turn come too: nothing says of them that a target answers or a worker is there.
    """
    sequence = ledger.head(deployment.stream).sequence
    every, beside = _everything(deployment, viewer)
    wanted, board = {item.hex for item in items}, url_of(deployment)
    rows = [_html(row, board) for row in every if row.is_held or row.item in wanted]
    shows = _shows(_found(every, _view(asked)[2]), viewer.pk.hex, asked)
    return {**_head(deployment, viewer, every, sequence), **beside, "rows": rows, "shows": shows}


def _view(asked: Mapping[str, str]) -> tuple[str, str, str]:
    """What is shown, in which order, and what is searched for."""
    show, sort = asked.get("show", ""), asked.get("sort", "")
    find = asked.get("q", "").strip()[:200]
    return show if show in SHOWS else "all", sort if sort in SORTS else "result", find


def _shows(found: Sequence[ProbeRow], own: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each filter, and how many of what was found it lists."""
    show, sort, find = _view(asked)
    return [
        {
            "label": label,
            "count": sum(1 for row in found if fits(row, own)),
            "query": _query(name, sort, find),
            "current": name == show,
        }
        for name, (label, fits) in SHOWS.items()
    ]


def numbers_in(deployment: Deployment, section: str) -> list[int]:
    """The numbers of the items of a section that have a probe."""
    found = deployment.items.filter(section__title=section, probe__isnull=False)
    return list(found.order_by("number").values_list("number", flat=True))


def passive_in(deployment: Deployment, section: str) -> int:
    """How many probes of a section, or of all of it, nobody asks."""
    found = deployment.items.filter(probe__kind__in=PASSIVE)
    return (found.filter(section__title=section) if section else found).count()


def _everything(deployment: Deployment, viewer: User) -> tuple[list[ProbeRow], dict[str, Any]]:
    """All probes by number of item, and what stands beside them; two queries, and the broker is asked for workers."""
    now = timezone.now()
    found = fetched(ROWS, FAILURES, deployment.pk)
    every = [asking.asked(values[KIND], values[STATE], *values[PLACE:]) for values in found]
    places = asking.places_of(every, deployment.team_id, viewer)
    serving = zones.serving([place["queue"] for place in places])
    waits = (asking.wait_of(each, serving, now) for each in every)
    rows = [_row(wait, *values[:PLACE]) for values, wait in zip(found, waits, strict=True)]
    return rows, {
        "places": [place | {"service": serving and serving[place["queue"]]} for place in places],
        "knows_workers": serving is not None,
        "resting": asking.resting_among(every, now),
        "slowest": sorted((row for row in rows if row.is_slow), key=SORTS["slowest"][1])[:5],
    }


def _row(
    wait: Wait | None,
    item: Any, number: int, title: str, section: str, owner: Any, name: str, kind: str, patience: Any,
    state: str | None, counts_as: str | None, value: str | None, unit: str | None, limit: str | None, why: str | None,
    began: Any, ended: Any,
) -> ProbeRow:  # fmt: skip
    is_timed = began and ended and kind not in PASSIVE  # nobody waits for a report
    took = round((as_moment(ended) - as_moment(began)).total_seconds() * 1000) if is_timed else None
    is_odd = bool(counts_as) and (counts_as == CountsAs.PASSES.value) is not (state == State.PASSED)
    if not is_odd and value and (limit or (unit and state == State.PASSED)) and state in (State.PASSED, State.FAILED):
        words = f"{value} {unit}".strip() + (f", limit {limit} {unit}".rstrip() if limit else "")
    else:
        words = wait.words if wait else (why or "").removeprefix("No result: ")
    words = words if len(words) <= LONGEST_REASON else f"{words[:LONGEST_REASON]}…"
    return ProbeRow(
        as_hex(item), number, title, section, as_hex(owner) if owner else "", name, state,
        _group_of(state, counts_as or ""), words, took, int(patience or LONGEST_MS), bool(wait and wait.is_held),
    )  # fmt: skip


def _head(deployment: Deployment, viewer: User, every: Sequence[ProbeRow], sequence: int) -> dict[str, Any]:
    """What the page answers: how many have a result, what these say."""
    counts = Counter(row.group for row in every)
    out = counts[ASKING] + counts[WAITING]
    is_all = counts[PASSING] == len(every)
    tone = "" if out else "failed" if counts[FAILING] else "go" if is_all else "half"
    return {
        "deployment": deployment,
        "sequence": sequence,
        "unrecorded": unrecorded(getattr(deployment, "probe_versions", 0), members(deployment.team)),
        "total": len(every),
        "out": out,
        "answered": len(every) - out - counts[UNASKED],
        "passing": counts[PASSING],
        "tone": tone,
        "counts": [(counts[name], label.split(",")[0].lower(), TONES.get(name, "")) for name, label in GROUPS.items()],
        "bar": {
            "failed": counts[FAILING],
            "half": counts[NO_VALUE],
            "verified": counts[PASSING],
            "going": counts[ASKING],
        },
        "may": {
            "run_probes": attachments.run_probes(viewer, deployment),
            "attach_probes": attachments.attach_probes(viewer, deployment),
            "cancel_series": attachments.cancel_series(viewer, deployment),
        },
        "under_way": probes.series_under_way(deployment.stream) if out else [],
        "cancelled": None if out else probes.cancelled_series(deployment.stream),
    }


def _found(rows: Sequence[ProbeRow], find: str) -> Sequence[ProbeRow]:
    """The rows in which every word of a search occurs."""
    words = folded(find).split()
    if not words:
        return rows
    texts = ((row, folded(f"{row.number} {row.name} {row.title} {row.section} {row.words}")) for row in rows)
    return [row for row, text in texts if all(word in text for word in words)]


def _grouped(rows: Iterable[ProbeRow], deployment: Deployment, *, is_grouped: bool) -> list[dict[str, Any]]:
    """Rows as HTML, in groups that are not empty; in one without a name where the page is sorted otherwise."""
    groups: dict[str, list[SafeString]] = {}
    board = url_of(deployment)
    for row in rows:
        groups.setdefault(row.group if is_grouped else "", []).append(_html(row, board))
    return [
        {"name": name, "label": GROUPS.get(name, "Probes"), "size": len(made), "html": all_of(made)}
        for name, made in groups.items()
    ]


@lru_cache(maxsize=20_000)
def _html(row: ProbeRow, board: str) -> SafeString:
    """A row as it is shown; made once for each state of a probe in this process. board: its address."""
    mark = MARKS[State(row.state)] if row.state else NOT_RUN
    took = f"{row.took} ms" if row.took is not None and row.took < 1000 else f"{(row.took or 0) / 1000:.1f} s"
    context = {
        "row": row,
        "link": f"{board}items/{row.number}/probe/",
        "mark": mark,
        "took": took if row.took is not None else "",
        "share": min(row.took or 0, row.limit),
        "number": str(row.number),
        "limit": str(row.limit),
    }
    return render_to_string("boards/_probes_row.html", context)


def _query(show: str, sort: str, find: str) -> str:
    view = (("show", show if show != "all" else ""), ("sort", sort if sort != "result" else ""), ("q", find))
    return "?" + urlencode([(name, value) for name, value in view if value])
