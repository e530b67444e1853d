"""Who opened zones, as the instance's chain proves it: followed once more without the commands and the triggers."""

from collections.abc import Iterator, Mapping
from typing import Any

from apps.accounts.models import User
from apps.accounts.selectors.audit import RoleHistory
from apps.ledger.chain import INSTANCE, Fault
from apps.ledger.selectors import StoredEntry
from apps.zones.models import Widening
from apps.zones.rules import widening_digest

USER, WIDENING = User._meta.label_lower, Widening._meta.label_lower
FIXED = ("zone_id", "team_id", "digest", "proposed_by_id")
BY_CONFIRMING = ("confirmed_by_id", "alone", "since")
BY_ENDING = ("ended_by_id", "until")
Facts = Mapping[str, Any]


class WideningHistory:
    """Follows each widening: proposed by one administrator, confirmed at its digest by another one, ended for good."""

    def __init__(self, roles: RoleHistory) -> None:
        self.roles = roles
        self.widenings: dict[str, Facts] = {}
        self.found: list[Fault] = []

    def read(self, entry: StoredEntry) -> None:
        """Follow one entry, after `roles` did."""
        for key, statement in entry.rows.items():
            if key.partition("/")[0] != WIDENING:
                continue
            facts = statement["facts"] if statement else {}
            wrong = self._wrong(self.widenings.get(key), facts, entry)
            self.found += [entry.fault(f"{key}: {what}") for what, is_so in wrong.items() if is_so]
            self.widenings[key] = facts

    def faults(self) -> Iterator[Fault]:
        """What was forbidden, in the order of the chain; then what says something else now than was confirmed."""
        yield from self.found
        for widening in Widening.objects.order_by("pk"):
            if widening.digest != widening_digest(widening.zone_id, widening.allow, widening.team_id):
                yield Fault(INSTANCE, None, f"{WIDENING}/{widening.pk} opens something else than its digest says")

    def _wrong(self, before: Facts | None, facts: Facts, entry: StoredEntry) -> dict[str, bool]:
        known = facts if before is None else before
        confirms, ends = (
            _has(facts, act) and not _has(before or {}, act) for act in ("confirmed_by_id", "ended_by_id")
        )
        by, proposed_by, ended_by = (facts.get(f"{act}_by_id") for act in ("confirmed", "proposed", "ended"))
        acts = [proposed_by] * (before is None) + [by] * confirms + [ended_by] * ends
        return {
            "it was taken away": not facts,
            "another chain tells of it": entry.stream != INSTANCE,
            "somebody opened or closed it in another’s name": any(person != entry.actor for person in acts),
            "who opened or closed it was no administrator": not all(map(self._is_administrator, acts)),
            "it was confirmed before anybody proposed it": confirms and before is None,
            "what was proposed changed": _differs(facts, known, FIXED),
            "it changed after it was confirmed": _has(known, "confirmed_by_id")
            and _differs(facts, known, BY_CONFIRMING),
            "it changed after it was ended": _has(known, "ended_by_id") and _differs(facts, known, BY_ENDING),
            "it was confirmed after it was ended": confirms and _has(known, "ended_by_id"),
            "one person proposed and confirmed it, and was not the only administrator":
                confirms and by == proposed_by and not (facts.get("alone") and len(self.roles.administrators) == 1),
        }  # fmt: skip

    def _is_administrator(self, person: Any) -> bool:
        return f"{USER}/{person}" in self.roles.administrators


def _has(facts: Facts, name: str) -> bool:
    return facts.get(name) is not None


def _differs(facts: Facts, known: Facts, names: tuple[str, ...]) -> bool:
    return any(facts.get(name) != known.get(name) for name in names)
