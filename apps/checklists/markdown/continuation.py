"""Lines that go on with an item: wrapped at some width, unindented, or below it without a blank line."""

import re

from .blocks import Block

WRAPPED = 58  # characters: a line so long may have been cut at its end
_UNFINISHED = re.compile(
    r"(?:\b(?:a|an|the|of|to|in|on|at|by|for|from|with|without|into|and|or|but|nor|that|which|who|whose|is|are|was|were|be|"
    r"has|have|if|when|where|than|as|via|per|your|our|their|its|this|these|all|any|no|not|run|see|e\.g\.|i\.e\.|vs\.?|"
    r"der|die|das|den|dem|des|und|oder|von|mit|für|zu|im|ein|eine|le|la|les|de|du|des|et|ou|à|un|une|el|los|y|en)|"
    r"[,(\[/&+=–—-])$",
    re.IGNORECASE,
)
_ENDS = (".", ":", "!", "?", ";", "。", "！", "？", "：")
_LABEL = re.compile(r"(?:\*\*|__)[^*_]{1,120}(?:\*\*|__)")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\uac00-\ud7af]")


def joins(source: str, last: str, block: Block, *, pasted: bool) -> bool:
    """True for a line that is part of the sentence of the item above it.

    source: the item's words so far; last: the line above as it stands; pasted: short lines may be headings.
    """
    text = block.text
    if block.lines[0].lstrip()[:1] == ">" or source.endswith(_ENDS) or _is_bold(source):
        return False
    first = text[:1]
    unfinished = bool(_UNFINISHED.search(source[-40:])) or source.count("(") > source.count(")")
    if first.islower() or unfinished:
        return not _is_code(text) or unfinished
    if pasted or (_LABEL.match(text) and block.indent == 0):
        return False
    if first == "(" or (first == "`" and not _is_code(text)) or _WIDE.match(first):
        return True
    return len(last.rstrip()) >= WRAPPED


def touches(block: Block, *, pasted: bool) -> bool:
    """True for a line right below an item that belongs to it unindented: Markdown takes it for the same paragraph."""
    return block.kind == "text" and not pasted and not _LABEL.match(block.text)


def joined(source: str, text: str) -> str:
    """The sentence with its next line; scripts that know no blanks are joined without one."""
    gap = "" if source and _WIDE.match(source[-1]) and _WIDE.match(text[:1]) else " "
    return f"{source}{gap}{text}".strip()


def _is_bold(source: str) -> bool:
    return source[:2] in ("**", "__") and source[-2:] == source[:2]


def _is_code(text: str) -> bool:
    return len(text) > 2 and text[0] == text[-1] == "`" and "`" not in text[1:-1]
