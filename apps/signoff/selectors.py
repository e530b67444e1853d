"""The judge of the two-person rule: what the chains show of sign-offs, followed once more without the commands.

Entries show the columns that matter of every sign-off, contribution, revision, rejection and signature they prove
(`shown` in models.py). The judge reads nothing else, so that whoever holds a chain alone can judge it too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.accounts.roles import Capability
from apps.accounts.selectors.audit import RoleHistory
from apps.ledger.chain import Fault
from apps.ledger.selectors import UNREADABLE, RowProofs, StoredEntry, batched

from .models import Contribution, Rejection, Revision, Signable, Signature, SignOff, signable_models
from .rules import CONTRIBUTING, content_digest

SIGN_OFF, CONTRIBUTION, REVISION, REJECTION, SIGNATURE = (
    model._meta.label_lower for model in (SignOff, Contribution, Revision, Rejection, Signature)
)
Facts = Mapping[str, Any]
# Columns that hold their default are not in an entry.
BEGINNING: Facts = {"revision": 1, "round": 1, "opened_at": None, "closed_at": None}
FIXED = ("team_id", "subject", "required", "contributor_keys")


@dataclass
class Judged:
    """One sign-off as the chain shows it. `signers` has those of each revision in order, `contributors` (round, id)."""

    facts: Facts
    signers: dict[int, list[str]] = field(default_factory=dict)
    contributors: set[tuple[int, str]] = field(default_factory=set)
    rejected: set[int] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        """Whether keys may be turned."""
        return self.facts["opened_at"] is not None and self.facts["closed_at"] is None


class Judge:
    """Reads every chain after the instance's and collects what the two-person rule forbids."""

    def __init__(self, roles: RoleHistory) -> None:
        self.roles = roles
        self.sign_offs: dict[str, Judged] = {}
        self.signatures = 0
        self.wrong: list[tuple[str, StoredEntry, str]] = []

    def read(self, entry: StoredEntry) -> None:
        """Follow one entry: first what becomes of the sign-offs, then who turned keys on them."""
        shown: dict[str, list[Facts]] = {}
        for key, statement in entry.rows.items():
            label, _, pk = key.partition("/")
            if label.startswith("signoff.") and statement is not None:
                shown.setdefault(label, []).append({**statement["facts"], "id": pk})
        if not shown:
            return
        open_before = {key for key in self._concerned(shown) if key in self.sign_offs and self.sign_offs[key].is_open}
        for facts in shown.get(REJECTION, ()):
            self.sign_offs[facts["sign_off_id"]].rejected.add(facts["revision"])
        for facts in shown.get(SIGN_OFF, ()):
            self._moved({**BEGINNING, **facts}, entry)
        for facts in shown.get(CONTRIBUTION, ()):
            self.sign_offs[facts["sign_off_id"]].contributors.add((facts["round"], facts["person_id"]))
        for facts in shown.get(REVISION, ()):
            self._revised(facts, entry)
        for facts in shown.get(SIGNATURE, ()):
            self._signed(facts, entry, was_open=facts["sign_off_id"] in open_before)

    def faults(self) -> Iterator[Fault]:
        """What was forbidden, in the order of the chains."""
        names = _names({self.sign_offs[key].facts["subject"] for key, _, _ in self.wrong})
        for key, entry, what in self.wrong:
            subject = self.sign_offs[key].facts["subject"]
            yield entry.fault(f"{names.get(subject, subject)}: {what}")

    def _concerned(self, shown: Mapping[str, list[Facts]]) -> Iterator[str]:
        for label, found in shown.items():
            yield from (facts["id"] if label == SIGN_OFF else facts["sign_off_id"] for facts in found)

    def _moved(self, facts: Facts, entry: StoredEntry) -> None:
        key = facts["id"]
        known = self.sign_offs.setdefault(key, Judged(facts))
        before = known.facts
        changed = facts["revision"] != before["revision"]
        new_round = facts["round"] != before["round"]
        self._list(key, entry, {
            "what a sign-off is for changed": any(facts[name] != before[name] for name in FIXED),
            "a closed sign-off changed": before["closed_at"] is not None and before != facts,
            "it was opened twice": before["opened_at"] not in (None, facts["opened_at"]),
            "a revision was left out": facts["revision"] - before["revision"] not in (0, 1),
            "what is signed changed under turned keys": not changed and facts["digest"] != before["digest"],
            "a round began that no rejection began": new_round and before["revision"] not in known.rejected,
        })  # fmt: skip
        known.facts = facts

    def _revised(self, facts: Facts, entry: StoredEntry) -> None:
        known = self.sign_offs[facts["sign_off_id"]]
        author = (known.facts["round"], facts["by_id"])
        self._list(facts["sign_off_id"], entry, {
            "a revision began in another’s name": facts["by_id"] != entry.actor,
            "who changed what is signed is no contributor":
                facts["cause"] in CONTRIBUTING and author not in known.contributors,
            "the number of keys it invalidated is another": facts.get("invalidated") != len(
                known.signers.get(facts["number"] - 1, ())
            ),
        })  # fmt: skip

    def _signed(self, facts: Facts, entry: StoredEntry, *, was_open: bool) -> None:
        known = self.sign_offs[facts["sign_off_id"]]
        signers = known.signers.setdefault(facts["revision"], [])
        verifies = facts["slot"] > known.facts.get("contributor_keys", 0)
        capability = Capability.REVIEW if verifies else Capability.EDIT
        team, signer = known.facts["team_id"], facts["signer_id"]
        now = (known.facts["revision"], known.facts["digest"])
        self._list(facts["sign_off_id"], entry, {
            "a key was turned before it was open, or after it was closed": not (was_open or known.is_open),
            "a key was turned in another’s name": signer != entry.actor,
            "a key was turned out of order":
                facts["slot"] != len(signers) + 1 or facts["slot"] > known.facts["required"],
            "one person turned two keys": signer in signers,
            "who contributed turned a key that others turn":
                verifies and (known.facts["round"], signer) in known.contributors,
            "who turned a key had no role to do so":
                not self.roles.could(capability, team=team, person=signer, at=entry.at),
            "what was signed was not what was to be signed": (facts["revision"], facts["digest"]) != now,
        })  # fmt: skip
        signers.append(signer)
        self.signatures += 1

    def _list(self, key: str, entry: StoredEntry, rules: Mapping[str, bool]) -> None:
        self.wrong += [(key, entry, what) for what, is_so in rules.items() if is_so]


def content_faults(proofs: RowProofs) -> Iterator[Fault]:
    """Subjects whose rows say something else than what their turned keys cover."""
    for model in signable_models():
        signed = model._base_manager.filter(sign_off__signatures__isnull=False).order_by("pk").distinct()
        for batch in batched(signed.values_list("pk", flat=True)):
            for row in model.with_covered(batch):
                content = row.covered() if row.sign_off.turned else None
                if content is not None and content_digest(content) != row.sign_off.digest:
                    yield proofs.fault(row.sign_off, f"the content of {row.called} is not the one its keys cover")


def orphans() -> Iterator[Fault]:
    """Sign-offs whose subject is not there, or has another sign-off."""
    owned = {model._meta.model_name: model for model in signable_models()}
    for kind in sorted({subject.partition(":")[0] for subject in SignOff.objects.values_list("subject", flat=True)}):
        loose = SignOff.objects.filter(subject__startswith=f"{kind}:")
        if kind in owned:
            loose = loose.filter(**{kind: None})
        for sign_off in loose.order_by("stream", "subject"):
            yield Fault(sign_off.stream, None, f"the sign-off of {sign_off.subject} belongs to nothing")


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
