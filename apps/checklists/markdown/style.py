"""Was this text written as Markdown, or copied from a web page, which leaves the marks out?"""

import re
from dataclasses import dataclass

CHECKBOX = re.compile(
    r"(?:(?P<bullet>[-*+•◦○●▪▫‣⁃–—·・]|\d{1,9}[.)])\s*)?"
    r"(?:\\?\[(?:\s{1,3}|\\ )\\?\](?![(:])|\\?\[(?:|\s?[xXvV✓✔✅~/_-]\s?|\\)\\?\](?![(\[:])|[☐☑☒□▢◻⬜❏❑✗✘🔲🔳]\ufe0f?|"
    r"(?(bullet)`\[[ xX~]\]`|(?!))|\(\s{1,3}\)|(?(bullet)\([xX]\)|(?!))|<input\s[^<>]{0,80}checkbox[^<>]{0,80}>)\s*"
)
BULLET = re.compile(
    r"([-*+•◦○●▪▫‣⁃–—·∙➤►▸➢❖・･✓✔✅☑❌✘✗\uf0a7\uf0b7\uf0d8\uf0fc]|o(?=\t))"  # the last ones are Word's
    r"(?:\s+|(?<=[•◦○●▪▫‣⁃・･✓✔✅☑❌\uf0a7\uf0b7\uf0d8\uf0fc])\ufe0f?\s*)(?=\S)"
)
NUMBER = re.compile(r"(?:\(?(\d{1,9}|[a-zA-Z])[.)])\s+(?=\S)")
OUTLINE = re.compile(r"(\d{1,3}(?:\.\d{1,3}){1,3})[.)]?\s+(?=\S)")
FENCE = re.compile(r"(`{3,}|~{3,})\s*([^`]*)$")
ATX = re.compile(r"(#{1,6})(?:(?:[ \t\u00a0]+|(?<=##)(?=\w))(.*)|$)")  # `##Heading` lacks its space and is meant so
SIGN_OFF = re.compile(
    r"\bsign[\s‐-]?offs?\b|\bapprovals?\b|\bsignatures?\b|\bsigned by\b|\bauthori[sz]ation\b|\bfreigabe\b|\babnahme\b|"
    r"\bunterschrift(?:en)?\b|\baprobaci[oó]n\b|\bfirmas?\b|\bapprobation\b|\baprovaç\w+\b|"
    r"\bassinaturas?\b|承認|署名|签字|签名|签署|审批|批准|簽名|簽核|審批|核准|승인|서명",
    re.IGNORECASE,
)
SIGNS = "✓✔✅☑❌✘✗"
_RING = re.compile(r"o [A-Z./$`\"(]")
_BULLET_SIGNS = "•◦○●▪▫‣⁃∙➤►▸➢❖・･\uf0a7\uf0b7\uf0d8\uf0fc"


@dataclass(frozen=True, slots=True)
class Style:
    """How to read a text."""

    hash_headings: bool  # `# Heading` is a heading, not a comment of unfenced code
    bare_headings: bool  # a short line on its own may be a heading
    loose_code: bool  # code may stand without a fence
    rings: bool = False  # `o Words` is a list line, and no word of a sentence
    outlined: bool = False  # `1.2 Words` after `1.1 Words` is a list, not a number in a sentence


def style_of(lines: list[str]) -> Style:
    """The style of a text, from marks only one of the two kinds has."""
    signs = dict.fromkeys(("fences", "bullets", "boxes", "deep", "top", "lists", "tables", "setext", "rings"), 0)
    first, before, fenced, numbered, outlined = "", "", "", "", False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        text = line.strip()[:300]
        fence = FENCE.match(text) if fenced else opened_fence(text)
        if fence:
            fenced = "" if fenced and fence[1].startswith(fenced) else fenced or fence[1]
            signs["fences"] += 1
        elif text and not fenced:
            first = first or text
            _count(signs, text, before, following.strip()[:300])
            if number := OUTLINE.match(text):
                outlined = outlined or _goes_on(numbered, number[1])
                numbered = number[1]
        before = text
    pasted = signs["bullets"] >= 2 and not signs["fences"] and not signs["boxes"] and not first.startswith("#")
    titled = first.startswith("#") or (signs["top"] > 0 and signs["lists"] > 0)
    hashes = not pasted and (signs["deep"] > 0 or titled)
    bare = not hashes and not signs["setext"]
    return Style(hashes, bare, loose_code=bare and not signs["fences"], rings=signs["rings"] > 2, outlined=outlined)


def opened_fence(text: str) -> re.Match[str] | None:
    """The fence that a line opens, also right behind a bullet or number: its end is no beginning of another."""
    if text[:1] not in "`~":
        head = text[:40]
        mark = BULLET.match(head) or NUMBER.match(head)
        text = text[mark.end() :].lstrip() if mark and ("```" in head or "~~~" in head) else ""
    return FENCE.match(text) if text[:1] in ("`", "~") else None


def _goes_on(before: str, number: str) -> bool:
    """True for 1.2 after 1.1."""
    head, _, last = number.rpartition(".")
    return before == f"{head}.{int(last) - 1}"


def _count(signs: dict[str, int], text: str, before: str, following: str) -> None:
    if text[0] in _BULLET_SIGNS:
        signs["bullets"] += 1
    elif text[0] == "#":
        heading = ATX.match(text)
        is_comment = bool(before or (following and not BULLET.match(following) and not CHECKBOX.match(following)))
        if heading and len(heading[1]) > 1:
            signs["deep"] += 1
        elif heading and not is_comment:
            signs["top"] += 1
    elif text[0] in "-*+" and text[1:2] in (" ", "\t"):
        signs["lists"] += 1
    elif _RING.match(text):
        signs["rings"] += 1
    elif before and len(text) >= 3 and set(text) in ({"="}, {"-"}) and is_setext(before, text):
        signs["setext"] += 1
    if "[" in text[:12] and CHECKBOX.match(text):
        signs["boxes"] += 1


def has_ruled_line(text: str, underline: str) -> bool:
    """True where a line of box drawings makes the one above it a heading."""
    text, underline = text.strip(), underline.strip()
    is_line = len(underline) > 2 and len(set(underline)) == 1
    if re.search(r"\S {3,}\S", text):  # the names of columns
        return False
    starts = text[:1] not in "-*+|#>`~•☐□[" and not "\u2500" <= text[:1] <= "\u257f"
    return is_line and bool(text) and starts and len(text) <= 90 and not text.endswith((".", ";", ","))


def is_setext(text: str, underline: str) -> bool:
    """True where the underline makes the line above a heading and is not meant as a rule.

    Exported Markdown loses blank lines, so `---` under a sentence is a rule; under a short line it is an underline.
    """
    text, underline = text.strip(), underline.strip()
    if (
        not text
        or text[0] in "-*+|#>`~•[☐□☑"
        or (NUMBER.match(text[:20]) and len(underline) < len(text) - 3)
        or len(text) > 90
        or re.search(r"\S {3,}\S", text)  # the names of columns
        or set(underline) not in ({"="}, {"-"})
    ):
        return False
    if underline[0] == "=":
        return len(underline) >= 2
    long_enough = len(underline) >= 3 and len(underline) * 2 >= len(text)
    if text.endswith(")"):  # an aside, unless the line was drawn to its length
        return abs(len(underline) - len(text)) < 4 or (len(underline) > 39 and (text[0].isupper() or text[0].isdigit()))
    return long_enough and not text.endswith((".", ":", ";", ",", "*"))
