"""reStructuredText as Docutils and Sphinx have it: lists, sections, code, tables and the marks inside a line.

Read here, line by line, and not by Docutils: that one takes 14 s for 60,000 characters of `*a *a`, knows none of
Sphinx's directives and drops what stands in them, and does not say on which line a list item stands. Nothing is
included, and raw text of another format is shown as code.
"""

from collections.abc import Iterator

from apps.imports.formats.blocks import Block

from .page import Page


def to_blocks(text: str) -> Iterator[Block]:
    """Block by block, as Sphinx would show it."""
    return Page([line.expandtabs(8).rstrip() for line in text.split("\n")]).blocks()
