"""Words that look like others: `json.state != "fаiled"` with one Cyrillic letter holds whatever fails.

So does `"failed"` with a mark at its end that shows nothing.
"""

import re
import unicodedata

WORD = re.compile(r"[^\W\d_]+")
# Greek letters that no eye tells from Latin ones; others stand beside these rightly, as in kΩ and µs.
GREEK_ALIKE = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧινορυ")
# Marks, letters and a symbol that show nothing, though Unicode has them among what is seen.
BLANKS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0]")
SELECTORS = re.compile("(.?)[\ufe00-\ufe0f\U000e0100-\U000e01ef](?!\u20e3)")


def blank_mark(text: str) -> str:
    """How the first character that shows nothing is called, empty without one; a selector after a picture is seen."""
    chosen = (found for found in SELECTORS.finditer(text) if unicodedata.category(found[1] or "x")[0] != "S")
    first = BLANKS.search(text) or next(chosen, None)
    return f"U+{ord(first[0][-1]):04X}" if first else ""


def mixed_word(text: str) -> str:
    """The first word with Latin letters and others that look like them, empty without one."""
    return next((word for word in WORD.findall(text) if not word.isascii() and _is_mixed(word)), "")


def _is_mixed(word: str) -> bool:
    names = [unicodedata.name(letter, "") for letter in word]
    others = any(name.startswith("CYRILLIC") for name in names) or any(letter in GREEK_ALIKE for letter in word)
    return others and any(name.startswith("LATIN") for name in names)
