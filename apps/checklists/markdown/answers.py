"""Boxes that answer one question: `Decision:` over Approved and Rejected is a choice, not two items."""

import re
from dataclasses import dataclass, replace

from . import blanks, inline
from .blocks import Block

_DECIDES = re.compile(
    r"\b(?:decision|verdict|go\W{0,3}no\W?go|approv(?:al|ed)\w*|sign[\s-]?off|"
    r"(?:production|release|launch|deployment)[\s-]read\w+|entscheidung|freigabe|décision|decisión)\b|承認|判定",
    re.IGNORECASE,
)


# A line that has one of what is below it taken.
_SELECTS = re.compile(
    r"^\W*(?:(?:please )?(?:select|choose|pick)\b|(?:mark|check|tick|indicate) (?:only )?one\b|"
    r"(?:determine|classify|set)\b.{0,60}\b(?:level|severity|priority|type|category|class)\b|one of\b|"
    r"which (?:of|one)\b|"
    r"auswahl\b|bitte wählen|choisi(?:r|ssez)\b|seleccion(?:ar|e)\b|elegir\b|選択|选择).{0,120}[:：?]\W*$",
    re.IGNORECASE,
)
_TYPES = re.compile(
    r"\W*(?:\d+[.)]\s*)?(?:(?:what )?(?:types?|kinds?) of changes?(?: is (?:this|it))?|"
    r"change types?|pr type|art der änderung|type de changement)\W*",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\W*(?:other|autre|andere\w*|otr[oa])\b.{0,30}", re.IGNORECASE)
_ALL = re.compile(r"\b(?:all|any|at least|apply|several|multiple|alle|tous|toutes|todos|todas)\b", re.IGNORECASE)
_BARE = re.compile(r"\W*(?:yes|no|n/?a|ja|nein|oui|non)\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """What the boxes below it answer."""

    label: str
    line: int
    decides: bool  # whether it goes out, which is signed
    selects: bool = False  # it asks for one of them, and is something to do


def questions(blocks: list[Block]) -> dict[int, tuple[int, Question]]:
    """Position of every box that is an answer -> position of its question, and the question."""
    found: dict[int, tuple[int, Question]] = {}
    at = 1
    while at < len(blocks):
        end, question = _options(blocks, at)
        if question is None:
            end, question = _answers(blocks, at)
        if question is not None:
            found |= dict.fromkeys(range(at, end), (at - 1, question))
        at = max(end, at + 1)
    return found


def _options(blocks: list[Block], at: int) -> tuple[int, Question | None]:
    """Where the options that begin here end, and what selects one of them: `Choose the strategy:`."""
    asked, end = blocks[at - 1].text[:200], at
    if blocks[at].kind != "check" or (blocks[at - 1].is_list and not _SELECTS.search(asked)):
        return at, None
    while end < len(blocks) and _is_option(blocks[end], blocks[at]):
        end += 1
    selects = bool(_SELECTS.search(asked)) and not _ALL.search(asked)
    if end - at < 2 or not (selects or _are_kinds(blocks, at, end)):
        return at, None
    return end, replace(_question(blocks[at - 1]), decides=False, selects=selects)


def _are_kinds(blocks: list[Block], at: int, end: int) -> bool:
    """True for the boxes under `Type of change`, and for some words of which the last is `Other`."""
    above = [block for block in blocks[max(at - 2, 0) : at] if block.kind == "heading"]
    if any(_TYPES.fullmatch(block.text[:60]) for block in above):
        return True
    named = all(len(block.text.split()) < 4 for block in blocks[at:end])
    return named and bool(_OTHER.fullmatch(blocks[end - 1].text[:60])) and blocks[at - 1].kind in ("heading", "text")


def _answers(blocks: list[Block], at: int) -> tuple[int, Question | None]:
    """Where the answers that begin here end, and what they answer, if anything asks and one of them says no."""
    end = at
    while end < len(blocks) and _goes_on(blocks[end], blocks[at]):
        end += 1
    follows = end < len(blocks) and blocks[end].kind == "check" and blocks[end].indent == blocks[at].indent
    goes_on = follows and blocks[end].line == blocks[end - 1].line + 1
    refuses = any(blanks.is_refusal(block.text) for block in blocks[at:end])
    asks = _asks(blocks[at - 1], blocks[at]) or _are_bare(blocks[at - 1], blocks[at:end])
    return end, _question(blocks[at - 1]) if end - at > 1 and refuses and not goes_on and asks else None


def _is_option(block: Block, first: Block) -> bool:
    return block.kind == "check" and block.indent == first.indent and len(block.text) < 120


def _goes_on(block: Block, first: Block) -> bool:
    return block.kind == "check" and block.indent == first.indent and blanks.is_answer(block.text)


def _asks(block: Block, first: Block) -> bool:
    """True for a line that leaves something open, right above the boxes that answer it."""
    ends = block.text.rstrip("*_ ").endswith((":", "?")) or bool(blanks.fields(block.text, 0))
    if block.kind == "heading":
        return ends or bool(_DECIDES.search(block.text[:200]))
    if block.is_list:
        return first.indent > block.indent or (ends and block.kind != "check")
    return block.kind == "text" and ends


def _are_bare(above: Block, boxes: list[Block]) -> bool:
    """True for Yes and No alone: whatever stands above them is their question."""
    return above.kind in ("heading", "text") and all(_BARE.fullmatch(box.text[:20]) for box in boxes)


def _question(block: Block) -> Question:
    own = blanks.fields(block.text, block.line)
    label = own[-1].label if own else inline.plain(block.text).rstrip(":? ")[:200]
    return Question(label, block.line, bool(_DECIDES.search(label)))
