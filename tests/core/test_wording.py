"""How counts, sizes and moments are spelt everywhere."""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial

import pytest

from apps.core import wording

NOW = datetime(2026, 11, 19, 15, 8, tzinfo=UTC)
EAST = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("count", "forms", "words"),
    [
        (0, ("item",), "no items"),
        (1, ("item",), "1 item"),
        (12_345, ("entry",), "12,345 entries"),
        (2, ("key",), "2 keys"),
        (1, ("person", "people"), "1 person"),
        (3, ("condition blocks", "conditions block"), "3 conditions block"),
    ],
)
def test_words_agree_with_their_count(count, forms, words):
    assert wording.plural(count, *forms) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (4_096, "4 KB"),
        (18_200, "18 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (1_800_000, "1.8 MB"),
        (25_000_000, "25 MB"),
        (2_340_000_000, "2.3 GB"),
    ],
)
def test_sizes_are_said_in_round_figures(size, words):
    assert wording.size(size) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(days=2, hours=5, minutes=1), "2 d 5 h"),
        (timedelta(days=2, minutes=59), "2 d"),
    ],
)
def test_what_lasted_days_is_not_said_in_minutes(span, words):
    assert wording.lasting(span) == words


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 11, 19, 14, 56, 12, 4999, UTC), "2026-11-19T14:56:12.004Z"),
        (datetime(2026, 11, 19, 14, 56, 12, 0, UTC), "2026-11-19T14:56:12.000Z"),
        (datetime(2026, 11, 19, 1, 0, tzinfo=EAST), "2026-11-18T22:00:00.000Z"),
    ],
)
def test_moments_as_data_have_three_decimals_and_are_utc(moment, written):
    assert wording.timestamp(moment) == written


def test_moments_as_data_can_be_coarser():
    assert wording.timestamp(NOW + timedelta(seconds=7, microseconds=8), "seconds") == "2026-11-19T15:08:07Z"


def test_times_of_other_zones_are_said_in_utc():
    moment = datetime(2026, 11, 20, 1, 56, 12, tzinfo=EAST)
    assert wording.exact(moment) == "2026-11-19 22:56:12 UTC"
    assert wording.exact(moment, "minutes") == "2026-11-19 22:56 UTC"
    assert wording.minute(moment) == "19 Nov 2026, 22:56"
    assert wording.day(moment, "%B") == "19 November 2026"
    assert wording.day(date(2026, 11, 1)) == "1 Nov 2026"
    assert wording.near(moment, NOW) == "today 22:56"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "yesterday 15:08"),
        (0, "today 15:08"),
        (1, "tomorrow 15:08"),
        (2, "Sat 21 Nov 15:08"),
        (50, "Fri 8 Jan 2027 15:08"),
    ],
)
def test_a_planned_moment_is_called_by_its_day(days, words):
    assert wording.near(NOW + timedelta(days=days), NOW) == words


HOUR_LATER, DAY_LATER = NOW + timedelta(hours=1), NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "end", "words", "words_today"),
    [
        (None, None, "", ""),
        (NOW, None, "from 19 Nov 2026, 15:08 UTC", "from today 15:08 UTC"),
        (None, NOW, "until 19 Nov 2026, 15:08 UTC", "until today 15:08 UTC"),
        (NOW, HOUR_LATER, "19 Nov 2026, 15:08–16:08 UTC", "today 15:08–16:08 UTC"),
        (NOW, DAY_LATER, "19 Nov 2026, 15:08 – 20 Nov 2026, 15:08 UTC", "today 15:08 – tomorrow 15:08 UTC"),
    ],
)
def test_a_window_names_a_day_once(start, end, words, words_today):
    assert wording.span(start, end) == words
    assert wording.span(start, end, partial(wording.near, now=NOW)) == words_today


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-9, "just now"),
        (9, "just now"),
        (-10, "10 s ago"),
        (59, "in 59 s"),
        (-60, "1 min ago"),
        (-12 * 60 - 59, "12 min ago"),
        (52 * 60, "in 52 min"),
        (-3600, "1 h ago"),
        (-86399, "23 h ago"),
        (-86400, "yesterday"),
        (86400, "tomorrow"),
        (-3 * 86400, "3 days ago"),
        (29 * 86400, "in 29 days"),
        (-30 * 86400, "20 Oct 2026"),
    ],
)
def test_moments_are_said_relative_to_now(seconds, words):
    assert wording.relative(NOW + timedelta(seconds=seconds), NOW) == words


def test_days_are_those_of_the_calendar():
    saturday = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
    assert wording.relative(saturday + timedelta(days=2, hours=1), saturday) == "in 2 days"
    assert wording.relative(saturday + timedelta(hours=25), saturday) == "tomorrow"
    assert wording.relative(saturday + timedelta(hours=47), saturday) == "in 2 days"
    assert wording.relative(saturday - timedelta(hours=44), saturday) == "2 days ago"
