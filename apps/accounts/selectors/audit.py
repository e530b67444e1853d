"""Who had which role when, as the instance's chain proves of memberships: that decides whose key counted."""

from collections import defaultdict
from datetime import datetime

from apps.accounts.models import Membership
from apps.accounts.roles import CAPABILITIES, Capability
from apps.ledger.chain import INSTANCE
from apps.ledger.selectors import AHEAD, StoredEntry

MEMBERSHIP = Membership._meta.label_lower
SKEW = AHEAD  # two chains are compared by the clock, and two machines' clocks differ


class RoleHistory:
    """Every role that anybody had, by (team, person), as [from when, role]; an empty role ends it."""

    def __init__(self) -> None:
        self.roles: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
        self.members: dict[str, tuple[str, str]] = {}

    def read(self, entry: StoredEntry) -> None:
        """Remember the roles that an entry of the instance's chain gives or takes, by the rows it proves."""
        if entry.stream != INSTANCE:
            return
        for key, statement in entry.rows.items():
            if key.partition("/")[0] != MEMBERSHIP:
                continue
            facts = statement["facts"] if statement else {}
            if statement:
                self.members[key] = facts["team_id"], facts["user_id"]
            if key in self.members:
                self.roles[self.members[key]].append((datetime.fromisoformat(entry.at), facts.get("role", "")))

    def could(self, capability: Capability, *, team: str, person: str, at: str) -> bool:
        """Whether the person's role in that team included `capability` at that time, give or take SKEW."""
        moment = datetime.fromisoformat(at)
        roles = self.roles.get((team, person), [])
        ends = [start for start, _ in roles[1:]] + [moment + 2 * SKEW]
        return any(
            start - SKEW <= moment <= end + SKEW and capability in CAPABILITIES.get(role, ())
            for (start, role), end in zip(roles, ends, strict=False)
        )
