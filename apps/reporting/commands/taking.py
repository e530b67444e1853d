"""What a CI job or a script sends by its token becomes a run, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from apps.core.errors import Gone, NoSuchToken, NotAllowed, Refusal, TooOften, Unreadable, WrongState
from apps.core.permissions import require
from apps.core.wording import exact
from apps.deployments.commands.parts import lock_item
from apps.ledger.commands import Actor
from apps.probes import commands as probes
from apps.probes.kinds import BadReport, Kind, Push
from apps.probes.models import Probe, Run
from apps.reporting import permissions
from apps.reporting.models import Token
from apps.reporting.rules import LONGEST_KEY, MOST_IN_A_MINUTE, SAME_FOR_SECONDS, digest_of, id_of_token

UNKNOWN = "This needs a token that is known here, as “Authorization: Bearer ktp_…”."
SAME_KEY = "Another report came with this Idempotency-Key. Give each report a key of its own."


@dataclass(frozen=True)
class Report:
    """What was sent. media: its Content-Type. key: its Idempotency-Key, empty for none. address: where it came from."""

    body: bytes
    media: str
    key: str = ""
    address: str = ""


def take_report(report: Report, *, by: Actor, token: str) -> tuple[Run, bool]:
    """Make a run of a report; returns it, and whether it is new: a job that sends its report again gets the same one.

    Raises NoSuchToken for whoever has no token, whatever it might have led to.
    """
    pk = id_of_token(token)
    if pk is None:
        raise NoSuchToken(UNKNOWN)
    found, now = _used(pk, token, report.address)
    if found.used_in_minute > MOST_IN_A_MINUTE:
        raise TooOften(f"A token takes {MOST_IN_A_MINUTE} reports a minute. Wait a minute, then send it again.")
    if len(report.key) > LONGEST_KEY:
        raise Unreadable(f"The Idempotency-Key has at most {LONGEST_KEY} characters.")
    return _take(found, report, now, by)


@transaction.atomic
def _used(pk: UUID, text: str, address: str) -> tuple[Token, datetime]:
    """The token that this text is, with its use noted, and the time by the clock of the database."""
    rows = Token.objects.annotate(now=Now()).select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=pk).first()
    if found is None or not constant_time_compare(found.digest, digest_of(text)):
        raise NoSuchToken(UNKNOWN)
    now: datetime = found.now  # type: ignore[attr-defined]
    is_same = found.last_used_at and _minute(found.last_used_at) == _minute(now)
    found.used_in_minute = found.used_in_minute + 1 if is_same else 1
    found.last_used_at, found.last_used_from = now, address[:45]
    found.save(update_fields=["last_used_at", "last_used_from", "used_in_minute"])
    return found, now


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


@transaction.atomic
def _take(found: Token, report: Report, now: datetime, by: Actor) -> tuple[Run, bool]:
    item = lock_item(found.item)
    token = Token.objects.select_related("created_by").get(pk=found.pk)  # whoever revokes it holds the same lock
    _require_working(token, now)
    if item.probe_id != token.probe_id or item.probe is None:
        raise Gone("The probe that this token reports to was taken from its item.")
    require(permissions.take_report(item, token))
    probe = Probe.objects.lock(item.probe.pk)
    settings = probe.settings
    if not isinstance(settings, Push):
        raise WrongState("Nothing is reported to this probe any more.")
    pk = _id_of(probe, report)
    if known := _known(probe, report, pk, now):
        return known, False
    try:
        reading = settings.reading(report.body, report.media)
    except BadReport as error:
        raise Unreadable(str(error)) from error
    run = probes.record_report(
        probe,
        settings.outcome(reading, by=token.called),
        by=by,
        person=token.created_by,
        stream=item.deployment.stream,
        item=item.pk,
        at=now,
        pk=pk,
    )
    return run, True


def _require_working(token: Token, now: datetime) -> None:
    if token.revoked_at:
        raise NotAllowed(f"This token was revoked on {exact(token.revoked_at)}. Make another on its probe’s page.")
    if token.expires_at <= now:
        raise NotAllowed(f"This token was good until {exact(token.expires_at)}. Make another on its probe’s page.")


def _id_of(probe: Probe, report: Report) -> UUID | None:
    """The id of the run that a report with a key becomes: its own, so that no database stores two."""
    return uuid5(probe.pk, report.key) if report.key else None


def same_for(settings: Kind) -> timedelta:
    """How long the same bytes are a job's retry: less than until the next report, which may well say the same."""
    longest = timedelta(seconds=SAME_FOR_SECONDS)
    every = settings.interval if isinstance(settings, Push) else None
    return min(longest, every / 2) if every else longest


def _known(probe: Probe, report: Report, pk: UUID | None, now: datetime) -> Run | None:
    """The run that this report became already; without a key, in the last minutes."""
    digest = sha256(report.body).hexdigest()
    if pk:
        run = Run.objects.filter(pk=pk).first()
        if run and run.response_digest != digest:
            raise Refusal(SAME_KEY)
        return run
    latest = probe.runs.order_by("-queued_at").first()
    since = now - same_for(probe.settings)
    is_same = latest and latest.response_digest == digest and latest.queued_at > since
    return latest if is_same else None
