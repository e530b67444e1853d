"""What a person should check before publishing: the importer warns and leaves the decision to them."""

import re
from collections.abc import Iterator

from . import explaining, inline
from .blocks import Block
from .document import LineType, ParsedDocument, SourceLine, Suggestion
from .roles import BlockRole

_CREDENTIALS = re.compile(
    r"\b(?:(admin|root|user|guest|test|postgres|minio|grafana)\s{0,2}[/:]\s{0,2}\1|"
    r"(?:admin|root|user|guest|test|postgres)\s{0,2}[/:]\s{0,2}(?:password|passwd|changeme|toor|secret|1234\d{0,6}))\b(?![/.\w-])",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"\b\w{0,40}(?:api[_-]?key|secret|token|passwo?r?d)\w{0,20}[\"']?\s{0,3}[=:]\s{0,3}[\"']?(?=\w*\d)[\w+/.-]{16,200}",
    re.IGNORECASE,
)
_THRESHOLD = re.compile(
    r"[<>≤≥]=?\s?[XNY]\b\s?%?|\b[XNY]\s?%|\b[XNY]\s(?:consecutive|iterations?|times|days?|hours?|minutes?|seconds?|requests?|"
    r"failures?|errors?|retries|users?|percent|ms)\b"
)
_DATED = re.compile(r"[\w./-]{0,80}(?<!\d)20\d{2}[-_]?(?:0[1-9]|1[0-2])[-_]?(?:0[1-9]|[12]\d|3[01])(?!\d)[\w./-]{0,80}")
_CONDITION = re.compile(r"\((?:if |optional|where |when )[^()\n]{0,80}\)", re.IGNORECASE)
_WEIGHTY = re.compile(
    r"(?<![\w-])(?:must|mandatory|blocker|blocking|show-?stopper|irreversible|data loss|"
    r"rollback tested|roll back tested)\b",
    re.IGNORECASE,
)
QUESTIONS = 3  # about lists of one document: more of them become one
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}:|//|#")


def suggestions(document: ParsedDocument, roles: list[BlockRole]) -> tuple[Suggestion, ...]:
    """All warnings and notes, in the order of the lines."""
    critical = {item.line for template in document.templates for item in template.items if item.critical}
    found: list[Suggestion] = []
    for line in document.lines:
        if line.line_type in (LineType.NOT_UNDERSTOOD, LineType.LEFT_OUT):
            continue
        found.extend(_of_line(line, line.line in critical))
    return tuple(sorted([*found, *_unboxed(roles)], key=lambda one: one.line))


def _unboxed(roles: list[BlockRole]) -> Iterator[Suggestion]:
    """Lists without boxes in a text where others have them, each as one question."""
    boxed = any(role.block.kind == "check" for role in roles)
    lists = list(_lists(roles))
    if len(lists) > QUESTIONS:
        lists = [[block for run in lists for block in run]]
    for run in lists:
        lines = tuple(block.line for block in run)
        yield Suggestion(lines[0], "list", f"{_about(len(run), boxed=boxed)} Should they be items?", lines)


def _lists(roles: list[BlockRole]) -> Iterator[list[Block]]:
    """The lines of every list that may be one of items, without those that are mere notes."""
    run: list[Block] = []
    for role in [*roles, None]:
        if role is not None and role.may_be_item and role.line_type is LineType.GUIDANCE:
            run.append(role.block)
        elif run and (role is None or role.line_type in (LineType.SECTION, LineType.TITLE, LineType.ITEM)):
            if not all(map(explaining.is_note, run)):
                yield run
            run = []


def _about(count: int, *, boxed: bool) -> str:
    what = f"These {count} lines" if count > 1 else "This line"
    verbs = ("have", "seem") if count > 1 else ("has", "seems")
    return f"{what} {verbs[0]} no boxes, and others here do." if boxed else f"{what} {verbs[1]} to explain the others."


def _of_line(line: SourceLine, is_critical: bool) -> list[Suggestion]:
    text = line.text[:5000]
    found = []
    credentials = _CREDENTIALS.search(text) if "/" in text or ":" in text else None
    if credentials:
        found.append(
            ("credentials", f"Default credentials: {credentials[0]}. They are printed in each record if they stay.")
        )
    if line.line_type in (LineType.CODE, LineType.COMMAND):
        found += _in_code(line, text)
    else:
        found += _in_prose(line, text, is_critical)
    return [Suggestion(line.line, kind, sentence) for kind, sentence in found]


def _in_code(line: SourceLine, text: str) -> list[tuple[str, str]]:
    found = []
    if ("=" in text or ":" in text) and _SECRET.search(text):
        found.append(("secret", "This looks like a secret. Take it out before publishing."))
    dated = _DATED.search(text) if "20" in text else None
    if dated and "/" in dated[0]:
        found.append(
            ("fixed_date", f"A path with a fixed date: {dated[0].strip()}. Use a variable or a fill-in instead?")
        )
    if line.line_type is LineType.COMMAND:
        found += [
            ("placeholder", f"Placeholder <{name}> must be filled before the command can run.")
            for name in inline.placeholders(text)
        ]
    return found


def _in_prose(line: SourceLine, text: str, is_critical: bool) -> list[tuple[str, str]]:
    found = []
    threshold = _THRESHOLD.search(text) if "X" in text or "N" in text or "Y" in text else None
    if threshold:
        found.append(("threshold", f"Placeholder limit “{threshold[0].strip()}”: say the number before publishing."))
    loose = [link.url for link in inline.links(text, line.line) if not _SCHEME.match(link.url)]
    found += [("link", f"Link to {url} leads nowhere from here.") for url in loose]
    if line.line_type is LineType.ITEM:
        if "(" in text and _CONDITION.search(text):
            found.append(("condition", "Conditional: a deployment can waive it where it does not apply."))
        weighty = None if is_critical else _WEIGHTY.search(text)
        if weighty:
            found.append(("critical", f"It says “{weighty[0]}”. Mark it critical?"))
    return found
