"""What stands inside one line: its title and detail, links, blanks, variables, and words that say "critical".

Every pattern is bounded or cannot backtrack, so a line of five megabytes costs no more than its length.
"""

import re

from .document import TITLE_LENGTH, Field, ParsedLink

SEARCHED = 20_000  # characters of a line that are searched; the rest is passed on unread

_LINK = re.compile(
    r"(!?)\[([^\[\]\n]{0,500})\]\([ \t]{0,5}<?([^()\s<>]{1,2000}(?:\([^()\s]{0,200}\)[^()\s<>]{0,500})?)>?"
    r"(?:[ \t][^()\n]{0,300})?\)"
)
_BADGE = re.compile(r"\[!\[([^\[\]\n]{0,200})\]\([^()\s]{1,1000}\)\](?=\()")  # an image that is a link: its words
_ADDRESS = re.compile(r"(?<![\w(\[<\"'=])<?(https?://[^\s<>\"'`)\]]{1,2000})>?")
_COMMENT = re.compile(r"\s?<!--(?:(?!-->|<!--).){0,500}-->")
_REFERENCE = re.compile(r"\[(?!\^)([^\[\]\n]{1,200})\]:\s+<?(\S{1,2000})")
_STRONG = re.compile(r"(\*\*)(?=\S)([^*\n]{1,500})\1|(?<!\w)__(?=\S)([^_\n]{1,200} [^_\n]{1,200})__(?!\w)")
_EMPHASIS = re.compile(r"(?<![\w*_])([*_])(?=[^\s*_])([^*_\n]{1,300})(?<=\S)\1(?![\w*_])")
_CODE = re.compile(r"(`{1,3})([^`\n]{1,500})\1")
_ATTRIBUTES = re.compile(r"\s*\{[^{}\n]{0,200}\}\s*$")
_BOLD_FIRST = re.compile(r"(\*\*|__)(?=\S)((?:(?!\1)[^\n]){1,500})\1\s*(.*)$", re.DOTALL)
_SEPARATOR = re.compile(r"^(?:[-–—:|]|->|→)+\s+|^[:–—]\s*")
_BLANK = re.compile(
    r"`?(?:\\?_){3,}`?|\.{6,}|…{3,}|\[[ \t\u00a0]{3,200}\]|"
    # `Version: [version]` and `Version: <VERSION>`: words that stand for a blank, where a label asks for it
    r"(?:(?<=:[ \t\u00a0])|(?<=:\*\*[ \t\u00a0]))(?:\[(?![xX]?\])[^\[\]\n]{2,60}\](?![(\[:])|<[A-Za-z][\w .-]{0,40}>)"
    r"(?=[ \t]*$|[ \t]{2}|[ \t]*[|,;]|[ \t]+\w[\w ]{0,30}:)"
)
_TYPED_BOX = re.compile(r"\\?\[[ xX]?\\?\](?!\()|\((?: |\u00a0)\)")
_MAY_ASK = re.compile(r"__|\\_|\.{6}|…{3}|[☐☑☒□▢◻⬜❏\[<]|\([ \u00a0]\)")  # without one of these a line has no blank
_OPTION = re.compile(r"[☐☑☒□▢◻⬜❏]\s*([^☐☑☒□▢◻⬜❏\n]{1,120})")
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
# Words that weigh a line and never say what is to be done.
_WEIGHT = re.compile(
    r"\W*(?:critical|important|required|mandatory|must|blocker|blocking|optional|recommended|note|p[0-4]|high|medium|low)\W*",
    re.IGNORECASE,
)
_NOT_CRITICAL = re.compile(r"\b(?:non|not|un)[\s-]{0,2}critical", re.IGNORECASE)


def links(text: str, line: int) -> tuple[ParsedLink, ...]:
    """Every address a line names, once, in order."""
    if "](" not in text and "://" not in text and "]:" not in text:
        return ()
    seen: dict[str, ParsedLink] = {}
    text = _without_badges(text[:SEARCHED])
    for _image, label, url in _LINK.findall(text):
        seen.setdefault(url, ParsedLink(label or url, url, line))
    if reference := _REFERENCE.match(text.strip()):
        url = reference[2].rstrip(">")
        seen.setdefault(url, ParsedLink(reference[1], url, line))
    for url in _ADDRESS.findall(_LINK.sub(" ", text)):
        url = url.rstrip(".,;:!?")
        seen.setdefault(url, ParsedLink(url, url, line))
    return tuple(seen.values())


def is_only_links(text: str) -> bool:
    """True for a line that says nothing but where to look: links, perhaps behind a label."""
    text = text.strip()
    if len(text) > SEARCHED or not links(text, 0):
        return False
    if _REFERENCE.match(text):
        return True
    rest = _ADDRESS.sub(" ", _LINK.sub(" ", _without_badges(text)))
    rest = re.sub(r"^[^:\n]{1,60}:(?:\*\*|__|\*|_)?|^(?:\*\*|__)[^*_\n]{1,60}(?:\*\*|__):?", " ", rest.strip())
    return not re.search(r"\w", re.sub(r"\b(?:and|or|see|also)\b", " ", rest, flags=re.IGNORECASE))


