"""What a row of the table of addresses is, and the values that many rows have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from apps.core.shown import fingerprint

Values = Callable[[SimpleNamespace], Mapping[str, Any]]
TOKEN = "not-a-token-that-anybody-was-given"


def nothing(stage: SimpleNamespace) -> Mapping[str, Any]:
    """No values."""
    return {}


@dataclass(frozen=True)
class Route:
    """How one address is asked. `by` makes the POST; `auditor` is what an auditor's POST answers.

    records: whether the POST leaves an entry; one that stores nothing leaves none.
    """

    arguments: Values = nothing
    get: int | None = None
    body: Values | None = None
    by: str = "lead"
    query: Values = nothing
    auditor: int = 403
    records: bool = True


def team(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug}


def says(**values: Any) -> Values:
    """The same body whatever the stage."""
    return lambda stage: values


def over(shown: Values, **values: Any) -> Values:
    """The body of a form that edits, filled with what is `shown`."""
    return lambda stage: {"basis": fingerprint(dict(shown(stage))), **values}


REASON = {"reason": "Because it has to be so"}
