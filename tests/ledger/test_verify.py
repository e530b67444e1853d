"""verify_ledger on honest instances, and how it speaks."""

import io
import json
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.models import BinaryField
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Invitation, Membership, Team
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.core.wording import timestamp
from apps.deployments import commands as deployments
from apps.ledger import proofs
from apps.ledger import selectors as ledger
from apps.ledger.models import Stream
from apps.ledger.selectors import chains, rows
from apps.sheets.states import Answer
from apps.teams import commands as teams
from project import verification
from tests import cast as casting
from tests.cast import BY_PASSWORD, again, people, stage
from tests.ledger import histories
from tests.ledger.recording import STREAM, add_entries


def faults(*held):
    """What is wrong with the whole instance, in sentences."""
    return [str(fault) for fault in verification.verify(held).faults]


@pytest.mark.django_db
@pytest.mark.parametrize("shape", [people, stage, histories.eventful, histories.closed])
def test_an_honest_instance_has_no_fault(shape):
    shape()
    assert faults() == []


@pytest.mark.django_db
@pytest.mark.parametrize("answer", list(Answer))
def test_however_it_closes_an_honest_instance_has_no_fault(answer):
    histories.closed(answer)
    assert faults() == []


@pytest.mark.django_db
def test_who_rejected_their_own_work_is_the_same_by_tables_and_ledger():
    cast = stage()
    item = cast.items[4]
    casting.fill_in(item, cast.reviewer)
    casting.sign(item, cast.member)
    deployments.reject_item(casting.load(item), by=again(cast.reviewer), reason="I would rather verify it")
    assert casting.load(item).sign_off.contributors == {cast.reviewer.id}
    assert faults() == []


@pytest.mark.django_db
def test_an_empty_instance_has_no_fault():
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_it_looks_at_one_moment_in_a_transaction_of_its_own():
    cast = histories.closed()
    assert faults(ledger.head(cast.deployment.stream)) == []


@pytest.mark.django_db
def test_it_says_how_much_it_compared(capsys):
    histories.closed()
    report = verification.verify()
    call_command("verify_ledger")
    messages = capsys.readouterr().out.strip()
    assert messages == (
        f"All {report.chains} chains are whole: {report.entries} entries, {report.signatures} signatures compared."
    )
    assert min(report.chains - 4, report.entries - 50, report.signatures - 12) >= 0


@pytest.mark.django_db
def test_it_speaks_of_one_chain_as_of_one(capsys):
    people()
    call_command("verify_ledger")
    assert re.fullmatch(r"The one chain is whole: \d\d entries, no signatures compared\.\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("numbers", "messages"),
    [
        ((0, 0, 0), "There is no chain yet: no entries, no signatures compared."),
        ((1, 2, 1), "The one chain is whole: 2 entries, 1 signature compared."),
        ((3, 40, 12), "All 3 chains are whole: 40 entries, 12 signatures compared."),
    ],
)
def test_it_counts_as_people_do(capsys, monkeypatch, numbers, messages):
    chains, entries, signatures = numbers
    monkeypatch.setattr(verification, "verify", lambda *_asked: verification.Report(chains, entries, signatures, []))
    call_command("verify_ledger")
    assert capsys.readouterr().out.strip() == messages


@pytest.mark.django_db
def test_json_says_the_same(capsys):
    stage()
    call_command("verify_ledger", "--json")
    messages = json.loads(capsys.readouterr().out)
    assert (messages["whole"], messages["faults"], messages["chains"]) == (True, [], 5)


@pytest.mark.django_db
def test_a_head_that_was_printed_is_found_again(capsys):
    cast = stage()
    head = ledger.head(cast.deployment.stream)
    histories.waive(cast, cast.items[2])
    call_command("verify_ledger", "--head", str(head), "--head", str(ledger.head("instance")))
    assert "are whole" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad", ["", "x", "instance:1", "instance:-1:" + "a" * 64, "instance:1:" + "A" * 64, ":1:" + "a" * 64]
)
def test_a_head_that_is_none_is_refused_with_an_example(bad):
    with pytest.raises(CommandError, match="is no head"):
        call_command("verify_ledger", "--head", bad)


@pytest.mark.django_db
def test_a_head_of_nothing_is_a_fault(capsys):
    stage()
    unknown = f"deployment/00000000-0000-4000-8000-000000000000:0:{'a' * 64}"
    with pytest.raises(SystemExit) as ending:
        call_command("verify_ledger", "--head", unknown)
    assert ending.value.code == 1
    assert "the whole chain is gone" in capsys.readouterr().out.splitlines()[0]


