"""The judge of the two-person rule: what the chains show of sign-offs, followed once more without the commands.

Entries show the columns that matter of every sign-off, contribution, revision, rejection and signature they prove
(`shown` in apps/signoff/models.py). The judge reads nothing else, so that whoever holds a chain alone can judge it too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.accounts.roles import Capability, Role
from apps.accounts.selectors.audit import RoleHistory
from apps.factors.rules import Means
from apps.factors.selectors.audit import ProofHistory
from apps.ledger.chain import Fault
from apps.ledger.selectors import UNREADABLE, StoredEntry
from apps.signoff.models import (
    Assertion,
    Contribution,
    Rejection,
    Revision,
    Signable,
    Signature,
    SignOff,
    Withdrawal,
    signable_models,
)
from apps.signoff.rules import (
    ALONE,
    CONTRIBUTING,
    REOPENING,
    VERIFIERS,
    Cause,
    Meaning,
    is_for_others,
    takes_reviewer,
)

SIGN_OFF, CONTRIBUTION, REVISION, REJECTION, SIGNATURE, WITHDRAWAL, ASSERTION = (
    model._meta.label_lower for model in (SignOff, Contribution, Revision, Rejection, Signature, Withdrawal, Assertion)
)
Facts = Mapping[str, Any]
# Columns that hold their default are not in an entry.
BEGINNING: Facts = {
    "passkey": False,
    "verifier": Role.REVIEWER,
    "revision": 1,
    "round": 1,
    "opened_at": None,
    "closed_at": None,
}
FIXED = ("team_id", "stream", "subject", "contributor_keys", "verifier")


@dataclass
class Judged:
    """One sign-off as the chain shows it.

    `signers` has those of each revision in order, `people` them and for whom they signed, `keys` of each signature its
    revision and signer, `not_agreed` the revisions with a key of somebody who did not agree to all of it,
    `contributors` ids, `rejected` the digest of each revision sent back.
    """

    facts: Facts
    digest_before: str = ""
    signers: dict[int, list[str]] = field(default_factory=dict)
    people: dict[int, set[str]] = field(default_factory=dict)
    keys: dict[str, tuple[int, str]] = field(default_factory=dict)
    not_agreed: set[int] = field(default_factory=set)
    contributors: set[str] = field(default_factory=set)
    rejected: dict[int, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether keys may be turned."""
        return self.facts["opened_at"] is not None and self.facts["closed_at"] is None


