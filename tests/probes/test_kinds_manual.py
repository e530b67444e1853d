"""A person measures: one number in the unit of the probe, and how they came to it."""

import pytest

from apps.probes.kinds import BadReport, BadSetting, Manual

SETTINGS = {"what": "Time until the first token", "unit": "ms", "conditions": "value < 300 ms"}


def outcome(value="226", how="Ten prompts", link="", **settings):
    probe = Manual.parse(SETTINGS | settings)
    return probe.outcome(probe.reading(value=value, how=how, link=link), by="Ada Park")


@pytest.mark.parametrize(
    ("typed", "verdict", "value"),
    [("226", "passed", "226"), (" 299.5 ", "passed", "299.5"), ("0,25", "passed", "0.25"), ("300", "failed", "300")],
)
def test_what_was_measured_is_compared_with_its_limit(typed, verdict, value):
    made = outcome(typed)
    assert (made.verdict, made.value, made.unit, made.limit) == (verdict, value, "ms", "300")


def test_a_measurement_keeps_who_made_it_how_and_what_shows_it():
    made = outcome(link="https://ci.example.com/runs/7")
    assert made.response == {"by": "Ada Park", "how": "Ten prompts", "link": "https://ci.example.com/runs/7"}
    assert made.request["expected"] == ["value < 300 ms"]


def test_a_plain_number_needs_no_unit():
    assert outcome("3", unit="none", conditions="value >= 3").verdict == "passed"


@pytest.mark.parametrize("typed", ["", "fast", "1e9", "226 ms", "1.2.3", "½", "٣", "1e400", "9" * 16, "nan"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(BadReport, match="Write one number"):
        outcome(typed)


@pytest.mark.parametrize(("typed", "either"), [("1,000", "1000, or 1.000"), ("-12,500 ", "-12500, or -12.500")])
def test_what_is_a_thousand_to_some_and_one_to_others_is_refused(typed, either):
    with pytest.raises(BadReport, match=f"can be read in two ways. Write {either}"):
        outcome(typed)


def test_zero_has_no_sign():
    assert outcome("-0").value == "0"
    assert outcome("0,226").value == "0.226"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ci.example.com", "https://a b", "https://" + "a" * 2000])
def test_a_link_leads_into_the_web(link):
    with pytest.raises(BadReport, match="begins with https"):
        outcome(link=link)


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"unit": "furlong"}, "unit"),
        ({"conditions": "value < 300"}, "conditions"),
        ({"conditions": ""}, "conditions"),
        ({"conditions": "measured == true"}, "conditions"),
    ],
)
def test_bad_settings_are_refused(settings, setting):
    with pytest.raises(BadSetting) as refused:
        Manual.parse(SETTINGS | settings)
    assert refused.value.setting == setting
