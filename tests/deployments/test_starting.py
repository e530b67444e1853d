"""A deployment takes over what its version says: parameters and variables filled in, tiers and answers checked."""

from types import SimpleNamespace
from typing import Any

import pytest

from apps.checklists.rules.contents import empty_content
from apps.checklists.rules.parameters import Parameter
from apps.core.errors import WrongState
from apps.deployments import commands
from apps.deployments.models import Item
from apps.deployments.rules import Filling
from apps.deployments.selectors import limits_used
from tests.cast import again, signed_in
from tests.deployments.templates import blank, item, line, publish, start, where

P95 = {"name": "p95_limit", "label": "p95 latency", "value": "3", "unit": "s", "limit": "below"}
RATE = {"name": "rate", "label": "Error rate", "value": "0.1", "unit": "%", "limit": "at_most"}
REDIS = {"name": "USES_REDIS", "label": "Uses Redis", "kind": "yes_no", "options": []}
REGION = {"name": "region", "label": "Region", "kind": "choice", "options": ["eu", "us"]}


def test_a_parameter_stands_with_its_unit_in_sentences_and_alone_in_commands() -> None:
    filling = Filling({"p95_limit": Parameter("p95_limit", value="3", unit="s")}, {"service": "api"})
    text = "p95 of {{service}} below {{p95_limit}}, not {{ other }}"
    assert filling.sentence(text) == "p95 of api below 3 s, not {{ other }}"
    assert filling.command(text) == "p95 of api below 3, not {{ other }}"


def test_items_and_sections_say_the_values_of_parameters(people: SimpleNamespace) -> None:
    made = start(
        people,
        line("p95", title="p95 below {{p95_limit}}", text="At most {{rate}} fail.",
             commands=["check --p95 {{p95_limit}} --rate {{rate}}"], fill_ins=[blank("p95, below {{p95_limit}}")]),
        says={"parameters": [P95, RATE]},
    )  # fmt: skip
    one = made.items.get()
    assert (one.title, one.text) == ("p95 below 3 s", "At most 0.1% fail.")
    assert one.commands == ["check --p95 3 --rate 0.1"]
    assert one.open_fill_ins == ["p95, below 3 s"]


def test_the_limits_used_name_the_items_and_sections_that_use_each(people: SimpleNamespace) -> None:
    unused = {"name": "spare", "label": "", "value": "1", "unit": "days", "limit": ""}
    guided = empty_content("")["sections"][0] | {"guidance": "Stay under {{p95_limit}}."}
    made = start(
        people,
        line("a", text="under {{p95_limit}}"),
        line("b", commands=["x {{ rate }}"]),
        line("c", title="{{p95_limit}} and {{rate}}", probe={"kind": "http", "config": {"at_most": "{{rate}}"}}),
        line("d", fill_ins=[blank("p95, {{p95_limit}}")]),
        says={"parameters": [P95, RATE, unused], "sections": [guided]},
    )
    found = [(one.limit_used, *numbers) for one, *numbers in limits_used(made)]
    assert found == [("below 3 s", (1, 3, 4), (1,)), ("at most 0.1%", (2, 3), ()), ("1 day", (), ())]


def test_a_choice_has_to_be_one_of_its_options_and_a_text_may_stay_a_blank(people: SimpleNamespace) -> None:
    says = {"variables": [REDIS, REGION, {"name": "OWNER", "label": "", "kind": "text", "options": []}]}
    made = start(people, line("a", text="{{region}} of {{OWNER}}"), says=says,
                 variables={"USES_REDIS": "YES", "region": "EU"})  # fmt: skip
    assert made.variables == {"USES_REDIS": "yes", "region": "eu"}
    assert made.items.get().text == "eu of {{OWNER}}"
    for typed, sentence in (
        ({"region": "eu"}, "Say Uses Redis: this template asks for it when a deployment starts."),
        ({"region": "mars", "USES_REDIS": "no"}, "“mars” is no answer to Region. Choose one of eu, us."),
    ):
        with pytest.raises(WrongState, match=sentence):
            start(people, line("a"), says=says, variables=typed)


def test_what_the_deployment_says_itself_is_not_asked_again_however_it_is_spelled(people: SimpleNamespace) -> None:
    says = {"variables": [{"name": "VERSION", "label": "", "kind": "text", "options": []}]}
    assert start(people, line("a", title="Build {{VERSION}}"), says=says).items.get().title == "Build 2.4.1"


def test_a_version_with_tiers_asks_for_one_of_them(people: SimpleNamespace) -> None:
    lines = line("a"), line("b", tiers=["A", "B"])
    says = {"tiers": ["A", "B", "C"]}
    made = start(people, *lines, says=says, tier="c")
    assert made.tier == "C"
    assert item(made, "b").conditions == [where("tier", "A", "B")]
    assert item(made, "b").inapplicable == "Applies only where the tier is A or B; here it is C."
    assert item(start(people, *lines, says=says, tier="A"), "b").applies
    for tier in ("", "D"):
        with pytest.raises(WrongState, match="Choose one of A, B, C"):
            start(people, *lines, says=says, tier=tier)


def test_an_item_takes_over_all_that_its_template_asks_of_it(people: SimpleNamespace) -> None:
    asked = {
        "depth": 1, "evidence_kinds": ["file", "link"], "max_age_days": 14, "owner_role": "on-call lead",
        "minutes": 10, "controls": ["CC8.1"], "links": [{"text": "runbook", "url": "https://example.com/r"}],
    }  # fmt: skip
    made = start(people, line("parent"), line("a", **asked))
    one = Item.objects.get(deployment=made, key="a")
    assert {name: getattr(one, name) for name in asked} == asked
    assert (one.section.key, one.section.position) == ("items", 1)


def test_the_item_page_offers_the_probe_its_template_asks_for_with_the_limits_in_it(people: SimpleNamespace) -> None:
    asked = {"kind": "http", "settings": {"url": "https://example.com/health", "conditions": "latency < {{latency}}"}}
    latency = {"name": "latency", "label": "", "value": "300", "unit": "ms", "limit": "at_most"}
    unknown = {"kind": "telepathy", "settings": {"query": "up < {{latency}}"}}
    made = start(people, line("a", probe=asked), line("b", probe=unknown), line("c"), says={"parameters": [latency]})
    pages = [
        signed_in(people.lead).get(f"/t/pay/deployments/{made.number}/items/{number}/").content.decode()
        for number in (1, 2, 3)
    ]
    assert "<code>url https://example.com/health</code>" in pages[0]
    assert "<code>conditions latency &lt; 300 ms</code>" in pages[0]
    assert "of the kind telepathy" in pages[1]
    assert "up &lt; 300" in pages[1]
    assert "The template asks for a probe" not in pages[2]


@pytest.mark.parametrize("items", [3, 60])
def test_judging_the_conditions_of_a_new_deployment_asks_nothing(
    people: SimpleNamespace, items: int, django_assert_max_num_queries: Any
) -> None:
    lines = [line(f"n{n}", conditions=[where("item", "yes", name="ready")]) for n in range(items)]
    lines.append(line("ready", fill_ins=[blank("Ready", "yes_no")]))
    version = publish(people.team, *lines, by=people.lead)
    by = again(people.lead)
    values: dict[str, Any] = {"service": "api", "version": "1", "environment": "production"}
    with django_assert_max_num_queries(31):  # as without conditions; SQLite takes thirty items a statement
        commands.create_deployment(people.team, by=by, template_version=version, **values)
