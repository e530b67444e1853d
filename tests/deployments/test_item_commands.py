"""What commands let people do to items: the two-person rule from its caller's side, and what makes keys fall out."""

import threading
import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection

from apps.accounts.models import Membership, User
from apps.attachments import commands as attachments
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.deployments import commands
from apps.deployments.models import Item
from apps.evidence.models import Kind
from apps.ledger import selectors as ledger
from apps.probes.kinds import PASSED, Outcome
from apps.signoff.rules import Meaning, content_digest
from apps.teams import commands as teams
from project import verification
from tests import cast as casting
from tests.cast import again, keyed
from tests.probing import run_through

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def turned(item: Item) -> list[tuple[str, str]]:
    """(name, meaning) of the keys that count now."""
    return [(s.name, s.meaning) for s in casting.load(item).sign_off.turned]


def digest_of(item: Item) -> str:
    """The digest somebody sees who opens the item now."""
    now = casting.load(item)
    return content_digest(now.content(pinned=now.run_to_pin))


def last_line(item: Item) -> str:
    """What the ledger said last of the item."""
    return ledger.item_history(item.deployment.stream, item.id)[0].text


def note(item: Item, by: User, title: str = "Seen") -> None:
    attachments.attach_evidence(item, by=again(by), kind=Kind.NOTE, title=title, text="It works.")


def run_probe(item: Item, by: User, value: int = 120) -> None:
    """One finished run of the item's probe."""
    attachments.run_probes(item.deployment, by=again(by), numbers=[item.number])
    run_through(casting.load(item).probe.latest_run, Outcome(PASSED, "Answered 200.", value=str(value), unit="ms"))


def test_the_first_key_says_performed_and_the_second_verified(made: SimpleNamespace) -> None:
    item = made.items[0]
    casting.sign(item, made.member)
    casting.sign(item, made.reviewer)
    assert turned(item) == [
        (made.member.full_name, Meaning.PERFORMED),
        (made.reviewer.full_name, Meaning.VERIFIED),
    ]
    assert last_line(item) == "turned key 2 of 2 of item 1: verified"


def test_one_person_cannot_turn_both_keys(made: SimpleNamespace) -> None:
    casting.sign(made.items[0], made.reviewer)
    with pytest.raises(NotAllowed, match="another person must turn this one"):
        casting.sign(made.items[0], made.reviewer)


def test_whoever_did_the_work_may_turn_the_first_key_and_never_the_second(made: SimpleNamespace) -> None:
    first, second = made.items[0], made.items[3]
    note(first, made.reviewer)
    casting.sign(first, made.reviewer)
    note(second, made.reviewer)
    casting.sign(second, made.member)
    with pytest.raises(NotAllowed, match="You contributed"):
        casting.sign(second, made.reviewer)


@pytest.mark.parametrize(
    "contribute",
    [
        lambda item, by: note(item, by),
        lambda item, by: commands.edit_item(item, by=again(by), title=item.title, text="Better words"),
        lambda item, by: commands.fill_in_item(item, by=again(by), result="Done", values=["x"] * len(item.fill_ins)),
    ],
    ids=["evidence", "text", "result"],
)
def test_every_kind_of_contribution_bars_from_verifying(
    made: SimpleNamespace, contribute: Callable[[Item, User], object]
) -> None:
    item = made.items[0]
    contribute(item, made.reviewer)
    casting.sign(item, made.member)
    with pytest.raises(NotAllowed, match="You contributed"):
        casting.sign(item, made.reviewer)
    casting.sign(item, made.other_reviewer)


def test_running_a_probe_and_assigning_are_not_contributing(made: SimpleNamespace) -> None:
    item = made.items[0]
    attachments.attach_probe(
        item, by=again(made.lead), name="Health", kind="http", config={"url": "https://a.example/"}
    )
    run_probe(item, made.reviewer)
    commands.assign_items(made.deployment, by=again(made.reviewer), numbers=[1], owner=made.member)
    casting.sign(item, made.member)
    casting.sign(item, made.reviewer)
    assert len(turned(item)) == 2


