"""What the importer proposes is taken by a person: against what was shown, once, undone step by step, and drafted."""

import json
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.urls import reverse

from apps.checklists.markdown import read
from apps.checklists.markdown.document import Correction, LineType
from apps.checklists.models import TemplateItem, TemplateVersion
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.core.shown import fingerprint
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport, reading
from apps.imports.rules import Decision, stated
from apps.ledger.events import sentence
from apps.ledger.models import Entry
from tests.cast import again, basis, people, signed_in, words

pytestmark = pytest.mark.django_db
TEXT = """\
# Gateway

## Before

- [ ] p95 < 3s after warm-up
- [ ] Alert fires if >X% of requests fail
- [ ] Login as admin/admin must never work (if applicable)

## After

- [ ] Health answers

  ```bash
  curl -fsS http://127.0.0.1:4000/health
  ```
"""


@pytest.fixture
def cast(people):
    return people


def start(cast, text=TEXT):
    return imports.start_import(cast.team, by=again(cast.member), source=text, file_name="gateway.md")


def now(imported):
    return ChecklistImport.objects.get(pk=imported.pk)


def one(imported, kind):
    return next(finding for finding in now(imported).result().findings if finding.kind == kind)


def decide(cast, imported, *which, decision=Decision.TAKEN, by=None, **more):
    return imports.decide_findings(imported, by=again(by or cast.member), which=which, decision=decision, **more)


def undo(cast, imported, **more):
    return imports.undo_import_step(imported, by=again(cast.member), **more)


def last_sentence():
    entry = Entry.objects.filter(stream__name="instance").latest("sequence")
    return sentence(json.loads(entry.body), {opening.path: opening.value for opening in entry.openings.all()})


def url(name, imported):
    return reverse(f"imports:{name}", args=["pay", imported.pk])


def body(imported, finding, decision="taken", **more):
    shown = fingerprint(stated([finding], now(imported).decisions))
    return {"which": finding.id, "basis": shown, "decision": decision, **more}


def test_what_is_taken_becomes_part_of_the_draft(cast):
    imported = start(cast)
    decide(cast, imported, "parameter", "critical", "condition", "probe")
    decide(cast, imported, one(imported, "placeholder").id, value="5 %")
    [version] = imports.draft_import(imported, by=again(cast.member))
    first, second, third, last = TemplateItem.objects.order_by("section__position", "position")
    assert first.title == "p95 < {{p95}} after warm-up"
    assert {one["name"]: one["value"] for one in TemplateVersion.objects.get(pk=version.pk).parameters}["p95"] == "3"
    assert "5" in {one["value"] for one in version.parameters}
    assert "{{" in second.title
    assert (third.critical, len(third.conditions)) == (True, 1)
    assert last.probe == {
        "kind": "http",
        "settings": {"url": "http://127.0.0.1:4000/health", "conditions": "status == 200"},
    }


def test_what_nobody_took_changes_nothing(cast):
    plain, dismissed = start(cast), start(cast)
    decide(cast, dismissed, *(finding.id for finding in dismissed.result().findings), decision=Decision.DISMISSED)
    assert now(dismissed).result().contents == plain.result().contents


def test_the_ledger_remembers_each_decision(cast):
    imported = start(cast)
    decide(cast, imported, "parameter", "critical")
    assert last_sentence() == "took 2 findings in the import of gateway.md"
    decide(cast, imported, one(imported, "warning").id, decision=Decision.DISMISSED)
    assert last_sentence() == "dismissed 1 finding in the import of gateway.md"
    decide(cast, imported, one(imported, "warning").id, decision=Decision.OPEN)
    assert last_sentence() == "put back 1 finding in the import of gateway.md"
    undo(cast, imported)
    assert last_sentence() == "undid the last decision in the import of gateway.md"


def test_each_step_is_undone_the_last_one_first(cast):
    imported = start(cast)
    stages = [now(imported).decided]
    decide(cast, imported, "critical")
    stages.append(now(imported).decided)
    imports.correct_import(imported, by=again(cast.member), chosen={5: Correction(LineType.GUIDANCE)})
    stages.append(now(imported).decided)
    decide(cast, imported, "condition", "probe")
    for stage in reversed(stages):
        undo(cast, imported)
        assert now(imported).decided == stage
    with pytest.raises(Stale, match="Nothing is left to undo"):
        undo(cast, imported)


