"""Questions about probes: their runs, one run as people read it, and runs that are not as the ledger says."""

from dataclasses import dataclass
from typing import Any

from . import kinds
from .models import Probe, Run


@dataclass(frozen=True)
class RunPage:
    """One run for probes/_run.html. `facts` are (label, value) pairs of what came back."""

    run: Run
    name: str
    kind: str
    asked: str
    expected: list[str]
    measured: str
    limit: str
    facts: list[tuple[str, str]]
    snippet: str
    is_truncated: bool


def probe_history(probe: Probe, limit: int = 25) -> list[Run]:
    """The last runs of a probe, newest first, with who asked for them; one query."""
    return list(probe.runs.select_related("requested_by").order_by("-queued_at")[:limit])


def run_page(run: Run) -> RunPage:
    """Everything a page shows of one run; no query if probe and requested_by came with it."""
    request, response, kind = run.request, run.response, kinds.KINDS.get(run.kind)
    labels = kind.FACTS if kind else {}
    return RunPage(
        run=run,
        name=run.probe.name,
        kind=kind.LABEL if kind else run.kind,
        asked=f"{request.get('method', '')} {request.get('url', '')}".strip() or _summary(run),
        expected=list(request.get("expected", [])),
        measured=f"{run.value} {run.unit}".strip(),
        limit=f"{run.limit} {run.unit}".strip() if run.limit else "",
        facts=[(label, value) for path, label in labels.items() if (value := _at(response, path))],
        snippet=response.get("snippet", ""),
        is_truncated=bool(response.get("is_truncated")),
    )


def _summary(run: Run) -> str:
    try:
        return str(kinds.KINDS[run.kind].Config.parse(run.config).summary())
    except (KeyError, ValueError):
        return ""


def _at(response: dict[str, Any], path: str) -> str:
    """The value at a dotted path, as text; empty without one."""
    value: Any = response
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return str(value)
