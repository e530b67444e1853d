"""What was measured beside the baseline: the difference in words."""

import pytest

from apps.probes.conditions.comparing import Change, changes_since, difference


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ("200 ms", "276 ms", "+38 %"),
        ("2 s", "500 ms", "−75 %"),
        ("200 ms", "0.2 s", "no change"),
        ("1000 B", "1001 B", "+0.1 %"),
        ("0", "3", "+3"),
        ("0 ms", "12 ms", "+12 ms"),
        ("“up”", "“down”", ""),
        ("", "12 ms", ""),
        ("12 ms", "12 MB", ""),
    ],
)
def test_a_difference_is_a_share_of_what_was_before(before, now, words):
    assert difference(before, now) == words


def test_only_what_both_judged_is_compared():
    before = [{"expression": "latency < 2 s", "value": "1 s"}, {"expression": "status == 200", "value": "200"}]
    now = [{"expression": "latency < 2 s", "value": "1.5 s"}, {"expression": "size < 2 KB", "value": "12 B"}]
    assert changes_since(before, now) == [Change("latency < 2 s", "1 s", "1.5 s", "+50 %")]
