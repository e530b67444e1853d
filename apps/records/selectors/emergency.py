"""That it went by the emergency lane, and what it owes or owed."""

from apps.deployments.models import Deployment
from apps.deployments.selectors.emergencies import debts_of
from apps.records.document import facts

from .reading import read, signature


def emergency(deployment: Deployment) -> facts.Emergency | None:
    """The lane it went by; None where it waited for every key."""
    debts = debts_of(deployment)
    if debts is None:
        return None
    written, verified = (*map(signature, debts.review.sign_off.turned), None, None)[:2]
    return read(
        facts.Emergency,
        debts.emergency,
        debts.review,
        at=debts.emergency.authorised_at,
        digest=debts.emergency.sign_off.digest,
        owed=tuple(item.number for item in debts.items),
        unsigned=tuple(item.number for item in debts.unsigned),
        written=written,
        verified=verified,
    )
