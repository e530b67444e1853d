"""Lines that begin with a box, a bullet or a number, as people and programs type them."""

import re

from . import blanks
from .style import BULLET, CHECKBOX, NUMBER, OUTLINE, SIGNS

_SEARCHED = 300
_BOLD_BOX = re.compile(r"(\*\*|__)\s*(\\?\[[ xX]?\\?\])\s*(?=\S)")
_BOX_LAST = re.compile(
    r"(?P<words>.*[\w*_)\]`:：。）])\s+(?P<box>[☐□⬜▢◻🔲]\ufe0f?|\\?\[ \\?\])\s*"
    r"(?P<more>[（(][^()（）]{1,60}[)）]|[_*]{0,2}(?:or|and|oder|und)[_*]{0,2})?"
)
_SIGN_AGAIN = re.compile(r"(?:[•◦○●▪–]|\\-)\s+(?=\S)")
_OPENS = re.compile(r"[-*+]\s+\S|\d{1,3}[.)]\s+\S|\[[ xX]?\]\s")
_BOX_SIGN = re.compile(r"[☐☑☒□▢◻⬜🔲❏❑]|\\?\[[ xX]?\\?\]")
_QUOTE = re.compile(r"(?:>\s?)+")


def is_sign(text: str) -> bool:
    """True for a bullet or a box that is a sign of its own: it never stands inside pasted code."""
    return text[0] in "•◦○●▪▫‣⁃・･✅☐☑□▢\uf0a7\uf0b7\uf0d8\uf0fc"


def opens(text: str) -> bool:
    """True for what begins as a list line does: code that stands below one ends before the next."""
    return bool(_OPENS.match(text[:_SEARCHED]))


def boxed(text: str) -> tuple[str, str] | None:
    """(box with its bullet, words) of a line that begins with a box; None for any other, and for answers to tick.

    A quoted box is a box, as is one in a list of a list, `- - [ ] x`, or in bold.
    """
    if text[0] == ">":
        text = _QUOTE.sub("", text[:_SEARCHED], count=1) + text[_SEARCHED:]
    for _ in range(4):
        head = text[:_SEARCHED]
        box = CHECKBOX.match(head)
        if box:
            words = text[box.end() :].strip()
            is_legend = not box["bullet"] and words[:2] == "= "  # `[ ] = open`
            is_item = bool(words) and not is_legend and not blanks.are_answers(head)
            return (box[0].strip(), words) if is_item else None
        outer = BULLET.match(head) or NUMBER.match(head)
        if not outer:
            break
        text = text[outer.end() :].strip()
    bold = _BOLD_BOX.match(head)
    return (bold[2], bold[1] + text[bold.end() :]) if bold else None


def boxed_at_end(text: str) -> tuple[str, str] | None:
    """(box, words) of a line with one box, which stands behind its words: `**Backup taken** ⬜ (by hand)`."""
    if len(text) > _SEARCHED or text[0] in "#|<`" or not (found := _BOX_LAST.fullmatch(text)):
        return None
    words = found["words"].rstrip(" :：")
    outer = BULLET.match(words) or NUMBER.match(words)
    more = found["more"] or ""
    words = f"{words[outer.end() :] if outer else words}{'' if more[:1] == '（' else ' '}{more}".strip()
    is_asked = len(_BOX_SIGN.findall(text)) > 1 or blanks.is_answer(words)
    return None if is_asked or not re.search(r"\w", words) else (found["box"], words)


def bullet_or_number(text: str, *, outlined: bool, in_list: bool, rings: bool) -> tuple[str, str, str] | None:
    """(kind, words, mark) of any other list line.

    outlined: `1.2 Words` is one; in_list: so is `a) Words`, which elsewhere begins a sentence; rings: so is `o Words`.
    """
    head = text[:_SEARCHED]
    if rings and head.startswith("o "):
        return "bullet", text[2:].strip(), "o"
    bullet = BULLET.match(head)
    if bullet:
        rest = _SIGN_AGAIN.sub("", text[bullet.end() :].strip())
        number = NUMBER.match(rest) if bullet[1] in SIGNS else None
        return ("number", rest[number.end() :], number[1]) if number else ("bullet", rest, bullet[1])
    if outlined and (number := OUTLINE.match(head)):
        return "number", text[number.end() :].strip(), number[1]
    number = NUMBER.match(head)
    if number and (number[1].isdigit() or in_list):
        return "number", text[number.end() :].strip(), number[1]
    return None
