"""The page of the emergency lane: what would be owed, or what is; and the band on every other page."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.core.permissions import Verdict, not_now
from apps.core.shown import fingerprint
from apps.deployments.models import Deployment
from apps.deployments.selectors.emergencies import Debts, debts_of
from apps.deployments.selectors.readiness import members
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.emergencies import permissions
from apps.emergencies.rules import LENT
from apps.emergencies.selectors import digest_of_page, digest_of_review, owed_by, why_not_authorise
from apps.factors.selectors import offer
from apps.ledger import selectors as ledger
from apps.signoff.permissions import takes_passkey
from apps.signoff.rules import Meaning

from .ceremony import stands_in


def emergency_page(deployment: Deployment, viewer: User) -> dict[str, Any]:
    """Everything templates/boards/emergency.html needs besides the forms, in a fixed number of queries."""
    since = str(ledger.head(deployment.stream).sequence)  # first: what is read after it can only be newer
    items = summaries(deployment)
    debts = debts_of(deployment, items)
    page = {
        "deployment": deployment,
        "since": since,
        "now": timezone.now(),
        "intent": uuid.uuid4(),
        "debts": debts,
        "emergency": band(debts),
    }
    return page | (_owing(debts, viewer) if debts else _opening(deployment, items, viewer))


def band(debts: Debts | None) -> dict[str, Any] | None:
    """What every page of the deployment says of its emergency; None where it went by none."""
    if debts is None:
        return None
    now = timezone.now()
    return {
        "row": debts.emergency,
        "is_settled": debts.is_settled,
        "is_overdue": debts.is_overdue(now),
        "unsigned": len(debts.unsigned),
        "is_reviewed": debts.is_reviewed,
    }


def band_of(deployment: Deployment, items: Sequence[ItemSummary] | None = None) -> dict[str, Any] | None:
    """The same of a deployment that was loaded with its emergency; without a query where it has none."""
    return band(debts_of(deployment, items)) if hasattr(deployment, "emergency") else None


def _opening(deployment: Deployment, items: list[ItemSummary], viewer: User) -> dict[str, Any]:
    """What would be owed, and whether it can be opened."""
    people = members(deployment.team)
    may: Verdict = permissions.authorise_emergency(viewer, deployment)
    if may and (why := why_not_authorise(deployment, items, people)):
        may = not_now(why)
    return {
        "may": {"authorise": may},
        "owed": owed_by(items),
        "page_shown": digest_of_page(items),
        "hours": int(LENT.total_seconds() // 3600),
        "deciders": "" if deployment.is_over else people.names(Capability.DECIDE),
        "offer": offer(viewer).for_key(takes_passkey="decider" in viewer.passkey_roles(deployment.team_id)),
    }


def _owing(debts: Debts, viewer: User) -> dict[str, Any]:
    """What is owed, and who can pay it."""
    review = debts.review
    keys, meaning = review.sign_off.turned, Meaning.VERIFIED if review.sign_off.turned else Meaning.COMPLETED
    may_verify = permissions.verify_review(viewer, review)
    people = members(review.emergency.deployment.team)
    return {
        "may": {
            "write_review": permissions.write_review(viewer, review),
            "verify_review": may_verify,
            "send_back_review": permissions.send_back_review(viewer, review),
        },
        "review": review,
        "written": keys[0] if keys else None,
        "verified": keys[1] if len(keys) > 1 else None,
        "rejection": review.sign_off.last_rejection if not keys else None,
        "who_verifies": people.names(Capability.DECIDE, frozenset(review.sign_off.contributors))
        or "Nobody yet: another decider is needed",
        "turn": review.sign_off.turn(Meaning.VERIFIED),
        "stands_in": stands_in(viewer, review.sign_off, Meaning.VERIFIED) if may_verify else None,
        "page_shown": digest_of_review(review),
        "review_shown": fingerprint(review.sign_off.standing),
        "offer": offer(viewer).for_key(takes_passkey=takes_passkey(viewer, review.sign_off, meaning)),
    }
