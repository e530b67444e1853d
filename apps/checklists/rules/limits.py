"""How much a checklist may hold, so that every page that shows it stays quick, and which characters none may hold."""

from collections.abc import Iterable

from apps.core.wording import DIRECTION_MARKS

LONGEST_TEXT = 20_000  # characters
MOST_LINES = 20_000
LISTED = 5  # texts over the limit that the sentence lists one by one


def without_direction_marks(text: str) -> str:
    """The text in the order it is read: without characters that turn the direction."""
    return text.translate(dict.fromkeys(DIRECTION_MARKS))


def too_many_lines(text: str) -> str:
    """Why a text is not read for its lines, as a sentence; empty when it is."""
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    lines = ends + (not text.endswith(("\n", "\r")))
    if lines <= MOST_LINES:
        return ""
    return (
        f"This text has {lines:,} lines; a checklist has at most {MOST_LINES:,}. Split it into several checklists and "
        "import them one by one."
    )


def too_long(texts: Iterable[tuple[int, str, str]]) -> str:
    """Why texts cannot be published for their length, as sentences that name their lines; empty when they can.

    texts: of each its first line, what it is, and its words.
    """
    long = sorted({(line, what, len(text)) for line, what, text in texts if len(text) > LONGEST_TEXT})
    if not long:
        return ""
    line, what, length = long[0]
    sentence = (
        f"Line {line}: {what} has {length:,} characters; at most {LONGEST_TEXT:,} can be published. Shorten it, or "
        "split it into several."
    )
    others = [f"line {line} ({length:,})" for line, _what, length in long[1 : LISTED + 1]]
    if len(long) > LISTED + 1:
        others.append(f"{len(long) - LISTED - 1} more")
    return f"{sentence} Too long as well: {', '.join(others)}." if others else sentence
