"""What a record reads: every fact of the deployment, in a fixed number of queries."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.attachments import commands as attachments
from apps.core import VERSION, guards
from apps.core.wording import exact, isolated
from apps.deployments import commands as deployments
from apps.evidence.models import Kind
from apps.ledger.commands import SYSTEM
from apps.ledger.guards import GUARDS
from apps.ledger.models import Opening
from apps.probes.kinds import Outcome
from apps.probes.models import Probe
from apps.records import commands, selectors
from apps.records.document import build
from apps.sheets.states import Answer
from apps.waivers import commands as waiving
from tests import cast
from tests.cast import proof
from tests.probing import run_through
from tests.records import making
from tests.tampering import remove
from tests.waivers import asking

pytestmark = pytest.mark.django_db


@pytest.fixture
def staged(stage):
    return stage


def item(staged, number):
    return staged.deployment.items.get(number=number)


def sign(staged, number, by):
    return cast.sign(item(staged, number), by)


def numbered(record):
    return {each.number: each for section in record.sections for each in section.items}


def collected(staged):
    return selectors.collect(making.asked(staged))


def test_two_keys_make_an_item_signed_with_names_times_and_digests(staged):
    sign(staged, 1, staged.member)
    sign(staged, 1, staged.reviewer)
    first = collected(staged).sections[0].items[0]
    assert first.state == "signed"
    assert [(key.slot, key.meaning, key.name) for key in first.signatures] == [
        (1, "performed", staged.member.full_name),
        (2, "verified", staged.reviewer.full_name),
    ]
    assert {key.digest for key in first.signatures} == {first.digest}


def test_a_rejected_item_keeps_its_reason_and_its_lost_key(staged):
    sign(staged, 1, staged.member)
    deployments.reject_item(item(staged, 1), by=staged.reviewer, reason="The log is from yesterday.")
    first = collected(staged).sections[0].items[0]
    assert first.state == "rejected"
    assert first.rejections[0].reason == "The log is from yesterday."
    assert [key.name for key in first.fallen[0].keys] == [staged.member.full_name]


def test_keys_that_fell_out_are_told_with_what_changed(staged):
    sign(staged, 4, staged.member)
    deployments.edit_item(item(staged, 4), by=staged.lead, title="Check 2, done right", text="Do it twice.")
    fourth = numbered(collected(staged))[4]
    assert fourth.signatures == ()
    assert "changed the text" in fourth.fallen[0].why


def test_a_waiver_is_told_with_who_asked_and_who_approved(staged):
    waiver = asking.ask(item(staged, 2), by=staged.member, justification="Not part of this release.")
    shown = waiver.sign_off.digest
    waiving.approve_waiver(waiver, by=staged.reviewer, proof=proof(staged.reviewer), shown=shown, intent=uuid4())
    record = collected(staged)
    waiver = record.waivers[0]
    assert (waiver.state, waiver.requested.name) == ("approved", staged.member.full_name)
    assert [key.name for key in waiver.approvals] == [staged.reviewer.full_name]
    assert numbered(record)[2].state == "waived"


def run_probe(staged, outcome):
    attachments.run_probes(staged.deployment, by=staged.lead)
    return run_through(item(staged, 4).probe.latest_run, outcome)


PASSED = Outcome("passed", "Answered 200.", "212", "ms", "300", {"method": "GET"}, {"sha256": "a" * 64})
FAILED = Outcome("failed", "Answered 503, expected 200.", "90", "ms", "300", {"method": "GET"}, {"sha256": "b" * 64})


@pytest.fixture
def probed(staged):
    config = {"url": "https://gateway.example.com/health", "conditions": "status in 200..299\nlatency < 300 ms"}
    attachments.attach_probe(item(staged, 4), by=staged.lead, name="Gateway answers", kind="http", config=config)
    return staged


def test_a_probe_without_a_run_says_that(probed):
    assert [(probe.outcome, probe.run) for probe in collected(probed).probes] == [("", "")]


def test_a_probe_is_told_with_request_value_limit_and_digests(probed):
    run = run_probe(probed, PASSED)
    sign(probed, 4, probed.member)
    (probe,) = collected(probed).probes
    assert (probe.outcome, probe.value, probe.limit) == ("passed", "212 ms, Answered 200.", "300 ms")
    assert probe.request.startswith("GET https://gateway.example.com/health")
    assert (probe.run, probe.run_digest, probe.response_digest) == (str(run.pk), run.digest, "a" * 64)
    assert (probe.is_covered, probe.software) == (True, f"Keyturn {VERSION}")


def test_a_value_and_its_limit_are_stated_once_and_as_they_are_written(probed):
    latency = {"expression": "latency < 3 s, warn 200 ms", "value": "0.212 s", "limit": "3 s", "parts": []}
    passes = latency | {"verdict": "pass", "explanation": ""}
    measured = replace(PASSED, value="0.212", unit="s", limit="3")
    run_probe(probed, replace(measured, explanation="Answered 200 in 212 ms.", conditions=(passes,)))
    (probe,) = collected(probed).probes
    assert (probe.value, probe.limit) == ("0.212 s", "3 s")
    run_probe(probed, replace(measured, explanation="Answered 200 in 1212 ms.", conditions=(passes,)))
    (probe,) = collected(probed).probes
    assert (probe.value, probe.limit) == ("0.212 s, Answered 200 in 1212 ms.", "3 s")
    words = "Warns: latency is 212 ms, expected under 200 ms."
    warns = latency | {"verdict": "warn", "explanation": words}
    run_probe(probed, replace(measured, explanation=words, conditions=(warns,)))
    (probe,) = collected(probed).probes
    assert (probe.value, probe.limit) == (words, "")
    assert probe.conditions == (("latency < 3 s, warn 200 ms", "warns", "0.212 s", "3 s"),)


def test_a_probe_states_each_condition_with_what_was_measured_and_the_limit_that_was_used(probed):
    judged = {"explanation": "", "parts": [], "limit": ""}
    status = judged | {"expression": "status in 200..299", "verdict": "pass", "value": "200"}
    latency = {"expression": "latency < 300 ms", "verdict": "warn", "value": "250 ms", "limit": "200 ms"}
    size = judged | {"expression": "size(json.models) >= 6", "verdict": "inconclusive", "value": ""}
    run_probe(probed, replace(PASSED, conditions=(status, judged | latency, size)))
    (probe,) = collected(probed).probes
    assert probe.conditions == (
        ("status in 200..299", "holds", "200", ""),
        ("latency < 300 ms", "warns", "250 ms", "200 ms"),
        ("size(json.models) >= 6", "no value", "", ""),
    )


def test_a_probe_states_what_it_is_compared_with_by_whom_and_how_far_it_is(probed):
    assert collected(probed).probes[0].baseline == ""
    before = run_probe(probed, replace(PASSED, value="154"))
    attachments.set_baseline(item(probed, 4), by=cast.again(probed.member), run=before.pk)
    assert (
        collected(probed).probes[0].baseline == f"this run is the baseline, set by {isolated(probed.member.full_name)}"
    )
    run_probe(probed, PASSED)
    when = exact(before.queued_at)
    assert collected(probed).probes[0].baseline == (
        f"+38 % against the baseline of 154 ms, {when}, set by {isolated(probed.member.full_name)}"
    )


def test_the_run_that_the_keys_cover_stands_beside_a_later_one(probed):
    run_probe(probed, PASSED)
    sign(probed, 4, probed.member)
    run_probe(probed, FAILED)
    assert [(probe.outcome, probe.is_covered) for probe in collected(probed).probes] == [
        ("failed", False),
        ("passed", True),
    ]
    attachments.detach_probe(item(probed, 4), by=probed.lead, reason="Measured elsewhere.")
    stated = collected(probed)
    assert stated.probes == ()  # the key over it fell out with the probe
    [fallen] = next(each for section in stated.sections for each in section.items if each.number == 4).fallen
    assert "took the probe “Gateway answers” away" in fallen.why


@pytest.mark.unrecorded
def test_a_probe_of_a_kind_nobody_knows_shows_its_settings(probed):
    Probe.objects.update(kind="telepathy")
    assert "gateway.example.com" in collected(probed).probes[0].request


def test_evidence_that_was_taken_away_stays_on_record(staged):
    attachments.attach_evidence(item(staged, 1), by=staged.member, kind=Kind.NOTE, title="Seen", text="All green.")
    attachment = item(staged, 1).attachments.get()
    attachments.remove_evidence(item(staged, 1), by=staged.member, evidence=attachment.evidence)
    record = collected(staged)
    assert record.evidence[0].text == "All green."
    assert "Taken away from item 1" in record.evidence[0].removed
    assert record.sections[0].items[0].evidence == ()


def test_every_revision_of_evidence_stays_on_record_and_says_which_it_is(staged):
    first = attachments.attach_evidence(item(staged, 1), by=staged.member, kind=Kind.NOTE, title="Load", text="41 %")
    newer: dict[str, Any] = {"kind": Kind.NOTE, "title": "Load", "text": "42 %"}
    standing = attachments.replace_evidence(item(staged, 1), by=staged.member, evidence=first, **newer)
    record = collected(staged)
    older, newest = record.evidence
    assert (older.text, older.revision, older.revisions) == ("41 %", 1, 2)
    assert "Replaced at item 1 by revision 2, by" in older.removed
    assert (newest.text, newest.revision, newest.removed) == ("42 %", 2, "")
    assert record.sections[0].items[0].evidence == (str(standing.pk),)
    rows = build(record).evidence
    assert [("revision 1 of 2" in row.rest, "revision 2 of 2" in row.rest) for row in rows] == [
        (True, False),
        (False, True),
    ]


def test_an_open_deployment_has_no_decision_and_lists_what_blocks(staged):
    record = collected(staged)
    assert record.sheet is None
    assert record.decision.verdict == "NO-GO"
    assert {blocker.item for blocker in record.decision.blockers} == {0, 1, 2, 3, 4, 5}
    first = next(blocker for blocker in record.decision.blockers if blocker.item == 1)
    assert first.subject == item(staged, 1).title  # its number stands beside it on paper
    assert build(record).cover.verdict == "OPEN"


def test_a_closed_deployment_states_the_answer_and_both_signatures_of_the_sheet(staged):
    cast.make_ready(staged)
    cast.verify(staged, cast.complete(staged, answer=Answer.CAVEATS, caveats="Watch the queue."))
    record = collected(staged)
    assert (record.decision.outcome, record.decision.verdict) == ("completed", "GO")
    assert (record.sheet.completed.name, record.sheet.completed.meaning) == (staged.member.full_name, "completed")
    assert (record.sheet.verified.name, record.sheet.verified.meaning) == (staged.reviewer.full_name, "verified")
    assert (build(record).cover.verdict, build(record).cover.tail) == ("GO", "with caveats")
    answered_for = f"{staged.member.full_name} answers for them until 2099-12-31."
    assert answered_for in build(record).cover.why
    (row,) = [row for row in build(record).sheet_rows if row.name == "Caveats"]
    assert row.paragraphs == ("Watch the queue.", answered_for)
    assert record.rollback.missing == ()
    assert [step.command for step in record.rollback.steps] == ["kubectl rollout undo deploy/payments", ""]


def test_a_record_states_the_head_of_the_instance_chain_too(staged):
    record = collected(staged)
    call_command("verify_ledger", "--head", record.ledger.instance)
    assert record.ledger.instance in {line.text for line in build(record).ledger_lines}
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--head", record.ledger.instance[:-4] + "0000")


def test_the_people_are_those_the_ledger_names(staged):
    sign(staged, 1, staged.member)
    people = {person.name: person.role for person in collected(staged).people}
    everything = "team admin, decider, release manager, template author and reviewer"
    assert people == {staged.lead.full_name: everything, staged.member.full_name: "member"}


@pytest.mark.unrecorded
@pytest.mark.django_db(transaction=True)
def test_the_chain_is_hashed_again_and_a_changed_text_is_named():
    staged = cast.stage()
    assert collected(staged).ledger.faults == ()
    record = making.filed(staged)
    remove(connection, GUARDS)
    Opening.objects.filter(entry__stream_id=staged.deployment.stream, path="service").update(value="Another service")
    guards.install(connection, GUARDS)
    stated = selectors.collect(record)
    assert stated.ledger.faults == (
        f"{staged.deployment.stream} entry 0: the text “service” is not the one it commits to",
    )
    assert "does not hold" in build(stated).ledger_lead


def test_the_anchor_covers_the_head_the_record_states(staged):
    chain = collected(staged).ledger
    assert chain.anchor.covers == chain.head.sequence


def queries(record):
    with CaptureQueriesContext(connection) as seen:
        selectors.collect(record)
    return len(seen)


def work_on(staged, number):
    attachments.attach_evidence(item(staged, number), by=staged.lead, kind=Kind.NOTE, title="Seen", text="Green.")
    sign(staged, number, staged.member)
    sign(staged, number, staged.reviewer)


def test_collecting_takes_a_fixed_number_of_queries(staged):
    record = making.asked(staged)
    work_on(staged, 1)
    few = queries(record)
    work_on(staged, 4)
    work_on(staged, 5)
    assert queries(record) == few <= 30


def test_the_list_finds_sorts_and_pages(staged):
    for _ in range(3):
        record = making.claimed(staged)
        commands.file_record(record.pk, record.attempt, making.SMALL, by=SYSTEM)
    numbers = [row.record.number for row in selectors.records_page(staged.deployment, staged.lead)["rows"]]
    assert numbers == [3, 2, 1]
    assert selectors.records_page(staged.deployment, staged.lead, sort="oldest")["rows"][0].record.number == 1
    for search, found in (("R2", [2]), ("pay-1-r3", [3]), ("lena", [3, 2, 1]), ("nobody", []), ("9" * 30, [])):
        page = selectors.records_page(staged.deployment, staged.lead, search=search)
        assert [row.record.number for row in page["rows"]] == found


def test_an_empty_list_says_so(staged):
    assert selectors.records_page(staged.deployment, staged.lead)["is_empty"]
