"""Words that look like others: `json.state != "fаiled"` with one Cyrillic letter holds whatever fails."""

import re
import unicodedata

WORD = re.compile(r"[^\W\d_]+")
# Greek letters that no eye tells from Latin ones; others stand beside these rightly, as in kΩ and µs.
GREEK_ALIKE = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧινορυ")


def mixed_word(text: str) -> str:
    """The first word with Latin letters and others that look like them, empty without one."""
    return next((word for word in WORD.findall(text) if not word.isascii() and _is_mixed(word)), "")


def _is_mixed(word: str) -> bool:
    names = [unicodedata.name(letter, "") for letter in word]
    others = any(name.startswith("CYRILLIC") for name in names) or any(letter in GREEK_ALIKE for letter in word)
    return others and any(name.startswith("LATIN") for name in names)
