"""What whoever authorises the emergency lane signs, and what the tables say of emergencies as such."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import uuid5

from apps.core.statements import fetched
from apps.deployments.models import Deployment, Emergency, EmergencyReview
from apps.deployments.selectors.readiness import Members, members, missing_of_plan
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.ledger.chain import Fault
from apps.signoff.rules import Meaning, content_digest

from .rules import why_not_now

SIGNED = "(SELECT COUNT(*) FROM signoff_signature g WHERE g.sign_off_id = s.id AND g.revision = s.revision)"
UNSIGNED = f"""
SELECT s.stream FROM deployments_emergency e JOIN signoff_signoff s ON s.id = e.sign_off_id
WHERE {SIGNED} < s.required ORDER BY s.stream
"""
UNREVIEWED = f"""
SELECT s.stream FROM deployments_emergency e JOIN deployments_deployment d ON d.id = e.deployment_id
JOIN signoff_signoff s ON s.id = e.sign_off_id
WHERE d.outcome <> '' AND NOT EXISTS (
  SELECT 1 FROM deployments_emergencyreview v JOIN signoff_signoff s ON s.id = v.sign_off_id
  WHERE v.emergency_id = e.id AND {SIGNED} >= s.required)
ORDER BY s.stream
"""


def new_emergency(deployment: Deployment, **lines: Any) -> Emergency:
    """The emergency of a deployment, not stored; its number is known before, for a passkey to name."""
    return Emergency(id=uuid5(deployment.pk, "emergency"), deployment=deployment, **lines)


def owed_by(items: Iterable[ItemSummary]) -> list[ItemSummary]:
    """The items that an emergency would owe now."""
    return [item for item in items if item.lacks_keys]


def terms_of(owed: Iterable[ItemSummary]) -> list[list[Any]]:
    """Those items as whoever authorises signs them (Emergency.content)."""
    return [[str(item.id), item.digest, item.facts.turned, item.facts.required] for item in owed]


def digest_of_page(items: Iterable[ItemSummary]) -> str:
    """The digest of what the page shows to whoever authorises: what would be owed, and how it stands."""
    return content_digest({"owed": sorted(terms_of(owed_by(items)))})


def why_not_authorise(deployment: Deployment, items: Sequence[ItemSummary], people: Members | None = None) -> str:
    """What keeps a deployment from the lane whoever asks: a probe, its plan, or that nothing is missing."""
    probes = [item.number for item in items if item.facts.probe_blocks and not item.is_settled]
    lacks_plan = bool(missing_of_plan(deployment, people or members(deployment.team)))
    return why_not_now(probes, lacks_plan=lacks_plan, owed=len(owed_by(items)))


def turn_to_authorise(deployment: Deployment, lines: dict[str, Any]) -> str:
    """The key of an emergency with these lines, as a page tells the passkey's script (factors.forms.Turns)."""
    emergency = new_emergency(deployment, **lines)
    digest = content_digest(emergency.content(terms_of(owed_by(summaries(deployment)))))
    return f"{emergency.pk}.{digest}.1.{Meaning.AUTHORISED}"


def digest_of_review(review: EmergencyReview) -> str:
    """The digest of what the page shows to whoever writes the review: what it says, and who stands behind that."""
    keys = review.sign_off
    return content_digest({"review": keys.digest, "so_far": [keys.revision, len(keys.turned)]})


def turn_to_write(review: EmergencyReview, lines: dict[str, str]) -> str:
    """The first key of a review with these lines, as a page tells the passkey's script."""
    for name, value in lines.items():
        setattr(review, name, value)
    return f"{review.sign_off_id}.{content_digest(review.covered())}.1.{Meaning.COMPLETED}"


def emergency_faults() -> Iterator[Fault]:
    """Emergencies that nobody signed, and deployments that ended before theirs was reviewed."""
    for (stream,) in fetched(UNSIGNED):
        yield Fault(stream, None, "it went by the emergency lane, and nobody signed that")
    for (stream,) in fetched(UNREVIEWED):
        yield Fault(stream, None, "it went by the emergency lane and ended without a review that two people signed")
