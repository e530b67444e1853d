"""Going without an item: somebody asks, others approve, anybody concerned ends it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.permissions import require
from apps.core.shown import require_same
from apps.deployments import permissions
from apps.deployments.events import WaiverApproved, WaiverEnded, WaiverRequested
from apps.deployments.models import Item, Waiver
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.rules import Cause, Meaning, browser_digest, content_digest

from .conditions import judge_again
from .parts import lock_item, of_item, of_key, touch


@transaction.atomic
def request_waiver(item: Item, *, by: User, justification: str) -> Waiver:
    """Ask to go without an item: one other person approves, two others if it is critical."""
    item = lock_item(item)
    require(permissions.request_waiver(by, item))
    deployment = item.deployment
    waiver = Waiver(
        item=item,
        justification=justification,
        requested_by=by,
        requested_by_name=by.full_name,
        requested_browser=browser_digest(by.browser, deployment.stream),
    )
    digest = content_digest(waiver.content())
    signoff.store(waiver, team=deployment.team, stream=deployment.stream, digest=digest)
    edits = item.sign_off.revisions.filter(cause=Cause.TEXT_EDITED).order_by("number")
    signoff.contribute(waiver.sign_off, by=by, before=edits.values_list("by", "name"))
    waiver.save(force_insert=True)
    touch(item)
    required = waiver.sign_off.required
    requested = WaiverRequested(**of_item(item), waiver=waiver.id, required=required, justification=justification)
    ledger.record(deployment.stream, requested, by=by, rows=[waiver, *waiver.sign_off.changes])
    return waiver


@transaction.atomic
def approve_waiver(waiver: Waiver, *, by: User, shown: str, intent: UUID) -> Waiver:
    """Agree to go without the item."""
    waiver = lock_waiver(waiver)
    if waiver.sign_off.has_turned(by, intent):
        return waiver
    require(permissions.approve_waiver(by, waiver))
    signature = signoff.sign(waiver.sign_off, by=by, shown=shown, meaning=Meaning.APPROVED, intent=intent)
    touch(waiver.item)
    required = waiver.sign_off.required
    approved = WaiverApproved(**of_item(waiver.item), waiver=waiver.id, **of_key(signature), required=required)
    ledger.record(waiver.item.deployment.stream, approved, by=by, rows=waiver.sign_off.changes)
    judge_again(waiver.item, by=by)
    return waiver


@transaction.atomic
def end_waiver(waiver: Waiver, *, by: User, why: str, shown: str | None = None) -> Waiver:
    """Refuse, withdraw or revoke a waiver, unless its approvals are others than were `shown`; the item blocks again."""
    waiver = lock_waiver(waiver)
    require(permissions.end_waiver(by, waiver))
    require_same(shown, waiver.sign_off.standing, "end the waiver")
    signoff.close(waiver.sign_off)
    waiver.ended_at, waiver.ended_by, waiver.ended_by_name = timezone.now(), by, by.full_name
    waiver.ended_why = why
    waiver.save(update_fields=["ended_at", "ended_by", "ended_by_name", "ended_why"])
    touch(waiver.item)
    ended = WaiverEnded(**of_item(waiver.item), waiver=waiver.id, why=why)
    ledger.record(waiver.item.deployment.stream, ended, by=by, rows=[waiver, *waiver.sign_off.changes])
    judge_again(waiver.item, by=by)
    return waiver


def lock_waiver(waiver: Waiver) -> Waiver:
    """The waiver with its item, the deployment locked first."""
    item = lock_item(waiver.item)
    fresh = Waiver.objects.select_related("sign_off").prefetch_related(
        "sign_off__signatures", "sign_off__contributions"
    )
    waiver = fresh.get(pk=waiver.pk)
    waiver.item = item
    return waiver
