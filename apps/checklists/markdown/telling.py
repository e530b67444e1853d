"""Lists that tell what something does or is, by the way all of their lines are put: nobody goes through them."""

import re

from . import inline, spans
from .blocks import Block
from .headings import without_number
from .titles import IMPERATIVES

# What a machine does is told of it: `Creates a tag`. Many such words are also things of which there are several.
_THINGS = frozenset({
    "announcements", "backups", "builds", "calls", "changes", "checks", "commits", "copies", "documents", "downloads",
    "drafts", "exports", "fixes", "imports", "links", "logs", "marks", "measures", "monitors", "pages", "patches",
    "posts", "records", "releases", "reports", "requests", "reviews", "scales", "searches", "signs", "stops", "tags",
    "tests", "updates", "upgrades", "uploads", "watches",
})  # fmt: skip
_SIGN = re.compile(r"^[^\w\s*_`\"'(\[<]{1,3}\s+")
_VALUES = frozenset({"automatically", "codes", "columns", "expected", "fields", "outputs", "values"})
_OBJECT = re.compile(r"(?:the|an?|each|every|any|its|their|your|this|these|that|whether|new)\b|[`\"“<{]", re.IGNORECASE)
_ONLY_THIRD = frozenset({
    "allows", "applies", "automates", "calculates", "computes", "connects", "contains", "depends", "deploys", "detects",
    "displays", "does", "emits", "ensures", "enforces", "exposes", "extracts", "handles", "helps", "includes",
    "interacts", "invokes", "iterates", "lets", "loads", "maintains", "manages", "parses", "polls", "prevents",
    "prints", "processes", "produces", "provides", "reads", "receives", "renders", "requires", "returns", "skips",
    "spawns", "stores", "supports", "shows", "tracks", "triggers", "uses",
})  # fmt: skip
# What must hold, which people go through as well as what they do.
_HOLDS = re.compile(
    r"\b(?:is|are|has|have|had|was|were|be|been|must|shall|should|needs?|can|cannot|no|not|all|every|each|works?|pass(?:es|ed)?|"
    r"exists?|\w{2,20}ed|access|accounts?|ready|green|done|set|up to date|ok|working|running|healthy|live|available)\b"
    r"|[≥≤<>=]|\d",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:pre|post|before|after|prerequisites?|requirements?|required|needed|need|ready|readiness|verif\w*|validat\w*|"
    r"checks?|check[\s-]?list|criteria|acceptance|sign[\s-]?off|approvals?|gates?|tests?|testing|smoke|"
    r"evidence|artifacts?|deliverables?|controls?|review|todo|tasks?|steps?|actions?|procedure|process|"
    r"day|week|phase|stage|monitor\w*)\b",
    re.IGNORECASE,
)


def _third_person(verb: str) -> str:
    """`publishes` of `publish`."""
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if verb[-1] == "y" and verb[-2] not in "aeiou" else f"{verb}s"


_THIRD = (frozenset(map(_third_person, IMPERATIVES)) | _ONLY_THIRD) - _THINGS - {"follows"}


def narrated(blocks: list[Block]) -> set[int]:
    """Positions of the list lines of lists most of whose lines say what somebody else does: `- Creates the tag`."""
    found: set[int] = set()
    for run in _runs(blocks):
        lines = [_narrates(blocks[at].text) for at in run]
        found |= set(run) if sum(lines) > 1 and sum(lines) * 3 >= len(lines) * 2 else set()
    return found


def leads(text: str) -> bool:
    """True for `The operator reconciles:`, which says what somebody else does, and for `Response fields:`."""
    words = text.rstrip("*_").split()
    if not words or words[-1][-1:] not in ":：" or words[0].lower().strip("*_") in IMPERATIVES:
        return False
    last = words[-1].strip(":：*_").lower()
    return (last in _THIRD and len(words) > 1) or last in _VALUES


def _narrates(text: str) -> bool:
    words = without_number(_SIGN.sub("", inline.plain(text[:200]))).split(maxsplit=2)
    if len(words) < 2:
        return False
    first = words[0].lower().strip("*_:,")
    source = _SIGN.sub("", spans.without_comments(text)).lstrip("*_ ").split(maxsplit=1)
    return first in _THIRD or (first in _THINGS and len(source) > 1 and bool(_OBJECT.match(source[1])))


def _runs(blocks: list[Block]) -> list[list[int]]:
    """Positions of the lines of every list without boxes, with nothing but what is further in between them."""
    runs: list[list[int]] = []
    open_at: dict[int, list[int]] = {}
    for at, block in enumerate(blocks):
        if block.kind in ("bullet", "number"):
            open_at = {indent: run for indent, run in open_at.items() if indent <= block.indent}
            run = open_at.get(block.indent, [])
            if not run or blocks[run[-1]].kind != block.kind:
                run = open_at[block.indent] = []
                runs.append(run)
            run.append(at)
        else:
            open_at = {indent: run for indent, run in open_at.items() if indent < block.indent}
    return runs


def asides(blocks: list[Block], titles: dict[int, str]) -> set[int]:
    """Positions of the bullets that name things, in a text whose numbered lists say what to do.

    titles: the words of every heading by its position. What must hold before a step, or is checked after it, stays.
    """
    runs = _runs(blocks)
    numbered = [run for run in runs if blocks[run[0]].kind == "number" and len(run) > 1]
    acting = [run for run in numbered if sum(_acts(blocks[at]) for at in run) * 2 > len(run)]
    if len(acting) < 2 or len(acting) * 3 < len(numbered) * 2:
        return set()
    found: set[int] = set()
    for run in runs:
        first = blocks[run[0]]
        if run[0] and blocks[run[0] - 1].text.endswith(":"):
            continue
        if first.kind == "bullet" and first.indent == 0 and len(run) > 1 and not _is_asked(blocks, run, titles):
            found |= set(run)
    return found


def _is_asked(blocks: list[Block], run: list[int], titles: dict[int, str]) -> bool:
    heading = max((at for at in titles if at < run[0]), default=-1)
    lead = blocks[run[0] - 1].text if run[0] and blocks[run[0] - 1].kind == "text" else ""
    return any(_ASKS.search(words[:200]) for words in (titles.get(heading, ""), lead)) or any(
        _acts(blocks[at]) or _HOLDS.search(inline.plain(blocks[at].text)[:300]) for at in run
    )


def _acts(block: Block) -> bool:
    words = without_number(inline.plain(block.text[:200])).split()
    return bool(words) and words[0].lower().rstrip(".,:;!") in IMPERATIVES