def _without_badges(text: str) -> str:
    return _BADGE.sub(r"[\1]", text) if "[![" in text else text


def plain(text: str) -> str:
    """Text without Markdown's marks: what a title shows."""
    if "<!--" in text:
        text = _COMMENT.sub("", text[:SEARCHED]) + text[SEARCHED:]
    if not any(mark in text for mark in "*_`["):
        return " ".join(text.split())
    head, tail = _without_badges(text[:SEARCHED]), text[SEARCHED:]
    head = _LINK.sub(lambda found: found[2] or found[3], head)
    head = _CODE.sub(lambda found: found[2], head)
    head = _STRONG.sub(lambda found: found[2] or found[3], head)
    head = _EMPHASIS.sub(lambda found: found[2], head)
    return " ".join((head + tail).split())


def heading_title(text: str) -> str:
    """A heading's words, without closing hashes, attributes and leading signs such as ✅."""
    text = _ATTRIBUTES.sub("", text.strip()[:SEARCHED])
    stripped = text.rstrip("#")
    text = stripped.rstrip() if stripped.endswith((" ", "\t")) or not stripped else text
    return plain(_LEADING_MARK.sub("", text)) or plain(text)


def title_and_detail(text: str) -> tuple[str, str]:
    """An item's short title and the rest: bold words first are the title, otherwise the whole line is."""
    text = text.strip()
    bold = _BOLD_FIRST.match(text[:SEARCHED])
    if bold and len(text) <= SEARCHED:
        title, rest = bold[2].strip().rstrip(":").rstrip(), bold[3]
        detail = _SEPARATOR.sub("", rest, count=1)
        if detail and _WEIGHT.fullmatch(title):
            return title_and_detail(detail)
        if detail != rest or not rest or bold[2].rstrip().endswith(":"):
            return shortened(plain(title), text, detail)
    return shortened(plain(without_blanks(text)), text, "")


def shortened(title: str, source: str, detail: str) -> tuple[str, str]:
    """The title cut at a word to 200 characters; what is cut stays whole in the detail."""
    if len(title) <= TITLE_LENGTH:
        return title or source.strip()[:TITLE_LENGTH] or "Untitled", detail
    cut = title[: TITLE_LENGTH - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > TITLE_LENGTH // 2 else cut) + "…", source


def without_blanks(text: str) -> str:
    """The words of a line with blanks to fill in, without the blanks."""
    if not _BLANK.search(text[:SEARCHED]):
        return text
    cleaned = _BLANK.sub(" … ", text[:SEARCHED]) + text[SEARCHED:]
    return " ".join(cleaned.split()).rstrip(" :…") or text


def title_omits_words(text: str) -> bool:
    """True where a title leaves out words: those of a blank, `[pass or fail]`, or of a comment."""
    text = text[:SEARCHED]
    blanks = any(any(char.isalpha() for char in blank[0]) for blank in _BLANK.finditer(text))
    return blanks or ("<!--" in text and bool(_COMMENT.search(text)))


def fields(text: str, line: int, *, hinted: bool = False) -> tuple[Field, ...]:
    """The blanks of a line: `label: ____`, several in a row, or `label: ☐ Yes ☐ No`, which is one.

    hinted: the words of a blank, `Result: [pass or fail]`, go into its label, for the line itself is stored nowhere.
    """
    if not _MAY_ASK.search(text):
        return ()
    text = text.strip()[:SEARCHED]
    text = _TYPED_BOX.sub("☐", text) if "[" in text or "(" in text else text
    options = [_BLANK.sub("", option).strip(" :,|/") for option in _OPTION.findall(text)]
    first = re.search(r"[☐☑☒□▢◻⬜❏]", text)
    if len(options) > 1 and first:
        label = _label(text[: first.start()]) or " / ".join(options)
        return (Field(label, line, "choice", tuple(option for option in options if option)),)
    found, start = [], 0
    for blank in _BLANK.finditer(text):
        label = _label(text[start : blank.start()])
        hint = blank[0].strip("[]<>_`. …\\")
        if hinted and label and hint and hint.lower() not in label.lower():
            label = f"{label} ({hint})"
        if label:
            found.append(field(label, line))
        start = blank.end()
    return tuple(found)


def has_several_boxes(text: str) -> bool:
    """True for a line of answers to tick, `☐ Yes ☐ No`, which is no item."""
    return sum(text.count(sign) for sign in "☐☑☒□▢◻⬜❏❑") + len(_TYPED_BOX.findall(text)) > 1


def field(label: str, line: int) -> Field:
    """A blank, a date where its label says so."""
    is_date = re.search(r"\b(date|datum|day|when|fecha)\b|日付", label, re.IGNORECASE)
    return Field(label, line, "date" if is_date else "text")


def _label(text: str) -> str:
    words = plain(text).strip(" :-–—|,;()[]•*`")
    words += ")" * (words.count("(") - words.count(")"))
    return words[-200:]


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
