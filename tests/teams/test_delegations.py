"""Asking somebody to verify for oneself, agreeing and ending it: who does it, what is refused, what the judge says."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Delegation, User
from apps.accounts.roles import Role
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.core.shown import fingerprint
from apps.core.wording import day
from apps.deployments.models import Item
from apps.ledger import commands as ledger
from apps.ledger.chain import INSTANCE
from apps.teams import commands as teams
from apps.teams.events import DelegationAsked
from project import verification
from tests import cast as casting
from tests.cast import AUDITING, BY_PASSWORD, PASSWORD, again, basis, give, signed_in, take, words
from tests.instance import last_line
from tests.ledger.test_rule_again import force_key
from tests.tampering import lifted
from tests.teams.wrong import member_of

pytestmark = pytest.mark.django_db
TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)
LATER = TODAY + 3 * DAY


@pytest.fixture
def cast(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def ask(cast: SimpleNamespace, of: User | None = None, to: User | None = None, last_day: date = LATER) -> Delegation:
    return teams.delegate(
        cast.team, by=again(of or cast.reviewer), evidence=BY_PASSWORD, person=to or cast.member, last_day=last_day
    )


def handed_over(cast: SimpleNamespace, of: User | None = None, to: User | None = None) -> Delegation:
    return teams.accept_delegation(ask(cast, of, to), by=again(to or cast.member), evidence=BY_PASSWORD)


def test_one_asks_the_other_agrees_and_either_ends_it(cast):
    row = ask(cast)
    assert last_line().text == f"asked 佐藤 Mika to verify for them until {day(LATER)}"
    assert again(cast.member).counts_as(cast.team.pk) == {}
    teams.accept_delegation(row, by=again(cast.member), evidence=BY_PASSWORD)
    assert last_line().text == f"agreed to verify for Ruth Okafor until {day(LATER)}"
    assert again(cast.member).counts_as(cast.team.pk) == {cast.reviewer.pk: "Ruth Okafor"}
    assert again(cast.reviewer).counts_as(cast.team.pk) == {cast.member.pk: "佐藤 Mika"}
    assert again(cast.member).counts_as(cast.other_team.pk) == {}
    teams.end_delegation(row, by=again(cast.member))
    assert last_line().text == "ended that 佐藤 Mika verifies for Ruth Okafor"
    assert again(cast.reviewer).counts_as(cast.team.pk) == {}
    teams.end_delegation(ask(cast), by=again(cast.lead))
    assert last_line().text == "declined that 佐藤 Mika verifies for Ruth Okafor"


@pytest.mark.parametrize("days", [-1, 15, 400])
def test_it_lasts_two_weeks_at_most(cast, days):
    with pytest.raises(WrongState, match="two weeks at most"):
        ask(cast, last_day=TODAY + timedelta(days=days))
    row = ask(cast, last_day=TODAY + timedelta(days=14))
    assert row.ends_at - row.offered_at <= timedelta(days=14)


@pytest.mark.parametrize("name", ["member", "auditor", "stranger"])
def test_who_verifies_nothing_hands_nothing_over(cast, name):
    give(cast.team, cast.member, Role.MANAGER, by=cast.lead)
    with pytest.raises(NotAllowed, match="You verify nothing in this team"):
        ask(cast, of=getattr(cast, name), to=cast.lead)


@pytest.mark.parametrize("name", ["reviewer", "auditor", "stranger"])
def test_only_another_member_is_asked(cast, name):
    with pytest.raises(WrongState, match="cannot stand in for you"):
        ask(cast, to=getattr(cast, name))


def test_nobody_agrees_for_another_and_each_once(cast):
    row = ask(cast)
    for name in ("reviewer", "lead", "other_reviewer"):
        with pytest.raises(NotAllowed, match="nobody agrees for them"):
            teams.accept_delegation(row, by=again(getattr(cast, name)), evidence=BY_PASSWORD)
    with pytest.raises(NotAllowed, match="One of the two ends it"):
        teams.end_delegation(row, by=again(cast.other_reviewer))
    with pytest.raises(WrongState, match="Somebody stands in for you already"):
        ask(cast, to=cast.lead)
    teams.accept_delegation(row, by=again(cast.member), evidence=BY_PASSWORD)
    with pytest.raises(WrongState, match="You agreed to it already"):
        teams.accept_delegation(row, by=again(cast.member), evidence=BY_PASSWORD)
    with pytest.raises(Stale):
        teams.end_delegation(row, by=again(cast.reviewer), shown=fingerprint(row.standing | {"accepted_at": ""}))
    teams.end_delegation(row, by=again(cast.reviewer))
    with pytest.raises(WrongState, match="This is over already"):
        teams.accept_delegation(row, by=again(cast.member), evidence=BY_PASSWORD)


@pytest.mark.parametrize("act", ["removed", "auditor"])
def test_who_stops_being_a_member_stands_in_for_nobody(cast, act):
    row = handed_over(cast)
    member = member_of(cast, cast.member)
    if act == "removed":
        teams.remove_member(member, by=again(cast.lead))
    else:
        teams.change_role(member, by=again(cast.lead), **AUDITING)
    assert Delegation.objects.get(pk=row.pk).ended_by == cast.lead
    assert again(cast.reviewer).counts_as(cast.team.pk) == {}
    assert verification.verify().faults == []


def test_a_key_for_another_is_no_fault(cast):
    row = handed_over(cast)
    item = cast.deployment.items.get(number=1)
    casting.sign(item, cast.lead)
    casting.sign(item, cast.member)
    key = casting.load(item).sign_off.turned[1]
    assert (key.signer, key.on_behalf_name) == (cast.member, "Ruth Okafor")
    teams.end_delegation(row, by=again(cast.reviewer))
    assert verification.verify().faults == []


def test_it_is_asked_agreed_to_and_ended_on_pages(cast):
    ruth, mika = signed_in(cast.reviewer), signed_in(cast.member)
    of, proof = {"team": "pay"}, {"proof_password": PASSWORD}
    page = reverse("teams:member", kwargs={**of, "person": cast.reviewer.pk})
    people, act = reverse("teams:people", kwargs=of), reverse("teams:delegate", kwargs=of)
    assert act in words(ruth.get(page))
    assert act not in words(mika.get(page))
    typed = {"person": cast.member.pk, "last_day": str(LATER), **proof}
    answer = ruth.post(act, typed | {"last_day": str(TODAY + timedelta(days=40))})
    assert (answer.status_code, "two weeks at most" in words(answer)) == (409, True)
    assert ruth.post(act, typed | {"person": cast.reviewer.pk}).status_code == 422
    assert "This is not your password" in words(ruth.post(act, typed | {"proof_password": "x"}))
    assert not Delegation.objects.exists()
    text = words(ruth.post(act, typed, follow=True))
    assert "Not agreed to yet" in text
    row = Delegation.objects.get()
    agree, end = (
        reverse(f"teams:{name}", kwargs={**of, "delegation": row.pk})
        for name in ("accept_delegation", "end_delegation")
    )
    assert agree not in words(ruth.get(people))
    assert "Do you verify for Ruth Okafor?" in re.sub("<[^>]*>", "", words(mika.get(agree)))
    assert "This is not your password" in words(mika.post(agree))
    text = words(mika.post(agree, proof, follow=True))
    assert "You verify for Ruth Okafor now." in text
    assert "the two count as one person" in text
    assert signed_in(cast.stranger).post(end).status_code == 404
    text = words(ruth.post(end, basis(ruth, people, f"{end}?"), follow=True))
    assert "佐藤 Mika does not verify for Ruth Okafor." in text


# The database


def row_of(cast: SimpleNamespace, **fields: Any) -> Delegation:
    """One asked for, right in every field that `fields` does not replace; not stored."""
    now = timezone.now()
    right = {
        "team": cast.team,
        "delegator": cast.reviewer,
        "delegator_name": "Ruth Okafor",
        "delegate": cast.member,
        "delegate_name": "佐藤 Mika",
        "offered_at": now,
        "ends_at": now + timedelta(days=14),
    }
    return Delegation(**(right | fields))


def change(cast: SimpleNamespace, **values: object) -> Callable[[], object]:
    row = ask(cast)
    return lambda: Delegation.objects.filter(pk=row.pk).update(**values)


def again_after_the_end(cast: SimpleNamespace) -> Callable[[], object]:
    row = teams.end_delegation(handed_over(cast), by=again(cast.reviewer))
    return lambda: Delegation.objects.filter(pk=row.pk).update(ended_at=None, ended_by=None, ended_by_name="")


def agreed_twice(cast: SimpleNamespace) -> Callable[[], object]:
    row = handed_over(cast)
    return lambda: Delegation.objects.filter(pk=row.pk).update(accepted_at=timezone.now())


def agreed_after_leaving(cast: SimpleNamespace) -> Callable[[], object]:
    row = ask(cast)
    with lifted():
        member_of(cast, cast.member).delete()
    return lambda: Delegation.objects.filter(pk=row.pk).update(accepted_at=timezone.now())


def storing(**fields: Any) -> Callable[[SimpleNamespace], Callable[[], object]]:
    return lambda cast: (
        lambda: row_of(
            cast, **{name: value(cast) if callable(value) else value for name, value in fields.items()}
        ).save(force_insert=True)
    )


BEGINS, CHANGES = "accounts_delegation_begins", "accounts_delegation_changes"
ONCE = "is asked once, and agrees once"
MEMBERS = "members stand in for members of their team"
WRONG: dict[str, tuple[Callable[[SimpleNamespace], Callable[[], object]], str, str]] = {
    "agreed to when asked for": (storing(accepted_at=lambda _: timezone.now() + DAY), BEGINS, ONCE),
    "by somebody who verifies nothing":
        (storing(delegator=lambda c: c.member, delegate=lambda c: c.lead), BEGINS, "who verifies nothing"),
    "to an auditor": (storing(delegate=lambda c: c.auditor), BEGINS, MEMBERS),
    "to a stranger": (storing(delegate=lambda c: c.stranger), BEGINS, MEMBERS),
    "in another team": (storing(team=lambda c: c.other_team), BEGINS, MEMBERS),
    "for longer": (storing(ends_at=lambda _: timezone.now() + timedelta(days=14, minutes=5)), BEGINS, "two weeks"),
    "for longer, later": (lambda c: change(c, ends_at=timezone.now() + timedelta(days=5)), CHANGES, ONCE),
    "of another": (lambda c: change(c, delegator=c.other_reviewer), CHANGES, ONCE),
    "to another": (lambda c: change(c, delegate=c.lead), CHANGES, ONCE),
    "ended no more": (again_after_the_end, CHANGES, ONCE),
    "agreed twice": (agreed_twice, CHANGES, ONCE),
    "agreed after leaving": (agreed_after_leaving, CHANGES, MEMBERS),
}  # fmt: skip


@pytest.mark.unrecorded
@pytest.mark.parametrize("what", WRONG)
def test_the_database_refuses_that_and_its_guard_alone(cast, what):
    way, guard, answer = WRONG[what]
    act = way(cast)
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        act()
    before = [*Delegation.objects.order_by("pk").values()]
    with lifted(guard):
        act()
    assert [*Delegation.objects.order_by("pk").values()] != before


@pytest.mark.unrecorded
def test_who_stood_in_for_whom_stays(cast):
    row = ask(cast)
    with pytest.raises(IntegrityError, match="who stood in for whom stays"), transaction.atomic():
        Delegation.objects.filter(pk=row.pk)._raw_delete("default")
    with lifted("accounts_delegation_never_deleted"):
        Delegation.objects.filter(pk=row.pk)._raw_delete("default")
    assert not Delegation.objects.exists()


# The judge


def found() -> list[str]:
    return [fault.what for fault in verification.verify().faults if "the guard" not in fault.what]


def store(by: User, row: Delegation) -> str:
    """Store a delegation past the guards and prove it; returns how the judge calls it."""
    with lifted():
        row.save()
    record(by, row)
    return f"accounts.delegation/{row.pk}"


def record(by: User, *rows: models.Model, removed: tuple[models.Model, ...] = ()) -> None:
    event = DelegationAsked(team=by.pk, delegation=by.pk, person=by.pk, until="", delegate="x")
    with transaction.atomic():
        ledger.record(INSTANCE, event, by=by, rows=rows, removed=removed)


def altered(row: Delegation, by: User, **values: Any) -> str:
    row = Delegation.objects.get(pk=row.pk)
    for name, value in values.items():
        setattr(row, name, value)
    return store(by, row)


@pytest.mark.unrecorded
def test_the_judge_finds_who_asks_agrees_or_ends_without_the_right(cast):
    assert found() == []
    key = store(cast.lead, row_of(cast))
    assert found() == [f"who asked for {key} was somebody else"]


@pytest.mark.unrecorded
@pytest.mark.parametrize(
    ("fields", "by", "fault"),
    [
        ({"delegator": "member", "delegate": "lead"}, "member", "who asked for {} verified nothing"),
        ({"ends_at": timezone.now() + timedelta(days=15)}, "reviewer", "{} lasts longer than two weeks"),
        ({"accepted_at": timezone.now() + DAY}, "reviewer", "{} was agreed to before it was asked for"),
    ],
    ids=["who verifies nothing", "too long", "agreed to before"],
)
def test_the_judge_finds_what_was_asked_for_wrongly(cast, fields, by, fault):
    made = {name: getattr(cast, value) if isinstance(value, str) else value for name, value in fields.items()}
    key = store(getattr(cast, by), row_of(cast, **made))
    assert found() == [fault.format(key)]


@pytest.mark.unrecorded
def test_the_judge_finds_who_agrees_for_another_ends_it_or_changes_it(cast):
    row, now = ask(cast), timezone.now()
    key = altered(row, cast.reviewer, accepted_at=now)
    faults = [f"somebody else agreed to {key}"]
    assert found() == faults
    row = Delegation.objects.get()
    end = {"ended_at": now, "ended_by": cast.other_reviewer, "ended_by_name": "x"}
    altered(row, cast.other_reviewer, **end)
    faults.append(f"who ended {key} had no right to")
    assert found() == faults
    altered(row, cast.reviewer, ended_at=None, ended_by=None, ended_by_name="")
    assert found() == [*faults, f"{key} was changed, or was over"]


@pytest.mark.unrecorded
def test_the_judge_finds_one_that_is_taken_away(cast):
    row = ask(cast)
    record(cast.lead, removed=(row,))
    with lifted():
        Delegation.objects.filter(pk=row.pk)._raw_delete("default")
    assert found() == [f"accounts.delegation/{row.pk} was taken away: who stood in for whom stays"]


NOT_ASKED = "item 1: a key was turned for somebody who had not asked for it, or without agreeing to"
NO_ROLE = "item 1: who turned a key had no role to do so"
TWICE = "item 1: one person turned two keys"
BESIDE = "item 1: who counts as one person with a contributor turned a key that others turn"


def forced(cast: SimpleNamespace, by: User, of: User | None, first: User) -> None:
    item: Item = cast.deployment.items.get(number=1)
    casting.sign(item, first)
    fields: dict[str, Any] = {"on_behalf": of, "on_behalf_name": of.full_name} if of else {}
    force_key(item, by, 2, **fields)


@pytest.mark.unrecorded
def test_the_judge_finds_a_key_for_who_did_not_ask(cast):
    forced(cast, cast.member, cast.reviewer, cast.lead)
    assert found() == [NOT_ASKED]


@pytest.mark.unrecorded
def test_the_judge_finds_a_key_after_the_end_and_by_a_role_that_ended(cast):
    teams.end_delegation(handed_over(cast), by=again(cast.reviewer))
    take(cast.team, cast.reviewer, Role.REVIEWER, by=cast.lead)
    forced(cast, cast.member, cast.reviewer, cast.lead)
    assert {*found()} == {NOT_ASKED, NO_ROLE}


@pytest.mark.unrecorded
@pytest.mark.parametrize("first", ["reviewer", "other_reviewer"])
def test_the_judge_finds_two_keys_of_two_who_are_one(cast, first):
    handed_over(cast, to=cast.other_reviewer)
    second = cast.other_reviewer if first == "reviewer" else cast.reviewer
    forced(cast, second, None, getattr(cast, first))
    assert found() == [TWICE]


@pytest.mark.unrecorded
def test_the_judge_finds_a_key_of_one_whose_other_worked_on_it(cast):
    handed_over(cast, to=cast.other_reviewer)
    casting.fill_in(cast.deployment.items.get(number=1), cast.reviewer)
    forced(cast, cast.other_reviewer, None, cast.lead)
    assert found() == [BESIDE]


@pytest.mark.unrecorded
@pytest.mark.parametrize("first", ["other_reviewer", "lead"])
def test_the_judge_finds_a_chain_of_those_who_stand_in(cast, first):
    """The reviewer stands in for the other one, who turned a key or worked on it, and the member for the reviewer."""
    handed_over(cast, of=cast.other_reviewer, to=cast.reviewer)
    handed_over(cast)
    if first == "lead":
        casting.fill_in(cast.deployment.items.get(number=1), cast.other_reviewer)
    forced(cast, cast.member, cast.reviewer, getattr(cast, first))
    assert found() == [BESIDE if first == "lead" else TWICE]


@pytest.mark.unrecorded
def test_two_weeks_are_not_counted_from_a_later_day(cast):
    """What is asked for in the future is not agreed to before, and in force for nobody until it is agreed to."""
    later = timezone.now() + timedelta(days=3000)
    row = row_of(cast, offered_at=later, ends_at=later + timedelta(days=10))
    key = store(cast.reviewer, row)
    assert found() == [f"{key} begins later than it was asked for"]
    with pytest.raises(IntegrityError, match="delegation_accepted_after_it_was_asked"), transaction.atomic():
        Delegation.objects.filter(pk=row.pk).update(accepted_at=timezone.now())
    Delegation.objects.filter(pk=row.pk).update(accepted_at=later)
    assert not Delegation.objects.in_force(timezone.now()).exists()
    assert again(cast.member).counts_as(cast.team.pk) == {}