@pytest.mark.django_db
def test_a_long_instance_is_read_in_pieces(django_assert_max_num_queries):
    histories.closed()
    with django_assert_max_num_queries(100):
        verification.verify()


@pytest.mark.django_db
def test_what_is_many_or_large_is_never_in_memory_at_once(monkeypatch):
    histories.closed()
    opened: list[object] = []
    chunked = connection.chunked_cursor

    def counted():
        opened.append(cursor := chunked())
        return cursor

    monkeypatch.setattr(connection, "chunked_cursor", counted)
    kinds = [kind for kind in proofs.models_with_proof() if kind._base_manager.exists()]
    files = {kind for kind in kinds if any(isinstance(field, BinaryField) for field in kind._meta.concrete_fields)}
    assert files
    assert faults() == []
    # the deployments that ended, what passkeys signed or took back, and what lies in file storage
    assert len(opened) == len(files) + 4
    opened.clear()
    for part in (chains, rows):
        monkeypatch.setattr(part, "BATCH", 2)
    assert faults() == []
    many = files | {kind for kind in kinds if kind._base_manager.count() > 2}
    assert len(opened) == len(many) + Stream.objects.filter(length__gt=2).count() + 4


@pytest.mark.django_db
def test_a_database_that_is_none_of_ours_is_said_plainly(monkeypatch):
    def unreadable(held, progress):
        raise DatabaseError("no such table: ledger_stream")

    monkeypatch.setattr(verification, "verify", unreadable)
    with pytest.raises(CommandError, match="The database cannot be read") as error:
        call_command("verify_ledger")
    assert error.value.returncode == 2


class Terminal(io.StringIO):
    """Standard error as a person sees it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.django_db
def test_on_a_terminal_it_says_how_far_it_is(capsys):
    stage()
    terminal = Terminal()
    call_command("verify_ledger", stderr=terminal)
    total = verification.verify().entries
    assert f"\r{total} of {total} entries" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert capsys.readouterr().out.startswith("All 5 chains are whole")


@pytest.mark.unrecorded
@pytest.mark.django_db
def test_a_chain_whose_clock_ran_ahead_is_named(monkeypatch):
    later = timezone.now() + timedelta(days=1)
    with monkeypatch.context() as clock:
        clock.setattr("apps.ledger.commands.timezone.now", lambda: later)
        add_entries(1)
    assert faults()[:1] == [f"{STREAM} entry 0: it is dated {timestamp(later)}: a clock was ahead, or is behind now"]


@pytest.mark.django_db
def test_people_who_come_go_and_change_are_no_fault():
    cast = stage()
    reviewer, auditor = (Membership.objects.get(user=person) for person in (cast.reviewer, cast.auditor))
    casting.give(cast.team, cast.member, Role.REVIEWER, Role.ADMIN, by=cast.lead)
    casting.take(cast.team, cast.member, Role.ADMIN, by=cast.member)
    teams.ask_role(reviewer, by=again(cast.lead), evidence=BY_PASSWORD, role=Role.ADMIN, identity="known")
    teams.remove_member(reviewer, by=again(cast.lead))
    for role in (Role.MEMBER, Role.AUDITOR):
        until = casting.READS_UNTIL if role == Role.AUDITOR else None
        teams.change_role(auditor, by=again(cast.lead), role=role, reads_until=until)
        auditor.refresh_from_db()
    accounts.rename_person(again(cast.member), by=again(cast.member), full_name="Mika Sato")
    back = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    accounts.accept_invitation(Invitation.objects.with_token(back).get(), by=again(cast.reviewer))
    assert verification.verify().faults == []


@pytest.mark.django_db
def test_two_teams_of_one_name_and_a_changed_probe_are_no_fault():
    cast = stage()
    accounts.create_team(by=again(cast.stranger), name=cast.team.name, slug="pay2")
    other = Team.objects.get(slug="pay2")
    casting.deploy(other, casting.publish(other, by=cast.stranger), by=cast.stranger)
    histories.probe(cast, cast.items[3], ["passed"])
    config = {"url": "https://example.com/other"}
    attachments.attach_probe(cast.items[3], by=again(cast.member), name="Other", kind="http", config=config)
    assert verification.verify().faults == []
