"""What every kind of probe shares: reading settings, asking within the policy, judging how long it took."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from typing import Any, ClassVar, Self

from django import forms

from apps.probes import egress
from apps.probes.rules import Policy, Target

from .outcome import FAILED, INCONCLUSIVE, PASSED, Outcome

TEXT_LENGTH = 500


class BadSetting(ValueError):
    """One setting that a kind cannot take; the message is a sentence for the person who typed it."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


def setting(typed: type[forms.Field], default: Any = MISSING, **options: Any) -> Any:
    """A setting of a kind, and the field that a person types it into; without a default it is a text and required."""
    return field(default=default, metadata={"typed": typed(required=default is MISSING, **options)})


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A probe as a person configured it; each kind is a subclass with settings of its own. 0 and "" expect nothing.

    LABEL: what people call the kind. FACTS: what pages show of `Outcome.response`, a label by key.
    timeout_ms: how long a run may take; max_latency_ms: the limit of what is measured.
    """

    LABEL: ClassVar[str]
    FACTS: ClassVar[Mapping[str, str]]

    timeout_ms: int = 10_000
    max_latency_ms: int = 0

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
        for setting, message in (*config.problems(), *config._time_problems()):
            raise BadSetting(setting, message)
        _ = config.target
        return config

    @classmethod
    def tidied(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The values as they are stored."""
        return values

    def as_json(self) -> dict[str, Any]:
        """Every value, so that `parse` gives the same configuration again."""
        return asdict(self)

    @property
    def target(self) -> Target:
        """Where it goes. Raises TargetRefused."""
        raise NotImplementedError

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong with a kind's own settings: the setting, and a sentence."""
        return iter(())

    def asked(self) -> dict[str, str]:
        """What is asked, as pages and `Outcome.request` show it: "url", and "method" if there is one."""
        raise NotImplementedError

    def expectations(self) -> list[str]:
        """What a kind expects, in phrases."""
        raise NotImplementedError

    def phrases(self) -> list[str]:
        """Everything that is expected, in phrases."""
        return [*self.expectations(), *([f"within {self.max_latency_ms} ms"] if self.max_latency_ms else [])]

    def refusal(self, policy: Policy) -> str:
        """Why this can never be asked, empty when it may be; names are looked up only when the probe runs."""
        target = self.target
        return policy.refusal(target.address, target.port) if target.address else ""

    def summary(self) -> str:
        """One line: what is asked and what is expected."""
        return f"{' '.join(self.asked().values())}: {', '.join(self.phrases())}"

    def _time_problems(self) -> Iterator[tuple[str, str]]:
        if not 1_000 <= self.timeout_ms <= 60_000:
            yield "timeout_ms", "A probe waits between 1 and 60 seconds."
        if not 0 <= self.max_latency_ms <= self.timeout_ms:
            yield "max_latency_ms", "The latency limit cannot be longer than the probe waits."

    async def ask(self, asked: Outcome, **way: Any) -> Outcome:
        """Ask once and return `self.verdict(asked, …)`; `way` is policy, seconds and network, for egress.

        Raises an EgressError when the target gives no answer.
        """
        raise NotImplementedError

    async def run(self, *, policy: Policy, network: egress.Network = egress.INTERNET) -> Outcome:
        """Ask once. Whatever the target does is an outcome; only a fault of the kind itself raises."""
        request = self.asked() | {"expected": self.phrases()}
        asked = Outcome(INCONCLUSIVE, "Not asked.", limit=str(self.max_latency_ms or ""), request=request)
        try:
            return await self.ask(asked, policy=policy, seconds=self.timeout_ms / 1000, network=network)
        except egress.NoAnswer as error:
            return replace(asked, verdict=FAILED, explanation=str(error))
        except egress.EgressError as error:
            return replace(asked, explanation=str(error))

    def verdict(
        self,
        asked: Outcome,
        *,
        elapsed_ms: int,
        answered: str,
        response: Mapping[str, Any],
        failures: Iterable[str] = (),
        doubts: Iterable[str] = (),
    ) -> Outcome:
        """`asked` with what became of it. What fails weighs more than what could not be judged.

        answered: what happened if all is well, e.g. "Answered 200"; failures, doubts: sentences.
        """
        failures, doubts = list(failures), list(doubts)
        if 0 < self.max_latency_ms < elapsed_ms:
            failures.append(f"Took {elapsed_ms} ms, the limit is {self.max_latency_ms} ms.")
        return replace(
            asked,
            verdict=FAILED if failures else INCONCLUSIVE if doubts else PASSED,
            explanation=" ".join([*failures, *doubts]) or f"{answered} in {elapsed_ms} ms.",
            value=str(elapsed_ms),
            unit="ms",
            response=response,
        )


def text_problems(setting: str, text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a text that an answer should contain."""
    if len(text) > TEXT_LENGTH:
        yield setting, f"The text to look for has at most {TEXT_LENGTH} characters."
    if any(unicodedata.category(character) == "Cc" for character in text):
        yield setting, "The text to look for contains a control character; take it out."
