"""Who may complete, verify and send back a sheet."""

from apps.accounts.models import User
from apps.core.permissions import Verdict, not_now
from apps.deployments import permissions as deployments
from apps.deployments.models import Deployment
from apps.signoff import permissions as signoff

from .models import Sheet


def complete_sheet(user: User, deployment: Deployment) -> Verdict:
    """Members complete the sheet once the review is open."""
    return deployments.takes_keys(deployment) and deployments.works_on(user, deployment)


def verify_sheet(user: User, sheet: Sheet) -> Verdict:
    """A decider who did not complete it verifies the sheet."""
    if not (review := deployments.takes_keys(sheet.deployment)):
        return review
    if not sheet.sign_off.turned:
        return not_now("The sheet is not completed yet. Complete it first; another person verifies it.")
    return signoff.sign(user, sheet.sign_off)


def send_back_sheet(user: User, sheet: Sheet) -> Verdict:
    """A decider sends a completed sheet back."""
    if not (review := deployments.takes_keys(sheet.deployment)):
        return review
    if not sheet.sign_off.turned:
        return not_now("The sheet is not completed, so there is nothing to send back.")
    return signoff.reject(user, sheet.sign_off)
