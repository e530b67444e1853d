"""What a record says of items that are carried over: signed before, by whom, when and where, and not here."""

import json
from types import SimpleNamespace

import pytest

from apps.attachments import commands as attachments
from apps.deployments import commands as deployments
from apps.evidence.models import Kind
from apps.records.document import build, entries, facts, machine_record
from apps.records.document.budget import Budget
from apps.records.selectors import collect
from tests.cast import again
from tests.deployments.templates import item, line, review
from tests.records import making
from tests.reruns.ended import close, rerun, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(people: SimpleNamespace) -> facts.Record:
    parent = review(people, line("backup", critical=True), line("late"))
    filed = attachments.attach_evidence(
        item(parent, "backup"), by=again(people.member), kind=Kind.NOTE, title="Log", text="Both copies"
    )
    people.filed = filed
    sign(people, parent, "backup")
    people.parent = close(people, parent)
    people.deployment = deployments.open_review(rerun(people, people.parent, variables={}), by=again(people.lead))
    return collect(making.asked(people))


def test_it_states_who_turned_which_key_when_at_which_deployment_and_over_what(record, people):
    carried = record.sections[0].items[0]
    origin = carried.origin
    there = item(people.parent, "backup")
    assert (carried.state, carried.signatures) == ("carried over", ())
    assert (origin.code, origin.version, origin.number, origin.item) == ("PAY-1", "2.4.1", 1, str(there.pk))
    assert [(key.slot, key.meaning, key.name, key.at) for key in origin.keys] == [
        (key.slot, key.meaning, key.name, key.signed_at) for key in there.sign_off.turned
    ]
    assert (origin.digest, origin.evidence) == (there.sign_off.digest, (people.filed.sha256,))
    assert (record.deployment.parent, record.deployment.change) == ("PAY-1", "Other weights")
    assert record.sections[0].items[1].origin is None


def test_it_is_printed_hollow_and_counted_as_neither_signed_nor_open(record):
    printed = entries.item_entry(record.sections[0].items[0], entries.Labels(record), anchored=False, budget=Budget())
    assert {signature.classes for signature in printed.signatures} == {"key--carried"}
    assert "Not signed here: carried over from item 1 of PAY-1, 2.4.1." in printed.lines[0].text
    assert "The keys below were turned there, over 1 piece of evidence." in printed.lines[0].text
    document = build(record)
    counts = {count.noun: count.figure for count in document.cover.counts}
    assert (counts["items"], counts["signed"], counts["open"]) == ("2", "0", "1")
    assert "none signed, none waived, 1 open, 1 carried over." in document.items_lead
    columns = {each.name: each.text for column in document.cover.columns for each in column}
    assert columns["Runs again"] == "PAY-1: Other weights"
    assert columns["Carried"] == "1 item signed before, not here"
    assert any("carried over: signed in a deployment before" in each.what for each in document.exceptions)


def test_the_data_inside_says_the_same(record):
    found = json.loads(machine_record(build(record)))
    origin = found["facts"]["sections"][0]["items"][0]["origin"]
    assert (origin["code"], [key["slot"] for key in origin["keys"]]) == ("PAY-1", [1, 2])


def test_a_deployment_that_runs_nothing_again_names_no_parent(people):
    people.deployment = review(people, line("one"))
    stated = collect(making.asked(people))
    assert (stated.deployment.parent, stated.deployment.change) == ("", "")
    names = [each.name for column in build(stated).cover.columns for each in column]
    assert not {"Runs again", "Carried"} & {*names}
