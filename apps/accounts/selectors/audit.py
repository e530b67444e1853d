"""Who had which role when, as the instance's chain proves of memberships, and whether who gave it might.

That decides whose key counted. A moment is a length of that chain, which every other entry notes: no clock is asked.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from apps.accounts.events import AdministratorChanged
from apps.accounts.models import Invitation, Membership, Team, User
from apps.accounts.roles import CAPABILITIES, Capability, Role
from apps.ledger.chain import INSTANCE, Fault
from apps.ledger.commands import SYSTEM
from apps.ledger.selectors import StoredEntry

MEMBERSHIP, INVITATION, TEAM, USER = (model._meta.label_lower for model in (Membership, Invitation, Team, User))
APPOINTED = (AdministratorChanged.kind, str(SYSTEM.id))
Facts = Mapping[str, Any]


class RoleHistory:
    """Every role that anybody had, by (team, person), as [place in the chain, role]; an empty role ends it."""

    def __init__(self) -> None:
        self.roles: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        self.members: dict[str, tuple[str, str]] = {}
        self.invitations: dict[str, tuple[str, str] | None] = {}  # team and role while it can be accepted
        self.administrators: set[str] = set()
        self.known: set[str] = set()
        self.faults: list[Fault] = []

    def read(self, entry: StoredEntry) -> None:
        """Remember the roles that an entry of the instance's chain gives or takes, by the rows it proves."""
        if entry.stream != INSTANCE:
            return
        for label, follow in ((USER, self._person), (MEMBERSHIP, self._member), (INVITATION, self._invitation)):
            for key, statement in entry.rows.items():
                if key.partition("/")[0] == label:
                    follow(key, statement["facts"] if statement else {}, entry)
        self.known |= entry.rows.keys()

    def could(self, capability: Capability, *, team: str, person: str, at: int) -> bool:
        """Whether the person's role in that team included `capability` when the instance's chain had `at` entries."""
        roles = [role for place, role in self.roles.get((team, person), ()) if place < at]
        return bool(roles) and capability in CAPABILITIES.get(roles[-1], ())

    def people_with(self, capability: Capability, *, team: str, at: int) -> list[str]:
        """Everybody whose role in that team included `capability` when the instance's chain had `at` entries."""
        members = [person for of_team, person in self.roles if of_team == team]
        return [person for person in members if self.could(capability, team=team, person=person, at=at)]

    def _person(self, key: str, facts: Facts, entry: StoredEntry) -> None:
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
            self.roles[self.members[key]].append((entry.sequence, ""))
        role = facts.get("role", "")
        own = person == entry.actor and (
            not role or self._founded(team, role, entry) or self._accepted(team, role, entry)
        )
        if not own and not self._leads(team, entry):
            self.faults.append(entry.fault(f"who gave or took {key} had no right to"))
        self.members[key] = team, person
        self.roles[team, person].append((entry.sequence, role))

    def _invitation(self, key: str, facts: Facts, entry: StoredEntry) -> None:
        offer = facts.get("team_id", ""), facts.get("role", "")
        if key not in self.known:
            if offer[0] and not self._leads(offer[0], entry):
                self.faults.append(entry.fault(f"who made {key} had no right to"))
        elif self.invitations[key] != offer:
            self.faults.append(entry.fault(f"{key} was changed, or was no longer open"))
        is_open = not facts.get("accepted_by_id") and not facts.get("revoked_at")
        self.invitations[key] = offer if is_open else None

    def _leads(self, team: str, entry: StoredEntry) -> bool:
        return self.could(Capability.MANAGE, team=team, person=entry.actor, at=entry.sequence)

    def _founded(self, team: str, role: str, entry: StoredEntry) -> bool:
        """Whether the entry begins the team, which an administrator does and leads from then on."""
        key = f"{TEAM}/{team}"
        is_first = key in entry.rows and key not in self.known
        return is_first and role == Role.LEAD and f"{USER}/{entry.actor}" in self.administrators

    def _accepted(self, team: str, role: str, entry: StoredEntry) -> bool:
        """Whether the entry shows an open invitation into that role accepted by whoever acts."""
        return any(
            self.invitations.get(key) == (team, role) and statement["facts"].get("accepted_by_id") == entry.actor
            for key, statement in entry.rows.items()
            if key.partition("/")[0] == INVITATION and statement
        )
