"""What a Prometheus, or what speaks like one, answers to queries."""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms

from apps.probes import egress
from apps.probes.conditions import NUMBER, UNITS, Series, Value
from apps.probes.conditions.alphabets import why_misread
from apps.probes.conditions.values import visible
from apps.probes.egress import Response
from apps.probes.rules import Target, parse_target

from .kind import Kind, elapsed, setting
from .outcome import SNIPPET_BYTES, Reading

MOST_QUERIES = 10
LONGEST_QUERY = 1000  # characters
MOST_SAMPLES = 1000  # of one query
POINTS = 60  # of a range
LINE = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_]{0,39})\s*(?:\[\s*(?P<unit>[^\]\s]+)\s*\])?\s*=(?![=~])\s*(?P<query>\S.*)"
)
SAMPLE = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{1,40})?(?:e[+-]?\d{1,3})?|Inf)|NaN")
TAKEN = {"latency", "all", "any", "size", "has", "true", "false", "null", "in", "contains", "matches", "warn"}


class NoSamples(Exception):
    """A query has no usable result; the message says why."""


@dataclass(frozen=True)
class Query:
    """One query: the name of its value, the unit in which that is shown, and the text."""

    name: str
    unit: str
    text: str


@dataclass(frozen=True)
class Prometheus(Kind):
    """Where to ask, and what: a query a line, `errors [%] = sum(rate(…)) / sum(rate(…))`.

    A query gives seconds, bytes or parts of one, as metrics do; its unit says how they are shown and compared.
    window: minutes to look back, 0 for now; then a name is the newest of its samples, and name_min and name_max are the
    least and the most of them. latency: until all were answered.
    """

    LABEL = "Prometheus queries"
    ABOUT = "values that queries give, now or over a time"
    FACTS = {"peer": "Answered by", "sha256": "SHA-256 of the answers"}

    VALUES = {"latency": "ms"}
    USUAL = ""  # that the server answers says nothing of what is asked for

    address: str = setting(
        forms.CharField,
        max_length=300,
        widget=forms.URLInput(attrs={"placeholder": "http://prometheus.example.com:9090", "autocomplete": "off"}),
        help_text="Of the server, without /api. A worker of this server asks.",
    )
    queries: str = setting(
        forms.CharField,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="One a line, with the name that conditions use: p95 [ms] = histogram_quantile(…).",
    )
    window: int = setting(
        forms.IntegerField,
        default=0,
        label="Look back, minutes",
        min_value=0,
        max_value=24 * 60,
        help_text="Now if empty. Otherwise errors is the newest value, errors_min and errors_max are the extremes.",
    )

    @property
    def target(self) -> Target:
        return parse_target(self.address)

    def asked(self) -> dict[str, str]:
        return {"method": "PromQL", "url": self.target.url}

    def measures(self) -> Mapping[str, str]:
        """Latency, and what each query gives."""
        names = {f"{each.name}{end}": each.unit or NUMBER for each in self.asks for end in self._ends}
        return {**names, **self.VALUES}

    @cached_property
    def asks(self) -> tuple[Query, ...]:
        """Its queries, of the lines that are some."""
        found = filter(None, map(LINE.fullmatch, _lines(self.queries)))
        return tuple(Query(each["name"], each["unit"] or "", each["query"].strip()) for each in found)

    @property
    def _ends(self) -> tuple[str, ...]:
        return ("", "_min", "_max") if self.window else ("",)

    def problems(self) -> Iterator[tuple[str, str]]:
        if "?" in self.address or "#" in self.address:
            yield "address", "Write the address of the server, without a query."
        if not 0 <= self.window <= 24 * 60:
            yield "window", "A probe looks back at most a day."
        lines, names = _lines(self.queries), [*self.measures()]
        if not lines or len(lines) > MOST_QUERIES:
            yield "queries", f"Write one to {MOST_QUERIES} queries, each on a line of its own."
        for line in lines:
            if problem := _problem(line, LINE.fullmatch(line)):
                yield "queries", problem
        if len(set(names)) < len(self.asks) * len(self._ends) + 1:
            yield "queries", "Two queries have the same name."
        if not self.conditions:
            yield "conditions", f"Say what the values have to be, e.g. “{names[0]} < 5”."

    async def ask(self, **way: Any) -> Reading:
        """Ask all queries at once, and read what each gives."""
        began, now = time.perf_counter(), time.time()
        asking = (egress.fetch(self._target_of(each, now), method="GET", **way) for each in self.asks)
        answers = await asyncio.gather(*asking, return_exceptions=True)
        values: dict[str, Value | Series] = {"latency": elapsed(began)}
        problems, peer, bodies = [], "", []
        for query, answer in zip(self.asks, answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            peer = answer.peer
            bodies.append(answer.body)
            try:
                values |= self._values(query, answer, now)
            except NoSamples as reason:
                problems.append(f"{query.name}: {reason}")
        return Reading(
            answered=f"Answered in {values['latency']}",
            values=values,
            response={"peer": peer, "sha256": hashlib.sha256(b"".join(bodies)).hexdigest(), "snippet": _listed(values)},
            hint=" ".join(problems),
        )

    def _target_of(self, query: Query, now: float) -> Target:
        """Where a query is asked."""
        asked: dict[str, Any] = {"query": query.text}
        if self.window:
            asked |= {"start": f"{now - self.window * 60:.3f}", "end": f"{now:.3f}", "step": self.window * 60 // POINTS}
        target = self.target
        path = f"{target.path.rstrip('/')}/api/v1/query{'_range' * bool(self.window)}?{urlencode(asked)}"
        return replace(target, path=path)

    def _values(self, query: Query, answer: Response, now: float) -> dict[str, Value | Series]:
        """What one query gives, by name. Raises NoSamples."""
        found = _samples(answer)
        if not self.window:
            return {query.name: _of(query, [(name, samples[-1][1]) for name, samples in found])}
        oldest = now - 2 * self.window * 60 / POINTS
        newest = [(name, s[-1][1] if s[-1][0] >= oldest else Decimal("NaN")) for name, s in found]
        extremes = ([(name, _extreme(choose, samples)) for name, samples in found] for choose in (min, max))
        return {
            f"{query.name}{end}": _of(query, each) for end, each in zip(self._ends, (newest, *extremes), strict=True)
        }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _problem(line: str, match: re.Match[str] | None) -> str:
    """What is wrong with a line of queries; empty where nothing is."""
    if match is None:
        return f"“{line[:40]}” has no name: write errors = {line[:40]}."
    if match["name"] in TAKEN:
        return f"“{match['name']}” has a meaning in conditions; use another name."
    if match["unit"] and match["unit"] not in UNITS:
        return f"“{match['unit']}” is no unit known here. Use one of {', '.join(UNITS)}."
    if len(match["query"]) > LONGEST_QUERY:
        return f"A query has at most {LONGEST_QUERY} characters."
    return why_misread(match["query"])


def _extreme(choose: Callable[[Iterable[Decimal]], Decimal], samples: list[tuple[float, Decimal]]) -> Decimal:
    """The least or the most; of what is no number somewhere there is none."""
    numbers = [number for _, number in samples]
    return next(filter(Decimal.is_nan, numbers), None) or choose(numbers)


def _of(query: Query, found: list[tuple[str, Decimal]]) -> Value | Series:
    """One value where there is one without labels, else a series."""
    made = tuple((name, Value(number, query.unit)) for name, number in found)
    return made[0][1] if [name for name, _ in made] == [""] else Series(made)


def _samples(answer: Response) -> list[tuple[str, list[tuple[float, Decimal]]]]:
    """Of each series its labels and its samples, a moment and a number each. Raises NoSamples."""
    if answer.is_truncated:
        raise NoSamples("There is more than a probe reads; narrow the query.")
    try:
        found = json.loads(answer.body.decode("utf-8-sig"))  # in no other charset is a secret masked
        if found["status"] != "success":
            raise NoSamples(f"{visible(str(found['error'])[:300])}.")
        kind, result = found["data"]["resultType"], found["data"]["result"]
        series = [({}, [result])] if kind == "scalar" else [_one(each) for each in result]
        if sum(len(samples) for _, samples in series) > MOST_SAMPLES:
            raise NoSamples(f"There are more than {MOST_SAMPLES:,} samples; narrow the query.")
        return [(_named(labels), [_sample(*sample) for sample in samples]) for labels, samples in series if samples]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NoSamples(f"The answer, {answer.status}, is none of Prometheus.") from error


def _one(series: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    return series["metric"], series["values"] if "values" in series else [series["value"]]


def _named(labels: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={str(value)[:100]}" for name, value in sorted(labels.items())[:10])


def _sample(moment: float, text: str) -> tuple[float, Decimal]:
    if not SAMPLE.fullmatch(text):
        raise ValueError("not a number as Prometheus writes them")
    return float(moment), Decimal(text)


def _listed(values: Mapping[str, Value | Series]) -> str:
    """The values as text, for whoever looks at the run."""
    lines = []
    for name, value in values.items():
        parts = value.values if isinstance(value, Series) else (("", value),)
        lines += [f"{name}{f'{{{labels}}}' if labels else ''}: {part}" for labels, part in parts]
    return visible("\n".join(lines)[:SNIPPET_BYTES])
