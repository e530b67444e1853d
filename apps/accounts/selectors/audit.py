"""Who had which role when, as the instance's chain tells it: that decides whose key counted."""

from collections import defaultdict
from datetime import datetime

from apps.accounts.events import FirstTeamCreated, InvitationAccepted, MemberRemoved, RoleChanged, TeamCreated
from apps.accounts.roles import CAPABILITIES, Capability, Role
from apps.ledger.chain import INSTANCE
from apps.ledger.selectors import AHEAD, StoredEntry

# Which role an entry gives, and to whom: the field that says so, or the person who acts.
FOUNDS = {FirstTeamCreated.kind, TeamCreated.kind}
JOINS, CHANGES, LEAVES = InvitationAccepted.kind, RoleChanged.kind, MemberRemoved.kind
SKEW = AHEAD  # two chains are compared by the clock, and two machines' clocks differ


class RoleHistory:
    """Every role that anybody had, by (team, person), as [from when, role]; an empty role ends it."""

    def __init__(self) -> None:
        self.roles: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)

    def read(self, entry: StoredEntry) -> None:
        """Remember the role that an entry of the instance's chain gives or takes."""
        if entry.stream != INSTANCE:
            return
        if entry.kind in FOUNDS:
            self._has(Role.LEAD, entry, entry.actor)
        elif entry.kind == JOINS:
            self._has(entry.field("role"), entry, entry.actor)
        elif entry.kind == CHANGES:
            self._has(entry.field("after"), entry, entry.field("person"))
        elif entry.kind == LEAVES:
            self._has("", entry, entry.field("person"))

    def could(self, capability: Capability, *, team: str, person: str, at: str) -> bool:
        """Whether the person's role in that team included `capability` at that time, give or take SKEW."""
        moment = datetime.fromisoformat(at)
        roles = self.roles.get((team, person), [])
        ends = [start for start, _ in roles[1:]] + [moment + 2 * SKEW]
        return any(
            start - SKEW <= moment <= end + SKEW and capability in CAPABILITIES.get(role, ())
            for (start, role), end in zip(roles, ends, strict=False)
        )

    def _has(self, role: str, entry: StoredEntry, person: str) -> None:
        self.roles[entry.field("team"), person].append((datetime.fromisoformat(entry.at), role))
