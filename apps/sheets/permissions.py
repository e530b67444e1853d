"""Who may complete, verify and send back a sheet, and open again what it closed."""

from apps.accounts.models import User
from apps.accounts.roles import READS_ONLY, Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.deployments import permissions as deployments
from apps.deployments.models import Deployment
from apps.deployments.states import REOPENED
from apps.signoff import permissions as signoff

from .models import Reopening, Sheet


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


def ask_reopening(user: User, deployment: Deployment) -> Verdict:
    """Members ask to open again what was decided; what was given up, or is run again, stays closed."""
    if not deployment.is_over:
        return not_now("This deployment has not ended, so there is nothing to reopen.")
    if deployment.outcome not in REOPENED:
        return not_now("What was cancelled is not reopened. Start another deployment from its checklist.")
    if deployment.reruns.exists():
        return not_now("Another deployment runs this one again and rests on it, so it stays closed. Go on there.")
    if deployment.reopenings.filter(agreed_at=None, ended_at=None).exists():
        return not_now("Somebody asked to reopen it already. Another decider agrees, or it is ended first.")
    return ALLOW if user.may(Capability.EDIT, deployment.team_id) else deny(READS_ONLY)


def agree_reopening(user: User, reopening: Reopening) -> Verdict:
    """A decider other than whoever asked agrees."""
    if reopening.agreed_at or reopening.ended_at:
        return not_now("This is settled already. Reload the page to see how.")
    if reopening.deployment.reruns.exists():
        return not_now("Another deployment runs this one again and rests on it, so it stays closed. Go on there.")
    if reopening.asked_by_id == user.id:
        return deny("You asked to reopen it, so somebody else must agree.")
    return signoff.sign(user, reopening.sign_off)


def end_reopening(user: User, reopening: Reopening) -> Verdict:
    """Whoever asked takes it back, a decider declines."""
    if reopening.agreed_at or reopening.ended_at:
        return not_now("This is settled already. Reload the page to see how.")
    team = reopening.deployment.team_id
    if not user.may(Capability.EDIT, team):
        return deny(READS_ONLY)
    if reopening.asked_by_id != user.id and not user.may(Capability.DECIDE, team):
        return deny("Only a decider or whoever asked may end this. Ask one of them.")
    return ALLOW
