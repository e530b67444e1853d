"""What stands inside one line: its words without marks, links, variables, paths, and words that say "critical".

Every pattern is bounded or cannot backtrack, so a line of five megabytes costs no more than its length.
"""

import html
import re
from functools import lru_cache

from . import spans
from .document import ParsedLink
from .signs import EMOJI, TICKS
from .spans import SEARCHED

_LINK = re.compile(
    r"(!?)\[([^\[\]\n]{0,500})\]\([ \t]{0,5}<?([^()\s<>]{1,2000}(?:\([^()\s]{0,200}\)[^()\s<>]{0,500})?)>?"
    r"(?:[ \t][^()\n]{0,300})?\)(?:\{[:.#\w][^{}\n]{0,200}\})?"  # `{:target="_blank"}` is for a page
)
_BADGE = re.compile(r"\[!\[([^\[\]\n]{0,200})\]\([^()\s]{1,1000}\)\](?=\()")  # an image that is a link: its words
_ADDRESS = re.compile(
    r"(?<![\w(\[<\"'=/.])<?(https?://[^\s<>\"'`)\]]{1,2000}|www\.[\w-]{1,63}\.[\w][^\s<>\"'`)\]]{1,500})>?"
)
_REFERENCE = re.compile(r"\[(?!\^)([^\[\]\n]{1,200})\]:\s+<?(\S{1,2000})")
_STRONG = re.compile(r"(\*\*)(?=\S)([^*\n]{1,500})\1|(?<!\w)__(?=\S)([^_\n]{1,200} [^_\n]{1,200})__(?!\w)")
_STRUCK = re.compile(r"~~(?=[^\s~])([^~\n]{1,500})~~")
_FOOTNOTE = re.compile(r"\[\^[\w-]{1,40}\](?!:)|\[<sup>\[?\w{1,20}\]?</sup>\]\(#[^()\s]{0,200}\)")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_INLINE_TAG = re.compile(  # what only places or points: no word depends on it, and other tags are shown as they stand
    r"<(?:a|abbr|font|img|span)\s[^<>]{0,500}>|</(?:a|abbr|font|span)>|</?(?:kbd|mark|small|sub|sup)>"
)
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,20}|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});")
_EMOJI = re.compile(r"(?<![\w:]):([a-z0-9_+-]{1,40}):(?![\w:])")
_DASHES = re.compile(r"(?<=\s)---?(?=\s)")
_MARKED = re.compile(r"[*_`\[\\~&<]|:\w|\s--")  # without one of these a text has no mark
_EMPHASIS = re.compile(r"(?<![\w*_])([*_])(?=[^\s*_])([^*_\n]{1,300})(?<=\S)\1(?![\w*_])")
_ATTRIBUTES = re.compile(r"\s*\{[^{}\n]{0,200}\}\s*$")
_VARIABLE = re.compile(r"(?<!\$)\{\{\s{0,20}([A-Za-z_][\w.-]{0,60})\s{0,20}\}\}")
# In prose only capitals are surely a name to fill in, and only where no label made a blank of it.
_CAPITALS = re.compile(
    r"(?<![<\w])(?<!: )(?<!:\*\* )<((?!(?:DIV|SPAN|PRE|IMG|TABLE|DETAILS|SUMMARY)>)[A-Z][A-Z0-9_-]{2,40})>(?![>\w])"
)
_PLACEHOLDER = re.compile(r"(?<![<\w])<([A-Za-z][A-Za-z0-9_ .-]{0,40})>(?![>\w])")
_PATH = re.compile(
    r"(?<![\w/.:@-])((?:\.{0,2}/)?(?:[\w.@-]{1,80}/){1,20}[\w.@*-]{0,80}\w|"
    r"[\w-]{1,80}\.(?:py|ya?ml|json|toml|sh|md|tf|js|ts|go|rs|java|rb|sql|cfg|ini|conf|env))(?![\w/])"
)
_LEADING_MARK = re.compile(r"^[^\w\s(\[\"'`*_#<{$/\\.@&%+~=|-]+\s+")
_CRITICAL = re.compile(
    r"^\W{0,6}critical\W{0,4}(?::|[-–—]\s)|[\[(]\s{0,5}critical\s{0,5}[\])]|(?:\*\*|__)critical:?(?:\*\*|__)|"
    r"\b(?:priority|severity|level)\s{0,3}[:=]\s{0,3}critical\b|[-–—]\s+critical\s*[.!]?\s*$|(?<!\w)[#!@]critical\b",
    re.IGNORECASE,
)
_CRITICAL_HEADING = re.compile(
    r"^\W*(?:\d+[.)]\s*)?critical\W*$|[\[(]critical[\])]|[-–—:]\s*critical\W*$|"
    r"\bcritical\s+(?:items?|checks?|checklist|steps?|controls?|requirements?|tasks?|gates?)\b",
    re.IGNORECASE,
)
_NOT_CRITICAL = re.compile(r"\b(?:non|not|un)[\s-]{0,2}critical", re.IGNORECASE)


