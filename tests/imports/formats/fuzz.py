"""Reads texts that nobody wrote, in every format: none may crash, take over a second, or change on its way back.

Each text is put together from the pieces of its format, or is a sample with pieces put in, cut out and repeated. It is
recognised, made Markdown, read, and exported; what is read of the export is the same content again. A text that fails
is printed with its number, which alone makes it again. Ends with an error where anything did not hold.
"""

import gc
import multiprocessing
import os
import random
import time
import traceback
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from apps.checklists.exports import markdown
from apps.checklists.markdown import read
from apps.checklists.markdown.content import content as content_of
from apps.imports import formats
from apps.imports.formats import Format, Kind
from tests.checklists import texts
from tests.imports.formats import samples

CHANGED = "the export says something else"
MOST_SECONDS = 1.0  # of processor time for one text
MOST_MEGABYTES = 256
LONGEST = 30_000  # characters; most texts are far shorter
SAMPLES = [*samples.ALL.values(), texts.COMMANDS, texts.COLLECTION]
DELIMITERS = [",", ";", "\t"]


class Outcome(NamedTuple):
    """What came of one text: seconds of processor time, and what did not hold, if anything did not."""

    number: int
    seconds: float
    fault: str = ""


def text_of(seed: int, number: int) -> tuple[str, Kind | None]:
    """The text of this number, and the format it is read as; None where that is to be recognised."""
    chance = random.Random(f"{seed}:{number}")
    make = chance.choice([_assembled, _assembled, _changed, _repeated])
    kind = chance.choice([None, *Kind])
    return make(chance)[:LONGEST], kind


def _assembled(chance: random.Random) -> str:
    """Pieces one after another, of few kinds, so that they meet their like."""
    pieces = chance.sample(samples.PIECES, chance.randint(2, 12))
    return "".join(chance.choice(pieces) for _ in range(chance.randint(1, 120)))


def _changed(chance: random.Random) -> str:
    """A sample with pieces put in, cut out, doubled and moved."""
    text = chance.choice(SAMPLES)
    for _ in range(chance.randint(1, 12)):
        start, end = sorted(chance.randint(0, len(text)) for _ in range(2))
        end = min(end, start + chance.choice([1, 5, 40, 300]))
        part = text[start:end]
        other = chance.choice(SAMPLES)[:80]
        new = chance.choice(["", chance.choice(samples.PIECES), part * 2, part[::-1], part.swapcase(), other])
        text = text[:start] + new + text[end:]
    return text


def _repeated(chance: random.Random) -> str:
    """A few pieces again and again, which is what a pattern that backtracks is slow with."""
    unit = "".join(chance.choice(samples.PIECES) for _ in range(chance.randint(1, 3)))
    return unit * (chance.choice([20, 200, 2_000, 8_000]) // len(unit) + 1) + chance.choice(["", "\n", "x"])


def tried(seed: int, number: int) -> Outcome:
    """What comes of the text of this number."""
    text, kind = text_of(seed, number)
    began = time.process_time()
    fault = ""
    try:
        fault = _fault(text, kind, number)
    except Exception:  # whatever it is, it is what is looked for
        fault = traceback.format_exc(limit=-3)
    seconds = time.process_time() - began
    if not fault and seconds > MOST_SECONDS:
        fault = f"{seconds:.1f} s for {len(text):,} characters"
    return Outcome(number, seconds, fault)


def _fault(text: str, kind: Kind | None, number: int) -> str:
    """What of a text does not hold, in words; empty when all does."""
    try:
        form = formats.detect(text) if kind is None else Format(kind, "", DELIMITERS[number % 3])
        converted = formats.to_markdown(text, form)
    except formats.NotRead as refused:
        return "" if str(refused).endswith(".") else f"no sentence: {refused}"
    if len(converted.lines) not in (converted.text.count("\n"), converted.text.count("\n") + 1):
        return f"{len(converted.lines)} line numbers for {converted.text.count(chr(10))} lines"
    document = read(converted.text)
    if document.problem:
        return ""
    content = content_of(document.templates[0])
    if markdown.content_of(markdown.exported(content)) != content:
        return CHANGED
    return ""


def _worst(seed: int, first: int, end: int) -> tuple[Outcome, list[Outcome], int]:
    """The slowest, those that did not hold, and the memory in megabytes that this took."""
    outcomes = [tried(seed, number) for number in range(first, end)]
    slowest = max(outcomes, key=lambda one: one.seconds)
    return slowest, [one for one in outcomes if one.fault], _memory()


def _memory() -> int:
    """The most that this process ever took, in megabytes: what `getrusage` says counts whoever started it as well."""
    [most] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(most.split()[1]) // 1024


def say_at_once(line: str) -> None:
    """Prints a line that stands there even if the campaign is stopped."""
    print(line, flush=True)


def main(arguments: list[str], say: Callable[[str], None] = say_at_once) -> int:
    """Try so many texts from a seed, or the share `1/2` of them; 1 where one did not hold."""
    inputs, seed = (int(value) for value in (*arguments[:2], *("1000000", "1")[len(arguments) :]))
    share, shares = map(int, arguments[2].split("/")) if len(arguments) > 2 else (1, 1)
    edges = [*range(0, inputs, min(1_000, max(1, inputs))), inputs]
    runs = list(pairwise(edges))[share - 1 :: shares]
    slowest, faults, memory, done = Outcome(0, 0.0), 0, 0, 0
    began = time.monotonic()
    workers = max(1, (os.cpu_count() or 1) // shares)
    with multiprocessing.get_context("spawn").Pool(workers, gc.freeze) as pool:  # what is imported stays
        parts = [pool.apply_async(_worst, (seed, first, end)) for first, end in runs]  # whose memory is their own
        for (first, end), part in zip(runs, parts, strict=True):
            worst, failed, used = part.get()
            slowest, memory = max(slowest, worst, key=lambda one: one.seconds), max(memory, used)
            faults, done = faults + len(failed), done + end - first
            for one in failed[:3]:
                say(f"{seed}:{one.number}: {one.fault}")
            if done % 5_000 == 0:
                minutes = (time.monotonic() - began) / 60
                say(f"{done:,} texts, {faults} faults, slowest {slowest.seconds:.2f} s, {memory} MB, {minutes:.1f} min")
    say(
        f"{done:,} texts from seed {seed}: {faults} faults; slowest {slowest.seconds:.2f} s "
        f"({seed}:{slowest.number}); at most {memory} MB in a process."
    )
    return int(faults > 0 or memory > MOST_MEGABYTES)
