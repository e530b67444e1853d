"""Opening again what has ended: one person asks, another agrees, and the sheet is asked for once more."""

from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import User
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.core.states import after
from apps.deployments.commands.parts import open_again
from apps.deployments.models import Deployment
from apps.deployments.states import MOVES
from apps.factors.commands import Proof
from apps.ledger import commands as ledger
from apps.sheets import permissions, selectors
from apps.sheets.events import DeploymentReopened, ReopeningAsked, ReopeningEnded
from apps.sheets.models import Reopening
from apps.signoff import commands as signoff
from apps.signoff.rules import Cause, Meaning, content_digest


@transaction.atomic
def ask_reopening(deployment: Deployment, *, by: User, reason: str, intent: UUID | None = None) -> Reopening:
    """Ask to open again what has ended: another person, who decides, agrees or does not."""
    deployment = Deployment.objects.lock(deployment.pk)
    pk = id_of_intent(intent, "reopen", deployment.pk, by.pk, reason)
    if known := Reopening.objects.filter(pk=pk).first():
        return known
    require(permissions.ask_reopening(by, deployment))
    assert deployment.closed_at  # its table lets nothing end without
    reopening = Reopening(
        id=pk,
        deployment=deployment,
        reason=reason,
        outcome=deployment.outcome,
        closed_at=deployment.closed_at,
        closed_by=deployment.closed_by,
        closed_by_name=deployment.closed_by_name,
        asked_by=by,
        asked_by_name=by.full_name,
    )
    digest = content_digest(reopening.covered())
    signoff.store(reopening, team=deployment.team, stream=deployment.stream, digest=digest)
    signoff.contribute(reopening.sign_off, by=by)
    reopening.save(force_insert=True)
    asked = ReopeningAsked(reopening=reopening.id, name=by.full_name, reason=reason)
    ledger.record(deployment.stream, asked, by=by, rows=[reopening, *reopening.sign_off.changes])
    return reopening


@transaction.atomic
def agree_reopening(reopening: Reopening, *, by: User, shown: str, intent: UUID, proof: Proof) -> Reopening:
    """Agree that it is opened again: it is in review once more, with its keys, and the sheet is asked for anew."""
    reopening = _lock(reopening, "team")
    if reopening.sign_off.has_turned(by, intent):
        return reopening
    require(permissions.agree_reopening(by, reopening))
    signoff.sign(reopening.sign_off, by=by, shown=shown, meaning=Meaning.APPROVED, intent=intent, proof=proof)
    signoff.close(reopening.sign_off)
    reopening.agreed_at = timezone.now()
    reopening.save(update_fields=["agreed_at"])
    deployment = reopening.deployment
    deployment.state = after(MOVES, deployment.state, "agree_reopening")
    opened = open_again(deployment)
    rows = [reopening, *reopening.sign_off.changes, *opened, *_ask_sheet_again(deployment, by=by)]
    reopened = DeploymentReopened(
        reopening=reopening.id,
        outcome=reopening.outcome,
        asked_by=reopening.asked_by_id,
        name=by.full_name,
        asked_by_name=reopening.asked_by_name,
        reason=reopening.reason,
    )
    ledger.record(deployment.stream, reopened, by=by, rows=rows, anchored=True)
    return reopening


@transaction.atomic
def end_reopening(reopening: Reopening, *, by: User, why: str) -> Reopening:
    """Take back the question to reopen it, or decline: it stays closed."""
    reopening = _lock(reopening)
    require(permissions.end_reopening(by, reopening))
    signoff.close(reopening.sign_off)
    reopening.ended_at, reopening.ended_by, reopening.ended_by_name = timezone.now(), by, by.full_name
    reopening.ended_why = why
    reopening.save(update_fields=["ended_at", "ended_by", "ended_by_name", "ended_why"])
    ended = ReopeningEnded(reopening=reopening.id, why=why)
    ledger.record(reopening.deployment.stream, ended, by=by, rows=[reopening, *reopening.sign_off.changes])
    return reopening


def _ask_sheet_again(deployment: Deployment, *, by: User) -> list[Model]:
    """Invalidate the keys of the sheet that closed it; what it says stays. Returns the rows, to be proved."""
    sheet = selectors.sheet_of(deployment)
    if sheet is None or not sheet.sign_off.turned:
        return []
    signoff.reopen(sheet.sign_off, by=by, digest=sheet.sign_off.digest, cause=Cause.REOPENED)
    return sheet.sign_off.changes


def _lock(reopening: Reopening, *also: str) -> Reopening:
    """The question with its keys, its deployment locked first; the team too, so that nobody runs it again meanwhile."""
    deployment = Deployment.objects.lock(reopening.deployment_id, *also)
    fresh = Reopening.objects.select_related("sign_off").prefetch_related(
        "sign_off__signatures", "sign_off__contributions"
    )
    reopening = fresh.get(pk=reopening.pk)
    reopening.deployment = deployment
    return reopening
