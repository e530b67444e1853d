"""List lines that explain: what a text says about itself, who is meant, what is to be read; nobody does them."""

import re
from collections.abc import Callable

from . import code, inline, spans, telling
from .blocks import Block
from .titles import IMPERATIVES

_METADATA = re.compile(
    r"(?:\*\*|__)?(?P<label>[^*_:：\[\]<>]{2,40}?)(?:\*\*[:：]?|__[:：]?|[:：]\*\*|[:：]__|[:：])\s*"
    r"(?P<value>\[[^\[\]]{2,60}\]|<[^<>]{2,40}>|\{\{[^{}]{1,60}\}\}|(?![:：])\S.{0,60})$"
)
_ABOUT = re.compile(
    r"(?:version|(?:release |target |start |end |created |last )?(?:date|time)|author|owner|prepared by|created by|"
    r"ticket|"
    r"change (?:id|number|ticket|request)|release(?: name| version)?|environment|service(?: name)?|team|project|"
    r"status|"
    r"duration|"
    r"window|maintenance window|last (?:updated|reviewed)|updated|created|document (?:owner|id)|jira|branch|commit|"
    r"tag|"
    r"reviewer|approver|contact|severity|priority|client|customer|application|product|site|url)",
    re.IGNORECASE,
)
# `- **Benefit:** …` says why; what to do stands beside it.
_REMARK = re.compile(
    r"(?:\*\*|__)(?:current (?:issue|state)|issue|problem|benefits?|"
    r"why|reason|rationale|code example|examples?|symptoms?|"
    r"(?:root )?causes?|expected(?: results?| output)?|notes?|tips?|caution|warning)(?::(?:\*\*|__)|(?:\*\*|__):)\s",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"(?:[^\W\d_][\w.'’-]*,? ){0,4}\(?(?:@[\w-]{2,40}|"
    r"[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,30})+)\)?(?: ?[(-].{0,40})?"
)
_DEMANDS = re.compile(r"[<>≤≥=%]|\.$|\b(?:should|must|shall|needs? to|is|are|has|have)\b", re.IGNORECASE)
_WARNING = re.compile(r"[❌🚫⛔✗✘]")
# A line over a list that only says what its words mean, or on what they rest.
_LEADS = re.compile(
    r"\W*(?:(?:important )?notes?|n\.?b\.?|tips?|hints?|"
    r"(?:(?:required|optional|available|default|supported) )?"
    r"(?:(?:environment )?variables?|options?|parameters?|arguments?|flags?)|"
    r"(?:supported|available|typical|possible|common) (?:[\w-]{1,30} ){0,2}[\w-]{1,30}|"
    r"(?:[\w-]{1,30} ){1,3}environment variables|"
    r"where|examples?|for example|e\.g\.?|legend|metadata|hinweise?|beispiele?|remarques?|exemples?|notas?|"
    r"ejemplos?|注意|备注|備考|例)\W*[:：]\W*|"
    r"(?:.{0,80}\b)?(?:based on|according to|depending on)\b.{0,40}\bcriteria\W*[:：]\W*|"
    r"(?:(?:the|this) )?(?:it|this|script|job|workflow|command|action|pipeline)\b.{0,60}\b(?:will|does)"
    r"(?: do)?(?: the following)?[:：]\W*|"
    r".{0,180}\b(?:which|qui|does the following|the following happens)\W*[:：]\W*|"
    r"(?:the )?(?:(?:sample|expected) output|(?:an )?examples?(?: of)? .{1,40}|if .{1,60} any of the following.{0,20}|"
    r".{1,60} when any of the following applies)\W*[:：]\W*|"
    r".{0,60}\bassum(?:e|es|ing|ptions?)\b.{0,80}[:：]\W*|"
    r".{0,60}\bfollowing (?:inputs?|variables|parameters|meaning)[:：]\W*|"
    r"\W*(?:the|this|each|our|an?) (?:[^\s:]{1,30} ){0,4}"
    r"(?:scripts?|jobs?|workflows?|commands?|pipelines?|bundles?|generators?)\b"
    r"(?:.{0,60}\b(?:will|does|performs?|detects?|contains?|includes?|adds?|runs?|creates?)\b.{0,40})?[:：]\W*|"
    r"\W*what happens(?: next| then)?\W*[:：]\W*|\W*known [\w-]{1,20}\W*[:：]\W*|"
    r".{0,60}\breturned\W*[:：]\W*|"
    r".{0,40}\b(?:uses|has|knows|offers) (?:two|three|four|several) .{1,60}[:：]\W*|"
    r".{0,80}\bresults? in\W*[:：]\W*|"
    r".{0,60}\b(?:people|developers|maintainers|members|persons) (?:have|can|may)\b.{0,60}[:：]\W*|"
    r"(?:do not|don't|never|stop|abort) .{0,60}\bif (?:any|one) of .{1,40}[:：]\W*|"
    r".{0,80}\bis\b.{0,40} with\W*[:：]\W*|"
    r".{0,180}\b(?:(?:will|should|can) be(?: able to)?|you(?:'ll| will| should)? (?:now )?(?:have|see|get))\W*[:：]\W*|"
    r".{0,180}\b(?:when|unless|ensures|does not|do not|which means|this means)\W*[:：]\W*|"
    r".{0,80}\b(?:benefits|advantages|drawbacks|caveats|limitations|since|because)\W*[:：]\W*|"
    r"\W*(?:the|this|each|our|an?) (?:[^\s:]{1,30} ){1,4}"
    r"(?:executes|performs|checks|covers|contains|includes|creates|records|supports|offers|validates|verifies|"
    r"returns|returned|(?:has|uses|offers) (?:several|many|two|three)\b.{1,40})"
    r"\b.{0,60}[:：]\W*",
    re.IGNORECASE,
)

