"""Probes that a checklist proposes are attached together, as the page showed them, or not at all."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from apps.attachments import commands as attachments
from apps.deployments import commands as deployments
from apps.imports import commands as imports
from apps.ledger.models import Entry
from apps.probes.forms import FORMS
from apps.probes.models import Probe
from tests import cast as casting
from tests.boards.desk import at, conditions_of
from tests.cast import again

pytestmark = pytest.mark.django_db
CHECKLIST = """---
keyturn: 1
title: Gateway
parameters:
  - {name: p95, label: p95, value: '2', unit: s, limit: below}
variables:
  - {name: GATEWAY, label: Address of the gateway, kind: text}
---

# Gateway

## Before

- [ ] **Health answers** <!-- keyturn key=health HEALTH -->
- [ ] **Metrics are there** <!-- keyturn key=metrics METRICS -->
- [ ] **Models answer** <!-- keyturn key=models -->
  ```bash
  curl -fsS https://gateway.example/healthz
  ```
- [ ] **Somebody looked** <!-- keyturn key=looked -->
- [ ] **A kind of tomorrow** <!-- keyturn key=other probe=telepathy probe-mind=open -->
"""
HEALTH = r'probe=http probe-url="{{GATEWAY}}/health" probe-conditions="latency \l {{p95}}" probe-timeout-ms=4000'
METRICS = 'probe=prometheus probe-address="{{GATEWAY}}" probe-queries="up = up"'
BOX = re.compile(r'<input type="checkbox" name="probe" value="(probe_(\d+):[0-9a-f]+)"[^>]*?(checked)?>')


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    imported = imports.start_import(
        stage.team, by=again(stage.lead), source=CHECKLIST.replace("HEALTH", HEALTH).replace("METRICS", METRICS)
    )
    (draft,) = imports.draft_import(imported, by=again(stage.lead))
    version = casting.published(draft, by=stage.lead)
    variables: Any = {"GATEWAY": "https://gateway.example"}
    stage.gateway = casting.deploy(stage.team, version, by=stage.lead, variables=variables)
    stage.probes, stage.attach = (
        reverse(f"deployments:{name}", args=[stage.team.slug, stage.gateway.number])
        for name in ("probes", "attach_probes")
    )
    return stage


def read(made: SimpleNamespace, person: Any = None) -> str:
    return casting.words(at(person or made.member).get(made.probes))


def boxes(made: SimpleNamespace) -> dict[int, str]:
    """What each box of the page sends, by the number of its item."""
    return {int(number): value for value, number, _ in BOX.findall(read(made))}


def attached(made: SimpleNamespace) -> dict[int, Probe]:
    rows = made.gateway.items.filter(probe__isnull=False).select_related("probe")
    return {item.number: item.probe for item in rows}


def test_what_the_template_asks_for_is_chosen_and_what_a_command_could_become_is_offered(made):
    page = read(made)
    assert "The checklist proposes 3 probes" in page
    assert {int(number): bool(chosen) for _, number, chosen in BOX.findall(page)} == {1: True, 3: False}


def test_what_cannot_be_attached_as_it_stands_says_why_and_leads_to_where_it_can(made):
    page = read(made)
    row = page[page.index("Metrics are there") :]
    assert f'href="{made.probes.removesuffix("probes/")}items/2/probe/attach/"' in row
    assert "Say what the values have to be" in row[: row.index("</li>")]


def test_those_that_are_ticked_are_attached_with_values_and_limits_filled_in(made):
    answer = at(made.member).post(made.attach, {"probe": [*boxes(made).values()]}, follow=True)
    assert "2 probes are attached. Run them now." in casting.words(answer)
    found = attached(made)
    assert {number: probe.name for number, probe in found.items()} == {1: "Health answers", 3: "Models answer"}
    health: Any = found[1].settings
    assert (health.url, health.conditions, health.timeout_ms) == (
        "https://gateway.example/health", "latency < 2 s", 4_000,
    )  # fmt: skip
    assert Entry.objects.filter(kind="probe.attached", stream_id=made.gateway.stream).count() == 2
    assert "The checklist proposes 1 more probe" in read(made), "the one that needs somebody"


def test_the_same_form_twice_attaches_once(made):
    chosen = {"probe": [*boxes(made).values()]}
    answers = [at(made.member).post(made.attach, chosen).status_code for _ in range(2)]
    assert (answers, Probe.objects.count()) == ([302, 302], 2)


def test_whoever_attaches_does_not_turn_the_second_key(made):
    at(made.member).post(made.attach, {"probe": boxes(made)[1]})
    item = made.gateway.items.get(number=1)
    assert made.member in [each.person for each in item.sign_off.contributions.all()]


@pytest.mark.parametrize("number", [1, 3])
def test_nothing_is_attached_where_one_is_not_what_the_page_showed(made, number):
    seen = boxes(made)
    config = {"url": "https://other.example/", "conditions": "status == 200"}
    item = made.gateway.items.get(number=number)
    attachments.attach_probe(item, by=again(made.lead), name="Another", kind="http", config=config)
    answer = at(made.member).post(made.attach, {"probe": [*seen.values()]})
    assert (answer.status_code, list(attached(made))) == (409, [number])


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ([], 409, "Tick one"),
        (["probe_1:00"], 409, "changed after you opened this"),
        (["probe_4:00"], 409, "changed after you opened this"),
        (["1"], 409, "changed after you opened this"),
        (["nonsense"], 409, "Tick one"),
    ],
)
def test_a_form_that_says_nothing_or_something_else_is_refused(made, sent, status, words):
    answer = at(made.member).post(made.attach, {"probe": sent})
    assert (answer.status_code, attached(made)) == (status, {})
    assert words in casting.words(answer)


def test_who_reads_only_is_offered_nothing(made):
    page = read(made, made.auditor)
    assert not BOX.findall(page)
    assert "Your role reads only" in page
    assert at(made.auditor).post(made.attach, {"probe": [*boxes(made).values()]}).status_code == 403


def test_nobody_attaches_after_the_end(made):
    seen = boxes(made)
    deployments.cancel_deployment(made.gateway, by=again(made.lead), reason="Called off.")
    assert at(made.member).post(made.attach, {"probe": seen[1]}).status_code == 409


def test_the_page_that_attaches_one_is_filled_with_what_the_template_asks_for(made):
    page = casting.words(at(made.member).get(f"{made.probes.removesuffix('probes/')}items/1/probe/attach/"))
    assert 'value="https://gateway.example/health"' in page
    assert conditions_of(page) == "latency < 2 s"


@pytest.mark.parametrize(
    ("typed", "opens"),
    [
        ({}, False),
        ({"method": "GET", "timeout": "10", "failure_limit": "1"}, False),
        ({"method": "POST"}, True),
        ({"timeout": "4"}, True),
        ({"burst": "not a number"}, True),
        ({"follows": "on"}, True),
    ],
)
def test_what_may_be_left_alone_is_folded_unless_it_says_something(typed, opens):
    form = FORMS["http"]({"name": "x", "url": "https://gateway.example/", **typed})
    assert [field.name for field in form.first_fields] == ["name", "url"]
    assert form.has_further == opens
