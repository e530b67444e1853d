"""What the database says of zones when the application is bypassed."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.probes.models import Probe
from apps.zones import commands
from apps.zones.models import Widening, Zone

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
NETWORK = "10.20.0.0/16:5432"


def refused(act, why):
    with pytest.raises(IntegrityError, match=why), transaction.atomic():
        act()


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def zone(**changes):
    return Zone(**{"queue": "dmz", "name": "DMZ", "created_at": timezone.now(), "created_by_name": "x"} | changes)


def widening(cast, **changes):
    own = {"zone": cast.zone, "allow": NETWORK, "digest": "0" * 64, "proposed_by": cast.admin, "proposed_by_name": "x"}
    return Widening(**own | {"proposed_at": timezone.now()} | changes)


def confirm(cast, proposed, *, by, alone=False, since=2):
    found = Widening.objects.filter(pk=proposed.pk)
    found.update(confirmed_by=by, confirmed_by_name="x", confirmed_at=timezone.now(), alone=alone, since=since)


def test_only_administrators_make_zones_and_open_them(cast):
    refused(lambda: zone(created_by=cast.lead).save(force_insert=True), "only administrators make zones")
    refused(lambda: zone(created_by=cast.admin, version=5).save(force_insert=True), "reaches no further")
    refused(lambda: widening(cast, proposed_by=cast.lead).save(force_insert=True), "only administrators open zones")


def test_a_queue_of_keyturn_is_no_zone(cast):
    refused(lambda: zone(created_by=cast.admin, queue="probes").save(force_insert=True), "zone_own_queue|constraint")


def test_nothing_is_open_from_the_start(cast):
    made = {"confirmed_by": cast.second, "confirmed_at": timezone.now(), "since": 2}
    refused(lambda: widening(cast, **made).save(force_insert=True), "by a proposal first")


def test_who_proposes_does_not_confirm_beside_a_second_administrator(cast):
    proposed = commands.propose_widening(cast.zone, by=cast.admin, allow=NETWORK)
    for alone in (False, True):
        refused(lambda alone=alone: confirm(cast, proposed, by=cast.admin, alone=alone), "a second administrator")
    refused(lambda: confirm(cast, proposed, by=cast.lead), "only administrators confirm")
    refused(lambda: confirm(cast, proposed, by=cast.second, alone=True), "is not alone")
    refused(lambda: confirm(cast, proposed, by=cast.second, since=7), "begins its next version")
    confirm(cast, proposed, by=cast.second)


def test_what_was_confirmed_stays_as_it_is(cast):
    opened = cast.widen(allow=NETWORK)
    for column, value in (("allow", "0.0.0.0/0"), ("digest", "1" * 64), ("zone_id", "other"), ("proposed_by_name", "")):
        refused(lambda c=column, v=value: sql(f"UPDATE zones_widening SET {c} = %s", v), "another opening")
    refused(lambda: Widening.objects.update(confirmed_by_name="Other"), "stays so")
    refused(lambda: sql("DELETE FROM zones_widening"), "stays on record")
    commands.end_widening(opened, by=cast.second)
    refused(lambda: Widening.objects.update(ended_at=None, ended_by=None, until=None), "stays so")


def test_a_closed_zone_has_a_version_of_its_own(cast):
    cast.widen(allow=NETWORK)
    now = {"ended_by": cast.second, "ended_at": timezone.now()}
    refused(lambda: Widening.objects.update(**now, until=9), "what ends in a zone begins its next version")


def test_versions_are_counted_by_what_opened(cast):
    refused(lambda: Zone.objects.update(version=2), "counted by what opened or ended")
    cast.widen(allow=NETWORK)
    refused(lambda: Zone.objects.update(version=9), "counted by what opened or ended")
    refused(lambda: Zone.objects.update(version=1), "counted by what opened or ended")


def test_a_zone_keeps_its_queue_and_stays(cast):
    refused(lambda: sql("UPDATE zones_zone SET queue = %s", "other"), "keeps its queue")
    refused(lambda: sql("DELETE FROM zones_zone"), "a zone stays")


def test_a_probe_asks_from_no_zone_that_its_team_may_not_use(cast):
    own = {"team": cast.team, "name": "x", "kind": "tcp", "config": {}, "created_by": cast.lead, "created_by_name": "x"}
    refused(lambda: Probe(**own, zone=cast.zone).save(force_insert=True), "that its team may use")
    probe = Probe.objects.create(**own)
    refused(lambda: Probe.objects.filter(pk=probe.pk).update(zone=cast.zone), "that its team may use")
    granted = cast.widen(team=cast.team)
    Probe.objects.filter(pk=probe.pk).update(zone=cast.zone)
    commands.end_widening(granted, by=cast.admin)
    Probe.objects.filter(pk=probe.pk).update(name="still")  # what it asks from now on is refused when it runs
