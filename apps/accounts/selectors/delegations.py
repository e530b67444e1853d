"""Who stood in for whom when, as the instance's chain proves it, and whether who said so might."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models.delegations import LONGEST
from apps.ledger.selectors import StoredEntry

Facts = Mapping[str, Any]


@dataclass
class DelegationHistory:
    """Every delegation by its row: its facts, and from which place of the chain until which it was in force."""

    rows: dict[str, Facts] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    def counts_as(self, person: str, *, team: str, at: int, moment: str) -> set[str]:
        """Whom somebody counted as one person with, when the chain had `at` entries and it was `moment`."""
        pairs = [_pair(self.rows[key]) for key in self._in_force(team, at, moment)]
        return {other for pair in pairs for one, other in (pair, pair[::-1]) if one == person}

    def signs_for(self, delegator: str, delegate: str, *, team: str, at: int, moment: str) -> bool:
        """Whether somebody agreed to verify for another one, and that was in force then."""
        return any(_pair(self.rows[key]) == (delegator, delegate) for key in self._in_force(team, at, moment))

    def _in_force(self, team: str, at: int, moment: str) -> list[str]:
        return [
            key
            for key, place in self.accepted.items()
            if place < at <= self.ended.get(key, at)
            and self.rows[key]["team_id"] == team
            and self.rows[key]["accepted_at"] <= moment < self.rows[key]["ends_at"]
        ]

    def read(
        self, key: str, facts: Facts, entry: StoredEntry, *, verifies: bool, administers: bool, suspended: bool
    ) -> list[str]:
        """Follow what was asked for, agreed to or ended, and return what is wrong with that.

        verifies: whether who asks may hand that over. administers: whether whoever acts is an admin of the team.
        suspended: whether they sign nothing, because their way in changed.
        """
        before = self.rows.get(key, {})
        if not facts:
            return [f"{key} was taken away: who stood in for whom stays"]
        delegator, delegate = _pair(facts)
        begins, accepts = not before, bool(facts.get("accepted_at")) and not before.get("accepted_at")
        ends = bool(facts.get("ended_by_id")) and not before.get("ended_by_id")
        may_end = administers or entry.actor in (delegator, delegate)
        wrong = {
            f"{key} was changed, or was over":
                any(value not in (None, facts.get(name)) for name, value in before.items())
                or bool(before.get("ended_by_id")),
            f"who asked for {key} was somebody else": begins and delegator != entry.actor,
            f"who asked for {key} verified nothing": begins and not verifies,
            f"{key} lasts longer than two weeks": begins and _lasts_too_long(facts),
            f"{key} was agreed to before it was asked for": begins and accepts,
            f"{key} was agreed to earlier than it was asked for":
                accepts and not begins and facts["accepted_at"] < facts["offered_at"],
            f"{key} begins later than it was asked for": begins and _begins_later(facts, entry),
            f"somebody else agreed to {key}": accepts and not begins and delegate != entry.actor,
            f"who asked for {key} or agreed to it had changed their way in within a day before":
                suspended and (begins or accepts),
            f"who ended {key} had no right to": ends and not (facts["ended_by_id"] == entry.actor and may_end),
        }  # fmt: skip
        self.rows[key] = facts
        if accepts:
            self.accepted[key] = entry.sequence
        if ends:
            self.ended[key] = entry.sequence
        return [what for what, is_so in wrong.items() if is_so]


def _pair(facts: Facts) -> tuple[str, str]:
    return facts["delegator_id"], facts["delegate_id"]


def _begins_later(facts: Facts, entry: StoredEntry) -> bool:
    """Whether its two weeks are counted from a moment after its entry, which has milliseconds only."""
    return datetime.fromisoformat(facts["offered_at"]) > datetime.fromisoformat(entry.at) + timedelta(seconds=1)


def _lasts_too_long(facts: Facts) -> bool:
    begins, ends = (datetime.fromisoformat(facts[name]) for name in ("offered_at", "ends_at"))
    return ends - begins > LONGEST