@lru_cache(maxsize=64)  # a line is asked several times in a row
def links(text: str, line: int) -> tuple[ParsedLink, ...]:
    """Every address a line names, once, in order; what stands in code is none."""
    if "](" not in text and "://" not in text and "]:" not in text and "www." not in text:
        return ()
    seen: dict[str, ParsedLink] = {}
    masked = spans.mask(text.strip())
    head = _without_badges(masked.text)
    for _image, label, url in _LINK.findall(head):
        url = masked.plain(url)
        seen.setdefault(url, ParsedLink(masked.plain(label) or url, url, line))
    if reference := _REFERENCE.match(head):
        url = masked.plain(reference[2]).rstrip(">")
        seen.setdefault(url, ParsedLink(reference[1], url, line))
    for url in _ADDRESS.findall(_LINK.sub(" ", head)):
        url = masked.plain(url).rstrip(".,;:!?")
        seen.setdefault(url, ParsedLink(url, url if "://" in url else f"https://{url}", line))
    return tuple(seen.values())


def is_only_links(text: str) -> bool:
    """True for a line that says nothing but where to look: links, perhaps behind a label."""
    text = text.strip()
    if len(text) > SEARCHED or not links(text, 0):
        return False
    if _REFERENCE.match(text):
        return True
    rest = _ADDRESS.sub(" ", _LINK.sub(" ", _without_badges(spans.mask(text).text)))
    rest = re.sub(r"^[^:\n]{1,60}:(?:\*\*|__|\*|_)?|^(?:\*\*|__)[^*_\n]{1,60}(?:\*\*|__):?", " ", rest.strip())
    return not re.search(r"\w", re.sub(r"\b(?:and|or|see|also)\b", " ", rest, flags=re.IGNORECASE))


def _without_badges(text: str) -> str:
    return _BADGE.sub(r"[\1]", text) if "[![" in text else text


def plain(text: str) -> str:
    """Text without Markdown's marks: what a title shows. Code and escaped signs are what they say."""
    if not _MARKED.search(text):
        return " ".join(text.split())
    masked = spans.mask(text)
    head = _LINK.sub(lambda found: found[2] or found[3], _without_badges(masked.text))
    head = _FOOTNOTE.sub("", head)
    head = _STRONG.sub(lambda found: found[2] or found[3], head)
    head = _STRUCK.sub(lambda found: found[1], _EMPHASIS.sub(lambda found: found[2], head))
    head = _INLINE_TAG.sub("", _BREAK.sub(" ", head)) if "<" in head else head
    head = _ENTITY.sub(lambda found: html.unescape(found[0]), head)
    head = _EMOJI.sub(lambda found: EMOJI.get(found[1], found[0]), head)
    head = _DASHES.sub(lambda found: "—" if len(found[0]) > 2 else "–", head)
    return masked.plain(" ".join((head + text[SEARCHED:]).split()))


def heading_title(text: str) -> str:
    """A heading's words, without closing hashes, attributes and leading signs such as ✅."""
    text = _ATTRIBUTES.sub("", text.strip()[:SEARCHED])
    stripped = text.rstrip("#")
    text = stripped.rstrip() if stripped.endswith((" ", "\t")) or not stripped else text
    return TICKS.sub("", plain(_LEADING_MARK.sub("", text))) or plain(text)


def variables(text: str) -> list[str]:
    """Names in double braces: `{{ region }}`."""
    return _VARIABLE.findall(text)


def capitals(text: str) -> list[str]:
    """Names in capitals and angle brackets, `<REGION>`, outside code."""
    found: list[str] = []
    fence = ""
    for line in text.split("\n") if "<" in text else ():
        if line.startswith("```"):
            sign = line[: len(line) - len(line.lstrip("`"))]
            fence = "" if fence == line else fence or sign
        elif not fence:
            found += _CAPITALS.findall(line)
    return found


def placeholders(command: str) -> list[str]:
    """Names in angle brackets that a shell command cannot run with: `--tag <version>`."""
    return [name.strip() for name in _PLACEHOLDER.findall(command)]


def paths(text: str) -> tuple[str, ...]:
    """Repository paths a text names, such as src/api/server.py."""
    if "/" not in text and "." not in text:
        return ()
    without_addresses = _ADDRESS.sub(" ", _LINK.sub(" ", text[:SEARCHED]))
    return tuple(dict.fromkeys(found for found in _PATH.findall(without_addresses) if _is_path(found)))


def _is_path(text: str) -> bool:
    last = text.rsplit("/", 1)[-1]
    return bool(re.search(r"[A-Za-z]", text)) and ("." in last.strip(".") or text.startswith(("./", "../", "/")))


def is_path(token: str) -> bool:
    """True where a single word is a repository path or a file name."""
    return token.strip("`") in paths(token.strip("`"))


def says_critical(text: str) -> bool:
    """True where an item says in words that it is critical, not where it only speaks of critical things."""
    if "critical" not in text.lower():
        return False
    text = text[:SEARCHED]
    return bool(_CRITICAL.search(text)) and not _NOT_CRITICAL.search(text)


def heading_says_critical(title: str) -> bool:
    """True for a heading that makes its items critical: "Critical checks", "Backups (critical)"."""
    title = title[:500]
    return bool(_CRITICAL_HEADING.search(title)) and not _NOT_CRITICAL.search(title)
