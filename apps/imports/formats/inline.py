"""Words inside a line as Markdown: what is text stays text, and what is code stays literal."""

import re
from collections.abc import Callable

_ADDRESS = re.compile(r"https?://[^\s<>\"`]+")
# Marks that Markdown would read, each as it stands in words. Blanks (`____`), boxes and `[Name]` are meant as such.
_MARKS = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)"  # before a sign, or at the end of a line
    r"|`|(?<!\S)\*+(?=\S)|(?<=\S)\*+|~{2,}"
    r"|(?<![\w_])_{1,2}(?=[^\s_])|(?<=[^\s_])_{1,2}(?![\w_])"
    r"|<!(?=--)|<(?=[A-Za-z/!?])|&(?=#?\w{1,40};)"
    r"|(?<=\s)-(?=--?\s)|(?<![\w:]):(?=[a-z0-9_+-]{1,40}:(?![\w:]))"  # ` -- ` and `:rocket:`
    r"|\](?=[(\[:])|(?<=\[)\^|!(?=\[)",
    re.MULTILINE,
)
# What begins a heading, a quote, a list, a rule, a table or a fence where it stands first in its line.
_FIRST = re.compile(r"(?:#{1,6}(?=\s|$|\w)|>|[-+*](?=\s|$)|-(?=-+\s*$)|=(?==*\s*$)|\||~(?=~~)|:(?=::))")
_NUMBER = re.compile(r"(\d{1,9}|[A-Za-z])([.)])(?=\s|$)")
BOX = re.compile(r"\s*(?:\[(?P<typed>[ xX\u00a0]?)\](?![(\[:])|(?P<sign>[☐☑☒□▢◻⬜❏❑🔲🔳])\ufe0f?)\s*")
_TICKED = "☑☒"


def literal(text: str) -> str:
    """Words as Markdown that shows exactly these words; addresses stay as they are."""
    parts, last = [], 0
    for address in _ADDRESS.finditer(text) if "://" in text else ():
        parts += [_MARKS.sub(_escaped, text[last : address.start()]), address[0]]
        last = address.end()
    return "".join((*parts, _MARKS.sub(_escaped, text[last:])))


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"\\{sign}" for sign in found[0])


def sign(character: str) -> str:
    """A sign that its author escaped, as Markdown that shows it wherever it stands; pipes are a table's own care."""
    return f"\\{character}" if re.match(r"[!-/:-@\[-`{}~]", character) else character


def rendered(text: str, pattern: re.Pattern[str], render: Callable[[re.Match[str]], str]) -> str:
    """Words with marks of another format: what `pattern` finds as `render` writes it, and the rest literal."""
    parts, last = [], 0
    for found in pattern.finditer(text):
        parts += [literal(text[last : found.start()]), render(found)]
        last = found.end()
    return "".join((*parts, literal(text[last:])))


def guarded(markdown: str) -> str:
    """A line of Markdown that begins with words: its first sign makes nothing else of it."""
    if number := _NUMBER.match(markdown):
        return f"{number[1]}\\{markdown[number.end(1) :]}"
    return f"\\{markdown}" if _FIRST.match(markdown) else markdown


def code(text: str) -> str:
    """A code span that shows exactly this text, on one line."""
    text = " ".join(text.split("\n"))
    if not text.strip():
        return text
    sign = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text[0] == "`" or text[-1] == "`" or (text[0] == text[-1] == " ") else ""
    return f"{sign}{space}{text}{space}{sign}"


def marked(markdown: str, mark: str) -> str:
    """Words between two marks, `**` or `_`; spaces stay outside, and where there are no words there is no mark."""
    words = markdown.strip()
    if not words or words.startswith(mark[0]) or words.endswith(mark[0]) or "\n" in words:
        return markdown
    start = markdown.index(words)
    return f"{markdown[:start]}{mark}{words}{mark}{markdown[start + len(words) :]}"


def link(markdown: str, url: str) -> str:
    """Words that lead somewhere; an address that is its own words stays bare."""
    url, words = url.strip(), " ".join(markdown.split())
    if not url or url.startswith(("#", "javascript:")) or words == url or words == literal(url):
        return markdown
    if re.search(r"[\s()<>]", url):
        url = "<" + re.sub(r"\s", "%20", url).replace("<", "%3C").replace(">", "%3E") + ">"
    return f"[{words}]({url})" if words else f"<{url}>" if not url.startswith("<") else url


def boxed(text: str) -> tuple[str | None, str]:
    """(" ", rest) of words that begin with an empty box, ("x", rest) of a ticked one, (None, text) of others."""
    box = BOX.match(text)
    if box is None or box.end() == len(text):
        return None, text
    ticked = (box["sign"] or "") in _TICKED if box["sign"] else bool(box["typed"].strip())
    return "x" if ticked else " ", text[box.end() :]
