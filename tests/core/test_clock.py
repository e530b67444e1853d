"""Which moment a typed time means, in every zone and around every change of its clocks; and how people read moments."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.core.clock import Clock, beside_a_gap, readings, time_zones

ZONES = st.sampled_from(time_zones()).map(ZoneInfo)
at = datetime.fromisoformat  # what clocks show is no moment
FIRST, LAST = at("2000-01-02"), at("2099-12-30")
MINUTES = st.datetimes(FIRST, LAST).map(lambda shown: shown.replace(second=0, microsecond=0))
PARIS, LORD_HOWE, APIA = map(ZoneInfo, ("Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia"))
EVENING = datetime(2026, 11, 28, 20, 36, tzinfo=UTC)


@given(ZONES, MINUTES)
@example(PARIS, at("2026-03-29T02:30"))
@example(PARIS, at("2026-10-25T02:30"))
@example(LORD_HOWE, at("2026-04-05T01:45"))
@example(APIA, at("2011-12-30T10:00"))
def test_a_typed_time_means_every_moment_at_which_clocks_there_show_it_and_no_other(zone, local):
    found = readings(local, zone)
    near = [local.replace(tzinfo=UTC) + timedelta(minutes=minutes) for minutes in range(-26 * 60, 26 * 60, 5)]
    showing = [moment for moment in near if moment.astimezone(zone).replace(tzinfo=None) == local]
    assert [moment for moment in found if moment in near] == showing
    assert all(moment.astimezone(zone).replace(tzinfo=None) == local for moment in found)
    assert len(found) <= 2


@given(ZONES, MINUTES)
@example(PARIS, at("2026-10-25T00:30"))
@example(PARIS, at("2026-10-25T01:30"))
def test_whatever_is_stored_comes_back_as_one_reading_of_what_is_shown(zone, utc):
    moment = utc.replace(tzinfo=UTC)
    assert moment in readings(moment.astimezone(zone).replace(tzinfo=None), zone)


@pytest.mark.parametrize(
    ("zone", "local", "hours"),
    [
        (PARIS, at("2026-03-29T02:30"), [-1, 1]),
        (LORD_HOWE, at("2026-10-04T02:15"), [-0.5, 0.5]),
        (APIA, at("2011-12-30T10:00"), [-24, 24]),
    ],
)
def test_what_clocks_jump_over_is_no_moment_and_its_neighbours_are_named(zone, local, hours):
    assert readings(local, zone) == []
    assert beside_a_gap(local, zone) == [local + timedelta(hours=each) for each in hours]


@pytest.mark.parametrize(
    ("zone", "local", "apart"),
    [
        (PARIS, at("2026-10-25T02:30"), timedelta(hours=1)),
        (LORD_HOWE, at("2026-04-05T01:45"), timedelta(minutes=30)),
    ],
)
def test_what_clocks_show_twice_is_two_moments_the_earlier_first(zone, local, apart):
    first, second = readings(local, zone)
    assert second - first == apart


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Sat 28 Nov 2026, 21:36"),
        ("en-us", "Sat 28 Nov 2026, 21:36"),
        ("de", "Sa 28. November 2026, 21:36"),
        ("fr", "sam 28 novembre 2026, 21:36"),
        ("ja", "土 2026年11月28日, 21:36"),
        ("ar", "\u2068سبت 28 نوفمبر، 2026, 21:36\u2069"),
    ],
)
def test_a_moment_has_utc_first_and_the_words_of_ones_language_beside(language, words):
    assert Clock("Europe/Paris", language).beside(EVENING) == f"2026-11-28 20:36 UTC, {words} for you"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "Europe"])
def test_without_a_zone_that_this_machine_knows_there_is_utc_alone(zone):
    assert Clock(zone, "fr").beside(EVENING) == "2026-11-28 20:36 UTC"
    assert Clock(zone).local(EVENING) == at("2026-11-28T20:36")


def test_zones_are_called_after_places():
    assert {"Europe/Paris", "Asia/Kolkata", "America/Argentina/Buenos_Aires"} <= set(time_zones())
    assert not {"UTC", "Etc/GMT+5", "EST", "localtime"} & set(time_zones())
