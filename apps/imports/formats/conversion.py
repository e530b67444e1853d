"""From a text of a known format to Markdown."""

from collections.abc import Callable, Iterable

from apps.checklists.markdown.text import split_lines

from . import asciidoc, blocks, confluence, delimited, export, issue_form, jira, numbered, restructured, web, word
from .blocks import Block
from .detection import detect
from .document import Brought, Converted, Format, Kind


def _by_blocks(read: Callable[[str], Iterable[Block]]) -> Callable[[str, Format], Converted]:
    """A reader of a format that has blocks."""
    return lambda text, form: blocks.to_markdown(read(text))


def _unchanged(text: str, form: Format) -> Converted:
    return Converted(text, tuple((number, number) for number in range(1, text.count("\n") + 2)))


def _cells(text: str, form: Format) -> Converted:
    return blocks.to_markdown(delimited.to_blocks(text, form.delimiter))


_READERS: dict[Kind, Callable[[str, Format], Converted]] = {
    Kind.MARKDOWN: _unchanged,
    Kind.CSV: _cells,
    Kind.SPREADSHEET: _cells,
    Kind.WORD: lambda text, form: word.to_markdown(text),
    Kind.NUMBERED: lambda text, form: numbered.to_markdown(text),
    Kind.ISSUE_FORM: _by_blocks(issue_form.to_blocks),
    Kind.RESTRUCTURED: _by_blocks(restructured.to_blocks),
    Kind.ASCIIDOC: _by_blocks(asciidoc.to_blocks),
    Kind.HTML: _by_blocks(web.to_blocks),
    Kind.JIRA: _by_blocks(jira.to_blocks),
    Kind.CONFLUENCE: _by_blocks(confluence.to_blocks),
    Kind.EXPORT_JSON: lambda text, form: export.from_json(text),
    Kind.EXPORT_YAML: lambda text, form: export.from_yaml(text),
    Kind.EXPORT_TABLE: lambda text, form: export.from_table(text),
}


def to_markdown(text: str, form: Format) -> Converted:
    """The text as Markdown; NotRead where it is more than a checklist can be."""
    return _READERS[form.kind]("\n".join(split_lines(text)), form)


def brought(text: str, file_name: str = "") -> Brought:
    """A text as people bring it, recognised and made Markdown; NotRead says why it is not."""
    form = detect(text, file_name)
    if form.kind is Kind.MARKDOWN:
        return Brought(text, form)
    return Brought(to_markdown(text, form).text, form, text)
