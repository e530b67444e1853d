"""How much of the texts of a record is printed: so many lines of each, so many of all in one chapter.

A line is the dearest thing on paper (0.8 ms and a fiftieth of a page), and texts may hold ten thousand of them. What is
not printed is in record.json, whole; the last printed line says so.
"""

import hashlib
from collections.abc import Sequence
from itertools import zip_longest

from apps.core.wording import plural

from . import shell, wording
from .page import NamedText, TextLine

MOST = 120  # printed lines of one text: two pages
LEAST = 3  # of every text, however much its chapter printed before
CHAPTER = 3_000  # of all texts of one chapter: fifty pages
MOST_ENTRIES = 1_200  # pieces of evidence, and waivers, in their chapter
MOST_LISTED = 40  # lines of one kind at one item: its evidence, its past
WIDTH = 95  # characters on a printed line


class Budget:
    """What is left to print of the texts of one chapter, in lines."""

    def __init__(self, lines: int = CHAPTER) -> None:
        self.left = lines

    def paragraphs(self, text: str) -> tuple[str, ...]:
        """The lines of a text that say something, as many as fit, and what says where the rest is."""
        return self._fitting(wording.paragraphs(text), text, "")

    def markdown(self, text: str) -> tuple[TextLine, ...]:
        """The same of a text that pages show as Markdown: code between fences as it stands, without the fences."""
        lines = wording.markdown_lines(text)
        shown = self._fitting(tuple(line for line, _ in lines), text, "")
        pairs = zip_longest(shown, lines[: len(shown)], fillvalue=("", False))
        return tuple(TextLine(line, is_code and line == whole) for line, (whole, is_code) in pairs)

    def command(self, command: str) -> tuple[str, ...]:
        """The lines of a command, as many as fit, and a comment that says where the rest is."""
        return self._fitting(shell.command_lines(command), command, "# ")

    def code(self, text: str) -> tuple[str, ...]:
        """The lines of what a machine was asked, as many as fit, and what says where the rest is."""
        return self._fitting(wording.code_lines(text), text, "")

    def _fitting(self, lines: tuple[str, ...], whole: str, mark: str) -> tuple[str, ...]:
        allowed = min(MOST, max(LEAST, self.left))
        shown: list[str] = []
        used = 0
        for line in lines:
            needed = 1 + len(line) // WIDTH
            if used + needed > allowed:
                rest = line[: (allowed - used) * WIDTH].replace("\n", f"\n{mark}")
                self.left -= allowed
                return (*shown, *([f"{mark}{rest}…"] if rest else []), f"{mark}{_where(whole)}")
            shown.append(line)
            used += needed
        self.left -= used
        return lines


def listed(lines: Sequence[NamedText], what: str) -> tuple[NamedText, ...]:
    """The last lines of one kind that fit at one item, and before them how many there are more."""
    more = len(lines) - MOST_LISTED
    if more <= 0:
        return tuple(lines)
    return NamedText(lines[0].name, f"{more:,} earlier {what}, in record.json"), *lines[-MOST_LISTED:]


def _where(whole: str) -> str:
    digest = hashlib.sha256(whole.encode()).hexdigest()
    return (
        f"Printed up to here. The whole text, {plural(len(whole), 'character')} with the SHA-256 {digest}, "
        "is in record.json inside this file."
    )
