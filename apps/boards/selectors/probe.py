"""The page of a probe: does it hold? Its conditions, what its last runs measured, and each run as it is stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.attachments import permissions as attachments
from apps.core.shown import fingerprint
from apps.core.wording import agreeing, exact, lasting
from apps.deployments.models import Deployment, Item
from apps.deployments.selectors.readiness import Members, members
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.ledger import selectors as ledger
from apps.probes import selectors as probes
from apps.probes.conditions import WARN
from apps.probes.conditions.comparing import changes_since
from apps.probes.conditions.judging import WARNS
from apps.probes.kinds import BY_TOKEN
from apps.probes.models import Probe, Run
from apps.probes.rules import question_of, slot_of
from apps.probes.states import FINISHED, MARKS, CountsAs, Mark, State
from apps.waivers import permissions as waivers

from .marks import mark_of, mark_of_condition
from .rendered import unrecorded
from .reporting import reporting_of
from .rows import key_icon
from .samples import Sample, chart_of, condition_of, gauge, limit_words, measured_by, samples_of

SAMPLES = 48
RUNS_SHOWN = 12
COLUMNS_SHOWN = 3  # conditions with a column of their own in the table of runs
FEWEST = 2  # results that make a chart
BULKY = ("request", "response")
# What the band says in one word, and its colour.
BANDS: dict[str | None, tuple[str, str]] = {
    None: ("NOT RUN", "half"),
    State.QUEUED: ("WAITING", "half"),
    State.RUNNING: ("ASKING", "half"),
    State.PASSED: ("PASSES", "go"),
    State.FAILED: ("FAILS", "failed"),
    State.INCONCLUSIVE: ("NO VALUE", "half"),
    State.LOST: ("NO RESULT", "failed"),
    State.CANCELLED: ("CANCELLED", "half"),
}
# Of a probe that counts as something else than its newest run says.
COUNTS_AS = {
    CountsAs.PASSES: ("PASSES", "go"),
    CountsAs.FAILS: ("FAILS", "failed"),
    CountsAs.WAITS: ("NOT YET", "half"),
}
NEVER_RAN = "It has not run yet. A probe that never ran keeps its item open."
NEVER_REPORTED = "Nothing was reported to it yet. Until something is, its item is open."
NOT_PASSING = Q(state__in=[state for state in FINISHED if state != State.PASSED])
BY_PEOPLE = Q(slot=None) & ~Q(kind__in=BY_TOKEN)  # ordered or measured by somebody, not by the clock or a job
SHOWS = {
    "all": ("All", Q()),
    "not-passing": ("Not passing", NOT_PASSING),
    "by-people": ("By people", BY_PEOPLE),
}


def probe_page(deployment: Deployment, number: int, viewer: User, asked: Mapping[str, str]) -> dict[str, Any] | None:
    """Everything templates/boards/probe.html needs, in a fixed number of queries; None without such an item.

    asked: of the address: `run` that is shown whole, `condition` whose history is, `show`, `q` and `page` of the runs.
    """
    sequence = ledger.head(deployment.stream).sequence  # first: what is read after it can only be newer
    row = next(iter(summaries(deployment, [number])), None)
    if row is None:
        return None
    item = Item.objects.select_related("probe__latest_run", "probe__baseline", "pinned_run", "sign_off").get(pk=row.id)
    item.deployment = deployment
    people = members(deployment.team)
    page = _about(item, row, viewer, sequence, people)
    if item.probe is None:
        return page
    recent = list(item.probe.runs.filter(state__in=FINISHED).order_by("-queued_at").defer(*BULKY)[:SAMPLES])
    conditions = _conditions(item.probe, recent)
    baseline = _baseline(item.probe, deployment.window_start)
    return page | {
        "band": _band(item.probe, recent),
        "conditions": conditions,
        "summary": _counted(conditions),
        "history": _history(conditions, asked.get("condition", ""), item.pinned_run, baseline),
        "baseline": baseline,
        "schedule": _schedule(item.probe, people),
        "marks": [MARKS[state] for state in FINISHED],
        "latest": item.probe.latest_run,
        **_runs(item, conditions, asked),
        "shown": _shown(item, asked.get("run", "")),
        "baseline_shown": fingerprint(item.probe.compared_with),
        "reporting": reporting_of(item, viewer),
    }


def _about(item: Item, row: ItemSummary, viewer: User, sequence: int, people: Members) -> dict[str, Any]:
    """What the frame of the page says of the item and its probe."""
    deployment, probe = item.deployment, item.probe
    pinned = item.pinned_run if row.signed else None
    return {
        "deployment": deployment,
        "sequence": sequence,
        "unrecorded": unrecorded(getattr(deployment, "probe_versions", 0), people),
        "item": item,
        "row": row,
        "key_icon": key_icon(row),
        "probe": probe,
        "about": probes.probe_about(probe) if probe else {},
        "pinned": pinned,
        "pinned_mark": mark_of(pinned),
        "signers": [key.name for key in row.signed],
        "may": {
            "run_probes": attachments.run_item_probe(viewer, item),
            "attach_probe": attachments.attach_probe(viewer, item),
            "schedule_probe": attachments.schedule_probe(viewer, item),
            "set_baseline": attachments.set_baseline(viewer, item),
            "request_waiver": waivers.request_waiver(viewer, item),
        },
    }


def probe_chart(probe: Probe, runs: Sequence[Run], pinned: Run | None) -> dict[str, Any] | None:
    """The chart of a probe on the page of its item, of runs given newest first; None where it has no numbers."""
    history = _history(_conditions(probe, [run for run in runs if run.is_finished]), "", pinned, {})
    return history if history and history["chart"]["has_numbers"] else None


def _conditions(probe: Probe, recent: Sequence[Run]) -> list[dict[str, Any]]:
    return [_condition(probe, at, line, recent) for at, line in enumerate(_lines(probe), 1)]


def _lines(probe: Probe) -> list[str]:
    return str(probe.config.get("conditions", "")).splitlines()


def _band(probe: Probe, recent: Sequence[Run]) -> dict[str, Any]:
    """The answer in a word, why, and since when it is so; `is_longer` where that is before the runs that were read."""
    latest = probe.latest_run
    word, tone = BANDS[latest.state] if latest else ("NO REPORT", "half") if probe.is_passive else BANDS[None]
    standing = latest.standing if latest else None
    if standing and (standing.answer is CountsAs.PASSES) != standing.passed:
        word, tone = COUNTS_AS[standing.answer]
    alike = 0
    while latest and alike < len(recent) and _same(recent[alike], latest):
        alike += 1
    return {
        "word": word,
        "tone": tone,
        "why": probes.explained(latest) if latest else NEVER_REPORTED if probe.is_passive else NEVER_RAN,
        "since": recent[alike - 1].finished_at if alike else None,
        "is_longer": alike == SAMPLES,
        "blocks": standing is None or standing.answer is not CountsAs.PASSES,
        "is_under_way": latest is not None and latest.is_live,
    }


def _same(run: Run, latest: Run) -> bool:
    """Whether a run says what the newest says."""
    return (run.state, run.counts_as) == (latest.state, latest.counts_as)


def _schedule(probe: Probe, people: Members) -> dict[str, Any]:
    """When it runs by the clock: every so often, next at, for whom, whether they left; empty where it does not."""
    seconds = probe.interval_seconds
    if not seconds:
        return {}
    return {
        "every": f"{seconds} s" if seconds < 60 else lasting(timedelta(seconds=seconds)),
        "next": slot_of(timezone.now(), seconds) + timedelta(seconds=seconds),
        "by": probe.scheduled_by_name,
        "has_left": probe.scheduled_by_id not in {person.id for person in people},
    }


def _baseline(probe: Probe, window: datetime | None) -> dict[str, Any]:
    """What the newest result is compared with: the run that somebody set, else the first result before the window.

    `is_set` says which; empty where there is neither. One query at most.
    """
    run = probe.baseline
    if run is None and window:
        run = probe.runs.filter(state__in=FINISHED, finished_at__lt=window).order_by("queued_at").defer(*BULKY).first()
    if run is None or question_of(run.config) != question_of(probe.config):
        return {}
    latest = probe.latest_run
    is_compared = latest is not None and latest.is_finished and latest != run
    changes = changes_since(run.conditions, latest.conditions) if latest and is_compared else []
    return {"run": run, "is_set": probe.baseline is not None, "changes": changes}


def _condition(probe: Probe, number: int, line: str, recent: Sequence[Run]) -> dict[str, Any]:
    """A condition with what the newest run measured; while that has no result, with none."""
    latest, condition = probe.latest_run, condition_of(probe.kind, line, measured_by(probe))
    samples = samples_of(line, reversed(recent))
    results: list[dict[str, Any]] = latest.conditions if latest else []
    made = next((each for each in results if each["expression"] == line), {})
    mark = mark_of_condition(made) if made else mark_of(latest)
    value = made.get("value", "")
    return {
        "number": number,
        "line": line,
        "name": condition.shown_left if condition and condition.left else line,
        "mark": mark,
        "tone": "half" if made.get("verdict") == WARN else mark.shape.split(" ")[0],
        "why": made.get("explanation", "").removeprefix(f"{WARNS} "),  # its mark says that it warns
        "value": value,
        "is_long": len(value) > 12,
        "limit": limit_words(condition, made.get("limit", "")),
        "gauge": gauge(condition, value),
        "parts": _parts(made),
        "condition": condition,
        "samples": samples,
        "spark": chart_of(condition, samples, is_small=True)
        if any(sample.number is not None for sample in samples)
        else None,
    }


def _parts(made: Mapping[str, Any]) -> list[tuple[str, str, Mark]]:
    """Of a series each name, its value and the mark of that."""
    parts = made.get("parts", ())
    return [(name, value, mark_of_condition({"verdict": verdict, "value": value})) for name, value, verdict in parts]


def _counted(conditions: Sequence[Mapping[str, Any]]) -> str:
    """How many fail and how many have no value, in words; empty where all hold."""
    failing = sum(1 for each in conditions if each["mark"].shape.startswith("failed"))
    without = sum(1 for each in conditions if each["mark"].shape == "half")
    messages = [f"{failing} of {len(conditions)} {agreeing(failing, 'fails', 'fail')}"] if failing else []
    if without:
        of = "" if failing else f" of {len(conditions)}"
        messages.append(f"{without}{of} {agreeing(without, 'has', 'have')} no value")
    return ", ".join(messages)


def _history(
    conditions: Sequence[Mapping[str, Any]], chosen: str, pinned: Run | None, baseline: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The chart of one condition: the one that is asked for, else the first that fails, with a limit, with numbers.

    None before there are two results: a line needs both its ends.
    """
    with_numbers = [each for each in conditions if each["spark"]]
    with_limits = [each for each in with_numbers if each["condition"] and each["condition"].bound]
    worst = next((each for each in with_numbers if each["mark"].shape.startswith("failed")), None)
    asked = next((each for each in conditions if str(each["number"]) == chosen), None)
    shown = asked or worst or next(iter(with_limits or with_numbers or conditions), None)
    before: Run | None = baseline.get("run")
    chart = chart_of(shown["condition"], shown["samples"], baseline=before) if shown else None
    if shown is None or chart is None or chart["width"] < FEWEST:
        return None
    spot = chart.pop("spot")(pinned) if pinned else None
    ends = [exact(chart[name].queued_at, "minutes") for name in ("first", "newest")]
    return {"shown": shown, "chart": chart, "pinned": spot, "ends": ends, "words": _words(shown, chart, baseline)}


