"""Links and notes that are defined elsewhere in the text: `[plan][1]`, `[plan]`, `[^1]`."""

import re
from collections.abc import Iterable
from dataclasses import replace

from . import spans
from .blocks import Block

_DEFINITION = re.compile(r"\[(?!\^)([^\[\]\n]{1,200})\]:[ \t]{1,9}<?([^\s<>]{1,2000})>?(?:[ \t]+[\"'(][^\n]{0,300})?$")
_NOTE = re.compile(r"\[\^([^\[\]\s]{1,60})\]:[ \t]*(\S[^\n]{0,2000})$")
_LINKED = re.compile(r"\[([^\[\]\n]{1,300})\](?:\[([^\[\]\n]{0,200})\]|(?![\[(:]))")
_BADGE = re.compile(r"\[!\[([^\[\]\n]{0,200})\](?:\[[^\[\]\n]{1,200}\]|\([^()\s]{1,1000}\))\](?=[\[(])")
_MARK = re.compile(r"\[\^([^\[\]\s]{1,60})\](?!:)")
_PLACES = ("heading", "check", "bullet", "number", "row", "text")
_ADDRESS = re.compile(r"[a-zA-Z][\w+.-]{0,20}:|[/.#]|[\w-]{1,60}(?:\.[\w-]{1,60})+|[\w-]{1,60}/")


class References:
    """Every definition of a text, and the lines with them in their places."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.links: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.used: set[str] = set()
        for block in blocks:
            text = block.text.strip() if block.kind == "text" and block.text[:1] == "[" else ""
            if found := _DEFINITION.match(text):
                if _ADDRESS.match(found[2]):
                    self.links.setdefault(_name(found[1]), found[2])
            elif found := _NOTE.match(text):
                self.notes.setdefault(_name(found[1]), found[2])

    def resolved(self, block: Block) -> Block:
        """The block with the addresses of its links."""
        if block.kind not in _PLACES or "[" not in block.text:
            return block
        if _NOTE.match(block.text.strip()):
            # Only escaped it is text: Markdown takes `[^1]: Twice.` for the address of a link, and shows nothing.
            return replace(block, lines=tuple(line.replace("[", "\\[", 1) for line in block.lines))
        if not self.links or _DEFINITION.match(block.text.strip()):
            return block
        row = block.row and replace(block.row, cells=tuple(map(self._linked, block.row.cells)))
        lines = block.lines if block.kind == "check" else tuple(map(self._linked, block.lines))
        return replace(block, text=self._linked(block.text), lines=lines, row=row)

    def all_resolved(self, blocks: list[Block]) -> list[Block]:
        """All blocks with their addresses; a definition that was put in its places says nothing itself."""
        found = [self.resolved(block) for block in blocks]
        return [replace(block, kind="frame") if self._is_used(block) else block for block in found]

    def _is_used(self, block: Block) -> bool:
        definition = _DEFINITION.match(block.text.strip()) if self.used and block.kind == "text" else None
        return definition is not None and _name(definition[1]) in self.used

    def of(self, text: str) -> list[str]:
        """The notes that a text points to, as Markdown."""
        names = _MARK.findall(spans.mask(text).text) if self.notes and "[^" in text else []
        return [f"\\[^{name}]: {self.notes[_name(name)]}" for name in dict.fromkeys(names) if _name(name) in self.notes]

    def _linked(self, text: str) -> str:
        if "[" not in text:
            return text
        masked = spans.mask(text)
        inner = _BADGE.sub(r"[\1]", masked.text)
        return masked.source(_LINKED.sub(self._inline, inner)) + text[spans.SEARCHED :]

    def _inline(self, found: re.Match[str]) -> str:
        name = _name(found[2] or found[1])
        url = self.links.get(name, "")
        self.used |= {name} if url else set()
        return f"[{found[1]}]({url})" if url else found[0]


def _name(text: str) -> str:
    return " ".join(text.split()).casefold()
