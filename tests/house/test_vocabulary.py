"""Identifiers and file names use the terms of the field, so that a search for the usual word finds the place.

What people read on a page may have a tone of its own; this is about what programmers search for.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import source

# Words that nobody searches for, and what to write instead.
NOUNS = {
    "fate": "line_type, status or outcome",
    "fates": "line_types, statuses or outcomes",
    "glyph": "icon",
    "glyphs": "icons",
    "happening": "event",
    "happenings": "events",
    "matter": "subject",
    "matters": "subjects",
    "roster": "members",
}
VERBS = {
    "drawn": "rendered",
    "fell": "invalidated or voided",
    "happened": "event",
    "kept": "cached, stored or remaining",
    "look": "status, style or state",
    "looks": "statuses, styles or states",
    "said": "message, text, entry or event",
    "sifted": "filtered",
    "told": "notified, entry or event",
    "ways": "cases",
}
STANDARD = {"front_matter"}  # the field's own terms that contain such a word
# Every app has rows, lines and addresses: a class is found only by the name of what it is a row, a line, an address of.
BARE = {"Address", "Cell", "Facts", "Held", "Kept", "Line", "Part", "Row", "Told"}
ONE_SEX = re.compile(r"(?<![a-z])(?:she|hers?|he|his|him)(?![a-z])", re.IGNORECASE)  # in identifiers too
PYTHON = source.files("apps", "project", "tests", "scripts", "bench")


WRITTEN = [
    *(path for path in PYTHON if path.name != "test_vocabulary.py"),
    *source.ROOT.glob("*.md"),
    *source.ROOT.glob("docs/**/*.md"),
]


SHOWN = sorted(
    path
    for folder in ("static", "templates")
    for path in (source.ROOT / folder).rglob("*")
    if path.suffix in {".css", ".js", ".html"}
)
JS_TEXT = re.compile(r"\"[^\"]*\"|`[^`]*`")
SELECTOR = re.compile(r"(?:[.#]|data-)[\w-]+")
# In a tag: the values that are names, and the names of our own attributes.
ATTRIBUTE = re.compile(
    r"\b(?:class|id|name|for|form|hx-target|aria-(?:controls|labelledby|describedby))=\"([^\"]*)\"|(data-[\w-]+)"
)
TEMPLATE_TAG = re.compile(r"{#.*?#}|{{.*?}}|{%.*?%}")
QUOTED = re.compile(r"\"([^\"]*)\"")


def definitions(path: Path) -> Iterator[tuple[int, str]]:
    """(line, name) of the file itself and of everything it gives a name to."""
    yield 1, path.stem
    for node in source.walk(path, ast.stmt, ast.expr, ast.arg, ast.alias, ast.pattern):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.alias(asname=str(name)) | ast.MatchAs(name=str(name)):
                yield node.lineno, name


def shown_names(kind: str, text: str) -> Iterator[tuple[int, str]]:
    """(line, name or comment) of a stylesheet, script or template; what people read on the page is left out."""
    for number, line in enumerate(text.splitlines(), 1):
        match kind:
            case ".css":
                yield number, line
            case ".js":
                yield number, JS_TEXT.sub("", line)
                yield from ((number, name) for string in JS_TEXT.findall(line) for name in SELECTOR.findall(string))
            case _:
                yield from ((number, name) for pair in ATTRIBUTE.findall(line) for name in pair)
                for tag in TEMPLATE_TAG.findall(line):
                    yield number, QUOTED.sub(lambda words: words[1] if words[1].endswith(".html") else "", tag)


def odd_words(name: str) -> list[str]:
    """The words of an identifier that have a standard word. The name of a test is a sentence and may use any verb."""
    discouraged = NOUNS if name.startswith("test_") else NOUNS | VERBS
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return (
        [] if name.strip("_").lower() in STANDARD else [word for word in map(str.lower, words) if word in discouraged]
    )


@source.for_each(PYTHON, source.name)
def test_names_use_the_terms_of_the_field(path):
    found = [
        f"{source.name(path)}:{line}: “{name}”: instead of “{word}” write {(NOUNS | VERBS)[word]}"
        for line, name in definitions(path)
        for word in odd_words(name)
    ]
    assert not found, "\n".join(found)


@source.for_each(WRITTEN, source.name)
def test_people_in_general_are_they(path):
    lines = enumerate(path.read_text().splitlines(), 1)
    found = [f"{source.name(path)}:{number}: {line.strip()}" for number, line in lines if ONE_SEX.search(line)]
    assert not found, "write they, or the name of the person:\n" + "\n".join(found)


@source.for_each(SHOWN, source.name)
def test_names_and_comments_of_what_the_browser_is_given_use_the_terms_of_the_field(path):
    found = [
        f"{source.name(path)}:{line}: “{name}”: instead of “{word}” write {(NOUNS | VERBS)[word]}"
        for line, name in [(1, path.stem), *shown_names(path.suffix, path.read_text())]
        for word in odd_words(name)
    ]
    assert not found, "\n".join(found)


def test_a_class_says_what_it_is_a_row_or_a_line_of():
    found = defaultdict(list)
    for path in source.files("apps", "project"):
        for node in source.walk(path, ast.ClassDef):
            found[node.name].append(source.name(path))
    bare = {name: places for name, places in found.items() if name in BARE}
    assert not bare, f"put before each name what it is one of: {bare}"


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (".css", ".key.fell { }", ["fell"]),
        (".css", "/* Drawn in units. */", ["drawn"]),
        (".js", 'banner.querySelector("[data-connection-said]").textContent = "You kept it";', ["said"]),
        (".js", "const glyph = `${told} of them`; // what is kept", ["glyph", "kept"]),
        (".html", '<p class="fate"  data-said>What was told is kept.</p>', ["fate", "said"]),
        (
            ".html",
            '{# The glyph. #}{{ said }}{% include "ui/_said.html" with what="Kept" %}',
            ["glyph", "said", "said"],
        ),
    ],
)
def test_what_the_browser_is_given_is_read_without_what_people_read(kind, text, words):
    assert [word for _, name in shown_names(kind, text) for word in odd_words(name)] == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("test_what_was_said_is_kept", []),
        ("test_every_fate", ["fate"]),
        ("KeptRow", ["kept"]),
        ("_last_told", ["told"]),
        ("NO_MATTER", ["matter"]),
        ("outlook_drawnout", []),
        ("_front_matter", []),
    ],
)
def test_a_name_is_read_word_by_word(name, words):
    assert odd_words(name) == words