class Shown:
    """What one entry shows of sign-offs, by the sign-off each row belongs to."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, list[Facts]]] = {}

    def add(self, label: str, facts: Facts) -> None:
        """Remember a row that the entry proves."""
        owner = facts["id"] if label == SIGN_OFF else facts["sign_off_id"]
        self.rows.setdefault(owner, {}).setdefault(label, []).append(facts)

    def any(self, owner: str, label: str, **values: Any) -> bool:
        """Whether it shows a row of that sign-off with these values."""
        found = self.rows.get(owner, {}).get(label, ())
        return any(all(facts.get(name) == value for name, value in values.items()) for facts in found)


class Judge:
    """Reads every chain after the instance's and collects what the two-person rule forbids."""

    def __init__(self, roles: RoleHistory, proofs: ProofHistory) -> None:
        self.roles, self.proofs = roles, proofs
        self.assertions: dict[str, Facts] = {}
        self.unproved: list[tuple[Facts, StoredEntry]] = []
        self.sign_offs: dict[str, Judged] = {}
        self.subjects: dict[str, str] = {}
        self.known: set[str] = set()
        self.signatures = 0
        self.reopens = False  # whether the entry that is read opens again what was closed
        self.strays: list[Fault] = []
        self.wrong: list[tuple[str, StoredEntry, str]] = []

    def read(self, entry: StoredEntry) -> None:
        """Follow one entry: first what becomes of the sign-offs, then who turned keys on them."""
        shown = Shown()
        for key, statement in entry.rows.items():
            label, _, pk = key.partition("/")
            if not label.startswith("signoff."):
                continue
            if statement is None or (label != SIGN_OFF and key in self.known):
                self.strays.append(entry.fault(f"it takes {key} away or tells of it again: what is signed stays"))
            elif label == ASSERTION:
                self.known.add(key)
                self.assertions[pk] = statement["facts"]
            else:
                self.known.add(key)
                shown.add(label, {**statement["facts"], "id": pk})
        self.reopens = any(self._is_reopening(key) and SIGNATURE in rows for key, rows in shown.rows.items())
        for key, rows in shown.rows.items():
            self._follow(key, rows, shown, entry)

    def _is_reopening(self, key: str) -> bool:
        """Whether two people open again what was closed by that sign-off: one asked before, another signs."""
        return key in self.sign_offs and str(self.sign_offs[key].facts["subject"]).startswith(REOPENING)

    def _follow(self, key: str, rows: Mapping[str, list[Facts]], shown: Shown, entry: StoredEntry) -> None:
        if key not in self.sign_offs and SIGN_OFF not in rows:
            self.strays.append(entry.fault(f"it tells of the sign-off {key}, which no chain began before"))
            return
        was_open = key in self.sign_offs and self.sign_offs[key].is_open
        for facts in rows.get(REJECTION, ()):
            self._rejected(facts, shown, entry)
        for facts in rows.get(SIGN_OFF, ()):
            self._moved({**BEGINNING, **facts}, shown, entry)
        known = self.sign_offs[key]
        for facts in rows.get(CONTRIBUTION, ()):
            known.contributors.add(facts["person_id"])
            # Who wrote before is remembered where a sign-off begins or moves; being remembered allows nothing.
            in_another_s_name = facts["person_id"] != entry.actor and SIGN_OFF not in rows
            self._list(key, entry, {"somebody contributed in another’s name": in_another_s_name})
        for facts in rows.get(REVISION, ()):
            self._revised(facts, shown, entry)
        for facts in rows.get(WITHDRAWAL, ()):
            self._withdrawn(facts, shown, entry, was_open=was_open)
        for facts in rows.get(SIGNATURE, ()):
            self._signed(facts, entry, was_open=was_open)
        self._list(key, entry, {"another chain tells of it": known.facts["stream"] != entry.stream})

    def faults(self) -> Iterator[Fault]:
        """What was forbidden, in the order of the chains."""
        for facts, entry in self.unproved:
            self._proved(facts, entry)
        yield from self.strays
        names = _names({str(self.sign_offs[key].facts["subject"]) for key, _, _ in self.wrong})
        for key, entry, what in self.wrong:
            subject = str(self.sign_offs[key].facts["subject"])
            yield entry.fault(f"{names.get(subject, subject)}: {what}")

    def _rejected(self, facts: Facts, shown: Shown, entry: StoredEntry) -> None:
        key, person = facts["sign_off_id"], facts["person_id"]
        known = self.sign_offs[key]
        known.rejected[facts["revision"]] = known.facts["digest"]
        self._list(key, entry, {
            "it was rejected in another’s name": person != entry.actor,
            "who rejected it had no role to do so":
                not self._could(VERIFIERS[known.facts["verifier"]], known, person, entry),
            "it was rejected before it was open, or after it was closed": not known.is_open,
            "what was rejected was not what stood there": facts["revision"] != known.facts["revision"],
            "a rejection began no round": not shown.any(key, REVISION, cause=Cause.REJECTED),
            "who held a key rejected it": person in known.signers.get(facts["revision"], ()),
        })  # fmt: skip

    def _moved(self, facts: Facts, shown: Shown, entry: StoredEntry) -> None:
        key = facts["id"]
        is_first = key not in self.sign_offs
        known = self.sign_offs.setdefault(key, Judged(facts))
        before = known.facts
        changed = facts["revision"] != before["revision"]
        rounds = facts["round"] - before["round"]
        explained = shown.any(key, REVISION, number=facts["revision"], digest=facts["digest"])
        is_alone = str(facts["subject"]).startswith(ALONE)
        barred = is_alone or shown.any(key, CONTRIBUTION, person_id=entry.actor)
        nobody_barred = facts["contributor_keys"] == 0 and not barred
        self._list(key, entry, {
            "a sign-off began in the middle": is_first and (facts["revision"], facts["round"]) != (1, 1),
            "it began without barring who asks for it": is_first and nobody_barred,
            "one subject has two sign-offs": self.subjects.setdefault(str(facts["subject"]), key) != key,
            "what a sign-off is for changed": any(facts[name] != before[name] for name in FIXED),
            "a closed sign-off changed":
                before["closed_at"] is not None and before != facts
                and not (self.reopens and facts["closed_at"] is None and not self._is_reopening(key)),
            "it was opened twice": before["opened_at"] not in (None, facts["opened_at"]),
            "a revision was left out": facts["revision"] - before["revision"] not in (0, 1),
            "a revision began that nothing explains": changed and not explained,
            "what is signed changed under turned keys": not changed and facts["digest"] != before["digest"],
            "the number of keys it takes changed without a revision":
                not changed and facts["required"] != before["required"],
            "whether it takes a passkey changed without a revision":
                not changed and facts["passkey"] != before["passkey"],
            "a round began that no rejection began":
                rounds not in (0, 1) or (rounds == 1 and before["revision"] not in known.rejected),
        })  # fmt: skip
        known.facts, known.digest_before = facts, before["digest"]

    def _revised(self, facts: Facts, shown: Shown, entry: StoredEntry) -> None:
        key, author = facts["sign_off_id"], facts["by_id"]
        known = self.sign_offs[key]
        pinned, rejected = facts["cause"] == Cause.RUN_PINNED, facts["cause"] == Cause.REJECTED
        withdrawn, reopened = facts["cause"] == Cause.KEY_WITHDRAWN, facts["cause"] == Cause.REOPENED
        self._list(key, entry, {
            "a revision began in another’s name": author != entry.actor,
            "a revision is not the one that began": not shown.any(key, SIGN_OFF, revision=facts["number"]),
            "who changed what is signed is no contributor":
                facts["cause"] in CONTRIBUTING and author not in known.contributors,
            "a run was laid under no first key": pinned and not shown.any(key, SIGNATURE, slot=1, signer_id=author),
            "a rejection changed what is signed": rejected and facts["digest"] != known.digest_before,
            "it was sent back without a rejection": rejected and not shown.any(key, REJECTION),
            "withdrawing a key changed what is signed": withdrawn and facts["digest"] != known.digest_before,
            "it was reopened without two people, or changed with that":
                reopened and (not self.reopens or facts["digest"] != known.digest_before),
            "keys fell out for one that nobody withdrew":
                withdrawn and not shown.any(key, WITHDRAWAL, person_id=author, revision=facts["number"] - 1),
            "the number of keys it invalidated is another":
                facts.get("invalidated") != len(known.signers.get(facts["number"] - 1, ())),
        })  # fmt: skip

    def _signed(self, facts: Facts, entry: StoredEntry, *, was_open: bool) -> None:
        known = self.sign_offs[facts["sign_off_id"]]
        signers = known.signers.setdefault(facts["revision"], [])
        slot, contributor_keys = facts["slot"], known.facts.get("contributor_keys", 0)
        signer, agrees = facts["signer_id"], facts["meaning"] == Meaning.AGREED
        agreed = agrees and facts["revision"] not in known.not_agreed
        verifies = agrees or takes_reviewer(slot, contributor_keys)
        capability = VERIFIERS[known.facts["verifier"]] if verifies else Capability.EDIT
        now = (known.facts["revision"], known.facts["digest"])
        self._list(facts["sign_off_id"], entry, {
            "a key was turned before it was open, or after it was closed": not (was_open or known.is_open),
            "a key was turned in another’s name": signer != entry.actor,
            "a key was turned out of order":
                slot != len(signers) + 1 or slot > known.facts["required"],
            "who contributed turned a key that others turn":
                is_for_others(slot, contributor_keys, agreed=agreed) and signer in known.contributors,
            "what was rejected was signed unchanged":
                slot == 1 and facts["digest"] in known.rejected.values(),
            "who turned a key had no role to do so":
                not self._could(capability, known, facts.get("on_behalf_id") or signer, entry),
            "what was signed was not what was to be signed": (facts["revision"], facts["digest"]) != now,
            **self._as_one(facts, known, entry), **self._by_passkey(facts, known, entry),
        })  # fmt: skip
        self._prove(facts, entry)
        signers.append(signer)
        known.keys[facts["id"]] = (facts["revision"], signer)
        known.not_agreed |= set() if agrees else {facts["revision"]}
        self.signatures += 1

    def _withdrawn(self, facts: Facts, shown: Shown, entry: StoredEntry, *, was_open: bool) -> None:
        key, person, revision = facts["sign_off_id"], facts["person_id"], facts["revision"]
        known = self.sign_offs[key]
        self._list(key, entry, {
            "a key was withdrawn in another’s name": person != entry.actor,
            "a key was withdrawn that its person had not turned":
                known.keys.get(facts["signature_id"]) != (revision, person),
            "a key was withdrawn before it was open, or after it was closed": not was_open,
            "who withdrew a key had no place in the team": not self._could(Capability.EDIT, known, person, entry),
            "a withdrawn key went on counting":
                not shown.any(key, REVISION, number=revision + 1, cause=Cause.KEY_WITHDRAWN),
        })  # fmt: skip
        self._prove({**facts, "signer_id": person, "signed_at": facts["withdrawn_at"]}, entry)

    def _prove(self, facts: Facts, entry: StoredEntry) -> None:
        """Look at a proof now, or after everything is read where another chain tells of its series."""
        if facts["series_id"] in self.proofs.series:
            self._proved(facts, entry)
        else:
            self.unproved.append((facts, entry))

    def _by_passkey(self, facts: Facts, known: Judged, entry: StoredEntry) -> dict[str, bool]:
        """What takes a passkey: what is signed, or a key of a role of which the team asked it by then."""
        role, team = known.facts["verifier"], known.facts["team_id"]
        is_first = not takes_reviewer(facts["slot"], known.facts.get("contributor_keys", 0))
        of_role = facts["meaning"] == Meaning.AGREED or not is_first
        asked = of_role and self.proofs.takes_passkey(role, team, entry.instance_length)
        needed = known.facts["passkey"] or asked
        return {"a key that takes a passkey was turned without one": needed and facts["means"] != Means.PASSKEY}

    def _as_one(self, facts: Facts, known: Judged, entry: StoredEntry) -> dict[str, bool]:
        """What two who stand in for one another may not, who are one person, and whoever signs for another."""
        signer, behalf, revision = facts["signer_id"], facts.get("on_behalf_id") or "", facts["revision"]
        then = {"team": known.facts["team_id"], "at": entry.instance_length, "moment": facts["signed_at"]}
        both = {signer, behalf} - {""}
        one = both.union(*(self.roles.delegations.counts_as(person, **then) for person in both))
        before = known.people.get(revision, set())
        known.people[revision] = before | {signer, behalf} - {""}
        verifies = takes_reviewer(facts["slot"], known.facts.get("contributor_keys", 0))
        return {
            "one person turned two keys": bool(one & before),
            "who counts as one person with a contributor turned a key that others turn":
                verifies and bool((one - {signer}) & known.contributors),
            "a key was turned for somebody who had not asked for it, or without agreeing to":
                bool(behalf) and not self.roles.delegations.signs_for(behalf, signer, **then),
            "a key was turned for somebody whose way in had changed within a day of it":
                bool(behalf) and self.proofs.is_suspended(behalf, facts["signed_at"], entry.instance_length),
            "who turned a key for another had no place in the team":
                bool(behalf) and not self._could(Capability.EDIT, known, signer, entry),
        }  # fmt: skip

    def _proved(self, facts: Facts, entry: StoredEntry) -> None:
        """Whether whoever turned a key had proved who they are."""
        assertion = self.assertions.get(facts.get("assertion_id") or "")
        self._list(facts["sign_off_id"], entry, self.proofs.wrong(facts, assertion, entry.instance_length))

    def _could(self, capability: Capability, known: Judged, person: str, entry: StoredEntry) -> bool:
        return self.roles.could(capability, team=known.facts["team_id"], person=person, at=entry.instance_length)

    def _list(self, key: str, entry: StoredEntry, rules: Mapping[str, bool]) -> None:
        self.wrong += [(key, entry, what) for what, is_so in rules.items() if is_so]


def _names(subjects: Iterable[str]) -> dict[str, str]:
    """What people call subjects; those that cannot be found keep their own name."""
    models = {model._meta.model_name: model for model in signable_models()}
    found = {}
    for subject in subjects:
        kind, _, pk = subject.partition(":")
        try:
            row: Signable = models[kind]._base_manager.get(pk=UUID(pk))
            found[subject] = row.called
        except UNREADABLE:
            continue
    return found