def test_a_member_performs_and_does_not_verify(made: SimpleNamespace) -> None:
    casting.sign(made.items[0], made.lead)
    with pytest.raises(NotAllowed, match="Only a reviewer may turn"):
        casting.sign(made.items[0], made.member)


def test_an_auditor_turns_no_key(made: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed, match="reads only"):
        casting.sign(made.items[0], made.auditor)


def test_a_rejection_opens_a_new_round_that_begins_with_a_change(made: SimpleNamespace) -> None:
    item = made.items[0]
    note(item, made.reviewer)
    casting.sign(item, made.member)
    commands.reject_item(item, by=again(made.other_reviewer), reason="The backup is of yesterday.")
    assert turned(item) == []
    assert casting.load(item).last_fall.why == "The backup is of yesterday."
    with pytest.raises(WrongState, match="Nothing changed since this was sent back"):
        casting.sign(item, made.member)
    note(item, made.member)
    casting.sign(item, made.member)
    casting.sign(item, made.other_reviewer)
    assert len(turned(item)) == 2


def test_nothing_is_rejected_before_a_key_is_turned(made: SimpleNamespace) -> None:
    with pytest.raises(WrongState, match="No key is turned yet"):
        commands.reject_item(made.items[0], by=again(made.reviewer), reason="Too early for this.")


def test_a_member_does_not_reject(made: SimpleNamespace) -> None:
    casting.sign(made.items[0], made.lead)
    with pytest.raises(NotAllowed, match="Only a reviewer may reject"):
        commands.reject_item(made.items[0], by=again(made.member), reason="I do not like it.")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda item, by: note(item, by, "Late news"), "added “Late news”"),
        (lambda item, by: commands.edit_item(item, by=again(by), title="New", text="New"), "changed the text"),
        (lambda item, by: commands.fill_in_item(item, by=again(by), result="New", values=[]), "changed the result"),
    ],
    ids=["evidence", "text", "result"],
)
def test_a_change_after_signing_makes_every_key_fall_out_and_says_why(
    made: SimpleNamespace, change: Callable[[Item, User], object], why: str
) -> None:
    item = made.items[0]
    casting.sign(item, made.member)
    casting.sign(item, made.reviewer)
    change(item, made.lead)
    assert turned(item) == []
    assert casting.load(item).last_fall.why == f"{made.lead.full_name} {why}"
    assert last_line(item).endswith("; 2 keys fell out")


def test_blanks_are_required_before_the_first_key(made: SimpleNamespace) -> None:
    item = made.items[1]
    with pytest.raises(WrongState, match="Fill in “"):
        casting.sign(item, made.member)
    casting.fill_in(item, made.member)
    casting.sign(item, made.member)
    assert len(turned(item)) == 1


def test_an_item_of_one_key_is_settled_by_one(made: SimpleNamespace) -> None:
    item = made.deployment.items.filter(keys=1).first() or made.items[0]
    while not casting.load(item).sign_off.is_settled:
        casting.sign(item, (made.member, made.reviewer)[len(turned(item))])
    with pytest.raises(WrongState, match="All keys are turned already"):
        casting.sign(item, made.lead)


def test_a_draft_takes_no_key(made: SimpleNamespace) -> None:
    draft = commands.create_deployment(
        made.team,
        by=again(made.lead),
        template_version=made.version,
        service="payments-api",
        version="2.5.0",
        environment="production",
    )
    with pytest.raises(WrongState, match="Open the review first"):
        casting.sign(draft.items.get(number=1), made.member)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda made, item: note(item, made.lead, "Log"), "Lena Brandt added “Log”"),
        (lambda made, item: run_probe(item, made.lead, 240), "Its probe gave a new result"),
        (lambda made, item: casting.sign(item, made.member), "turned key 1 meanwhile"),
    ],
    ids=["evidence", "probe", "key"],
)
def test_signing_what_was_not_shown_is_refused_with_what_changed(
    made: SimpleNamespace, change: Callable[[SimpleNamespace, Item], object], message: str
) -> None:
    item = made.items[0]
    attachments.attach_probe(
        item, by=again(made.lead), name="Health", kind="http", config={"url": "https://a.example/"}
    )
    run_probe(item, made.lead)
    shown = digest_of(item)
    change(made, item)
    with pytest.raises(Stale, match=message):
        commands.sign_item(item, **keyed(made.reviewer), shown=shown, slot=1)


