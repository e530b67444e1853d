"""Reads a checklist as people have it: Markdown, or text pasted from a web page. Text in, document out; nothing else.

`read` is pure and its time grows with the length of the text. Every line that is not blank gets a type.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from . import front_matter, sheet, titles, wrapping
from .assemble import Assembly
from .blocks import Scanner
from .completing import complete, without_attributes
from .document import Correction, LineType, ParsedDocument, ParsedTemplate, SourceLine
from .exact import ExactReader
from .front_matter import Settings
from .outline import shape
from .plan import roles_of
from .references import References
from .suggestions import suggestions
from .text import split_lines, without_invisible

NO_CORRECTIONS: Mapping[int, Correction] = MappingProxyType({})


def read(text: str, chosen: Mapping[int, Correction] = NO_CORRECTIONS, *, name: str = "") -> ParsedDocument:
    """The document a text becomes; `chosen` are people's corrections by line, `name` is for a text without a title."""
    source = split_lines(text)
    unwrapped = wrapping.without_fences(source)
    if unwrapped and _read(source, NO_CORRECTIONS, name).problem:
        return wrapping.with_fences(_read(unwrapped, chosen, name), source)
    return _read(source, chosen, name)


def _read(source: list[str], chosen: Mapping[int, Correction], name: str) -> ParsedDocument:
    settings = front_matter.read(source)
    if any(_is_other(chosen.get(line)) for line in range(1, settings.end + 1)):
        settings = Settings()
    name = titles.of_file(name.strip()[:200]) or "Untitled checklist"
    if settings.is_keyturn:
        template, source_lines, problems = ExactReader(source, settings, chosen, name).read()
        document = ParsedDocument((template,), source_lines, problem=_problem((template,), source_lines))
        return replace(document, suggestions=(*problems, *suggestions(document, [])))
    lines = without_invisible(source)
    plain, attributes = without_attributes(lines, settings)
    scanner = Scanner(plain)
    scanned = list(scanner.blocks())
    references = References(scanned)
    roles, facts = roles_of(references.all_resolved(scanned), scanner.style, chosen)
    sheet.mark(roles)
    is_collection = shape(roles, facts)
    assembly = Assembly(name, facts, plain, references, is_collection=is_collection)
    templates, source_lines = assembly.read(roles)
    document = ParsedDocument(templates, source_lines, problem=_problem(templates, source_lines))
    document = replace(document, suggestions=suggestions(document, roles))
    return complete(document, lines, attributes, settings)


def _is_other(correction: Correction | None) -> bool:
    """True for a line of front matter of which a person said that it is something else: then all of it is text."""
    return correction is not None and correction.line_type not in (None, LineType.FRONT_MATTER)


def _problem(templates: tuple[ParsedTemplate, ...], lines: tuple[SourceLine, ...]) -> str:
    """Why there is nothing to publish, as a sentence; empty when there is."""
    if any(
        template.sections and (template.items or any(code.language == "mermaid" for code in template.code))
        for template in templates
    ):
        return ""
    if not lines:
        return "There is no text in it. Paste a checklist, or choose another file."
    return (
        "No items in this text. Keyturn looks for lines that begin with “- [ ]”, “-”, “*”, “•” or “1.”, and for tables "
        f"of controls. This text has {len(lines)} lines and none of them. Mark the lines that are items, or paste "
        "another text."
    )
