"""Whatever is changed behind the application's back is found, and the first broken place is named.

One honest history is made once; every way changes it with the guards lifted, and is undone afterwards.
A way returns the place that has to be named first; the words are part of what is messages about it.
"""

import re
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from apps.accounts.models import User
from apps.core import guards
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item
from apps.ledger import chain
from apps.ledger import selectors as ledger
from apps.ledger.models import Entry
from apps.probes.models import Run
from apps.records.models import Record
from apps.signoff.models import Signature, SignOff
from project import verification
from tests.cast import again
from tests.ledger import cases_around, cases_chain, cases_people, cases_tables, forging
from tests.ledger.cases import CASES, DIFFERS, entry, place, row_of, update
from tests.tampering import lift_all, remove, sql

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


def found(*held: ledger.Head) -> list[str]:
    """What is messages, without the guards that this test lifted itself."""
    faults = verification.verify(held).faults
    return [str(fault) for fault in faults if "the guard" not in fault.what]


def test_before_anything_is_changed_nothing_is_wrong(history):
    assert found() == []
    assert guards.missing(connection, guards.all_guards()) == []


@pytest.mark.parametrize("name", CASES)
def test_it_is_found_and_the_first_broken_place_is_named(tampered, name):
    function, words = CASES[name]
    expected = function(tampered)
    messages = found()
    assert messages, "nothing was found"
    assert messages[0].startswith(expected), messages[:5]
    assert any(words in each for each in messages if each.startswith(expected)), messages[:5]


def test_the_ways_are_at_least_as_many_as_were_promised():
    assert len(CASES) >= 25
    files = {function.__module__ for function, _ in CASES.values()}
    assert files == {module.__name__ for module in (cases_around, cases_chain, cases_people, cases_tables)}


# What only a head on paper finds


def test_a_cut_after_the_last_anchor_is_found_with_a_head_from_paper(undone):
    draft = Deployment.objects.filter(team=undone.team).latest("number")
    deployments.open_review(draft, by=again(undone.lead))
    paper = ledger.head(draft.stream)
    lift_all()
    forging.rewrite(draft.stream, lambda bodies: bodies[:-1])
    Deployment.objects.filter(pk=draft.pk).update(state="draft")
    SignOff.objects.filter(stream=draft.stream).update(opened_at=None)
    assert found() == []
    assert found(paper) == [f"{draft.stream} entry 1: the entry is gone; the head you hold says otherwise"]


def test_a_consistent_rewrite_of_everything_is_found_with_a_head_from_paper(tampered):
    paper = ledger.head(tampered.stream)
    forged = row_of(entry(tampered, "item.signed"), Signature).get()

    def rename(bodies):
        signed = next(body for body in bodies if body["type"] == "item.signed")
        signed["texts"]["name"] = ("Somebody Else", "a" * 64)

    forging.rewrite(tampered.stream, rename)
    forged.name = "Somebody Else"
    update(Signature.objects.filter(pk=forged.pk), name=forged.name)
    forging.prove(tampered.stream, forged)
    forging.rewrite_everywhere(tampered.stream)
    fix_record_heads(tampered)
    assert found() == []
    assert found(paper) == [
        f"{tampered.stream} entry {paper.sequence}: the entry was rewritten; the head you hold says otherwise"
    ]


def test_a_deployment_that_never_was_is_found_with_a_head_from_paper(tampered):
    draft = Deployment.objects.filter(team=tampered.team).latest("number")
    paper = ledger.head(draft.stream)
    cases_chain.erase_deployment(draft)
    forging.rewrite(chain.INSTANCE, lambda bodies: [b for b in bodies if b["data"].get("chain") != draft.stream])
    assert found() == []
    assert found(paper) == [f"{draft.stream}: the whole chain is gone; the head you hold says otherwise"]


def fix_record_heads(cast: SimpleNamespace) -> None:
    """Make the filed record state the rewritten head, as a thorough forger would."""
    filed = Record.objects.get()
    digest = Entry.objects.get(stream=cast.stream, sequence=filed.head_sequence).digest

    def restate(bodies):
        next(body for body in bodies if body["type"] == "record.filed")["data"]["head_digest"] = digest

    filed.head_digest = digest
    update(Record.objects.filter(pk=filed.pk), head_digest=digest)
    forging.rewrite(cast.stream, restate)
    forging.prove(cast.stream, filed)
    forging.rewrite_everywhere(cast.stream)