def test_a_rejection_while_somebody_reads_changes_what_the_next_key_means(made: SimpleNamespace) -> None:
    item = made.items[0]
    casting.sign(item, made.member)
    shown = digest_of(item)
    commands.reject_item(item, by=again(made.lead), reason="Look at São Paulo again.")
    with pytest.raises(Stale, match="The keys fell out meanwhile"):
        commands.sign_item(item, **keyed(made.reviewer), shown=shown, slot=2)


def test_both_keys_cover_the_run_that_the_first_one_pinned(made: SimpleNamespace) -> None:
    item = made.items[0]
    attachments.attach_probe(
        item, by=again(made.lead), name="Health", kind="http", config={"url": "https://a.example/"}
    )
    run_probe(item, made.lead)
    casting.sign(item, made.member)
    pinned = casting.load(item).pinned_run
    run_probe(item, made.lead, 180)
    casting.sign(item, made.reviewer)
    now = casting.load(item)
    assert pinned is not None
    assert now.pinned_run == pinned
    assert now.probe.latest_run != pinned
    assert len({s.digest for s in now.sign_off.turned}) == 1


def test_one_intent_is_one_signature(made: SimpleNamespace) -> None:
    item, intent = made.items[0], uuid.uuid4()
    casting.sign(item, made.member, intent=intent)
    casting.sign(item, made.member, intent=intent)
    assert len(turned(item)) == 1
    assert len(ledger.item_history(item.deployment.stream, item.id)) == 1


def test_a_closed_deployment_is_frozen(made: SimpleNamespace) -> None:
    casting.make_ready(made)
    casting.close(made)
    item = made.items[0]
    for act in (
        lambda: casting.sign(item, made.lead),
        lambda: note(item, made.lead),
        lambda: commands.edit_item(item, by=again(made.lead), title="New", text=""),
        lambda: commands.reject_item(item, by=again(made.lead), reason="Too late for this."),
        lambda: commands.assign_items(made.deployment, by=again(made.lead), numbers=[1], owner=None),
    ):
        with pytest.raises(WrongState, match="closed"):
            act()


def test_nothing_changes_when_the_ledger_cannot_be_written(
    made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("no ledger")

    monkeypatch.setattr("apps.deployments.commands.items.ledger.record", fail)
    with pytest.raises(OSError, match="no ledger"):
        casting.sign(made.items[0], made.member)
    assert turned(made.items[0]) == []


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_turn_two_keys_over_one_chain() -> None:
    made = casting.stage()
    item = made.items[0]
    shown, together = digest_of(item), threading.Barrier(2)
    errors: list[BaseException] = []

    def turn(person: User) -> None:
        try:
            together.wait(timeout=10)
            try:
                commands.sign_item(item, **keyed(person), shown=shown, slot=1)
            except Stale:  # the other was faster, and they looked again
                commands.sign_item(item, **keyed(person), shown=shown, slot=2)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=turn, args=(person,)) for person in (made.reviewer, made.other_reviewer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    assert {name for name, _ in turned(item)} == {made.reviewer.full_name, made.other_reviewer.full_name}
    assert [meaning for _, meaning in turned(item)] == [Meaning.PERFORMED, Meaning.VERIFIED]
    assert not list(ledger.faults())


def test_what_somebody_owned_who_left_goes_on(made: SimpleNamespace) -> None:
    commands.assign_items(made.deployment, by=again(made.lead), numbers=[2], owner=made.member)
    teams.remove_member(Membership.objects.get(team=made.team, user=made.member), by=again(made.lead))
    casting.fill_in(made.items[1], made.lead)
    assert casting.sign(made.items[1], made.reviewer).owner == made.member
    assert commands.assign_items(made.deployment, by=again(made.lead), numbers=[2], owner=made.lead) == 1
    assert verification.verify().faults == []
