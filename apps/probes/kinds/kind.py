"""What every kind of probe shares: reading settings, asking within the policy, judging by conditions."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, ClassVar, Self
from urllib.parse import quote

from django import forms

from apps.probes import conditions as judging
from apps.probes import egress
from apps.probes.conditions import Condition, Value, apart
from apps.probes.rules import LONGEST_MS, SHORTEST_MS, USUAL_MS, Target, parse_address
from apps.secrets.rules import Binding, Destination, SecretValue
from apps.zones.rules import Policy

from .for_each import AT_ONCE, PLACE, combined, entries_of, for_entry
from .for_each import problems as list_problems
from .outcome import (
    BUSY_STATUSES,
    FAILED,
    INCONCLUSIVE,
    PASSED,
    Outcome,
    Reached,
    Reading,
    masked_outcome,
    masked_reading,
)
from .turns import turn

MOST_IN_A_ROW = 20
NOTICED_SECONDS = 0.05
LEAST_SECONDS = 0.05  # in which something can be asked at all
JUDGED_SECONDS = 2.0  # of computing, for all entries of a run: others wait to be judged
NOT_REACHED = "Not asked: the entries before it took all of"
VERDICTS = {judging.PASS: PASSED, judging.FAIL: FAILED, judging.INCONCLUSIVE: INCONCLUSIVE}


class BadSetting(ValueError):
    """One setting that a kind cannot take; the message is a sentence for the person who typed it."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


