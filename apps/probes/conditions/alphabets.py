"""Words that look like others: `json.state != "fаiled"` with one Cyrillic letter holds whatever fails.

So does `"failed"` with a mark at its end that shows nothing. A text that has to hold such letters has them by their
codes, as `"\\u0430"`, which everybody reads as what they are.
"""

import re
import unicodedata

from .values import visible

WORD = re.compile(r"[^\W\d_]+")
LETTERS = re.compile(r"[^\W_]")
QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
# Letters that no eye tells from Latin ones, of these alphabets; others of Greek stand beside Latin ones rightly: kΩ.
GREEK_ALIKE = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧινορυ")
ALIKE = GREEK_ALIKE | frozenset(
    "АВЕЅІЈКМНОРСТУХҺԌԚԜаеѕіјорсухһԁԛԝѵӏ"  # Cyrillic
    "ՍՕՏԼհոսցօզյ"  # Armenian
    "ɑɡɩǀᴄᴏᴠᴡᴢꜱ"  # of phonetic alphabets
)
# Alphabets of whose letters many look like Latin ones, so that no word has letters of both.
APART = (
    "CYRILLIC",
    "ARMENIAN",
    "CHEROKEE",
    "COPTIC",
    "DESERET",
    "GOTHIC",
    "LISU",
    "OLD ITALIC",
    "CANADIAN",
    "TIFINAGH",
)
# Marks, letters and a symbol that show nothing, though Unicode has them among what is seen.
BLANKS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0]")
SELECTORS = re.compile("(.?)[\ufe00-\ufe0f\U000e0100-\U000e01ef](?!\u20e3)")


def why_misread(line: str) -> str:
    """Why a line is read as another one would be, as a sentence; empty where it is not."""
    if visible(line) != line:
        return f"“{visible(line)[:60]}” has a character that nobody sees. Take it out."
    if blank := blank_mark(line):
        return f"“{line[:60]}” has the character {blank}, that nobody sees. Take it out."
    if odd := mixed_word(line):
        return f"“{odd[:60]}” has letters of two alphabets that look alike. Write the word again in one."
    if odd := disguised(line):
        return (
            f"{odd[:60]} only looks like plain letters. If it has to be these, write their codes: {by_codes(odd)[:60]}"
        )
    return ""


def blank_mark(text: str) -> str:
    """How the first character that shows nothing is called, empty without one; a selector after a picture is seen."""
    chosen = (found for found in SELECTORS.finditer(text) if unicodedata.category(found[1] or "x")[0] != "S")
    first = BLANKS.search(text) or next(chosen, None)
    return f"U+{ord(first[0][-1]):04X}" if first else ""


def mixed_word(text: str) -> str:
    """The first word with Latin letters and others that look like them, empty without one."""
    return next((word for word in WORD.findall(text) if not word.isascii() and _is_mixed(word)), "")


def odd_name(line: str) -> str:
    """The first word with a letter beyond ASCII that stands outside quotation marks, empty without one."""
    return next((word for word in re.findall(r"[\w.-]+|[^\x00-\x7f]", QUOTED.sub(" ", line)) if not word.isascii()), "")


def disguised(line: str) -> str:
    """The first text in quotation marks whose letters beyond ASCII all look like those of ASCII, empty without one."""
    return next((text for text in QUOTED.findall(line) if not text.isascii() and _is_disguised(text)), "")


def by_codes(text: str) -> str:
    """The text with the codes of its letters beyond ASCII, as CEL reads them."""
    return re.sub(r"[^\x00-\x7f]", _code_of, text)


def _code_of(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_mixed(word: str) -> bool:
    names = [unicodedata.name(letter, "") for letter in word]
    others = any(name.startswith(APART) for name in names) or any(map(_is_alike, word))
    return others and any(name.startswith("LATIN") for name in names)


def _is_disguised(text: str) -> bool:
    odd = [letter for letter in LETTERS.findall(text) if not letter.isascii()]
    return bool(odd) and all(map(_is_alike, odd))


def is_mistaken(character: str) -> bool:
    """Whether it shows nothing, changes how another one looks, or looks like a letter or digit of ASCII."""
    return bool(BLANKS.match(character) or SELECTORS.match(f"x{character}")) or _is_alike(character)


def _is_alike(letter: str) -> bool:
    """Whether it looks like a letter or digit of ASCII; wide and mathematical ones do, too."""
    form, _, base = unicodedata.decomposition(letter).partition(" ")
    return letter in ALIKE or (form in ("<wide>", "<font>") and chr(int(base.split()[0], 16)).isascii())
