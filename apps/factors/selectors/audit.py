"""Who could prove themselves by what when, as the chains prove of series, factors and suspensions.

As with roles, a moment is a length of the instance's chain; the times that are compared stand in the entries.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Team, User
from apps.accounts.rules import SUSPENSION
from apps.factors.events import FactorsEncryptedAgain
from apps.factors.models import Factor, SigningSeries
from apps.factors.rules import BY_CODE, Means
from apps.factors.rules import SERIES as LONGEST
from apps.ledger.chain import INSTANCE, Fault
from apps.ledger.selectors import StoredEntry

USER, FACTOR, SERIES, TEAM = (model._meta.label_lower for model in (User, Factor, SigningSeries, Team))
TYPES = {Factor.Type.TOTP: "codes", Factor.Type.WEBAUTHN: "passkeys"}
Facts = Mapping[str, Any]
LAG = timedelta(minutes=1)  # between the command that suspends somebody and the entry that tells of it
ENCRYPTED_AGAIN = FactorsEncryptedAgain.kind


class ProofHistory:
    """SigningSeries by id; of each person what they had, and until when they signed nothing, as [place, value].

    Of each team the same for the roles whose keys take a passkey.
    """

    def __init__(self) -> None:
        self.series: dict[str, Facts] = {}
        self.factors: dict[str, Facts] = {}
        self.held: dict[str, list[tuple[int, dict[str, Facts]]]] = defaultdict(list)
        self.suspended: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.passkey_roles: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.faults: list[Fault] = []

    def read(self, entry: StoredEntry) -> None:
        """Remember what an entry proves of how people prove who they are."""
        changed: set[str] = set()
        for key, statement in entry.rows.items():
            label, _, pk = key.partition("/")
            if label == SERIES and statement:
                self.series.setdefault(pk, statement["facts"])
            elif entry.stream == INSTANCE and label == USER and statement:
                self._suspended(pk, statement["facts"].get("signing_suspended_until") or "", entry)
            elif entry.stream == INSTANCE and label == TEAM and statement:
                self.passkey_roles[pk].append((entry.sequence, statement["facts"].get("passkey_roles") or ""))
            elif entry.stream == INSTANCE and label == FACTOR:
                changed |= self._factor(pk, statement and statement["facts"], entry)
        for person in changed:
            until = next((until for place, until in self.suspended[person][-1:] if place == entry.sequence), "")
            if not until or _moment(until) < _moment(entry.at) + SUSPENSION - LAG:
                self.faults.append(entry.fault("what somebody proves themselves by changed, and they went on signing"))

    def wrong(self, key: Facts, assertion: Facts | None, at: int) -> dict[str, bool]:
        """What is wrong with how a turned key was proved, by what is said of it.

        key: what its entry shows of the signature; assertion: what it shows of what a passkey signed; at: the length of
        the instance's chain then.
        """
        person, means, series = key["signer_id"], key["means"], self.series.get(key["series_id"])
        factors, signed_at = self._factors(person, at), _moment(key["signed_at"])
        is_within = series is not None and _moment(series["began_at"]) <= signed_at <= _moment(series["ends_at"])
        types = {facts["type"] for facts in factors.values()}
        return {
            "a key was turned in no series of signings of its own person":
                series is None or series["person_id"] != person,
            "a key was turned before its series of signings began, or after it ended":
                series is not None and not is_within,
            "a series of signings was longer than a quarter of an hour":
                series is not None and _moment(series["ends_at"]) - _moment(series["began_at"]) > LONGEST,
            "whose way in had changed signed within a day of it": self.is_suspended(person, key["signed_at"], at),
            "who could prove who they are only confirmed it": means == Means.TICK and bool(factors),
            "a password alone stood in for a factor": means == Means.PASSWORD and bool(factors),
            "a key was turned by a code of somebody who had none": means in BY_CODE and "totp" not in types,
            "a passkey signed that was not theirs":
                means == Means.PASSKEY and (assertion is None or not _is_theirs(assertion, person, factors)),
        }  # fmt: skip

    def is_suspended(self, person: str, moment: str, at: int) -> bool:
        """Whether somebody signed nothing at a moment, when the instance's chain had `at` entries."""
        until = next((until for place, until in reversed(self.suspended.get(person, ())) if place < at), "")
        return bool(until) and _moment(moment) < _moment(until)

    def takes_passkey(self, role: str, team: str, at: int) -> bool:
        """Whether the team asked a passkey of that role when the instance's chain had `at` entries."""
        known = reversed(self.passkey_roles.get(team, ()))
        return role in next((roles for place, roles in known if place < at), "").split()

    def _suspended(self, person: str, until: str, entry: StoredEntry) -> None:
        before = next((known for _, known in self.suspended[person][-1:]), "")
        if before and until < before and _moment(before) > _moment(entry.at):
            self.faults.append(entry.fault("whose way in had changed was let sign before the day was over"))
        self.suspended[person].append((entry.sequence, until))

    def _factor(self, pk: str, facts: Facts | None, entry: StoredEntry) -> set[str]:
        """Follow a factor; returns whose it is, if what they prove themselves by is another from now on.

        What a code is made from is encrypted, so that it may be another whenever the row is; a passkey that is called
        by another name is the same.
        """
        before, place = self.factors.get(pk), entry.sequence
        owner = (facts or before or {}).get("user_id")
        if facts:
            self.factors[pk] = facts
        if owner is None:
            return set()
        held = dict(self.held[owner][-1][1]) if self.held[owner] else {}
        if facts and facts["type"] in TYPES:
            held[pk] = facts
        else:
            held.pop(pk, None)
        self.held[owner].append((place, held))
        kind = (facts or before or {}).get("type")
        is_same = facts == before and (kind == Factor.Type.WEBAUTHN or entry.kind == ENCRYPTED_AGAIN)
        return set() if is_same or kind not in TYPES else {owner}

    def _factors(self, person: str, at: int) -> dict[str, Facts]:
        """What they had when the instance's chain had `at` entries, by the number of the row."""
        return next((held for place, held in reversed(self.held.get(person, ())) if place < at), {})


def _is_theirs(assertion: Facts, person: str, factors: Mapping[str, Facts]) -> bool:
    """Whether a passkey signed that they had then."""
    signed = {"id": assertion["credential"], "key": assertion["public_key"]}
    return assertion["person_id"] == person and signed in _passkeys(factors)


def _passkeys(factors: Mapping[str, Facts]) -> list[dict[str, str]]:
    return [facts["passkey"] for facts in factors.values() if facts.get("passkey")]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
