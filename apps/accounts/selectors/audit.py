"""Who had which role when, as the instance's chain proves of memberships, and whether who gave it might.

That decides whose key counted. A moment is a length of that chain, which every other entry notes: no clock is asked.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.accounts.events import AdministratorChanged
from apps.accounts.models import Delegation, Grant, Invitation, Membership, Team, User
from apps.accounts.roles import BY_TWO, VERIFYING, Capability, Role, capabilities_of, granted_beside
from apps.ledger.chain import INSTANCE, Fault
from apps.ledger.commands import SYSTEM
from apps.ledger.selectors import StoredEntry

from .delegations import DelegationHistory

MEMBERSHIP, GRANT, INVITATION, TEAM, USER, DELEGATION = (
    model._meta.label_lower for model in (Membership, Grant, Invitation, Team, User, Delegation)
)
APPOINTED = (AdministratorChanged.kind, str(SYSTEM.id))
Facts = Mapping[str, Any]


class RoleHistory:
    """Everything that anybody was, by (team, person), as [place in the chain, roles]; none where they are not there."""

    def __init__(self) -> None:
        self.roles: dict[tuple[str, str], list[tuple[int, frozenset[str]]]] = defaultdict(list)
        self.bases: dict[tuple[str, str], str] = {}
        self.standing: dict[tuple[str, str], dict[str, Facts]] = defaultdict(dict)  # grants that did not end, by key
        self.members: dict[str, tuple[str, str]] = {}
        self.grants: dict[str, Facts] = {}
        self.invitations: dict[str, tuple[str, str] | None] = {}  # team and role while it can be accepted
        self.administrators: set[str] = set()
        self.suspended: dict[str, str] = {}  # until when somebody signs nothing
        self.known: set[str] = set()
        self.faults: list[Fault] = []
        self.delegations = DelegationHistory()

    def read(self, entry: StoredEntry) -> None:
        """Remember the roles that an entry of the instance's chain gives or takes, by the rows it proves."""
        if entry.stream != INSTANCE:
            return
        for key, facts in _listed(USER, entry):
            self._person(key, facts, entry)
        for key, facts in _listed(MEMBERSHIP, entry):
            self._member(key, facts, entry)
        # Whoever becomes an admin may then be what only an admin is at the beginning of a team.
        for key, facts in sorted(_listed(GRANT, entry), key=lambda each: each[1].get("role") != Role.ADMIN):
            self._grant(key, facts, entry)
        self._outlived(entry)
        for key, facts in _listed(INVITATION, entry):
            self._invitation(key, facts, entry)
        for key, facts in _listed(DELEGATION, entry):
            self._delegation(key, facts, entry)
        self.known |= entry.rows.keys()

    def could(self, capability: Capability, *, team: str, person: str, at: int) -> bool:
        """Whether a role of the person in that team included it when the instance's chain had `at` entries."""
        held = [roles for place, roles in self.roles.get((team, person), ()) if place < at]
        return bool(held) and capability in capabilities_of(held[-1])

    def people_ever_with(self, capability: Capability, *, team: str, at: int) -> list[str]:
        """Everybody of whom `could` was true at `at` or before."""
        return [
            person
            for (of_team, person), history in self.roles.items()
            if of_team == team and any(place < at and capability in capabilities_of(roles) for place, roles in history)
        ]

    def people_with(self, capability: Capability, *, team: str, at: int) -> list[str]:
        """Everybody of whom `could` is true."""
        members = [person for of_team, person in self.roles if of_team == team]
        return [person for person in members if self.could(capability, team=team, person=person, at=at)]

    def _person(self, key: str, facts: Facts, entry: StoredEntry) -> None:
        self.suspended[key.partition("/")[2]] = facts.get("signing_suspended_until") or ""
        if not facts.get("is_admin"):
            self.administrators.discard(key)
        elif key not in self.administrators:
            self.administrators.add(key)
            is_first = not any(known.partition("/")[0] == USER for known in self.known)
            if not is_first and (entry.kind, entry.actor) != APPOINTED:
                fault = f"{key} became an administrator, was not the first person here, and the server appointed nobody"
                self.faults.append(entry.fault(fault))

    def _member(self, key: str, facts: Facts, entry: StoredEntry) -> None:
        before = self.members.get(key)
        team, person = (facts["team_id"], facts["user_id"]) if facts else before or ("", "")
        if before not in (None, (team, person)):
            self.faults.append(entry.fault(f"{key} passed to another person or team"))
            self._now(self.members[key], "", entry)
        role = facts.get("role", "")
        own = person == entry.actor and (not role or self._founded(team, entry) or self._accepted(team, role, entry))
        if not own and not self._administers(team, entry):
            self.faults.append(entry.fault(f"who gave or took {key} had no right to"))
        self.members[key] = team, person
        self._now((team, person), role, entry)

    def _grant(self, key: str, facts: Facts, entry: StoredEntry) -> None:
        """Follow what was asked for, granted or ended: each by whoever acts, and by who might."""
        before = self.grants.get(key, {})
        if facts:
            self._judge_grant(key, before, facts, entry)
        else:
            self.faults.append(entry.fault(f"{key} was taken away: who had which role stays"))
        self.grants[key] = facts or before
        concerned = {(each["team_id"], each["person_id"]) for each in (before, facts) if each}
        for of in sorted(concerned):  # two where it passed to somebody else
            self.standing[of].pop(key, None)
            if of == (facts.get("team_id"), facts.get("person_id")) and not facts.get("ended_by_id"):
                self.standing[of][key] = facts
            self._now(of, self.bases.get(of, ""), entry)

    def _judge_grant(self, key: str, before: Facts, facts: Facts, entry: StoredEntry) -> None:
        team, person, asked_by = facts["team_id"], facts["person_id"], facts["asked_by_id"]
        asks, grants, ends = (_now_by(name, before, facts) for name in ("asked_by_id", "granted_by_id", "ended_by_id"))
        administers = self._administers(team, entry) or self._founded(team, entry)
        seconds = administers or self._second(team, asked_by, entry)
        may_end = administers or (seconds and not before.get("granted_by_id"))
        self._list(entry, {
            f"{key} was changed, or had ended":
                any(value not in (None, facts.get(name)) for name, value in before.items())
                or bool(before.get("ended_by_id")),
            f"{key} was asked for, granted or ended in another’s name": bool({asks, grants, ends} - {"", entry.actor}),
            f"who asked for {key} had no right to": bool(asks) and not administers,
            f"who granted {key} had no right to": bool(grants) and not seconds,
            f"one person granted {key}, which takes two":
                grants == asked_by and facts["role"] in BY_TWO and not self._is_set_up(facts),
            f"who ended {key} had no right to": ends not in ("", person) and not may_end,
            f"who asked for {key} or granted it had changed their way in within a day before":
                bool(grants or (asks and asked_by != person)) and self._is_suspended(entry),
        })  # fmt: skip

    def _outlived(self, entry: StoredEntry) -> None:
        """Find roles of people who are no members: coming back takes one admin, most roles take two."""
        of_grants = {(facts["team_id"], facts["person_id"]) for _, facts in _listed(GRANT, entry) if facts}
        for of in sorted(of_grants | {self.members[key] for key, _ in _listed(MEMBERSHIP, entry)}):
            if self.bases.get(of) != Role.MEMBER:
                keys = sorted(self.standing[of])
                self.faults += [entry.fault(f"{key} stands although its person is no member") for key in keys]

    def _list(self, entry: StoredEntry, rules: Mapping[str, bool]) -> None:
        self.faults += [entry.fault(what) for what, is_so in rules.items() if is_so]

    def _now(self, of: tuple[str, str], base: str, entry: StoredEntry) -> None:
        """From this entry on they are this in that team, and what is granted to them."""
        self.bases[of] = base
        granted = {facts["role"] for facts in self.standing[of].values() if facts.get("granted_by_id")}
        self.roles[of].append((entry.sequence, granted_beside(base, granted) if base else frozenset()))

    def _delegation(self, key: str, facts: Facts, entry: StoredEntry) -> None:
        team, delegator = facts.get("team_id", ""), facts.get("delegator_id", "")
        verifies = any(
            self.could(capability, team=team, person=delegator, at=entry.sequence)
            for capability in capabilities_of(VERIFYING)
        )
        rights = {"verifies": verifies, "administers": self._administers(team, entry)}
        wrong = self.delegations.read(key, facts, entry, **rights, suspended=self._is_suspended(entry))
        self.faults += [entry.fault(what) for what in wrong]

    def _invitation(self, key: str, facts: Facts, entry: StoredEntry) -> None:
        offer = facts.get("team_id", ""), facts.get("role", "")
        if key not in self.known:
            if offer[0] and not self._administers(offer[0], entry):
                self.faults.append(entry.fault(f"who made {key} had no right to"))
        elif self.invitations[key] != offer:
            self.faults.append(entry.fault(f"{key} was changed, or was no longer open"))
        is_open = not facts.get("accepted_by_id") and not facts.get("revoked_at")
        self.invitations[key] = offer if is_open else None

    def _administers(self, team: str, entry: StoredEntry) -> bool:
        return self.could(Capability.MANAGE, team=team, person=entry.actor, at=entry.sequence)

    def _is_suspended(self, entry: StoredEntry) -> bool:
        """Whether whoever acts signs nothing, because their way in changed."""
        until = self.suspended.get(entry.actor, "")
        return bool(until) and datetime.fromisoformat(entry.at) < datetime.fromisoformat(until)

    def _second(self, team: str, asked_by: str, entry: StoredEntry) -> bool:
        """Whether an administrator of the instance acts for a team without another admin than who asked."""
        admins = self.people_with(Capability.MANAGE, team=team, at=entry.sequence)
        return f"{USER}/{entry.actor}" in self.administrators and not {*admins} - {asked_by}

    def _is_set_up(self, facts: Facts) -> bool:
        """Whether one person grants all alone: to themselves where a team begins, and to one other admin of it."""
        team, role, person, by = facts["team_id"], facts["role"], facts["person_id"], facts["asked_by_id"]
        granted = [each for each in self.grants.values() if each["team_id"] == team and each.get("granted_by_id")]
        admins = [each for each in granted if each["role"] == Role.ADMIN]
        of_others = any(
            each["person_id"] not in (person, by) or {each["asked_by_id"], each["granted_by_id"]} != {by}
            for each in admins
        )
        again = any((each["person_id"], each["role"]) == (person, role) for each in granted)
        held = [each["role"] for each in self.standing[team, person].values() if each.get("granted_by_id")]
        is_admin = role == Role.ADMIN or Role.ADMIN in held
        return not of_others and not again and is_admin

    def _founded(self, team: str, entry: StoredEntry) -> bool:
        """Whether the entry begins the team, which an administrator does, who is its first admin."""
        key = f"{TEAM}/{team}"
        return key in entry.rows and key not in self.known and f"{USER}/{entry.actor}" in self.administrators

    def _accepted(self, team: str, role: str, entry: StoredEntry) -> bool:
        """Whether the entry shows an open invitation into that role accepted by whoever acts."""
        return any(
            self.invitations.get(key) == (team, role) and statement["facts"].get("accepted_by_id") == entry.actor
            for key, statement in entry.rows.items()
            if key.partition("/")[0] == INVITATION and statement
        )


def _listed(label: str, entry: StoredEntry) -> list[tuple[str, Facts]]:
    """The rows of a kind that an entry proves, each with what it shows: nothing of what it takes away."""
    rows = [(key, statement) for key, statement in entry.rows.items() if key.partition("/")[0] == label]
    return [(key, statement["facts"] if statement else {}) for key, statement in rows]


def _now_by(name: str, before: Facts, facts: Facts) -> str:
    """Who does with this entry what that column names; empty where that was done before, or is not done yet."""
    return "" if before.get(name) else facts.get(name) or ""