# A name or a call in code and what it means; a command has blanks in it.
_DEFINES = re.compile(
    r"`(?:[^`\s]{1,80}|[\w.]{1,60}\([^`()]{0,60}\))`(?:(?:, ?| and | or | ?/ ?)`[^`\s]{1,80}`){0,6}"
    r"(?:\s*$|\s*[（(][^()（）]{1,120}[)）]\s*$|\s*[-–—:→=]\s*\S|\s*->\s*\S|\s(?:means|stands for)\s|"
    r"\sis (?:the|an?|your|our)\s)"
)
_SETTING = re.compile(
    r"(?:\*\*|__)?(?P<label>[^\W\d_][^*_:：`\[\]]{1,40}?)(?:\*\*|__)?[:：](?:\*\*|__)?\s+"
    r"(?P<value>`[^`]{1,80}`(?:, ?`[^`]{1,80}`){0,6}|[^\s`]{0,60}[\d./:@-][^\s`]{0,60})(?:\s*\([^()]{1,60}\))?$"
)
_LABELLED = re.compile(r"(?:\*\*|__)?(?P<label>[^\W\d_][^*_:：`\[\]]{1,40}?)(?:\*\*|__)?[:：](?:\*\*|__)?\s+(?=\S)")
_OPEN = re.compile(r"(?:\*\*|__)?\w[^:：`\[\]?？]{1,60}(?:[:：]|[?？])(?:\*\*|__)?")


def says_about(block: Block) -> bool:
    """True for `- **Version**: [Version]`, which says what the text is about and asks nobody to do anything."""
    text = spans.without_comments(block.text)
    if block.kind == "bullet" and _REMARK.match(text[:80]):
        return True
    found = _METADATA.fullmatch(text[:200]) if block.kind == "bullet" else None
    if found is None:
        return text != block.text and text.rstrip("*_")[-1:] == ":"
    return found["value"][0] in "[<{" or bool(_ABOUT.fullmatch(found["label"].strip()))


def names_someone(block: Block) -> bool:
    """True for a line of a list of people, `- Ann Low (@ann)`."""
    words = inline.plain(block.text[:200])
    return block.kind == "bullet" and len(words) < 100 and bool(_PERSON.fullmatch(words))


def is_note(block: Block) -> bool:
    """True for a line that hardly asks for anything: `- Sign-off: Lead`, `- ❌ **Panic**`, a link with its words."""
    text = block.text[:200].strip()
    if text[:1] == "[" or _WARNING.match(text) or _WARNING.match(block.mark):
        return True
    found = _METADATA.fullmatch(text)
    return found is not None and len(found["label"].split()) < 5 and not _DEMANDS.search(text)


def introduced(blocks: list[Block]) -> set[int]:
    """Positions of the list lines below a whole sentence that ends with a colon."""
    return _below(blocks, lambda text: text.rstrip("*_").endswith((":", "：")) and len(text.split()) > 4)


def explained(blocks: list[Block]) -> set[int]:
    """Positions of the list lines below `Notes:` or `Environment variables:`."""
    return _below(blocks, leads)


def leads(text: str) -> bool:
    """True for `Notes:` and `The workflow will perform these steps:`, which stand over what explains."""
    return bool(_LEADS.fullmatch(text[:200])) or telling.leads(text[:200])


