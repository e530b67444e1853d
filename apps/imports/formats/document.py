"""What a text was taken for, and what it becomes: plain frozen values."""

from dataclasses import dataclass
from enum import StrEnum

from apps.checklists.markdown.text import NotText

LineRange = tuple[int, int]  # first and last line of the original, counted from 1; (0, 0) for a line of our own
NOWHERE: LineRange = (0, 0)


class Kind(StrEnum):
    """The formats that are read; the values are stored and printed."""

    MARKDOWN = "markdown"
    CSV = "csv"
    SPREADSHEET = "spreadsheet"  # cells copied from Excel, Sheets or a table of Word, with tabs between them
    WORD = "word"
    NUMBERED = "numbered"
    ISSUE_FORM = "issue_form"
    RESTRUCTURED = "restructuredtext"
    ASCIIDOC = "asciidoc"
    HTML = "html"
    JIRA = "jira"
    CONFLUENCE = "confluence"
    EXPORT_JSON = "export_json"  # of Keyturn's own
    EXPORT_YAML = "export_yaml"
    EXPORT_TABLE = "export_table"


NAMES = {
    Kind.MARKDOWN: "Markdown or plain text",
    Kind.CSV: "CSV",
    Kind.SPREADSHEET: "cells copied from a spreadsheet",
    Kind.WORD: "a list copied from Word",
    Kind.NUMBERED: "numbered steps",
    Kind.ISSUE_FORM: "a GitHub issue form",
    Kind.RESTRUCTURED: "reStructuredText",
    Kind.ASCIIDOC: "AsciiDoc",
    Kind.HTML: "HTML",
    Kind.JIRA: "Jira markup",
    Kind.CONFLUENCE: "a page of Confluence (storage format)",
    Kind.EXPORT_JSON: "an export of Keyturn (JSON)",
    Kind.EXPORT_YAML: "an export of Keyturn (YAML)",
    Kind.EXPORT_TABLE: "an export of Keyturn (CSV)",
}


class NotRead(NotText):
    """A format that is not read; the message names it and says what to do next."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a text was taken for, and why; `delimiter` stands between the cells of a row."""

    kind: Kind
    why: str  # completes "because …"
    delimiter: str = ""

    @property
    def name(self) -> str:
        """The format as people call it."""
        return NAMES[self.kind]

    @property
    def sentence(self) -> str:
        """For the first line of a preview."""
        return f"Read as {self.name}, because {self.why}."


PLAIN = Format(Kind.MARKDOWN, "nothing in it belongs to another format")


@dataclass(frozen=True, slots=True)
class Brought:
    """A text as people bring it: the Markdown that is read, its format, and the whole original where it is another."""

    source: str
    form: Format
    original: str = ""


@dataclass(frozen=True, slots=True)
class Converted:
    """A text as Markdown, and for each of its lines the lines of the original that it comes from."""

    text: str
    lines: tuple[LineRange, ...]
