"""A program of this machine, run in the sandbox once two people approved it with every argument."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from django import forms

from apps.probes import egress, sandbox
from apps.probes.argv import LONGEST_COMMAND, Limits, argv_problem, digest, filled, in_one_line
from apps.probes.conditions import NUMBER, TEXT, Value
from apps.probes.rules import LONGEST_MS

from .kind import Kind, setting
from .outcome import Reading, read, shown

# Which run is asked, for the command's environment; the loop that asks sets it for each.
RUN_ID: ContextVar[str] = ContextVar("RUN_ID", default="")
A_NUMBER = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,10})?)\s*%?")


def _lines(**attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"spellcheck": "false", "autocapitalize": "none", **attrs})


@dataclass(frozen=True)
class Command(Kind):
    """A program with its arguments, one a line, what is filled in, and its limits.

    parameters: name=value, one a line, for the arguments that read {name:type}.
    """

    LABEL = "Command"
    ABOUT = "what an approved program says, in a sandbox"
    FACTS = {"exit_code": "Exit code", "stderr": "Errors"}
    VALUES = {"exit_code": NUMBER, "duration": "ms", "stdout": TEXT, "number": NUMBER}
    USUAL = "exit_code == 0"

    argv: str = setting(
        forms.CharField,
        label="Program and arguments",
        max_length=LONGEST_COMMAND,
        strip=False,
        widget=_lines(rows=4),
        help_text="One a line, exactly as two people approved it on the team’s page of commands.",
    )
    parameters: str = setting(
        forms.CharField,
        default="",
        label="Filled in",
        max_length=LONGEST_COMMAND,
        widget=_lines(rows=2),
        help_text="name=value, one a line, for arguments that read {name:word}.",
    )
    seconds: int = setting(forms.IntegerField, default=Limits.seconds, label="Ends after, s")
    cpu_seconds: int = setting(forms.IntegerField, default=Limits.cpu_seconds, label="Computing time, s")
    memory_mb: int = setting(forms.IntegerField, default=Limits.memory_mb, label="Memory of each process, MB")
    processes: int = setting(forms.IntegerField, default=Limits.processes, label="Processes at a time")

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """The same as of every kind; the digest, which follows from the rest, is worked out anew."""
        return super().parse({name: value for name, value in values.items() if name != "digest"})

    @classmethod
    def tidied(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Line ends as they were meant, no empty lines at the end, and as much time as the command has and a little."""
        lines = {name: values[name].replace("\r\n", "\n").rstrip("\n") for name in ("argv", "parameters")}
        return super().tidied(values | lines | {"timeout_ms": min(LONGEST_MS, 1000 * (max(values["seconds"], 0) + 4))})

    def as_json(self) -> dict[str, Any]:
        """Every value, and the digest that people approve."""
        return super().as_json() | {"digest": self.digest}

    @property
    def digest(self) -> str:
        """What two people have to have approved."""
        return digest(self.elements, self.limits)

    @property
    def elements(self) -> list[str]:
        """The program and its arguments."""
        return self.argv.split("\n")

    @property
    def limits(self) -> Limits:
        """What it may use."""
        return Limits(self.seconds, self.cpu_seconds, self.memory_mb, self.processes)

    @property
    def target(self) -> None:
        """It goes nowhere: the sandbox has no network."""
        return

    def problems(self) -> Iterator[tuple[str, str]]:
        if why := argv_problem(self.elements):
            yield "argv", why
            return
        yield from self.limits.problems()
        try:
            filled(self.elements, self._values())
        except ValueError as error:
            yield "parameters", str(error)

    def asked(self) -> dict[str, str]:
        return {"method": "RUN", "url": in_one_line(filled(self.elements, self._values()))}

    async def ask(self, **way: Any) -> Reading:
        """Run it once. Where the sandbox does not hold, nothing is run."""
        if why := await sandbox.hindrance():
            raise egress.EgressError(why)
        argv = filled(self.elements, self._values())
        try:
            ended = await sandbox.run(argv, limits=self.limits, environment={"RUN_ID": RUN_ID.get()})
        except sandbox.Unavailable as error:
            raise egress.EgressError(str(error)) from error
        if ended.stopped == sandbox.DEADLINE:
            raise egress.NoAnswer(f"It did not end within {self.seconds} s and was stopped.")
        if ended.stopped:
            raise egress.EgressError(f"It wrote more than {sandbox.OUTPUT_BYTES // 1024} KiB and was stopped.")
        return _reading(ended, self.digest)

    def _values(self) -> dict[str, str]:
        pairs = [line.partition("=") for line in self.parameters.split("\n") if line.strip()]
        return {name.strip(): value for name, _, value in pairs}


def _reading(ended: sandbox.Ended, approved: str) -> Reading:
    text = read(ended.stdout)
    duration = Value(Decimal(round(ended.seconds * 1000)) / 1000, "ms")
    values = {
        "exit_code": Value(Decimal(ended.exit_code or 0)),
        "duration": duration,
        "stdout": Value(text.text, doubt="" if text.is_whole else "Parts of it are no UTF-8 and were not read."),
    }
    if number := A_NUMBER.fullmatch(text.text.strip()):
        values["number"] = Value(Decimal(number[1]))
    return Reading(
        answered=f"Ended with {ended.exit_code} in {duration}",
        values=values,
        response={
            "exit_code": ended.exit_code,
            "snippet": shown(ended.stdout),
            "stderr": shown(ended.stderr),
            "digest": approved,
            "sha256": hashlib.sha256(ended.stdout).hexdigest(),
        },
        hint=shown(ended.stderr).strip()[:200],
    )