def test_another_step_than_was_shown_is_not_undone(cast):
    imported = start(cast)
    decide(cast, imported, "critical")
    shown = now(imported).steps[-1]["number"]
    decide(cast, imported, "probe", by=cast.lead)
    with pytest.raises(Stale, match="Somebody decided something else"):
        undo(cast, imported, shown=shown)
    assert len(now(imported).decisions) == 2


def test_a_list_that_is_taken_becomes_items_and_undo_takes_that_back(cast):
    text = "# T\n\n## A\n\n- [ ] one\n\n## B\n\nSome words.\n\n- three\n- four\n"
    imported = start(cast, text)
    lists = [finding for finding in imported.result().findings if finding.kind == "list"]
    if not lists:
        pytest.fail("the reader asks about no list any more: give this test one that it asks about")
    before = len(imported.document().templates[0].items)
    decide(cast, imported, lists[0].id)
    assert len(now(imported).document().templates[0].items) == before + len(lists[0].lines)
    undo(cast, imported)
    assert len(now(imported).document().templates[0].items) == before


def test_decisions_follow_the_lines_that_stay(cast):
    imported = start(cast)
    decide(cast, imported, "critical", "probe")
    imports.correct_import(imported, by=again(cast.member), source=TEXT.replace("## Before\n", "## Before\n\nWords.\n"))
    items = {
        item["title"]: item for section in now(imported).result().contents[0]["sections"] for item in section["items"]
    }
    assert items["Login as admin/admin must never work (if applicable)"]["critical"]
    assert items["Health answers"]["probe"]
    assert now(imported).steps == []


def test_a_line_that_is_edited_in_its_place_is_still_that_line(cast):
    imported = start(cast)
    decide(cast, imported, "critical", "condition")
    imports.correct_import(imported, by=again(cast.member), chosen={7: Correction(keys=3)})
    imports.correct_import(
        imported, by=again(cast.member), lines={7: "- [ ] Login by default must never work (if applicable)"}
    )
    item = now(imported).result().contents[0]["sections"][0]["items"][2]
    assert (item["critical"], item["keys"]) == (True, 3)
    assert "admin/admin" not in now(imported).source


def test_a_line_is_not_overwritten_that_somebody_changed(cast):
    imported = start(cast)
    shown = fingerprint(imported.stated([7], [7]))
    imports.correct_import(imported, by=again(cast.lead), lines={7: "- [ ] Mine"})
    with pytest.raises(Stale):
        imports.correct_import(imported, by=again(cast.member), lines={7: "- [ ] Yours"}, shown=shown)
    with pytest.raises(Stale):
        imports.correct_import(
            imported,
            by=again(cast.member),
            chosen={7: Correction(LineType.GUIDANCE)},
            lines={7: "- [ ] No"},
            shown=shown,
        )
    assert "- [ ] Mine" in now(imported).source


def test_what_somebody_else_decided_meanwhile_is_not_overwritten(cast):
    imported = start(cast)
    finding = one(imported, "critical")
    sent = body(imported, finding)
    decide(cast, imported, finding.id, decision=Decision.DISMISSED, by=cast.lead)
    answer = signed_in(cast.member).post(url("decide_findings", imported), sent)
    assert answer.status_code == 409
    assert "changed after you opened it" in answer.content.decode()
    assert now(imported).decisions[str(finding.line)][finding.key]["decision"] == "dismissed"


def test_what_two_people_decide_about_different_findings_is_both_done(cast):
    imported = start(cast)
    sent = body(imported, one(imported, "critical"))
    decide(cast, imported, one(imported, "probe").id, by=cast.lead)
    assert signed_in(cast.member).post(url("decide_findings", imported), sent).status_code == 302
    assert len(now(imported).decisions) == 2


def test_a_question_that_is_gone_is_answered_by_nobody_and_the_number_typed_is_shown_again(cast):
    imported = start(cast)
    sent = body(imported, one(imported, "placeholder"), value="12.5")
    imports.correct_import(imported, by=again(cast.lead), source="# Gone\n\n- [ ] one\n")
    answer = signed_in(cast.member).post(url("decide_findings", imported), sent)
    assert answer.status_code == 409
    assert "What this was about is gone" in answer.content.decode()
    assert "12.5" in answer.content.decode()


def test_what_is_no_number_is_refused_and_shown_again(cast):
    imported = start(cast)
    sent = body(imported, one(imported, "placeholder"), value="a few")
    answer = signed_in(cast.member).post(url("decide_findings", imported), sent)
    assert answer.status_code == 409
    assert "“a few” is not a number" in answer.content.decode()
    assert now(imported).decisions == {}


