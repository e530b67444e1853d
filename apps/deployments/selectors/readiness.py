"""May we go, and if not: what exactly blocks, and who can clear it?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from apps.accounts.models import WITH_GRANTS, Team
from apps.accounts.roles import Capability, capabilities_of, granted_beside
from apps.core.statements import as_uuid, fetched, folded_column
from apps.deployments.models import Deployment
from apps.deployments.rules import Blocker, NextStep, next_step, verdict
from apps.deployments.states import WaiverState

from .summaries import ItemSummary, summaries

MOST_NAMES = 3
MEMBERS = f"""
SELECT m.user_id, u.full_name, m.role, g.role
FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id {WITH_GRANTS}
WHERE m.team_id = %s AND u.is_active ORDER BY {{by_name}}, m.user_id
"""


@dataclass(frozen=True, slots=True)
class Member:
    """One person of the team, as far as clearing a blocker is concerned."""

    id: UUID
    name: str
    roles: frozenset[str]

    def may(self, capability: Capability) -> bool:
        """Whether one of the roles includes it."""
        return capability in capabilities_of(self.roles)

    @property
    def may_own(self) -> bool:
        """Whether items can be given to them."""
        return self.may(Capability.EDIT)


class Members(tuple[Member, ...]):
    """The active people of a team by name. Equal members are equal keys; who may clear what is worked out once."""

    _names: dict[tuple[Capability, frozenset[UUID]], str]

    def __new__(cls, members: Iterable[Member]) -> "Members":
        made = super().__new__(cls, members)
        made._names = {}
        return made

    def names(self, capability: Capability, barred: frozenset[UUID] = frozenset()) -> str:
        """ "Anna, Jun or Rei": who has the capability and is not barred; empty for nobody."""
        found = self._names.get((capability, barred))
        if found is None:
            found = one_of(m for m in self if m.may(capability) and m.id not in barred)
            self._names[capability, barred] = found
        return found


@dataclass(frozen=True)
class Readiness:
    """The verdict and everything that stands in its way."""

    blockers: tuple[Blocker, ...]

    @property
    def is_go(self) -> bool:
        """GO means: nothing blocks."""
        return not self.blockers

    @property
    def verdict(self) -> str:
        """GO or NO-GO."""
        return verdict(len(self.blockers))


def readiness(
    deployment: Deployment, items: Iterable[ItemSummary] | None = None, people: Members | None = None
) -> Readiness:
    """The verdict of a deployment now, from its items and the members of its team, where they are read already."""
    people = members(deployment.team) if people is None else people
    items = summaries(deployment) if items is None else items
    blocking = (item_blocker(item, people) for item in items)
    return Readiness((*general_blockers(deployment, people), *(blocker for blocker in blocking if blocker)))


def members(team: Team) -> Members:
    """The active people of a team by name."""
    found = fetched(MEMBERS.format(by_name=folded_column("u.full_name")), team.pk)
    return Members(
        Member(as_uuid(person), name, granted_beside(base, {row[-1] for row in rows} - {None}))
        for (person, name, base), rows in groupby(found, key=lambda row: row[:3])
    )


def general_blockers(deployment: Deployment, people: Members) -> list[Blocker]:
    """What blocks besides items: a state in which nothing goes, a rollback plan that is not filled in."""
    blockers = []
    if deployment.limits.go:
        label = deployment.get_state_display()
        blockers.append(Blocker(label, deployment.limits.go, people.names(Capability.EDIT), deployment.state))
    if missing := missing_of_plan(deployment, people):
        who = plan_owner(deployment, people) or people.names(Capability.EDIT)
        blockers.append(Blocker("Rollback plan", f"It still needs {_listed(missing, 'and')}.", who, "plan"))
    return blockers


def plan_owner(deployment: Deployment, people: Members) -> str:
    """Who owns its rollback plan: a member while it is open; of what ended, who did then, as they were called."""
    plan = deployment.rollback_plan
    return plan.owner_name if deployment.is_over else name_of(plan.owner_id, people)


def missing_of_plan(deployment: Deployment, people: Members) -> list[str]:
    """What its rollback plan lacks, in words; who left owns it no more."""
    return deployment.rollback_plan.missing(plan_owner(deployment, people))


def item_blocker(item: ItemSummary, people: Members) -> Blocker | None:
    """The condition an item does not meet, or None."""
    if item.is_settled:
        return None
    return Blocker(item.title, item.reason, who_clears(item, people), item.state, item.number)


def who_clears(item: ItemSummary, people: Members) -> str:
    """Names of those who can clear the item, best first."""
    if _waits_for_owner(item):
        return item.owner_name or people.names(Capability.EDIT)
    return people.names(Capability.REVIEW, _barred(item)) or "nobody yet: another reviewer is needed"


def waits_for(item: ItemSummary, person: Member) -> bool:
    """Whether this person can do the next thing for the item."""
    if item.is_settled:
        return False
    if _waits_for_owner(item):
        return item.owner == person.id
    return person.may(Capability.REVIEW) and person.id not in _barred(item)


def _waits_for_owner(item: ItemSummary) -> bool:
    """Whether the work comes first: a probe that does not pass, proof that lacks, or no key turned yet."""
    return next_step(item.facts) in (NextStep.SEE_PROBE, NextStep.BRING_PROOF, NextStep.FIRST_KEY)


def _barred(item: ItemSummary) -> frozenset[UUID]:
    """Who may not turn the next key, or approve the waiver that is asked for."""
    if item.facts.waiver is WaiverState.ASKED:
        asked_by = (item.waiver_requested_by,) if item.waiver_requested_by else ()
        return frozenset((*(key.signer for key in item.waiver_signed), *asked_by))
    return item.contributors.union(key.signer for key in item.signed) if item.signed else item.contributors


def one_of(people: Iterable[Member]) -> str:
    """ "Anna, Jun or Rei"; with many, the first names and how many more. Empty for nobody."""
    names = [member.name for member in people]
    if len(names) > MOST_NAMES:
        names[MOST_NAMES - 1 :] = [f"{len(names) - MOST_NAMES + 1} others"]
    return _listed(names, "or")


def name_of(person: UUID | None, people: Members) -> str:
    """The name of a member, empty for anybody else."""
    return next((member.name for member in people if member.id == person), "")


def _listed(parts: Sequence[str], word: str) -> str:
    return f" {word} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
