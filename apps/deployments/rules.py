"""What is signed, what blocks, and how an item looks: pure functions of facts, without a database."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import TextChoices

from apps.ledger.chain import canonical

LONGEST_TITLE = 200
PINNED = "a probe run goes with the first key"  # why a revision began, when the first key pinned a run
# One class of characters between the braces, blanks included: two that overlap would try every way to share them.
VARIABLE = re.compile(r"\{\{([^{}<>\n]{1,100})\}\}|<([^{}<>\n]{1,60})>")


class Look(TextChoices):
    """The six faces of an item; the glyph shows it without colour."""

    OPEN = "open"
    HALF = "half"
    VERIFIED = "verified"
    WAIVED = "waived"
    FAILED = "failed"
    FELL = "fell"


@dataclass(frozen=True)
class Blocker:
    """One condition that is not met: what, why, who can clear it, and where."""

    subject: str
    reason: str
    who: str
    url: str
    kind: str


@dataclass(frozen=True)
class ItemFacts:
    """What decides whether an item blocks.

    probe: the latest run's status, "none" before the first run, "" without a probe.
    """

    turned: int
    required: int
    waived: bool
    waiver_asked: bool
    fell_why: str
    rejected_why: str
    probe: str
    probe_said: str


def look(facts: ItemFacts) -> Look:
    """How the item stands, for its glyph."""
    if facts.waived:
        return Look.WAIVED
    if probe_blocks(facts):
        return Look.FAILED
    if facts.turned >= facts.required:
        return Look.VERIFIED
    if facts.turned:
        return Look.HALF
    if facts.rejected_why:
        return Look.FAILED
    return Look.FELL if facts.fell_why else Look.OPEN


def probe_blocks(facts: ItemFacts) -> bool:
    """Whether the item has a probe that says no. A probe never run yet waits, it does not say no."""
    return facts.probe not in ("", "passed", "none", "queued", "running")


def reason_to_block(facts: ItemFacts) -> str:
    """Why the item blocks the verdict, in a sentence; empty when it does not."""
    if facts.waived:
        return ""
    if facts.probe and facts.probe != "passed":
        return _probe_reason(facts)
    if facts.turned >= facts.required:
        return ""
    if facts.waiver_asked:
        return "A waiver is asked for and not approved yet."
    if facts.turned:
        missing = facts.required - facts.turned
        return (
            "The second key is missing." if facts.required == 2 else f"{missing} of {facts.required} keys are missing."
        )
    if facts.rejected_why:
        return f"Rejected: {facts.rejected_why}"
    if facts.fell_why:
        return f"Its keys fell out: {facts.fell_why}"
    return "No key is turned yet."


def _probe_reason(facts: ItemFacts) -> str:
    if facts.probe == "none":
        return "Its probe has not run yet."
    if facts.probe in ("queued", "running"):
        return "Its probe is running."
    if facts.probe == "lost":
        return "Its probe gave no result."
    return f"Its probe {facts.probe}: {facts.probe_said}" if facts.probe_said else f"Its probe {facts.probe}."


def fill_variables(text: str, values: Mapping[str, str]) -> str:
    """Put the deployment's values where the template names `{{ name }}` or `<name>`; unknown names stay."""

    def value(match: re.Match[str]) -> str:
        name = (match.group(1) or match.group(2)).strip()
        return values.get(name) or match.group(0)

    return VARIABLE.sub(value, text)


class SectionTexts(Protocol):
    """What a section of a checklist says besides its items."""

    title: str
    parent: str
    guidance: str
    commands: list[str]


def section_texts(source: SectionTexts, values: Mapping[str, str]) -> dict[str, Any]:
    """What a deployment's section says: the checklist's, with the deployment's values; a title that got long is cut."""
    return {
        "title": fill_variables(source.title, values)[:LONGEST_TITLE],
        "parent": source.parent,
        "guidance": fill_variables(source.guidance, values),
        "commands": fill_all(source.commands, values),
    }


def fill_all(commands: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Put the deployment's values into every one of the commands."""
    return [fill_variables(command, values) for command in commands]


def item_content(
    *,
    deployment: str,
    version: str,
    environment: str,
    item: str,
    number: int,
    title: str,
    text: str,
    commands: Sequence[str],
    critical: bool,
    keys: int,
    result: str,
    fill_ins: Sequence[Mapping[str, str]],
    evidence: Sequence[str],
    probe_run: str,
) -> dict[str, Any]:
    """Exactly what a signature on an item covers.

    `evidence` are SHA-256 digests in the order shown, `probe_run` the digest of the pinned run or "".
    Not covered: title and window of the deployment, owner, comments.
    """
    return {
        "deployment": deployment,
        "version": version,
        "environment": environment,
        "item": item,
        "number": number,
        "title": title,
        "text": text,
        "commands": list(commands),
        "critical": critical,
        "keys": keys,
        "result": result,
        "fill_ins": [{"label": f["label"], "value": f["value"]} for f in fill_ins],
        "evidence": list(evidence),
        "probe_run": probe_run,
    }


def waiver_content(*, item: str, title: str, text: str, critical: bool, justification: str) -> dict[str, Any]:
    """What an approval of a waiver covers: the item as it reads, and why it may be skipped."""
    return {"waives": item, "title": title, "text": text, "critical": critical, "justification": justification}


def sheet_content(
    *,
    deployment: str,
    version: str,
    issues: str,
    resolution: str,
    answer: str,
    caveats: str,
    verdict: str,
    items: Sequence[Sequence[str]],
    waivers: Sequence[Sequence[str]],
    rollback: Mapping[str, Any],
) -> dict[str, Any]:
    """What the sheet's two signatures cover: its own lines and the board beneath it.

    `items` has one (id, digest, look) per item in order, `waivers` one (item id, digest) per waiver that has not
    ended; `rollback` is the plan in plain values.
    """
    return {
        "sheet_of": deployment,
        "version": version,
        "issues": issues,
        "resolution": resolution,
        "answer": answer,
        "caveats": caveats,
        "verdict": verdict,
        "items": [list(item) for item in items],
        "waivers": [list(waiver) for waiver in waivers],
        "rollback": dict(rollback),
    }


def content_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the RFC 8785 form of what is signed, 64 lowercase hex characters."""
    return hashlib.sha256(canonical(content)).hexdigest()