@pytest.mark.parametrize("sent", [{}, {"decision": "taken"}, {"decision": "nonsense", "which": "critical"}])
def test_an_answer_that_is_none_does_nothing(cast, sent):
    imported = start(cast)
    assert signed_in(cast.member).post(url("decide_findings", imported), sent).status_code in (409, 422)
    assert signed_in(cast.member).post(url("undo_import_step", imported), sent).status_code == 422
    assert now(imported).decisions == {}


def test_a_second_click_does_nothing_twice(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    for sent in (
        body(imported, one(imported, "critical")),
        {
            **basis(client, url("preview", imported), url("decide_findings", imported)),
            "which": "probe",
            "decision": "taken",
        },
    ):
        finding = next(each for each in imported.result().findings if sent["which"] in (each.id, each.kind))
        sent["basis"] = fingerprint(stated([finding], now(imported).decisions))
        assert client.post(url("decide_findings", imported), sent).status_code == 302
        entries = Entry.objects.count()
        assert client.post(url("decide_findings", imported), sent).status_code == 302
        assert Entry.objects.count() == entries


def test_all_that_can_wait_is_taken_with_one_press_and_undone_with_one(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    offers = [finding for finding in imported.result().findings if not finding.needs_somebody]
    sent = {"which": "offers", "decision": "taken", "basis": fingerprint(stated(offers, {}))}
    assert client.post(url("decide_findings", imported), sent).status_code == 302
    assert sum(map(len, now(imported).decisions.values())) == len(offers)
    shown = now(imported).steps[-1]["number"]
    assert client.post(url("undo_import_step", imported), {"shown": shown}).status_code == 302
    assert now(imported).decisions == {}


def test_what_cannot_be_said_with_it_is_not_taken(cast):
    text = "# T\n\n" + "".join(f"- [ ] retries are below {n} s\n" for n in range(201))
    imported = start(cast, text)
    with pytest.raises(WrongState, match="201 limits; a version has at most 200"):
        decide(cast, imported, "parameter")
    assert now(imported).decisions == {}


def test_a_draft_is_made_of_what_was_previewed_only(cast, monkeypatch):
    """Also where nobody touched the import, and only the reader is another by now."""
    imported = start(cast)
    client = signed_in(cast.member)
    sent = basis(client, url("preview", imported), url("draft_import", imported))
    monkeypatch.setattr(reading, "read", lambda text, chosen, name: reading_of_now(text, chosen, name=name))
    reading.READINGS.clear()
    reading.RESULTS.clear()
    assert client.post(url("draft_import", imported), sent).status_code == 409
    assert not TemplateVersion.objects.exists()
    sent = basis(client, url("preview", imported), url("draft_import", imported))
    assert client.post(url("draft_import", imported), sent).status_code == 302
    reading.READINGS.clear()
    reading.RESULTS.clear()


def reading_of_now(text, chosen, *, name):
    return read(text.replace("Health answers", "Health answers at once"), chosen, name=name)


def test_an_auditor_reads_and_decides_nothing(cast):
    imported = start(cast)
    page = words(signed_in(cast.auditor).get(url("preview", imported)))
    assert 'name="decision"' not in page
    assert "Line 7" in page
    with pytest.raises(NotAllowed):
        decide(cast, imported, "critical", by=cast.auditor)
    decide(cast, imported, "critical")
    with pytest.raises(NotAllowed):
        imports.undo_import_step(imported, by=cast.auditor)


def test_nothing_is_decided_once_it_is_a_draft(cast):
    imported = start(cast)
    decide(cast, imported, "critical")
    imports.draft_import(imported, by=again(cast.member))
    for act in (lambda: decide(cast, imported, "probe"), lambda: undo(cast, imported)):
        with pytest.raises(WrongState, match="already"):
            act()


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_lose_nothing():
    cast = people()
    imported = start(cast)
    together, faults = Barrier(2), []

    def click(kind):
        try:
            together.wait()
            decide(cast, imported, kind)
        except Exception as fault:  # the test names it
            faults.append(fault)
        finally:
            connection.close()

    clicks = [Thread(target=click, args=[kind]) for kind in ("critical", "probe")]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert faults == []
    assert len(now(imported).decisions) == 2
    assert [step["number"] for step in now(imported).steps] == [1, 2]
