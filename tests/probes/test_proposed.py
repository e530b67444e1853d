"""What a checklist proposes are kinds and settings that there are."""

from dataclasses import fields

import pytest

from apps.checklists.library import library
from apps.checklists.markdown.proposals.probing import probe_of
from apps.probes.forms import FORMS
from apps.probes.kinds import KINDS


def proposed(text: str) -> tuple[str, dict[str, str]]:
    found = probe_of(text)
    assert found is not None
    return found


@pytest.mark.parametrize("text", ["curl -fsS https://e.org/health", "redis-cli ping", "redis-cli -h db -p 7000 ping"])
def test_a_command_is_a_probe_as_it_stands(text):
    kind, settings = proposed(text)
    assert KINDS[kind].parse(settings).conditions == settings["conditions"]


def test_a_query_is_a_probe_once_somebody_says_where_and_how_much():
    kind, settings = proposed("# sum(rate(errors[5m])) / sum(rate(requests[5m]))")
    assert KINDS[kind].parse(settings | {"address": "http://prometheus:9090", "conditions": "value < 0.01"})
    form = FORMS[kind](None, initial={"name": "Errors", **settings})
    assert "value = sum(rate(errors[5m])) / sum(rate(requests[5m]))" in str(form["queries"])


def test_what_built_in_templates_ask_for_are_settings_of_their_kinds():
    asked = [item["probe"] for each in library() for item in each.items]
    probes = [probe for probe in asked if probe]
    assert {probe["kind"] for probe in probes} >= {"http", "redis"}
    for probe in probes:
        settings = {each.name for each in fields(KINDS[probe["kind"]])}
        assert {name.replace("-", "_") for name in probe["settings"]} <= settings
