"""What items of a version come to is prepared once: the next deployments get the same, by as many queries as ever."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.deployments import commands
from apps.deployments.commands.prepared import PREPARED, prepared_items
from apps.deployments.models import Deployment, Item
from apps.signoff.rules import content_digest
from tests.cast import again, signed_in
from tests.deployments.templates import blank, line, publish, where

pytestmark = pytest.mark.django_db

P95 = {"name": "p95", "label": "p95", "value": "3", "unit": "s", "limit": "below"}
REDIS = {"name": "USES_REDIS", "label": "", "kind": "yes_no", "options": []}
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
FIXED = (
    line("plain"),
    line("critical", critical=True, keys=3, text='100 % of "them"\nare {here}, 監視 👍🏽 \\ %s %(id)s'),
    line("limit", title="p95 below {{p95}}", commands=["check --p95 {{p95}}", "kubectl get po | grep '%s'"]),
    line("blanks", fill_ins=[blank("How long"), blank("Which", "choice", "a", "b"), blank("W", unit="s")], keys=1),
    line("asks", evidence_kinds=["link"], max_age_days=7, owner_role="Lead", minutes=5, depth=1,
         controls=["A.1"], links=[{"text": "run", "url": "https://example.com/?a=%20"}]),
)  # fmt: skip
OWN = (
    line("named", title="Deploy {{ service }} to <environment>"),
    line("command", commands=["deploy {{VERSION}}"]),
    line("label", fill_ins=[blank("Link of {{version}}")]),
    line("redis", conditions=[where("variable", "yes", name="USES_REDIS")]),
    line("asked", fill_ins=[blank("Is it so?", "yes_no")]),
    line("if asked", conditions=[where("item", "yes", name="asked")]),
    line("tier", tiers=["High"]),
)


@pytest.fixture
def version(people: SimpleNamespace) -> Any:
    says = {"parameters": [P95], "variables": [REDIS], "tiers": ["High", "Low"]}
    return publish(people.team, *FIXED, *OWN, by=people.lead, **says)


def make(people: SimpleNamespace, checklist: Any, **values: Any) -> Deployment:
    fields = {"service": "api", "version": "2.4.1", "environment": "production", "tier": "Low"} | values
    fields["variables"] = {"USES_REDIS": "no"} | values.pop("variables", {})
    return commands.create_deployment(people.team, by=again(people.lead), template_version=checklist, **fields)


def contents(deployment: Deployment) -> list[dict[str, Any]]:
    """All that its items and their sign-offs hold, but ids."""
    rows = []
    for item in deployment.items.select_related("sign_off", "section").order_by("number"):
        names = [field.attname for field in Item._meta.concrete_fields if not field.primary_key]
        row = {
            name: getattr(item, name) for name in names if name not in ("deployment_id", "section_id", "sign_off_id")
        }
        sign_off = item.sign_off
        rows.append(row | {
            "section": item.section.title, "required": sign_off.required, "contributors": sign_off.contributor_keys,
            "revision": sign_off.revision, "opened": sign_off.opened_at, "team": sign_off.team_id,
            "same": sign_off.stream == deployment.stream and sign_off.subject == Item.subject_of(item.pk),
        })  # fmt: skip
    return rows


def test_only_what_reads_alike_in_every_deployment_is_prepared(people, version):
    assert not prepared_items(version)
    make(people, version)
    assert set(prepared_items(version)) == {each["key"] for each in FIXED}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"version": '3 "rc" 👍', "environment": "stage % \\ <x>"},
        {"tier": "High", "variables": {"USES_REDIS": "yes"}},
    ],
)
def test_a_prepared_item_is_what_the_same_item_made_anew_is(people, version, values):
    make(people, version)
    prepared = make(people, version, **values)
    PREPARED.clear()
    anew = make(people, version, **values)
    assert contents(prepared) == contents(anew)
    assert len(contents(anew)) == len(FIXED) + len(OWN)


def test_keys_cover_what_a_prepared_item_says(people, version):
    make(people, version)
    made = make(people, version, version='3 "rc" 👍', environment="stage")
    for item in Item.objects.with_everything().filter(deployment=made):
        assert item.sign_off.digest == content_digest(item.content(pinned=None))


def test_what_is_filled_in_on_one_deployment_stands_on_no_other(people, version):
    first, second = make(people, version), make(people, version)
    for deployment in (first, second):
        commands.open_review(deployment, by=again(people.lead))
    item = Item.objects.select_related("deployment__team").get(deployment=second, key="blanks")
    commands.fill_in_item(item, by=again(people.member), result="", values=["4 min", "a", "2"])
    third = make(people, version)
    for deployment in (first, third):
        assert {fill["value"] for fill in deployment.items.get(key="blanks").fill_ins} == {""}


def test_another_version_of_a_checklist_is_prepared_for_itself(people, version):
    make(people, version)
    other = publish(people.team, line("plain", text="Another text."), by=people.lead)
    assert make(people, other, tier="", variables={}).items.get(key="plain").text == "Another text."
    assert make(people, version).items.get(key="plain").text == ""


def test_a_deployment_of_any_size_is_made_by_fifteen_statements(people):
    for size in (3, 130):
        big = publish(people.team, *(line(f"item-{number}") for number in range(size)), by=people.lead)
        values = {"tier": "", "variables": {}}
        make(people, big, **values)
        with CaptureQueriesContext(connection) as asked:
            made = make(people, big, **values)
        statements = [each["sql"] for each in asked if not each["sql"].startswith(CONTROL)]
        asks_who = [sql for sql in statements if "accounts_user" in sql or "accounts_membership" in sql]
        assert len(statements) - len(asks_who) <= 15, "\n".join(statements)
        assert made.items.count() == size


def test_a_prepared_deployment_opens_and_shows_its_board(people, version):
    make(people, version)
    made = commands.open_review(make(people, version), by=again(people.lead))
    page = signed_in(people.member).get(f"/t/pay/deployments/{made.number}/")
    assert page.status_code == 200
    assert page.content.count(b'id="item-') == len(FIXED) + len(OWN)
