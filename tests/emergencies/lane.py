"""Taking the emergency lane, for tests."""

from types import SimpleNamespace
from typing import Any

from apps.accounts.models import User
from apps.deployments.models import Deployment, Emergency, EmergencyReview
from apps.deployments.selectors.summaries import summaries
from apps.emergencies import commands as emergencies
from apps.emergencies.selectors import digest_of_page, digest_of_review
from tests import cast as casting
from tests.cast import keyed

REASON = "Refunds fail since 2.8.0 for all merchants of eu-2"


def ready_but_for_keys(cast: SimpleNamespace) -> None:
    """The plan stands, the blank is filled in and no key is turned."""
    casting.write_plan(cast, cast.deployment)


def authorise(
    cast: SimpleNamespace, by: User | None = None, deployment: Deployment | None = None, **fields: Any
) -> Emergency:
    """A reviewer, who decides, authorises it alone; the lead sees to the review."""
    found = Deployment.objects.select_related("team", "rollback_plan")
    deployment = found.get(pk=(deployment or cast.deployment).pk)
    shown = digest_of_page(summaries(deployment))
    lines: dict[str, Any] = {"reason": REASON, "reviewer": cast.lead, "shown": shown} | fields
    return emergencies.authorise_emergency(deployment, **keyed(by or cast.reviewer) | lines)


def review_of(emergency: Emergency) -> EmergencyReview:
    """The review as it stands."""
    with_keys = ("sign_off__signatures", "sign_off__contributions", "sign_off__revisions", "sign_off__rejections")
    found = EmergencyReview.objects.select_related("sign_off", "emergency__deployment__team")
    return found.prefetch_related(*with_keys).get(emergency=emergency)


def write(emergency: Emergency, by: User, **fields: Any) -> EmergencyReview:
    """Somebody writes the review."""
    review = review_of(emergency)
    lines = {
        "findings": "The load test was skipped",
        "prevention": "Refunds get a probe",
        "shown": digest_of_review(review),
    }
    return emergencies.write_review(review, **keyed(by) | lines | fields)


def verify(emergency: Emergency, by: User) -> EmergencyReview:
    """Another person verifies it."""
    review = review_of(emergency)
    return emergencies.verify_review(review, shown=review.sign_off.digest, **keyed(by))