def test_bytes_that_are_no_text_are_found_too(tampered, engine):
    if engine != "sqlite":
        return
    rejected, signed = entry(tampered, "item.rejected"), entry(tampered, "item.signed")
    sql("PRAGMA ignore_check_constraints = ON")
    sql("UPDATE ledger_entry SET body = CAST(X'7bff00fe7d' AS TEXT) WHERE id = %s", rejected.pk)
    sql("UPDATE ledger_opening SET value = CAST(X'ff' AS TEXT) WHERE entry_id = %s", signed.pk)
    sql("UPDATE ledger_entry SET sequence = 'x', actor = 'nobody' WHERE id = %s", entry(tampered, "sheet.verified").pk)
    sql("UPDATE signoff_signature SET name = CAST(X'ff' AS TEXT), signed_at = 'never' WHERE slot = 2")
    draft = Deployment.objects.filter(team=tampered.team).latest("number")
    sql("UPDATE deployments_deployment SET created_at = 'never' WHERE id = %s", draft.pk.hex)
    sql("UPDATE records_record SET filed_at = 'never', number = 'x'")
    messages = found()
    assert any(each.startswith(f"{draft.stream} entry 0: the deployment") and DIFFERS in each for each in messages)
    assert messages[0].startswith(place(signed))
    assert any(each.startswith(place(rejected)) for each in messages)
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    sql("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.parametrize("model", [Signature, Record, Run, Deployment], ids=lambda model: model.__name__)
def test_another_spelling_of_an_id_is_another_id(tampered, engine, model):
    if engine != "sqlite":
        return  # PostgreSQL has a type for them
    row = model.objects.exclude(pk__regex="^[0-9]*$").first()
    assert sql(f"UPDATE {model._meta.db_table} SET id = upper(id) WHERE id = %s", row.pk.hex) == 1
    messages = found()
    assert any(f"{row.pk} it proves is gone" in each or "cannot be read" in each for each in messages), messages[:3]


@pytest.mark.parametrize(("column", "spelled"), [("signer_id", "upper(signer_id)"), ("signed_at", "signed_at || '0'")])
def test_another_spelling_of_a_column_is_another_value(tampered, engine, column, spelled):
    if engine != "sqlite":
        return
    row = Signature.objects.first()
    where = update(Signature.objects.filter(pk=row.pk), slot=row.slot)
    sql(f"UPDATE signoff_signature SET {column} = {spelled} WHERE id = %s", row.pk.hex)
    assert any(each.startswith(where) and DIFFERS in each for each in found())


def test_a_flag_that_is_neither_is_found(tampered, engine):
    if engine != "sqlite":
        return
    row = tampered.items[0]
    where = update(Item.objects.filter(pk=row.pk), number=row.number)
    sql("UPDATE deployments_item SET critical = 2 WHERE id = %s", row.pk.hex)
    assert any(each.startswith(where) and DIFFERS in each for each in found())


def test_rows_that_refer_to_nothing_are_found(tampered, engine):
    if engine != "sqlite":
        return  # PostgreSQL keeps references by itself
    sql("DELETE FROM accounts_team WHERE id = %s", tampered.other_team.pk.hex)
    assert any("refers to a row of accounts_team that is not there" in each for each in found())


@pytest.mark.parametrize("garbage", ["nine", [9], None])
def test_an_anchor_that_is_no_head_hides_nothing_else(tampered, garbage):
    def spoil(bodies):
        next(b for b in bodies if b["data"].get("chain") == tampered.stream)["data"]["sequence"] = garbage

    forging.rewrite(chain.INSTANCE, spoil)
    expected = update(Signature.objects.filter(pk=Signature.objects.first().pk), name="Somebody Else")
    messages = found()
    assert any(each.startswith(expected) and DIFFERS in each for each in messages)
    assert any(each.startswith("instance entry ") and "it notes no head of a chain" in each for each in messages[:1])


@pytest.mark.parametrize("garbage", ["probes.probe/garbage", "nothing.known/1", "", "signoff.signature/"])
def test_a_proof_of_what_is_no_row_is_named(tampered, garbage):
    def spoil(bodies):
        body = next(b for b in bodies if b["type"] == "probe.defined")
        body["rows"] = {garbage: "0" * 64}

    forging.rewrite(tampered.stream, spoil)
    where = place(entry(tampered, "probe.defined"))
    assert any(each.startswith(where) and ("gone" in each or "cannot be understood" in each) for each in found())


@pytest.mark.parametrize("rows", [None, [], {"deployments.item/x": []}, {"signoff.signature/x": {"facts": {}}}, "x"])
def test_proofs_of_another_shape_are_named_and_hide_nothing_else(tampered, rows):
    def spoil(bodies):
        next(b for b in bodies if b["type"] == "item.signed")["rows"] = rows

    forging.rewrite(tampered.stream, spoil)
    expected = update(User.objects.filter(pk=tampered.member.pk), full_name="Nobody")
    messages = found()
    assert any("no entry proves it" in each for each in messages)
    assert any(each.startswith(expected) and DIFFERS in each for each in messages)


def test_what_cannot_be_read_hides_no_other_part(tampered, engine):
    if engine != "sqlite":
        return
    sql("UPDATE deployments_deployment SET number = 'x' WHERE id = %s", tampered.deployment.pk.hex)
    update(User.objects.filter(pk=tampered.member.pk), full_name="Nobody")
    messages = found()
    assert any(DIFFERS in each and "Nobody" in each for each in messages)
    assert any("the deployment" in each and DIFFERS in each for each in messages)


def test_a_guard_that_is_gone_is_a_fault(history):
    with transaction.atomic():
        remove(connection, [g for g in guards.all_guards() if g.name == "signoff_two_person_rule"])
        messages = [str(fault) for fault in verification.verify().faults]
        assert messages
        assert messages[0].startswith("the database: the guard signoff_two_person_rule")
        transaction.set_rollback(True)


def test_the_command_names_the_first_broken_entry_and_ends_with_1(tampered, capsys):
    expected = cases_tables.the_justification_of_a_waiver(tampered)
    with pytest.raises(SystemExit) as ending:
        call_command("verify_ledger")
    assert ending.value.code == 1
    messages = capsys.readouterr().out.splitlines()
    assert messages[0].startswith(f"First broken: {expected}")
    assert re.fullmatch("Also broken: .*", messages[1])
