"""What a command is: a program with its arguments, what is filled in, what it may use, and the digest of all that."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from apps.ledger.chain import canonical

from .conditions.alphabets import is_mistaken

MOST_ARGUMENTS, LONGEST_ARGUMENT, LONGEST_COMMAND = 64, 1000, 4000
MOST_MEMORY_MB = 2048  # of all processes of a command together
# What may be filled in, by its type; always one whole element, so that nothing of it is read as anything else.
TYPES = {
    "word": re.compile(r"[A-Za-z0-9_.:@=,+-]{1,100}"),
    "number": re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?"),
    "path": re.compile(r"[A-Za-z0-9_.:@=,+/-]{1,200}"),
}
PARAMETER = re.compile(r"\{([a-z][a-z0-9_]{0,30}):([a-z]+)\}")


@dataclass(frozen=True)
class Limits:
    """What one run of a command may use. The sandbox holds it to these, so they are part of what people approve.

    seconds: until it is ended, whatever it does. cpu_seconds, memory_mb: of each of its processes, memory as address
    space. processes: how many it may have at a time, threads included, itself too.
    """

    seconds: int = 10
    cpu_seconds: int = 5
    memory_mb: int = 128
    processes: int = 8

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong with them: which one, and a sentence."""
        for name, least, most, unit in (
            ("seconds", 1, 55, "seconds"),
            ("cpu_seconds", 1, 55, "seconds of computing time"),
            ("memory_mb", 16, 1024, "MB of memory"),
            ("processes", 1, 64, "processes"),
        ):
            if not least <= getattr(self, name) <= most:
                yield name, f"A command may have {least} to {most} {unit}."
        if self.memory_mb * self.processes > MOST_MEMORY_MB:
            yield (
                "memory_mb",
                (
                    f"{self.processes} processes of {self.memory_mb} MB each are {self.processes * self.memory_mb} MB. "
                    f"All together may take {MOST_MEMORY_MB} MB: allow less memory or fewer processes."
                ),
            )

    def as_json(self) -> dict[str, int]:
        """Every limit by its name."""
        return asdict(self)


def argv_problem(argv: Sequence[str]) -> str:
    """Why a program and its arguments cannot be run as they are written; empty when they can."""
    if not argv or not argv[0]:
        return "Name the program first, and each of its arguments after it."
    if argv[0].startswith("-"):
        return "The first element is the program; it cannot begin with “-”."
    if len(argv) > MOST_ARGUMENTS or sum(map(len, argv)) > LONGEST_COMMAND:
        return f"A command has at most {MOST_ARGUMENTS} elements and {LONGEST_COMMAND} characters."
    if any(len(each) > LONGEST_ARGUMENT for each in argv):
        return f"One element has at most {LONGEST_ARGUMENT} characters."
    if any("\0" in each for each in argv):
        return "An element contains a NUL character, which no program can be given."
    return _parameter_problem(argv)


def _parameter_problem(argv: Sequence[str]) -> str:
    if PARAMETER.fullmatch(argv[0]):
        return "The program itself cannot be filled in; name it."
    types: dict[str, str] = {}
    for name, typed in parameters(argv):
        if typed not in TYPES:
            return f"“{{{name}:{typed}}}” has a type that there is not. Write one of {', '.join(sorted(TYPES))}."
        if types.setdefault(name, typed) != typed:
            return f"“{name}” has two types. Give it one, or call the other something else."
    return ""


def parameters(argv: Sequence[str]) -> list[tuple[str, str]]:
    """What is filled in when it runs, as (name, type), in order: elements that read {name:type}."""
    return [(found[1], found[2]) for found in map(PARAMETER.fullmatch, argv) if found]


def filled(argv: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The arguments with `values` in their places. Raises ValueError, with a sentence, for what does not fit."""
    if unknown := values.keys() - dict(parameters(argv)).keys():
        raise ValueError(f"This command has nothing called {', '.join(sorted(unknown))} to fill in.")
    found: list[str] = []
    for element in argv:
        parameter, after_dashes = PARAMETER.fullmatch(element), "--" in argv[: len(found)]
        found.append(_value(parameter[1], parameter[2], values, after_dashes=after_dashes) if parameter else element)
    return found


def _value(name: str, typed: str, values: Mapping[str, str], *, after_dashes: bool) -> str:
    value = values.get(name, "")
    if not value:
        raise ValueError(f"“{name}” is not filled in.")
    if not TYPES[typed].fullmatch(value):
        raise ValueError(f"“{name}” is not a {typed}.")
    if value.startswith("-") and not after_dashes:
        raise ValueError(f"“{name}” begins with “-”, which the program would read as an option.")
    return value


def content(argv: Sequence[str], limits: Limits) -> dict[str, object]:
    """What people approve, in plain values."""
    return {"argv": list(argv), "limits": limits.as_json()}


def digest(argv: Sequence[str], limits: Limits) -> str:
    """SHA-256 over the RFC 8785 form of what people approve, 64 lowercase hex characters."""
    return hashlib.sha256(canonical(content(argv, limits))).hexdigest()


def in_one_line(argv: Sequence[str]) -> str:
    """A command as one line, of which nobody can tell another one: what has blanks or quotes in it stands in quotes."""
    shown = (spelt_out(each) for each in argv)
    return " ".join(json.dumps(each, ensure_ascii=False) if re.search(r'[ "\\]', each) else each for each in shown)


def spelt_out(element: str) -> str:
    """An element as people compare it: what nobody sees, or what looks like a plain letter, is spelt out.

    E.g. "⟨U+200B⟩", "⟨U+0430⟩" for a Cyrillic а, and "⟨empty⟩" is nothing.
    """
    inner = element.strip(" ")
    before, after = len(element) - len(element.lstrip(" ")), len(element) - len(element.rstrip(" "))
    spelt = "".join(_spelt(character) for character in inner)
    edges = ("⟨space⟩" * before, "⟨space⟩" * after if inner else "")
    return f"{edges[0]}{spelt}{edges[1]}" or "⟨empty⟩"


def _spelt(character: str) -> str:
    is_seen = character == " " or (unicodedata.category(character)[0] not in "CZ" and not is_mistaken(character))
    return character if is_seen else f"⟨U+{ord(character):04X}⟩"
