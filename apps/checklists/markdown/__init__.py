"""Reads a checklist as people have it: Markdown, or text pasted from a web page. Text in, document out; nothing else.

`read` is pure and its time grows with the length of the text. Every line that is not blank gets a fate.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from . import content, corrections, sheet
from .assemble import Assembly
from .blocks import Scanner
from .document import (
    Choice,
    Code,
    Document,
    Fate,
    Field,
    Item,
    Line,
    Link,
    Section,
    Suggestion,
    Template,
    as_json,
)
from .outline import shape
from .plan import roles_of
from .suggestions import suggestions
from .text import MAX_BYTES, NotText, checked, decode, legible, split_lines

__all__ = [
    "MAX_BYTES", "Choice", "Code", "Document", "Fate", "Field", "Item", "Line", "Link", "NotText", "Section",
    "Suggestion", "Template", "as_json", "checked", "content", "corrections", "decode", "read", "split_lines",
]  # fmt: skip

NO_CHOICES: Mapping[int, Choice] = MappingProxyType({})


def read(text: str, choices: Mapping[int, Choice] = NO_CHOICES, *, name: str = "") -> Document:
    """The document a text becomes; `choices` are corrections by line, `name` the title where the text has none."""
    lines = legible(split_lines(text))
    scanner = Scanner(lines)
    blocks = list(scanner.blocks())
    roles, facts = roles_of(blocks, scanner.style, choices)
    sheet.mark(roles)
    is_collection = shape(roles, facts)
    assembly = Assembly(name.strip()[:200] or "Untitled checklist", facts, is_collection=is_collection)
    templates, fates = assembly.read(roles)
    document = Document(templates, fates, problem=_problem(templates, fates))
    return replace(document, suggestions=suggestions(document))


def _problem(templates: tuple[Template, ...], lines: tuple[Line, ...]) -> str:
    """Why there is nothing to publish, as a sentence; empty when there is."""
    if any(template.sections and (template.items or _is_flow(template)) for template in templates):
        return ""
    if not lines:
        return "There is no text in it. Paste a checklist, or choose another file."
    return (
        "No items in this text. Keyturn looks for lines that begin with “- [ ]”, “-”, “*”, “•” or “1.”, and for tables "
        f"of controls. This text has {len(lines)} lines and none of them. Mark the lines that are items, or paste "
        "another text."
    )


def _is_flow(template: Template) -> bool:
    return any(code.language == "mermaid" for code in template.code)
