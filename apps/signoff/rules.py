"""The two-person rule as pure functions: who may turn which key, and when a subject is settled.

Keys are numbered from 1. The first `contributor_keys` of them say *performed* and may be turned by
whoever did the work; every later one says *verified* and needs somebody who did not. Where contributors
may turn a later key too, they confirm one another: each of them may verify, and *agreed* to all of it.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import TextChoices

from apps.accounts.roles import Capability, Role
from apps.core.wording import isolated
from apps.ledger.chain import canonical

MOST_KEYS = 4
# Who turns a key that is not for whoever did the work, by what is signed, and what that takes.
VERIFIERS: dict[str, Capability] = {
    Role.REVIEWER: Capability.REVIEW,
    Role.AUTHOR: Capability.PUBLISH,
    Role.DECIDER: Capability.DECIDE,
}
ORDINALS = ("first", "second", "third", "fourth")


class Meaning(TextChoices):
    """What a signature says, printed beside it."""

    PERFORMED = "performed", "Performed"
    VERIFIED = "verified", "Verified"
    APPROVED = "approved", "Approved"
    COMPLETED = "completed", "Completed"
    AUTHORED = "authored", "Authored"
    AGREED = "agreed", "Agreed"
    AUTHORISED = "authorised", "Authorised alone"


class Cause(TextChoices):
    """Why a revision of what is signed began; pages say it in words of their own."""

    TEXT_EDITED = "text_edited", "the text was edited"
    RESULT_WRITTEN = "result_written", "the result was written"
    EVIDENCE_ADDED = "evidence_added", "evidence was added"
    EVIDENCE_REMOVED = "evidence_removed", "evidence was taken away"
    EVIDENCE_REPLACED = "evidence_replaced", "evidence was replaced by a newer revision"
    PROBE_ATTACHED = "probe_attached", "a probe was attached"
    PROBE_CHANGED = "probe_changed", "its probe was changed"
    PROBE_DETACHED = "probe_detached", "its probe was taken away"
    COMPLETED = "completed", "it was completed"
    COMPLETED_AGAIN = "completed_again", "it was completed again"
    RUN_PINNED = "run_pinned", "a probe run went with the first key"
    REJECTED = "rejected", "it was rejected"
    UPGRADED = "upgraded", "its checklist was upgraded"
    WITHDRAWN = "withdrawn", "the question to agree was taken back"
    KEY_WITHDRAWN = "key_withdrawn", "a key was withdrawn"
    REOPENED = "reopened", "what had ended was reopened"


UNCHANGED = (
    "Nothing changed since this was sent back. Correct it, or add what answers the reason, for instance a note; "
    "then turn your key."
)
# What a passkey signs in place of a meaning where it takes a key back.
WITHDRAWS = "withdrawn"
# Everybody who changed what is signed contributed, except by turning a key, taking theirs back or sending it back.
CONTRIBUTING = frozenset(Cause) - {Cause.RUN_PINNED, Cause.REJECTED, Cause.KEY_WITHDRAWN, Cause.REOPENED}
# What the subjects begin with by whose sign-off two people open again everything of its stream that was closed.
REOPENING = "reopening:"
# And by whose sign-off one person goes before others signed: nobody asked for it, so nobody is barred.
ALONE = "emergency:"


@dataclass(frozen=True)
class SignOffFacts:
    """What the rule looks at, for one person and one subject.

    `verifier` is what they are who verify. `unchanged`: it stands there as it was rejected. `agreed`: whoever turned a
    key agreed to all of it, whoever wrote it. `counts_as`: who stands in for the person, or for whom they do, with what
    these are called: they are one person with each. Where they would sign for another, that one's are among these.
    """

    person: Any
    required: int
    contributor_keys: int
    signers: Collection[Any]
    contributors: Collection[Any]
    opened: bool = True
    closed: bool = False
    may_verify: bool = True
    verifier: str = "reviewer"
    unchanged: bool = False
    agreed: bool = False
    counts_as: Mapping[Any, str] = field(default_factory=dict)
    turned: int | None = None  # how many keys are turned, where somebody stood in and a key has two signers


def next_slot(facts: SignOffFacts) -> int | None:
    """The number of the key to turn next, or None when all are turned."""
    turned = len(facts.signers) if facts.turned is None else facts.turned
    return turned + 1 if turned < facts.required else None


def ordinal(slot: int) -> str:
    """What people call a key: "second"."""
    return ORDINALS[min(slot, MOST_KEYS) - 1]


def is_settled(turned: int, required: int) -> bool:
    """Whether all keys are turned."""
    return turned >= required


def takes_reviewer(slot: int, contributor_keys: int) -> bool:
    """Whether only who may verify turns the key of that number: all but the first of whoever did the work."""
    return slot > min(1, contributor_keys)


def is_for_others(slot: int, contributor_keys: int, *, agreed: bool) -> bool:
    """Whether nobody who contributed turns the key of that number."""
    return slot > contributor_keys or (slot > 1 and not agreed)


def why_not(facts: SignOffFacts) -> str:
    """Why this person may not turn the next key; empty when they may."""
    slot = next_slot(facts)
    if facts.closed:
        return "This is closed; nothing more can be signed here."
    if not facts.opened:
        return "Nothing can be signed here yet. Open the review first."
    if slot is None:
        return "All keys are turned already."
    if slot == 1 and facts.unchanged:
        return UNCHANGED
    if facts.person in facts.signers:
        return "You have already turned a key here; another person must turn this one."
    if name := _named(facts, facts.signers):
        return (
            f"{name} turned a key here, and one of you stands in for the other, so a third person must turn this one."
        )
    is_others = is_for_others(slot, facts.contributor_keys, agreed=facts.agreed)
    if is_others and facts.person in facts.contributors:
        return "You contributed to this, so somebody else must verify it."
    if takes_reviewer(slot, facts.contributor_keys) and (name := _named(facts, facts.contributors)):
        return f"{name} contributed to this, and one of you stands in for the other. A third person must verify it."
    if takes_reviewer(slot, facts.contributor_keys) and not facts.may_verify:
        return f"Only a {facts.verifier} may turn this key. Ask one of them."
    return ""


def why_not_reject(facts: SignOffFacts) -> str:
    """Why this person may not send it back; empty when they may."""
    if facts.closed:
        return "This is closed; nothing can be rejected any more."
    if not facts.opened:
        return "Nothing can be rejected here yet. Open the review first."
    if facts.person in facts.signers:
        return (
            "You turned a key here, so somebody else rejects it. If you found a mistake in it yourself, correct it "
            "or attach what you found: the keys fall out."
        )
    if name := _named(facts, facts.signers):
        return f"{name} turned a key here, and one of you stands in for the other, so somebody else rejects it."
    return ""


def why_not_withdraw(facts: SignOffFacts, turned_by: Collection[Any]) -> str:
    """Why this person may not take a key back; empty when they may. `turned_by`: whose hand turned those that count.

    Nobody takes back the key of another, not even whom they stand in for: it is the word of whoever turned it.
    """
    if facts.closed:
        return "This is closed, so no key is withdrawn any more. Two people reopen it, on the page of its sheet."
    if facts.person not in turned_by:
        return "You turned no key here that counts now. Only whoever turned a key withdraws it."
    return ""


def _named(facts: SignOffFacts, people: Collection[Any]) -> str:
    """What the first of these is called with whom the person counts as one; empty for none."""
    return next((isolated(name) for one, name in facts.counts_as.items() if one in people), "")


def browser_digest(browser: str, stream: str) -> str:
    """How a key names the browser it was turned in, another one in each chain; empty for none."""
    return hashlib.sha256(f"{stream}\n{browser}".encode()).hexdigest() if browser else ""


def of_one_browser(acts: Iterable[tuple[Any, str, str]]) -> list[str]:
    """Names of those who acted in a browser in which somebody else did too; `acts` are (person, name, browser_digest).

    A fact for people to look at: browsers are shared, and two may serve one person. It refuses nothing.
    """
    by_browser: dict[str, dict[Any, str]] = {}
    for person, name, browser in acts:
        if browser:
            by_browser.setdefault(browser, {})[person] = name
    return [name for people in by_browser.values() if len(people) > 1 for name in people.values()]


def turn_of(sign_off: UUID, digest: str, slot: int, meaning: str) -> dict[str, Any]:
    """One key as a passkey signs it: which sign-off, over which digest, which of its keys, with which meaning."""
    return {"sign_off": str(sign_off), "digest": digest, "slot": slot, "meaning": str(meaning)}


def content_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the RFC 8785 form of what is signed, 64 lowercase hex characters."""
    return hashlib.sha256(canonical(content)).hexdigest()