def _words(shown: Mapping[str, Any], chart: Mapping[str, Any], baseline: Mapping[str, Any]) -> str:
    """The chart for those who do not see it."""
    samples: Sequence[Sample] = shown["samples"]
    counts = {
        "passed": sum(1 for each in samples if each.shape == "verified"),
        "failed": sum(1 for each in samples if each.shape == "failed"),
        "gave no value": sum(1 for each in samples if each.shape == "half"),
        "gave no result": sum(1 for each in samples if each.shape == "failed lost"),
    }
    found = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    limit = f" The limit is {chart['limit_text']}." if chart["limit"] else ""
    now = f" The newest value is {shown['value']}." if shown["value"] else ""
    before = f" The baseline is {chart['base_text']}." if chart["base"] else ""
    changes = [each.difference for each in baseline.get("changes", ()) if each.expression == shown["line"]]
    since = f" Since the baseline: {changes[0]}." if changes and changes[0] else ""
    return f"{shown['name']}, run by run: {found}.{limit}{now}{before}{since}"


def _runs(item: Item, conditions: Sequence[Mapping[str, Any]], asked: Mapping[str, str]) -> dict[str, Any]:
    """A page of the runs, with the value of each of some conditions."""
    assert item.probe
    show, find = asked.get("show", ""), asked.get("q", "").strip()[:200]
    show = show if show in SHOWS else "all"
    found = _found(item.probe.runs.all(), find)
    counts = found.aggregate(**{name.replace("-", "_"): Count("pk", filter=q) for name, (_, q) in SHOWS.items()})
    pages = Paginator(found.filter(SHOWS[show][1]).order_by("-queued_at").defer(*BULKY), RUNS_SHOWN)
    pages.count = counts[show.replace("-", "_")]
    page = pages.get_page(asked.get("page", ""))
    columns = [each for each in conditions if each["condition"] and each["condition"].left][:COLUMNS_SHOWN]
    view = {name: value for name, value in (("show", show if show != "all" else ""), ("q", find)) if value}
    return {
        "page": page,
        "rows": [_row(run, columns, item, view, page) for run in page],
        "columns": columns,
        "shows": [
            {
                "label": label,
                "count": counts[name.replace("-", "_")],
                "query": urlencode({"show": name} | ({"q": find} if find else {})),
                "current": name == show,
            }
            for name, (label, _) in SHOWS.items()
        ],
        "show": show,
        "is_filtered": bool(find) or show != "all",
        "find": find,
    }


