"""Blanks to fill in and answers to tick that stand in a line: `label: ____`, `label: ☐ Yes ☐ No`."""

import re
from functools import lru_cache

from . import inline, spans
from .document import Field

_BLANK = re.compile(
    r"(?<![-#/@._\\])`?(?:\\?_){3,}`?|\.{6,}|…{3,}|\[[ \t\u00a0]{3,200}\]|"
    # `Version: [version]` and `Version: <VERSION>`: words that stand for a blank, where a label asks for it
    r"(?:(?<=:[ \t\u00a0])|(?<=:\*\*[ \t\u00a0]))(?:\[(?![xX]?\])[^\[\]\n]{2,60}\](?![(\[:])|<[A-Za-z][\w .-]{0,40}>)"
    r"(?=[ \t]*$|[ \t]{2}|[ \t]*[|,;]|[ \t]+\w[\w ]{0,30}:)"
    r"|(?:(?<=:[ \t\u00a0])|(?<=:\*\*[ \t\u00a0]))_{1,2}(?=[ \t]*$)"
)
_TYPED_BOX = re.compile(r"\\?\[[ xX]?\\?\](?!\()|\((?: |\u00a0)\)")
_ENDS_OPEN = re.compile(
    r"\w[*_)]{0,3}[:：]\s*(?:(?:\\?_){3,}|(?:yes|ja|oui|s[ií])\s*/\s*(?:no|nein|non)(?:\s*/\s*\S+)?)\s*$", re.IGNORECASE
)
_MAY_ASK = re.compile(  # without one of these a line has no blank
    r"__|\\_|_[ \t]*$|\.{6}|…{3}|"
    r"[☐☑☒□▢◻⬜❏❑]|\[[ xX\u00a0]?\\?\]|\[[ \t\u00a0]{3}|:(?:\*\*)?[ \t\u00a0][\[<]|\([ \u00a0]\)"
)
_SIGN = re.compile(r"[☐☑☒□▢◻⬜❏❑]\ufe0f?")
_OPTION = re.compile(r"[☐☑☒□▢◻⬜❏❑]\ufe0f?\s*([^☐☑☒□▢◻⬜❏❑\n]{1,120})")
_WHY = r"(?:\W*$|\W*[,(:;–—-].{0,80}$|\s+(?:with|if|because|until|subject|pending|when)\b.{0,60}$)"
_YES = re.compile(
    rf"(?:yes|go|approved?|accepted?|ready|with (?:caveats|remarks)|pass(?:ed|es)?|done|ok|true|conditional\w*|"
    rf"ja|oui|s[ií]|はい|承認){_WHY}",
    re.IGNORECASE,
)
_NO = re.compile(
    rf"(?:no|no[\s-]?go|rejected?|declined?|denied|not \w+|n\.?/?a\.?|fail(?:ed|s)?|false|needs (?:work|changes)|"
    rf"changes requested|hold|postponed?|deferred|nein|non|いいえ|却下){_WHY}",
    re.IGNORECASE,
)


def without_blanks(text: str) -> str:
    """The words of a line with blanks to fill in, without the blanks; of a choice, the words before its answers."""
    if not _MAY_ASK.search(text):
        return text
    masked = spans.mask(text, brackets=False)
    if choice := _choice(masked.text):
        return masked.source(choice[0]).rstrip(" :-–—") or text
    if not _BLANK.search(masked.text):
        return text
    cleaned = _BLANK.sub(" … ", masked.text)
    return " ".join((masked.source(cleaned) + text[spans.SEARCHED :]).split()).rstrip(" :…") or text


def ends_open(text: str) -> bool:
    """True for `Window: ____` and `Released: yes / no`, which leave something open at their end."""
    return bool(_ENDS_OPEN.search(text[:300]))


def says_more(text: str, found: tuple[Field, ...]) -> bool:
    """True where a text has words besides its blanks and their labels."""
    rest = _BLANK.sub(" ", spans.mask(text, brackets=False).text)
    for one in found:
        rest = rest.replace(one.label, " ")
    return any(any(char.isalpha() for char in blank[0]) for blank in _BLANK.finditer(text)) or bool(
        re.search(r"\w", rest)
    )


def have_words(text: str) -> bool:
    """True where a blank says something itself: `[pass or fail]`."""
    if not _MAY_ASK.search(text):
        return False
    blanks = _BLANK.finditer(spans.mask(text, brackets=False).text)
    return any(any(char.isalpha() for char in blank[0]) for blank in blanks)


@lru_cache(maxsize=64)  # a line is asked several times in a row
def fields(text: str, line: int, *, hinted: bool = False) -> tuple[Field, ...]:
    """The blanks of a line: `label: ____`, several in a row, or `label: ☐ Yes ☐ No`, which is one.

    hinted: the words of a blank, `Result: [pass or fail]`, go into its label, for the line itself is stored nowhere.
    """
    if not _MAY_ASK.search(text) or text[:2] == "[^":
        return ()
    masked = spans.mask(text.strip(), brackets=False)
    if choice := _choice(masked.text):
        options = tuple(inline.plain(masked.source(option)) for option in choice[1])
        label = _label(masked.source(choice[0])) or " / ".join(options)
        return (Field(label, line, "choice", options),)
    found, start = [], 0
    for blank in _BLANK.finditer(masked.text):
        label = _label(masked.source(masked.text[start : blank.start()]))
        hint = blank[0].strip("[]<>_`. …\\")
        if hinted and label and hint and hint.lower() not in label.lower():
            label = f"{label} ({hint})"
        if label:
            found.append(field(label, line))
        start = blank.end()
    return tuple(found)


def _choice(masked: str) -> tuple[str, list[str]] | None:
    """(what is asked, its answers) of a line with two boxes at least that have words behind them."""
    text = _TYPED_BOX.sub("☐", masked) if "[" in masked or "(" in masked else masked
    first = _SIGN.search(text)
    options = [_BLANK.sub("", option).strip(" :,|/") for option in _OPTION.findall(text)] if first else []
    options = [option for option in options if option]
    return (text[: first.start()], options) if first and len(options) > 1 else None


def is_answer(text: str) -> bool:
    """True for words that answer a question: “Yes”, “Approved with caveats”."""
    text = inline.plain(text[:200])
    return bool(_YES.match(text) or _NO.match(text))


def is_refusal(text: str) -> bool:
    """True for an answer that says no: where one may be given, boxes are answers."""
    return bool(_NO.match(inline.plain(text[:200])))


def are_answers(text: str) -> bool:
    """True for a line of answers to tick and nothing else, `☐ Yes ☐ No`: it is no item by itself."""
    if len(_TYPED_BOX.findall(text)) + len(_SIGN.findall(text)) < 2:
        return False
    choice = _choice(spans.mask(text, brackets=False).text)
    return choice is not None and not re.search(r"\w", choice[0]) and all(map(is_answer, choice[1]))


def field(label: str, line: int) -> Field:
    """A blank, a date where its label says so."""
    is_date = re.search(r"\b(date|datum|day|when|fecha)\b|日付", label, re.IGNORECASE)
    return Field(label, line, "date" if is_date else "text")


def _label(text: str) -> str:
    words = inline.plain(text).strip(" :-–—|,;()[]•*`")
    words += ")" * (words.count("(") - words.count(")"))
    return words[-200:]
