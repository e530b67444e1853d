"""Going without an item: somebody asks, others approve, anybody concerned ends it, and it ends by itself."""

import logging
from datetime import date, datetime
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import OtherDigest, Refusal, Stale, WrongState
from apps.core.permissions import require
from apps.core.shown import changed_since, require_same
from apps.core.wording import exact
from apps.deployments.commands.conditions import judge_again
from apps.deployments.commands.parts import lock_item, of_item, of_key, touch
from apps.deployments.models import Deployment, Item, Waiver
from apps.deployments.rules import why_no_end
from apps.deployments.states import ACTIVE
from apps.factors.commands import Proof
from apps.followups.commands import parts as followups
from apps.followups.models import FollowUp, Kind
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.rules import Cause, Meaning, browser_digest, content_digest

from . import permissions, selectors
from .events import WaiverApproved, WaiverEnded, WaiverExpired, WaiverRequested

logger = logging.getLogger(__name__)


@transaction.atomic
def request_waiver(
    item: Item,
    *,
    by: User,
    justification: str,
    risk: str,
    measure: str,
    expires_at: datetime,
    afterwards: str,
    afterwards_owner: User,
    afterwards_due: date,
    shown: str | None = None,
) -> Waiver:
    """Ask to go without the item that was `shown` until `expires_at`: another person approves, two if it is critical.

    measure: what is done instead. afterwards: what `afterwards_owner` does until a day, once the waiver is approved.
    """
    item = lock_item(item)
    require(permissions.request_waiver(by, item))
    _require_read(item, shown)
    deployment = item.deployment
    if why := why_no_end(expires_at, now=timezone.now(), days=deployment.team.waiver_days):
        raise WrongState(why)
    followups.require_member(afterwards_owner, deployment.team)
    followups.require_day_to_come(afterwards_due)
    over = _end_past(item, by)
    waiver = Waiver(
        item=item,
        justification=justification,
        risk=risk,
        measure=measure,
        expires_at=expires_at,
        afterwards=afterwards,
        afterwards_owner=afterwards_owner,
        afterwards_owner_name=afterwards_owner.full_name,
        afterwards_due=afterwards_due,
        requested_by=by,
        requested_by_name=by.full_name,
        requested_browser=browser_digest(by.browser, deployment.stream),
    )
    _lay_open(waiver, by=by)
    waiver.save(force_insert=True)
    touch(item)
    ledger.record(deployment.stream, _requested(waiver), by=by, rows=[*over, waiver, *waiver.sign_off.changes])
    if over:
        judge_again(item, by=by)
    return waiver


@transaction.atomic
def approve_waiver(waiver: Waiver, *, by: User, shown: str, intent: UUID, proof: Proof) -> Waiver:
    """Agree to go without the item; the last approval makes what comes afterwards a follow-up."""
    waiver = _lock(waiver)
    if waiver.sign_off.has_turned(by, intent):
        return waiver
    require(permissions.approve_waiver(by, waiver))
    if content_digest(now := waiver.content()) != shown:
        raise OtherDigest("What it waives changed after you opened it. Look at it again, then approve it.", now)
    signature = signoff.sign(waiver.sign_off, by=by, shown=shown, meaning=Meaning.APPROVED, intent=intent, proof=proof)
    touch(waiver.item)
    required = waiver.sign_off.required
    approved = WaiverApproved(**of_item(waiver.item), waiver=waiver.id, **of_key(signature), required=required)
    follow_ups = [*_follow_up(waiver, by), *_settled(waiver, by)] if signature.slot == required else []
    rows = [*waiver.sign_off.changes, *follow_ups]
    ledger.record(waiver.item.deployment.stream, approved, by=by, rows=rows)
    judge_again(waiver.item, by=by)
    return waiver


@transaction.atomic
def end_waiver(waiver: Waiver, *, by: User, why: str, shown: str | None = None) -> Waiver:
    """Refuse, withdraw or revoke a waiver, unless its approvals are others than were `shown`; the item blocks again."""
    waiver = _lock(waiver)
    require(permissions.end_waiver(by, waiver))
    require_same(shown, waiver.sign_off.standing, "end the waiver")
    _end(waiver, by=by, why=why)
    touch(waiver.item)
    ended = WaiverEnded(**of_item(waiver.item), waiver=waiver.id, why=why)
    ledger.record(waiver.item.deployment.stream, ended, by=by, rows=[waiver, *waiver.sign_off.changes])
    judge_again(waiver.item, by=by)
    return waiver


def expire_waivers(*, by: ledger.Actor, deployment: Deployment | None = None) -> int:
    """Note the waivers that expired, whose items block again since then; returns how many.

    Those of one deployment, or of all. Safe at any time and twice at once.
    """
    past = Waiver.objects.filter(ended_at=None, expired_at=None, expires_at__lte=timezone.now())
    past = past.filter(item__deployment=deployment) if deployment else past
    found = past.filter(item__deployment__state__in=ACTIVE).select_related("item").order_by("expires_at", "pk")
    return sum(_noted(waiver, by=by) for waiver in found)