def _found(runs: "QuerySet[Run]", find: str) -> "QuerySet[Run]":
    """The runs in which every word of a search occurs."""
    for word in find.split():
        runs = runs.filter(Q(explanation__holds=word) | Q(requested_by_name__holds=word) | Q(worker__holds=word))
    return runs


def _row(
    run: Run, columns: Sequence[Mapping[str, Any]], item: Item, view: Mapping[str, str], page: "Page[Run]"
) -> dict[str, Any]:
    made = {each["expression"]: each for each in run.conditions}
    values = [(made.get(column["line"]), column) for column in columns]
    where = {**view, "page": page.number} if page.number > 1 else dict(view)
    return {
        "run": run,
        "query": urlencode({**where, "run": str(run.pk)}),
        "mark": mark_of(run),
        "why": "" if run.state == State.PASSED else probes.explained(run).removeprefix("No result: "),
        "values": [(each["value"] or "none", each["verdict"] == "fail") if each else ("", False) for each, _ in values],
        "is_pinned": run.pk == item.pinned_run_id,
        "is_baseline": run.pk == item.probe.baseline_id if item.probe else False,
    }


def _shown(item: Item, run: str) -> dict[str, Any] | None:
    """The run that is shown whole: the one that is asked for, else the newest."""
    assert item.probe
    try:
        asked = UUID(run) if run else None
    except ValueError:
        asked = None
    found = item.probe.runs.filter(pk=asked).first() if asked else None
    found = found or item.probe.latest_run
    if found is None:
        return None
    found.probe = item.probe
    is_baseline = found.pk == item.probe.baseline_id
    may_be = found.is_finished and question_of(found.config) == question_of(item.probe.config)
    marks = {"is_pinned": found.pk == item.pinned_run_id, "is_baseline": is_baseline}
    return probes.run_page(found) | marks | {"may_be_baseline": may_be and not is_baseline}
