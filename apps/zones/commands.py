"""Making zones, opening and closing them. Locks are taken in one order: the zone, its widening, the ledger's stream."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import Refusal, Stale, WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent, require_same, require_unchanged, texts
from apps.ledger import commands as ledger

from . import permissions, selectors
from .events import WideningConfirmed, WideningEnded, WideningProposed, ZoneCreated, ZoneEdited
from .models import Widening, Zone
from .rules import entries_of, why_no_queue, widening_digest

TAKEN = "Another zone has that queue or that name. Choose another, or open that zone."
MOST_LISTED = 2000  # characters


@transaction.atomic
def create_zone(*, by: User, queue: str, name: str, description: str = "") -> Zone:
    """Say that workers of a queue stand in a network of their own. Made twice alike, it is made once."""
    require(permissions.create_zone(by))
    known = Zone.objects.filter(queue=queue, created_by=by, name=name, description=description).first()
    if known:
        return known
    if why := why_no_queue(queue):
        raise Refusal(why)
    own: dict[str, Any] = {"queue": queue, "name": name, "description": description}
    zone = Zone(**own, created_by=by, created_by_name=by.full_name, created_at=timezone.now())
    _save(zone, force_insert=True)
    ledger.record(ledger.INSTANCE, ZoneCreated(queue=queue, name=name), by=by, rows=[zone])
    return zone


@transaction.atomic
def edit_zone(zone: Zone, *, by: User, name: str, description: str, shown: str | None = None) -> Zone:
    """Call it otherwise, unless somebody did after `shown`; its queue stays."""
    require(permissions.edit_zone(by))
    zone = Zone.objects.lock(zone.pk)
    require_unchanged(shown, zone.standing, texts(name=name, description=description))
    if (zone.name, zone.description) != (name, description):
        zone.name, zone.description = name, description
        _save(zone, update_fields=["name", "name_folded", "description"])
        ledger.record(ledger.INSTANCE, ZoneEdited(queue=zone.pk, name=name), by=by, rows=[zone])
    return zone


@transaction.atomic
def propose_widening(
    zone: Zone, *, by: User, allow: str = "", team: Team | None = None, intent: UUID | None = None
) -> Widening:
    """Propose that probes of a zone may ask what `allow` lists, or that a team may use it: one of the two.

    It takes effect once another administrator confirms it.
    """
    require(permissions.propose_widening(by))
    zone = Zone.objects.lock(zone.pk)
    listed = _listed(allow) if team is None else ""
    pk = id_of_intent(intent, zone.pk, by.pk, listed, team and team.pk)
    if known := Widening.objects.filter(pk=pk).first():
        return known
    if zone.widenings.filter(team=team, allow=listed, ended_at=None).exists():
        raise WrongState("That is open or proposed already; it stands on this page.")
    digest = widening_digest(zone.pk, listed, team.pk if team else None)
    own: dict[str, Any] = {"zone": zone, "allow": listed, "team": team, "digest": digest}
    by_whom: dict[str, Any] = {"proposed_by": by, "proposed_by_name": by.full_name, "proposed_at": timezone.now()}
    widening = Widening(id=pk, **own, **by_whom)
    widening.save(force_insert=True)
    proposed = WideningProposed(**_facts(widening), digest=digest, team=team.pk if team else None)
    ledger.record(ledger.INSTANCE, proposed, by=by, rows=[widening])
    return widening


@transaction.atomic
def confirm_widening(widening: Widening, *, by: User, shown: str) -> Widening:
    """Have it take effect, as it was `shown` by its digest: as the second person, or as the only administrator."""
    zone, widening = _lock(widening)
    if widening.confirmed_by_id == by.pk and not widening.ended_at:
        return widening
    administrators = selectors.administrators()
    require(permissions.confirm_widening(by, widening, administrators=administrators))
    if shown != widening.digest:
        raise Stale("This page did not say what it showed. Nothing was confirmed: reload it and look again.")
    widening.confirmed_by, widening.confirmed_by_name, widening.confirmed_at = by, by.full_name, timezone.now()
    widening.alone, widening.since = widening.proposed_by_id == by.pk, zone.version + 1
    widening.save(update_fields=["confirmed_by", "confirmed_by_name", "confirmed_at", "alone", "since"])
    _next_version(zone)
    version: dict[str, Any] = {"version": zone.version, "alone": widening.alone, "digest": widening.digest}
    ledger.record(ledger.INSTANCE, WideningConfirmed(**_facts(widening), **version), by=by, rows=[zone, widening])
    return widening


@transaction.atomic
def end_widening(widening: Widening, *, by: User, shown: str | None = None) -> Widening:
    """Close what it opened, or withdraw the proposal, unless it stands otherwise than was `shown`."""
    zone, widening = _lock(widening)
    require(permissions.end_widening(by, widening))
    require_same(shown, widening.standing, "close it")
    widening.ended_by, widening.ended_by_name, widening.ended_at = by, by.full_name, timezone.now()
    widening.until = zone.version + 1 if widening.confirmed_at else None
    widening.save(update_fields=["ended_by", "ended_by_name", "ended_at", "until"])
    if widening.until:
        _next_version(zone)
    ended = WideningEnded(**_facts(widening), version=widening.until)
    ledger.record(ledger.INSTANCE, ended, by=by, rows=[zone, widening] if widening.until else [widening])
    return widening


def _lock(widening: Widening) -> tuple[Zone, Widening]:
    zone = Zone.objects.lock(widening.zone_id)
    found = Widening.objects.select_related("team").select_for_update(of=("self",), no_key=True).get(pk=widening.pk)
    found.zone = zone
    return zone, found


def _next_version(zone: Zone) -> None:
    zone.version += 1
    zone.save(update_fields=["version"])


def _save(zone: Zone, **how: Any) -> None:
    try:
        with transaction.atomic():
            zone.save(**how)
    except IntegrityError:
        raise WrongState(TAKEN) from None


def _listed(allow: str) -> str:
    try:
        entries = entries_of(allow)
    except ValueError as error:
        raise Refusal(str(error)) from error
    listed = " ".join(entries)
    if not entries or len(listed) > MOST_LISTED:
        raise Refusal(f"List at least one network or port, and at most {MOST_LISTED} characters of them at once.")
    return listed


def _facts(widening: Widening) -> dict[str, Any]:
    """What every entry about a widening has."""
    what = selectors.opens(widening)
    return {"queue": widening.zone_id, "widening": widening.pk, "zone_name": widening.zone.name, "what": what}
