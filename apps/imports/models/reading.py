"""What texts become, cached in this process: a large one takes seconds to read, and a preview shows it page by page."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from threading import Lock
from typing import Any, TypeVar

from cachetools import LRUCache

from apps.checklists import rules
from apps.checklists.markdown import content, read
from apps.checklists.markdown.document import Correction, ParsedDocument, ParsedItem
from apps.imports.rules import Decisions, Finding, contents, findings, problem_of
from apps.signoff.rules import content_digest


@dataclass(eq=False)
class Reading:
    """A text as it was read; `key` is the digest of all it was read from."""

    key: str
    document: ParsedDocument

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What a person is asked about it."""
        return findings(self.document)


@dataclass(frozen=True, eq=False)
class Result:
    """What an import becomes: what each of its templates says, what was taken of the findings included.

    digest: SHA-256 of all that they say, lowercase hex. problem: a sentence when no draft can be made of it.
    """

    document: ParsedDocument
    findings: tuple[Finding, ...]
    contents: list[dict[str, Any]]
    digest: str
    problem: str


Cached = TypeVar("Cached")
# The size of an entry is its lines and hundreds of characters, each of which takes about a kilobyte; of a result two.
READINGS: LRUCache[str, Reading] = LRUCache(100_000, getsizeof=lambda reading: _size(reading, READINGS))
RESULTS: LRUCache[str, Result] = LRUCache(40_000, getsizeof=lambda result: _size(result, RESULTS))
_CACHE_LOCK = Lock()
_READING = Lock()  # one text at a time in each process: several at once take as long, and hold up every page


def reading_of(source: str, chosen: Mapping[int, Correction], file_name: str) -> Reading:
    """What `source` becomes with these corrections, and all that hinders publishing it."""
    if problem := rules.too_many_lines(source):
        return Reading(problem, ParsedDocument((), (), problem=problem))
    about = repr((file_name, sorted(chosen.items(), key=lambda pair: pair[0])))
    key = hashlib.sha256(f"{about}\n{source}".encode("utf-8", "surrogatepass")).hexdigest()
    if found := _cached(READINGS, key):
        return found
    with _READING:
        if found := _cached(READINGS, key):  # somebody else waited for the same
            return found
        return _stored(READINGS, key, Reading(key, _parsed(source, chosen, PurePath(file_name).stem)))


def result_of(reading: Reading, decisions: Decisions) -> Result:
    """What a text becomes with these decisions."""
    key = f"{reading.key} {json.dumps(decisions, sort_keys=True)}" if decisions else reading.key
    if found := _cached(RESULTS, key):
        return found
    made = contents(reading.document, reading.findings, decisions)
    problem = reading.document.problem or problem_of(made)
    result = Result(reading.document, reading.findings, made, content_digest({"templates": made}), problem)
    return _stored(RESULTS, key, result)


def _cached(cache: LRUCache[str, Cached], key: str) -> Cached | None:
    with _CACHE_LOCK:
        return cache.get(key)


def _stored(cache: LRUCache[str, Cached], key: str, made: Cached) -> Cached:
    with _CACHE_LOCK:
        cache[key] = made
    return made


def _size(entry: Reading | Result, cache: LRUCache[str, Any]) -> int:
    return min(int(cache.maxsize), 1 + sum(1 + len(line.text) // 100 for line in entry.document.lines))


def _parsed(source: str, chosen: Mapping[int, Correction], name: str) -> ParsedDocument:
    """The source is stored as it came; what is made of it has no characters that change the reading direction."""
    text, name = (rules.without_direction_marks(each) for each in (source, name))
    document = read(text, chosen, name=name)
    problem = document.problem or content.too_large(document) or rules.too_long(_texts(document))
    return replace(document, problem=problem)


def _texts(document: ParsedDocument) -> Iterator[tuple[int, str, str]]:
    """Every text that would be published and may be of any length."""
    for template in document.templates:
        for part in template.parts():
            if isinstance(part, ParsedItem):
                yield part.line, "the text of this item", part.text
            else:
                yield part.line, "the guidance that begins here", part.guidance
            for code in part.code:
                yield code.line, "this block of commands", code.text if code.is_command else ""
