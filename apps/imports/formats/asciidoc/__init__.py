"""AsciiDoc as Asciidoctor has it: lists, sections, blocks, tables and the marks inside a line.

There is no kept parser of it for Python; it is read here, line by line. Nothing is included and nothing is evaluated.
"""

from collections.abc import Iterator

from apps.imports.formats.blocks import Block

from .page import Page


def to_blocks(text: str) -> Iterator[Block]:
    """Block by block, as Asciidoctor would show it."""
    return Page([line.rstrip() for line in text.split("\n")]).blocks()
