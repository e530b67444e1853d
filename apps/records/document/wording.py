"""How a record spells times, names and code: pure text in, text out."""

import re
import unicodedata
from datetime import datetime

from markdown_it import MarkdownIt

from apps.core.wording import DIRECTION_MARKS, FIRST_ISOLATE, LAST_ISOLATE, exact, is_rtl, isolated, who_acted

CODE_WIDTH = 96  # characters of 7 pt mono that fit the column; Pango would tear "--option" apart by itself
LONG_WORD = re.compile(r"\S{22,}")  # of capitals, wider than the narrowest column that names stand in
FENCE = re.compile(r"( *)(`{3,}|~{3,})([^`]*)$")  # its indent, itself, and what kind of code follows
# Only what stands inside lines: blocks are printed line by line. Addresses are printed as they were written.
MARKDOWN = MarkdownIt("zero").enable(["backticks", "emphasis", "link", "image", "autolink", "escape"])
MARKED = re.compile(r"[*_`~\[\\<]|^\s*#")
LEAD = re.compile(r"(?s)(\s*(?:[-*+] )?)(?:#{1,6} )?(.*)")
LONGEST_MARKED = 4_000  # characters
MOST_BRACKETS = 100
# Where a word goes on for more than four lines: breaking it costs the square of its length.
ENDLESS = re.compile(r"(\S{384})(?=\S)")

# Characters that reorder or hide text: kept in the data, spelt out on paper.
_DECEIVING = {code: f"⟨U+{code:04X}⟩" for code in (*DIRECTION_MARKS, 0x200B, 0xFEFF)}
_DECEIVING_OUTSIDE = {code: mark for code, mark in _DECEIVING.items() if chr(code) not in (FIRST_ISOLATE, LAST_ISOLATE)}
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), "�") | {13: None}


def moment(at: datetime | None) -> str:
    """A time as printed: `2026-10-21 10:31:05 UTC`, or a dash."""
    return exact(at) if at else "–"


def printable(text: str) -> str:
    """The text with nothing hidden: direction overrides spelt out, control characters replaced."""
    return text.translate(_DECEIVING).translate(_CONTROLS)


def plain(text: str) -> str:
    """The text on one line: a tab would jump to the gutter's stop."""
    return " ".join(printable(text).split())


def line(text: str) -> str:
    """A title, a name or a typed line, isolated from the sentence it stands in."""
    return isolated(plain(text))


def cut(text: str, width: int) -> str:
    """The line, cut with an ellipsis when longer than `width` characters."""
    return isolated(shortened(plain(text), width))


def shortened(text: str, width: int) -> str:
    """The text, cut with an ellipsis when longer than `width` characters."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def sentence(text: str, width: int = 100_000) -> str:
    """A sentence in which names and typed text are isolated already, on one line, and cut."""
    found = shortened(" ".join(text.translate(_DECEIVING_OUTSIDE).translate(_CONTROLS).split()), width)
    return found + LAST_ISOLATE * (found.count(FIRST_ISOLATE) - found.count(LAST_ISOLATE))


def paragraphs(text: str) -> tuple[str, ...]:
    """The lines of a text that say something; an endless word is several lines."""
    lines = filter(None, map(plain, text.splitlines()))
    return tuple(isolated(part) for each in lines for part in ENDLESS.sub(r"\1\n", each).split("\n"))


def words(text: str) -> str:
    """A line of Markdown as words: without the marks of headings, bold and code, a link with its address behind it.

    Single stars and low lines stay: `2*3*4` and `__init__` are more often meant so than emphasis. A line that would
    keep the parser busy stands as it was written.
    """
    if not MARKED.search(text) or len(text) > LONGEST_MARKED or text.count("[") > MOST_BRACKETS:
        return text
    lead, rest = LEAD.match(text).groups()  # type: ignore[union-attr]  # it matches anything
    found, address = [lead], ""
    for token in MARKDOWN.parseInline(rest)[0].children or ():
        if token.type == "link_open":
            address, found = str(token.attrs["href"]), [*found, ""]
        elif token.type == "link_close":
            found[-1] += f" ({address})" if address not in (found[-1], f"mailto:{found[-1]}") else ""
            found.append("")
        elif token.type == "image":
            found[-1] += f"{token.content} ({token.attrs['src']})"
        else:
            found[-1] += token.content or token.markup.replace("**", "")
    return "".join(found)


def markdown_lines(text: str) -> tuple[tuple[str, bool], ...]:
    """The lines of a text in Markdown that say something, in words, and whether each is code.

    Fences of code are not printed.
    """
    found: list[tuple[str, bool]] = []
    fence, margin, code = "", 0, list[str]()
    for each in [*text.splitlines(), ""]:
        mark = FENCE.match(each)
        if fence and mark and mark[2].startswith(fence) and not mark[3].strip():
            found += [(row, True) for row in code_lines("\n".join(code))]
            fence, code = "", []
        elif fence:
            code.append(each[min(margin, len(each) - len(each.lstrip())) :])
        elif mark:
            fence, margin = mark[2], len(mark[1])
        else:
            found += [(row, False) for row in paragraphs(words(each))]
    return (*found, *((row, True) for row in code_lines("\n".join(code))))


def initials(name: str) -> str:
    """At most two letters that fit a key: `Amélie Moreau` gives AM, `佐藤 美咲` gives 佐藤."""
    words = plain(who_acted(name)).split()
    if not words:
        return "?"
    if unicodedata.name(words[0][0], "").startswith(("CJK", "HANGUL", "HIRAGANA", "KATAKANA")):
        return words[0][:2]
    words = [word[2:] if word.startswith("ال") and len(word) > 4 else word for word in words]  # the Arabic article
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [words[0][0]]
    return (" " if is_rtl(name) else "").join(letters).upper()


def is_long(text: str) -> bool:
    """Has the text a word that may be wider than its column?"""
    return LONG_WORD.search(text) is not None


def code_lines(text: str) -> tuple[str, ...]:
    """The lines of what machines were asked, each broken at spaces after at most CODE_WIDTH characters."""
    lines = printable(text).expandtabs(4).rstrip().split("\n")
    return tuple(_broken(text.rstrip()) for text in lines if text.strip())


def _broken(text: str) -> str:
    rows = [""]
    for token in re.findall(r"\s*\S+", ENDLESS.sub(r"\1 ", text)):
        if rows[-1] and len(rows[-1]) + len(token) > CODE_WIDTH:
            rows.append(token.lstrip())
        else:
            rows[-1] += token
    return " \n".join(rows)


def groups(digest: str) -> tuple[str, str]:
    """A digest as two printed lines of eight groups of four."""
    parts = [digest[start : start + 4] for start in range(0, len(digest), 4)]
    return " ".join(parts[:8]), " ".join(parts[8:])