def _noted(waiver: Waiver, *, by: ledger.Actor) -> bool:
    """Whether it was noted now. One that cannot be keeps no other from being noted."""
    try:
        return _expire(waiver, by=by)
    except (Refusal, DatabaseError):
        logger.exception("waivers: that %s expired could not be noted", waiver.pk)
        return False


@transaction.atomic
def _expire(found: Waiver, *, by: ledger.Actor) -> bool:
    """Whether it was noted now."""
    waiver = _lock(found)
    if waiver.ended_at or waiver.expired_at or waiver.item.deployment.state not in ACTIVE:
        return False
    waiver.expired_at = timezone.now()
    waiver.save(update_fields=["expired_at"])
    touch(waiver.item)
    expired = WaiverExpired(**of_item(waiver.item), waiver=waiver.id, until=exact(waiver.expires_at, "minutes"))
    ledger.record(waiver.item.deployment.stream, expired, by=by, rows=[waiver])
    judge_again(waiver.item, by=by)
    return True


def _follow_up(waiver: Waiver, by: User) -> list[FollowUp]:
    """What has to be done so that nobody needs this waiver again, now that it holds; once, however often it does."""
    if FollowUp.objects.filter(subject=waiver.sign_off.subject).exists():
        return []
    deployment, owner = waiver.item.deployment, waiver.afterwards_owner
    if not owner.memberships.filter(team=deployment.team).exists():
        why = f"{owner.full_name}, who does what comes afterwards, has left {deployment.team.name}."
        raise WrongState(f"{why} End this waiver and ask again with somebody who is here.")
    stored = followups.store(
        by=by,
        team=deployment.team,
        stream=deployment.stream,
        subject=waiver.sign_off.subject,
        kind=Kind.WAIVER,
        what=waiver.afterwards,
        owner=owner,
        due_on=waiver.afterwards_due,
    )
    return [stored]


def _settled(waiver: Waiver, by: User) -> list[FollowUp]:
    """What earlier waivers of the item left to be done: what this one leaves takes its place."""
    earlier = [each for each in waiver.item.waivers.all() if each.pk != waiver.pk]
    why = "Another waiver of the item holds; what comes after that one takes the place of this."
    return [row for each in earlier for row in followups.settle(each.sign_off.subject, by=by, outcome=why)]


def _require_read(item: Item, shown: str | None) -> None:
    """Refuse to go without an item that says something else by now, and say what changed; None asks for nothing."""
    now = selectors.waived_text(item)
    if shown and (changed := changed_since(shown, now, {})):
        what = f"Its {' and '.join(changed)} changed after you opened it."
        raise Stale(f"{what} Nothing was asked: read what stands there now, then ask.")
    require_same(shown, now, "ask")


def _requested(waiver: Waiver) -> WaiverRequested:
    return WaiverRequested(
        **of_item(waiver.item),
        waiver=waiver.id,
        required=waiver.sign_off.required,
        until=exact(waiver.expires_at, "minutes"),
        justification=waiver.justification,
    )


def _lay_open(waiver: Waiver, *, by: User) -> None:
    """Give a new waiver a sign-off: neither who asks for it nor who wrote what it covers approves it."""
    item, deployment = waiver.item, waiver.item.deployment
    signoff.store(waiver, team=deployment.team, stream=deployment.stream, digest=content_digest(waiver.content()))
    edits = item.sign_off.revisions.filter(cause=Cause.TEXT_EDITED).order_by("number")
    signoff.contribute(waiver.sign_off, by=by, before=edits.values_list("by", "name"))


def _end(waiver: Waiver, *, by: User, why: str) -> None:
    signoff.close(waiver.sign_off)
    waiver.ended_at, waiver.ended_by, waiver.ended_by_name = timezone.now(), by, by.full_name
    waiver.ended_why = why
    waiver.save(update_fields=["ended_at", "ended_by", "ended_by_name", "ended_why"])


def _end_past(item: Item, by: User) -> list[Model]:
    """End the waiver of an item that expired, because another one is asked for. Returns the rows, to be proved."""
    waiver = item.waiver
    if waiver is None:
        return []
    _end(waiver, by=by, why="It expired, and another one was asked for.")
    return [waiver, *waiver.sign_off.changes]


def _lock(waiver: Waiver) -> Waiver:
    """The waiver with its item, the deployment locked first."""
    item = lock_item(waiver.item)
    fresh = Waiver.objects.select_related("sign_off").prefetch_related(
        "sign_off__signatures", "sign_off__contributions"
    )
    waiver = fresh.get(pk=waiver.pk)
    waiver.item = item
    return waiver
