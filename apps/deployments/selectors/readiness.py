"""May we go, and if not: what exactly blocks, and who can clear it?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


Roster = tuple[Member, ...]


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
        return "GO" if self.is_go else "NO-GO"


def readiness(deployment: Deployment) -> Readiness:
    """The verdict of a deployment now."""
    people = roster(deployment.team)
    blockers = [blocker for row in load_rows(deployment) if (blocker := item_blocker(deployment, row, people))]
    return Readiness((*general_blockers(deployment, people), *blockers))


def roster(team: Team) -> Roster:
    """The active people of a team by name."""
    members = Membership.objects.filter(team=team, user__is_active=True).order_by("user__full_name", "user_id")
    return tuple(Member(*row) for row in members.values_list("user_id", "user__full_name", "role"))


def general_blockers(deployment: Deployment, people: Roster) -> list[Blocker]:
    """What blocks besides items: a draft, a rollback plan that is not filled in."""
    blockers = []
    if deployment.state == State.DRAFT:
        who = one_of(m for m in people if m.may(Capability.EDIT))
        url = reverse("deployments:board", args=[deployment.team.slug, deployment.number])
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
    url = reverse("deployments:item", args=[deployment.team.slug, deployment.number, row.number])
    return Blocker(f"{row.number}. {row.title}", row.reason, who_clears(row, people), url, row.state)


def who_clears(row: Row, people: Roster) -> str:
    """Names of those who can clear the item, best first."""
    reviewers = [m for m in people if m.may(Capability.REVIEW)]
    if row.facts.waiver_asked:
        done = {s.signer for s in row.waiver_signed} | {row.waiver_requested_by}
        return one_of(m for m in reviewers if m.id not in done) or "nobody yet: invite another reviewer"
    if row.facts.probe not in ("", "passed") or not row.signed:
        return row.owner_name or one_of(m for m in people if m.may(Capability.EDIT))
    barred = {s.signer for s in row.signed} | row.contributors
    return one_of(m for m in reviewers if m.id not in barred) or "nobody yet: invite another reviewer"


def waits_for(row: Row, person: Member) -> bool:
    """Whether this person can do the next thing for the item."""
    if not row.reason:
        return False
    if row.facts.waiver_asked:
        done = {s.signer for s in row.waiver_signed} | {row.waiver_requested_by}
        return person.may(Capability.REVIEW) and person.id not in done
    if row.facts.probe not in ("", "passed") or not row.signed:
        return row.owner == person.id
    barred = {s.signer for s in row.signed} | row.contributors
    return person.may(Capability.REVIEW) and person.id not in barred


def one_of(members: Iterable[Member]) -> str:
    """ "Anna, Jun or Rei"; with many, the first names and how many more. Empty for nobody."""
    names = [member.name for member in members]
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[: MOST_NAMES - 1])} or {len(names) - MOST_NAMES + 1} others"
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def name_of(person: UUID | None, people: Roster) -> str:
    """The name of a member, empty for anybody else."""
    return next((member.name for member in people if member.id == person), "")


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