def _below(blocks: list[Block], leads: Callable[[str], bool]) -> set[int]:
    """Positions of the list lines below a line of text that leads them, down to the end of their list."""
    found: set[int] = set()
    led = False
    for at, block in enumerate(blocks):
        if block.kind in ("bullet", "number"):
            found |= {at} if led else set()
        elif block.kind == "check" or block.indent == 0:
            led = block.kind == "text" and leads(block.text.strip())
    return found


def defined(blocks: list[Block]) -> set[int]:
    """Positions of the bullets of lists that say in every line what a name means: "- `TOKEN` - signs requests"."""
    found: set[int] = set()
    for run in _runs(blocks):
        heads = [_DEFINES.match(blocks[at].text[:200]) for at in run]
        acting = sum(_acts(blocks[at].text[head.end() - 1 :]) for at, head in zip(run, heads, strict=True) if head)
        found |= set(run) if all(heads) and acting * 2 <= len(run) else set()
    return found


def _acts(meaning: str) -> bool:
    """True for what is to be done with a name: "`setup.py`: bump the version"."""
    words = meaning.split()
    return len(words) > 1 and words[0].lower() in IMPERATIVES


def settings(blocks: list[Block]) -> set[int]:
    """Positions of the bullets of lists that only say what something is set to: "- **Image**: redis:7".

    Most of them may: beside two settings, a line with a label or an address says no more.
    """
    found: set[int] = set()
    for run in _runs(blocks):
        settings = sum(_is_setting(blocks[at].text) for at in run)
        others = sum(not _is_setting(blocks[at].text) and _is_labelled(blocks[at].text) for at in run)
        is_all = settings == len(run) or (settings > 1 and settings + others == len(run) and others <= settings)
        found |= set(run) if is_all else set()
    return found


def _is_labelled(text: str) -> bool:
    """True for `Password: that of the host`, and not for `Deploy: run it`."""
    label = _LABELLED.match(text[:200])
    if label is None:
        return False
    firsts = {words.split()[0].lower() for words in (label["label"], text[label.end() :])}
    return not firsts & IMPERATIVES


def _is_setting(text: str) -> bool:
    found = _SETTING.fullmatch(text[:240].strip())
    if found is None or found["label"].split()[0].lower() in IMPERATIVES:
        return False
    return not code.is_shell(found["value"].strip("`"))


_ISSUE = re.compile(r"(?:closes|fixes|resolves|refs?|relates to):? (?:#|issue)\S{0,40}|tbd\b.{0,60}", re.IGNORECASE)


def is_left_to_write(block: Block) -> bool:
    """True for a line that holds nothing but room for words: `1. ____`, `- [Enter notes here]`."""
    text = block.text.strip()
    return (
        not re.search(r"[^\W_]", text)
        or bool(_ISSUE.fullmatch(text[:80]))
        or bool(re.fullmatch(r"\[(?!\^)[^\[\]]{2,80}\]", text))
    )


def left_open(blocks: list[Block]) -> set[int]:
    """Positions of the bullets that are a label and wait for what belongs behind it, where half of their list does."""
    found: set[int] = set()
    for run in _runs(blocks):
        waits = {at for at in run if _OPEN.fullmatch(blocks[at].text[:80])}
        found |= waits if len(waits) > 1 and len(waits) * 2 >= len(run) else set()
    return found


def _runs(blocks: list[Block]) -> list[list[int]]:
    """Positions of the bullets of every list of two lines or more, as far as nothing stands between them."""
    runs: list[list[int]] = []
    before: Block | None = None
    for at, block in enumerate(blocks):
        if block.kind == "bullet":
            goes_on = before is not None and before.kind == "bullet" and before.indent == block.indent
            if not goes_on:
                runs.append([])
            runs[-1].append(at)
        before = block
    return [run for run in runs if len(run) > 1 and not _holds_more(blocks, run[-1])]


def _holds_more(blocks: list[Block], at: int) -> bool:
    """True where something stands further in below a list line."""
    return at + 1 < len(blocks) and blocks[at + 1].indent > blocks[at].indent


def contents(blocks: list[Block], titles: dict[int, str]) -> set[int]:
    """Positions of the list lines that repeat headings of the text: its table of contents."""
    named = {title.casefold() for title in titles.values() if title}
    lines = [at for at, block in enumerate(blocks) if block.kind in ("bullet", "number") and at not in titles]
    found = {at for at in lines if inline.heading_title(blocks[at].text).casefold() in named}
    return found if len(found) > 2 else set()
