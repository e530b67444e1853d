"""After somebody turned their key: which item of the deployment waits for them next."""

from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.core.statements import fetched
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import NextStep, next_step
from apps.deployments.selectors.readiness import Members, waits_for
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.signoff.rules import ordinal

from .personal import member
from .rows import KeyIcon, key_icon

MOST = 100  # items that are looked at: so many wait for one person, and no more are counted
# What may wait for somebody: it is theirs, or somebody else turned a key or asked for a waiver. The statement only
# leaves out what cannot; `waits_for` decides. First what stands behind the item they signed, then what is before it.
CANDIDATES = """
SELECT i.number FROM deployments_item i JOIN signoff_signoff s ON s.id = i.sign_off_id
WHERE i.deployment_id = %s AND i.number <> %s AND i.applies
  AND (i.owner_id = %s
    OR EXISTS (SELECT 1 FROM signoff_signature g WHERE g.sign_off_id = s.id AND g.revision = s.revision)
    OR EXISTS (SELECT 1 FROM deployments_waiver w WHERE w.item_id = i.id AND w.ended_at IS NULL))
  AND NOT EXISTS (SELECT 1 FROM signoff_signature g
    WHERE g.sign_off_id = s.id AND g.revision = s.revision AND (g.signer_id = %s OR g.slot >= s.required))
ORDER BY CASE WHEN i.number > %s THEN 0 ELSE 1 END, i.number LIMIT %s
"""


@dataclass(frozen=True)
class NextItem:
    """The next item that waits for somebody, what it waits for, and how many do; `row` is None where nothing does."""

    row: ItemSummary | None
    icon: KeyIcon | None = None
    why: str = ""
    count: int = 0


def next_item(item: Item, viewer: User, people: Members) -> NextItem | None:
    """What waits for the viewer after this item; None unless they turned a key of it that counts. Two queries."""
    deployment = item.deployment
    has_turned = any(key.signer_id == viewer.pk for key in item.sign_off.turned)
    if not (has_turned and deployment.takes_keys and viewer.may(Capability.EDIT, deployment.team_id)):
        return None
    waiting = waiting_for(deployment, viewer, people, after=item.number)
    if not waiting:
        return NextItem(None)
    return NextItem(waiting[0], key_icon(waiting[0]), _why(waiting[0]), len(waiting))


def waiting_for(deployment: Deployment, viewer: User, people: Members, *, after: int = 0) -> list[ItemSummary]:
    """The items of a deployment whose next step is the viewer's, those behind number `after` first."""
    asked: list[Any] = [deployment.pk, after, viewer.pk, viewer.pk, after, MOST]
    numbers = [number for (number,) in fetched(CANDIDATES, *asked)]
    place, person = {number: at for at, number in enumerate(numbers)}, member(people, viewer)
    found = [row for row in summaries(deployment, numbers) if waits_for(row, person)]
    return sorted(found, key=lambda row: place[row.number])


def _why(row: ItemSummary) -> str:
    """What it waits for, in words."""
    if next_step(row.facts) is NextStep.NEXT_KEY:
        return f"{ordinal(len(row.signed) + 1).capitalize()} key, after {row.signed[-1].name}."
    return row.reason
