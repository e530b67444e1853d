"""Who may authorise the emergency lane, and write, verify and send back its review."""

from apps.accounts.models import User
from apps.accounts.roles import READS_ONLY, Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.deployments import permissions as deployments
from apps.deployments.models import Deployment, Emergency, EmergencyReview
from apps.signoff import permissions as signoff


def authorise_emergency(user: User, deployment: Deployment) -> Verdict:
    """A decider, once for each deployment, while it is in review."""
    if not (review := deployments.takes_keys(deployment)):
        return review
    if Emergency.objects.filter(deployment=deployment).exists():
        return not_now("This went by the emergency lane already. What it owes stands on its page.")
    if not user.may(Capability.EDIT, deployment.team_id):
        return deny(READS_ONLY)
    if user.may(Capability.DECIDE, deployment.team_id) or user.signs_for(Capability.DECIDE, deployment.team_id):
        return ALLOW
    return deny("Only a decider may open the emergency lane. Ask one of them.")


def write_review(user: User, review: EmergencyReview) -> Verdict:
    """Members write it until two people signed it; whoever writes it turns its first key."""
    deployment = review.emergency.deployment
    if not (is_open := deployments.takes_keys(deployment)):
        return is_open
    if review.sign_off.is_settled:
        return not_now("Two people signed this review, so it stays as it is.")
    return deployments.works_on(user, deployment)


def verify_review(user: User, review: EmergencyReview) -> Verdict:
    """A decider who neither wrote it nor authorised the lane verifies it."""
    if not (is_open := deployments.takes_keys(review.emergency.deployment)):
        return is_open
    if not review.sign_off.turned:
        return not_now("The review is not written yet. Write it first; another person verifies it.")
    return signoff.sign(user, review.sign_off)


def send_back_review(user: User, review: EmergencyReview) -> Verdict:
    """A decider sends a written review back."""
    if not (is_open := deployments.takes_keys(review.emergency.deployment)):
        return is_open
    if not review.sign_off.turned or review.sign_off.is_settled:
        return not_now("No review waits for its second key, so there is nothing to send back.")
    return signoff.reject(user, review.sign_off)
