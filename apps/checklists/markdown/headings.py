"""Which lines are headings: those marked as such, and bare lines of a pasted page."""

import re

from . import inline
from .blocks import Block
from .style import NUMBER, SIGN_OFF, SIGNS, Style
from .titles import IMPERATIVES


def headings_of(blocks: list[Block], style: Style) -> dict[int, int]:
    """Position -> level of everything that is a heading."""
    found = {at: block.level for at, block in enumerate(blocks) if block.kind == "heading" and not _points(block)}
    if not style.bare_headings:
        return found
    lettered = _lettered(blocks)
    last = count = 0  # of numbers that are none, one after the other
    other_lists = any(block.kind in ("check", "bullet") and block.mark not in SIGNS for block in blocks)
    for at, block in enumerate(blocks):
        if (
            block.kind == "text"
            and _stands_alone(blocks, at)
            and heading_shaped(block.text)
            and not _tells_to_do(blocks, at)
        ):
            found[at] = 1
        elif block.kind == "number" and (
            at in lettered
            or leads(blocks, at)
            or (other_lists and not (count > 1 and block.mark == str(last + 1)) and _numbered_heading(blocks, at))
        ):
            found[at], count = 2 + block.mark.count("."), 0
        elif block.kind == "number" and block.mark.isdigit() and block.indent < 2:
            count = count + 1 if count and int(block.mark) == last + 1 else 1
            last = int(block.mark)
        elif block.kind == "bullet" and block.mark in SIGNS and _signed_heading(blocks, at):
            found[at] = 1
    return found | _between_numbered(blocks, found)


def _between_numbered(blocks: list[Block], found: dict[int, int]) -> dict[int, int]:
    """Position -> level of the numbers 10 and 11 between the headings 9 and 12."""
    between: dict[int, int] = {}
    run: list[int] = []  # what may be headings since the last one
    before, last = -1, 0  # position of the last heading, and the number that was reached
    for at, block in enumerate(blocks):
        if block.kind != "number" or not block.mark.isdigit() or block.indent > 1:
            continue
        goes_on = before >= 0 and int(block.mark) == last + 1
        if at in found:
            between |= dict.fromkeys(run, found[at]) if goes_on else {}
            before, last, run = at, int(block.mark), []
        elif goes_on and heading_shaped(block.text.rstrip(":")):
            run.append(at)
            last += 1
    return between


def _points(block: Block) -> bool:
    """True for a heading of several links and nothing else: it leads to other pages."""
    return block.text.count("](") > 1 and inline.is_only_links(block.text)


def heading_shaped(text: str) -> bool:
    """True for a short line without a full stop, beginning with a capital, a digit or a letter without case."""
    words = text.split()
    if not 1 <= len(words) <= 10 or len(text) > 90 or text.endswith((".", ";", ",", ":", "…")):
        return False
    if "://" in text or "@" in text or "](" in text or "__" in text or re.search(r"[\\={}]|`", text):
        return False
    first = next((char for char in text if char.isalnum()), "")
    return bool(first) and not first.islower() and any(char.isalpha() for char in text) and "? " not in text


def _stands_alone(blocks: list[Block], at: int) -> bool:
    block = blocks[at]
    before = blocks[at - 1] if at else None
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    opened = block.after_blank or (before is not None and before.is_list)
    closed = block.before_blank or (after is not None and (after.is_list or after.kind == "row"))
    closed = closed or bool(SIGN_OFF.fullmatch(block.text[:90]))
    return block.indent < 2 and opened and closed


def _tells_to_do(blocks: list[Block], at: int) -> bool:
    """True for `Upload the archive to the mirror` over no list: a step among paragraphs."""
    words = blocks[at].text.split()
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    over = after is not None and (after.is_list or after.kind == "row" or after.indent > 0)
    return len(words) > 4 and words[0].lower() in IMPERATIVES and not over


def _numbered_heading(blocks: list[Block], at: int) -> bool:
    """A numbered line that is no part of a run 1. 2. 3. stands over what follows it."""
    block = blocks[at]
    neighbours = [blocks[near] for near in (at - 1, at + 1) if 0 <= near < len(blocks)]
    text = block.text.rstrip(":")
    beside = any(near.kind == "number" and not block.mark.startswith(f"{near.mark}.") for near in neighbours)
    return block.indent < 2 and not beside and heading_shaped(text)


def leads(blocks: list[Block], at: int) -> bool:
    """`1. Preparation` right above `1.1 Tell the team`."""
    block, after = blocks[at], blocks[at + 1] if at + 1 < len(blocks) else None
    is_above = after is not None and after.kind == "number" and after.mark.startswith(f"{block.mark}.")
    return block.kind == "number" and is_above and heading_shaped(block.text.rstrip(":"))


def _signed_heading(blocks: list[Block], at: int) -> bool:
    """`✅ Testing` over a list of other bullets."""
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    block = blocks[at]
    return bool(
        after and after.is_list and after.mark != block.mark and block.before_blank and heading_shaped(block.text)
    )


def _lettered(blocks: list[Block]) -> set[int]:
    """Numbers that each stand right above `a)`, as word processors number chapters and their points."""
    numbers = [at for at, block in enumerate(blocks) if block.kind == "number" and block.mark.isdigit()]
    after = [blocks[at + 1] if at + 1 < len(blocks) else None for at in numbers]
    whole = all(one is not None and one.kind == "number" and one.mark in "aA" and one.indent < 2 for one in after)
    return set(numbers) if len(numbers) > 1 and whole else set()


def without_number(title: str) -> str:
    """A heading's words without the number before them."""
    found = NUMBER.match(title)
    return title[found.end() :] if found and found[1].isdigit() else title
