"""Lines such as `Before deploy:` that are no headings by their marks, and yet divide a list into sections."""

import re

from . import explaining
from .blocks import Block
from .headings import heading_shaped, leads
from .style import SIGNS
from .titles import IMPERATIVES

LABEL_LEVEL = 7  # deeper than any heading
_BOLD_LINE = re.compile(r"(\*\*|__)(?=\S)(?:(?!\1)[^\n]){1,290}\1[:.!]?")
_ASIDE = re.compile(r"\s*[(（][^()（）]{1,80}[)）]\s*$")
_SIGN_FIRST = re.compile(r"^[^\w\s*_#<>|(\[\"'`{$/\\.@&%+~=:;-]{1,4}\s+")
# A line that says what the list below it is for stands over no part of it.
_INTRODUCES = re.compile(
    r"\b(?:following|below|these|each of|all of|please|for example|e\.g\.|such as|folgende\w*|suivant\w*|"
    r"siguiente\w*)\b",
    re.IGNORECASE,
)


def labels_of(blocks: list[Block], headings: dict[int, int], options: set[int], *, has_boxes: bool) -> dict[int, int]:
    """Position -> level of every label: two of them under one heading, or one that stands within its list.

    options: boxes that answer a question, and so are no list to divide.
    """
    listing = _Listing(blocks, options, headings, has_boxes=has_boxes)
    found = listing.in_lists(headings)
    group: list[int] = []
    bare: list[int] = []
    listed, divides, titled = False, False, bool(headings)
    for at, block in enumerate(blocks):
        if at in headings:
            found += (group if len(group) > 1 or divides else []) + (bare if len(bare) > 1 else [])
            group, bare, listed, divides = [], [], False, False
        elif leads(blocks, at) and not has_boxes:
            found.append(at)
        elif not block.is_list and listing.is_label(at) and not explaining.leads(block.text.strip()):
            if block.text.startswith(("**", "__")) and not titled:
                found.append(at)
            elif group or not _INTRODUCES.search(block.text) or _BOLD_LINE.fullmatch(block.text):
                group.append(at)
                divides = divides or (listed and block.after_blank)
        elif listing.is_bare(at):
            bare.append(at)
        listed = listed or (block.kind == "check" if has_boxes else block.is_list)
    found += (group if len(group) > 1 or divides else []) + (bare if len(bare) > 1 else [])
    return dict.fromkeys(found, LABEL_LEVEL)


class _Listing:
    """The lists of a document, and what may stand over them."""

    def __init__(self, blocks: list[Block], options: set[int], headings: dict[int, int], *, has_boxes: bool) -> None:
        self.blocks, self.options, self.headings, self.has_boxes = blocks, options, headings, has_boxes

    def in_lists(self, headings: dict[int, int]) -> list[int]:
        """List lines such as `- Before:` over a list of their own; where one beside them is an item, all are items."""
        found: list[int] = []
        lists: dict[int, list[int] | None] = {}  # indent -> labels of the list there, None where it holds an item
        parents: dict[int, bool] = {}  # indent -> whether the last list line there is no item
        for at, block in enumerate(self.blocks):
            if not (block.is_list or at in headings):
                continue
            depth = -1 if at in headings else block.indent
            found += _closed(lists, depth)
            if at in headings:
                parents = {}
                continue
            labels = lists.setdefault(depth, [])
            if labels is not None and not _in_item(parents, depth) and self.is_label(at):
                labels.append(at)
            elif not self.has_boxes:
                lists[depth] = None
            parents = {indent: stands for indent, stands in parents.items() if indent < depth}
            parents[depth] = at in (lists[depth] or ()) or (self.has_boxes and block.kind != "check")
        return found + _closed(lists, -1)

    def is_label(self, at: int) -> bool:
        """True for a short line over a list, which ends with a colon, is bold as a whole or stands in capitals."""
        block, after = self.blocks[at], self.blocks[at + 1] if at + 1 < len(self.blocks) else None
        text = _SIGN_FIRST.sub("", block.text[:320]).strip()
        if after is None or at + 1 in self.options or len(text) > 300 or not self._is_list(after, below=block):
            return False
        bold = bool(_BOLD_LINE.fullmatch(text))
        signed = block.mark in SIGNS and bool(block.mark) and after.kind == "check" and heading_shaped(text)
        ends = bold or signed or text.endswith((":", ":**", ":__"))
        if block.is_list:
            return ends and _leads_list(block, after, text, bold=bold)
        above = self.blocks[at - 1] if at else None
        if not bold and not block.after_blank and above is not None and above.kind == "text":
            return False  # the end of a paragraph
        if _ASIDE.sub("", text).isupper() and heading_shaped(text):
            return block.indent < 2  # `BEFORE`
        within = block.indent < 2 or (after.indent == block.indent and not self._tells_of(at))
        return ends and within and (bold or ". " not in text)

    def _tells_of(self, at: int) -> bool:
        """True for a line further in than the list line above it: it says more of that."""
        above = next((one for one in range(at - 1, max(-1, at - 50), -1) if self.blocks[one].is_list), at)
        block = self.blocks[above]
        is_item = above not in self.headings and (block.kind != "check" or block.indent < self.blocks[at].indent)
        return above == at or is_item

    def is_bare(self, at: int) -> bool:
        """True for a few words alone over a list, `On the server`; one such line may be anything, two are labels."""
        block, after = self.blocks[at], self.blocks[at + 1] if at + 1 < len(self.blocks) else None
        if block.kind != "text" or block.indent > 1 or not block.after_blank or after is None:
            return False
        words = _ASIDE.sub("", block.text).split()
        is_short = 0 < len(words) < 6 and heading_shaped(" ".join(words)) and words[0].lower() not in IMPERATIVES
        return is_short and at + 1 not in self.options and self._is_list(after, below=block)

    def _is_list(self, after: Block, *, below: Block) -> bool:
        if below.kind not in ("text", "bullet", "number"):
            return False
        if not self.has_boxes:
            return after.is_list
        return after.kind == "check" or (after.kind == "number" and below.kind == "text")


def _closed(lists: dict[int, list[int] | None], depth: int) -> list[int]:
    """Takes the lists deeper than that away; their labels go to the list around them, or are found where there is none.

    A list that holds an item takes them along: what stands in an item tells more of it.
    """
    for indent in sorted((indent for indent in lists if indent > depth), reverse=True):
        labels = lists.pop(indent)
        around = max((other for other in lists if other < indent), default=None)
        if around is None:
            return labels or []
        above = lists[around]
        if above is not None:
            above += labels or []
    return []


def _in_item(parents: dict[int, bool], depth: int) -> bool:
    """True within an item: what stands there tells more of it."""
    above = [indent for indent in parents if indent < depth]
    return bool(above) and not parents[max(above)]


def _leads_list(block: Block, after: Block, text: str, *, bold: bool) -> bool:
    """True for `- Before:` over a list of its own, and `✅ **Before**` over one; `1. **Open**` has details below it."""
    if block.mark in SIGNS and (bold or after.kind == "check") and after.mark != block.mark:
        return True
    words = text.strip("*_").split()
    acts = bool(words) and words[0].lower() in IMPERATIVES and len(words) > 1
    is_step = after.kind != "check" and ((block.kind == "number" and bold and ":" not in text[-4:]) or acts)
    holds_boxes = after.kind == "check" and text.endswith(":")
    is_short = len(text) <= 90 and len(text.split()) <= 9
    return after.indent > block.indent and (is_short or holds_boxes) and not is_step
