"""May we go, and if not: what exactly blocks, and who can clear it?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.urls import reverse

from apps.accounts.models import Membership, Team
from apps.accounts.roles import CAPABILITIES, Capability
from apps.deployments.models import Deployment
from apps.deployments.rules import Blocker
from apps.deployments.states import State

from .rows import Row, load_rows

MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Member:
    """One person of the team, as far as clearing a blocker is concerned."""

    id: UUID
    name: str
    role: str

    def may(self, capability: Capability) -> bool:
        """Whether the role includes it."""
        return capability in CAPABILITIES[self.role]


class Roster(tuple[Member, ...]):
    """The active people of a team by name. Equal rosters are equal keys; who may clear what is worked out once."""

    _names: dict[tuple[Capability, frozenset[UUID]], str]

    def __new__(cls, members: Iterable[Member]) -> "Roster":
        roster = super().__new__(cls, members)
        roster._names = {}
        return roster

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
        return verdict_of(len(self.blockers))


def verdict_of(blocking: int) -> str:
    """GO when nothing blocks, otherwise NO-GO."""
    return "NO-GO" if blocking else "GO"


def readiness(deployment: Deployment) -> Readiness:
    """The verdict of a deployment now."""
    people = roster(deployment.team)
    blockers = [blocker for row in load_rows(deployment) if (blocker := item_blocker(deployment, row, people))]
    return Readiness((*general_blockers(deployment, people), *blockers))


def roster(team: Team) -> Roster:
    """The active people of a team by name."""
    members = Membership.objects.filter(team=team, user__is_active=True).order_by("user__full_name", "user_id")
    return Roster(Member(*row) for row in members.values_list("user_id", "user__full_name", "role"))


def general_blockers(deployment: Deployment, people: Roster) -> list[Blocker]:
    """What blocks besides items: a draft, a rollback plan that is not filled in."""
    blockers = []
    if deployment.state == State.DRAFT:
        who = one_of(m for m in people if m.may(Capability.EDIT))
        url = _board_url(deployment.team.slug, deployment.number)
        blockers.append(Blocker("Draft", "The review is not open yet.", who, url, "draft"))
    missing = deployment.rollback_plan.missing
    if missing:
        owner = deployment.rollback_plan.owner_id
        who = name_of(owner, people) or one_of(m for m in people if m.may(Capability.EDIT))
        url = reverse("deployments:fill_in_rollback_plan", args=[deployment.team.slug, deployment.number])
        reason = f"It still needs {_listed(missing)}."
        blockers.append(Blocker("Rollback plan", reason, who, url, "plan"))
    return blockers


def item_blocker(deployment: Deployment, row: Row, people: Roster) -> Blocker | None:
    """The condition an item does not meet, or None."""
    if not row.reason:
        return None
    url = f"{_board_url(deployment.team.slug, deployment.number)}items/{row.number}/"
    return Blocker(f"{row.number}. {row.title}", row.reason, who_clears(row, people), url, row.state)


def who_clears(row: Row, people: Roster) -> str:
    """Names of those who can clear the item, best first."""
    if _waits_for_owner(row):
        return row.owner_name or people.names(Capability.EDIT)
    return people.names(Capability.REVIEW, _barred(row)) or "nobody yet: invite another reviewer"


def waits_for(row: Row, person: Member) -> bool:
    """Whether this person can do the next thing for the item."""
    if not row.reason:
        return False
    if _waits_for_owner(row):
        return row.owner == person.id
    return person.may(Capability.REVIEW) and person.id not in _barred(row)


def _waits_for_owner(row: Row) -> bool:
    """Whether the work comes first: a probe that does not pass, or no key turned yet."""
    return not row.facts.waiver_asked and (row.facts.probe not in ("", "passed") or not row.signed)


def _barred(row: Row) -> frozenset[UUID]:
    """Who may not turn the next key, or approve the waiver that is asked for."""
    if row.facts.waiver_asked:
        asked_by = (row.waiver_requested_by,) if row.waiver_requested_by else ()
        return frozenset((*(s.signer for s in row.waiver_signed), *asked_by))
    return row.contributors.union(s.signer for s in row.signed) if row.signed else row.contributors


def one_of(members: Iterable[Member]) -> str:
    """ "Anna, Jun or Rei"; with many, the first names and how many more. Empty for nobody."""
    names = [member.name for member in members]
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[: MOST_NAMES - 1])} or {len(names) - MOST_NAMES + 1} others"
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def name_of(person: UUID | None, people: Roster) -> str:
    """The name of a member, empty for anybody else."""
    return next((member.name for member in people if member.id == person), "")


@lru_cache(maxsize=1024)
def _board_url(team: str, number: int) -> str:
    """Where a board is; a thousand rows ask for it, and reversing costs as much as drawing one."""
    return reverse("deployments:board", args=[team, number])


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