def setting(typed: type[forms.Field], default: Any = MISSING, *, first: bool = False, **options: Any) -> Any:
    """A setting of a kind, and the field that a person types it into; without a default it is a text and required.

    first: that it is asked first although it may be left out; the form folds what is not.
    """
    is_required = default is MISSING
    typing = typed(required=is_required, **options)
    return field(default=default, metadata={"typed": typing, "first": first or is_required})


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A probe as a person configured it; each kind is a subclass with settings of its own.

    LABEL: what people call the kind. ABOUT: what it looks at, in a few words, for whoever chooses one.
    FACTS: what pages show of `Outcome.response`, a label by key.
    VALUES: what it measures: each name with its unit (of `conditions.UNITS`), NUMBER, TEXT or ANYTHING.
    USUAL: the conditions of a probe that has none of its own, one a line. IS_PASSIVE: whether nobody asks it, because
    somebody reports to it (`Passive`).
    conditions: what has to hold, one a line. timeout_ms: how long a run may take.
    failure_limit, consecutive_successes: after so many runs in a row it counts as failing, and as passing.
    for_each: entries, one a line, each of which takes the place of {each} and is asked about; none asks once.
    """

    LABEL: ClassVar[str]
    ABOUT: ClassVar[str]
    FACTS: ClassVar[Mapping[str, str]]
    VALUES: ClassVar[Mapping[str, str]]
    USUAL: ClassVar[str]
    IS_PASSIVE: ClassVar[bool] = False
    NEXT: ClassVar[str] = "Run it now."  # what to do with one that was just attached
    FURTHER: ClassVar[str] = "how it is asked, how long it waits"  # what else is set up of it
    do_not_call_in_templates: ClassVar[bool] = True  # a page names the class: Django would make one without settings

    conditions: str = ""
    timeout_ms: int = USUAL_MS
    failure_limit: int = 1
    consecutive_successes: int = 1
    for_each: str = ""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Read stored or typed values. Raises BadSetting, or another ValueError, with a sentence for who typed them."""
        defaults = {each.name: "" if each.default is MISSING else each.default for each in fields(cls)}
        if unknown := set(values) - set(defaults):
            raise ValueError(f"This kind of probe has no setting called {', '.join(sorted(unknown))}.")
        for name, value in values.items():
            if type(value) is not type(defaults[name]):
                raise BadSetting(name, f"“{name}” has a value of the wrong sort.")
        config = cls(**cls.tidied(defaults | dict(values)))
        for setting, message in (*config.problems(), *config._shared_problems()):
            raise BadSetting(setting, message)
        _ = config.target
        return config

    @classmethod
    def tidied(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The values as they are stored: conditions as rows write them, the usual ones where there are none."""
        conditions = judging.text_of(judging.rows_of(values["conditions"])) or cls.USUAL
        return values | {"conditions": conditions, "for_each": "\n".join(entries_of(values["for_each"]))}

    def as_json(self) -> dict[str, Any]:
        """Every value, so that `parse` gives the same configuration again."""
        return asdict(self)

    @property
    def target(self) -> Target | None:
        """Where it goes; None for what stays on this machine. Raises TargetRefused."""
        raise NotImplementedError

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong with a kind's own settings: the setting, and a sentence."""
        return iter(())

    def asked(self) -> dict[str, str]:
        """What is asked, as pages and `Outcome.request` show it: "url", and "method" if there is one."""
        raise NotImplementedError

    def measures(self) -> Mapping[str, str]:
        """As VALUES, of a kind whose values depend on its settings."""
        return self.VALUES

    def require_patterns(self) -> None:
        """Refuse conditions whose patterns are none or take too long, before they are stored. Raises BadSetting."""
        try:
            judging.require_patterns(self.judges())
        except judging.BadCondition as error:
            raise BadSetting("conditions", str(error)) from error

    def judges(self) -> tuple[Condition, ...]:
        """Its conditions, at least the usual ones: nothing passes because nothing was expected. Raises BadCondition."""
        return judging.parse(self.conditions or self.USUAL, self.measures())

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing to ask twice what was answered already."""
        return True

    def refusal(self, policy: Policy) -> str:
        """Why this can never be asked, empty when it may be; names are looked up only when the probe runs."""
        target = self.target
        return policy.refusal(target.address, target.port) if target and target.address else ""

    def summary(self) -> str:
        """One line: what is asked, of which entries, and what is expected."""
        entries = f" for each of {', '.join(entries_of(self.for_each))}" if self.for_each else ""
        return f"{' '.join(self.asked_as_written().values())}{entries}: {', '.join(self.conditions.splitlines())}"

    def asked_as_written(self) -> dict[str, str]:
        """What is asked, with the place of entries as it was written: an address spells its signs otherwise."""
        return {name: text.replace(quote(PLACE), PLACE) for name, text in self.asked().items()}

    def _shared_problems(self) -> Iterator[tuple[str, str]]:
        if not SHORTEST_MS <= self.timeout_ms <= LONGEST_MS:
            yield "timeout_ms", f"A probe waits between {SHORTEST_MS // 1000} and {LONGEST_MS // 1000} seconds."
        if not 1 <= self.failure_limit <= MOST_IN_A_ROW:
            yield "failure_limit", f"A probe counts as failing after 1 to {MOST_IN_A_ROW} failures in a row."
        if not 1 <= self.consecutive_successes <= MOST_IN_A_ROW:
            yield "consecutive_successes", f"A probe counts as passing after 1 to {MOST_IN_A_ROW} passes in a row."
        try:
            if all(each.warns_only for each in self.judges()):
                yield "conditions", "All of these only warn, so it would always pass. Write one without “warn:”."
        except judging.BadCondition as error:
            yield "conditions", str(error)
        else:
            yield from (("for_each", problem) for problem in list_problems(self))

    async def ask(self, **way: Any) -> Reading:
        """Ask once and measure; `way` is policy, seconds and network, for egress.

        Raises an EgressError when the target gives no answer.
        """
        raise NotImplementedError

    @property
    def secret_name(self) -> str:
        """What the team calls the secret it asks with; empty for none. A kind that takes one has a setting `secret`."""
        return str(getattr(self, "secret", ""))

    @property
    def destination(self) -> Destination:
        """Where the secret goes: a kind that speaks no HTTP says by which scheme."""
        if self.target is None:
            raise ValueError("This kind of probe goes nowhere, so it takes no secret.")
        return self.target

    @property
    def proven_by(self) -> Destination:
        """Who proves by TLS that it is the one to hear the secret: the destination, or the name that was set."""
        to, name = self.destination, str(getattr(self, "server_name", ""))
        return Binding(to.scheme, parse_address(f"{name}:443").host, to.port) if name else to

    @property
    def vouched_by(self) -> str:
        """Whose certificates vouch for that, in PEM form; empty for the usual ones."""
        return str(getattr(self, "authorities", ""))

    async def run(
        self,
        *,
        policy: Policy,
        network: egress.Network = egress.INTERNET,
        secret: SecretValue | None = None,
        limit: float | None = None,
    ) -> Outcome:
        """Ask once. Whatever the target does is an outcome; only a fault of the kind itself raises.

        secret: the value of `secret_name`, which `ask` gets as `secret` and nobody finds in the outcome.
        limit: the seconds of the whole run, where this question has only what others left of them.
        """
        way: dict[str, Any] = {"policy": policy, "network": network}
        way |= {"secret": secret} if secret else {}
        asking = self._run_each if self.for_each else self._run
        seconds = self.timeout_ms / 1000
        with apart.within(JUDGED_SECONDS):
            return masked_outcome(await asking(way, seconds, limit or seconds), secret)

    async def _run_each(self, way: dict[str, Any], seconds: float, limit: float) -> Outcome:
        """Ask about every entry, several at a time, all of them within the time of one."""
        ends, places = time.perf_counter() + seconds, asyncio.Semaphore(AT_ONCE)

        async def one(entry: str) -> Outcome:
            async with places:
                left = ends - time.perf_counter()
                if left < LEAST_SECONDS:
                    return replace(self._unasked(), verdict=FAILED, explanation=f"{NOT_REACHED} {limit:g} s.")
                return await for_entry(self, entry)._run(way, left, limit)

        entries = entries_of(self.for_each)
        outcomes = await asyncio.gather(*map(one, entries))
        return combined(self, self._unasked(), dict(zip(entries, outcomes, strict=True)))

    def _unasked(self) -> Outcome:
        request = {**self.asked_as_written(), "expected": self.conditions.splitlines()}
        return Outcome(INCONCLUSIVE, "Not asked.", request=request)

    async def _run(self, way: dict[str, Any], seconds: float, limit: float) -> Outcome:
        asked = self._unasked()
        try:
            reading = masked_reading(await self.ask(seconds=seconds, **way), way.get("secret"))
        except egress.NotConnected as error:
            return replace(asked, verdict=FAILED, explanation=str(error), reached=Reached.NOT_CONNECTED)
        except egress.Late as error:
            return replace(asked, verdict=FAILED, explanation=_late(error, limit), reached=Reached.SILENT)
        except egress.NoAnswer as error:
            return replace(asked, verdict=FAILED, explanation=str(error), reached=Reached.SILENT)
        except egress.EgressError as error:
            return replace(asked, explanation=str(error))
        if any(each.is_apart for each in self.judges()):  # others are asked in this loop meanwhile
            async with turn():
                return await asyncio.to_thread(self.judged, reading, asked)
        return self.judged(reading, asked)

    def judged(self, reading: Reading, asked: Outcome) -> Outcome:
        """`asked` with what became of it."""
        made = judging.judge_all(self.judges(), reading.values)
        worst_first = sorted(made, key=judging.by_weight)
        verdict = VERDICTS[judging.verdict_of(made)]
        sentences = [*dict.fromkeys(each.explanation for each in worst_first if each.explanation)]
        if reading.hint and verdict != PASSED:
            sentences.append(reading.hint)
        numbers = [each for each in worst_first if each.number]
        decisive = min(numbers, key=lambda each: (judging.by_weight(each), not each.unit), default=None)
        return replace(
            asked,
            verdict=verdict,
            explanation=" ".join(sentences) or f"{reading.answered}.",
            value=decisive.number if decisive else "",
            unit=decisive.unit if decisive else "",
            limit=decisive.bound if decisive else "",
            response=reading.response,
            conditions=tuple(each.as_json() for each in made),
            values=reading.values,
            reached=Reached.BUSY if reading.response.get("status") in BUSY_STATUSES else Reached.ANSWERED,
        )


def _late(error: egress.Late, limit: float) -> str:
    """How long was waited: the limit of the whole run, and what of it went before the question that was late."""
    before = limit - error.seconds
    if before < NOTICED_SECONDS:
        return str(error)
    return f"No complete answer within {limit:g} s, of which {before:.1f} s were over when this was asked."


def elapsed(began: float) -> Value:
    """The time since `began` (of `time.perf_counter`), as a value in whole milliseconds."""
    return Value(Decimal(round((time.perf_counter() - began) * 1000)) / 1000, "ms")
