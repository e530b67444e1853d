"""People do whatever comes to their minds to three items, and an oracle says beforehand how each act ends.

Every act is a command of the product, with its ledger and its triggers. After each of them the tables are compared
with the oracle and with the invariants, and at the end of an example everything is verified as an auditor would.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from apps.accounts import commands as accounts
from apps.accounts.models import Delegation, Membership, User
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.core.errors import Refusal
from apps.deployments import commands as deployments
from apps.deployments.models import Waiver
from apps.evidence.models import Kind
from apps.factors.commands import Proof
from apps.factors.rules import SERIES
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams
from apps.waivers import commands as waivers
from project import verification
from tests import cast as casting
from tests.cast import AUDITING, BY_PASSWORD, PASSWORD, again
from tests.waivers import asking

from .invariants import Stored, Tables, broken
from .oracle import DONE, REFUSED, Keys, Oracle, Text

T = TypeVar("T")
TITLES = ("Tell support", "Tell everybody", "Tell nobody")
NOTES = 2  # an item has at most so many: each is a chain of statements
MANAGER, AUDITOR = "lead", "auditor"
MEMBERS = (MANAGER, "reviewer", "other_reviewer", "member")
REVIEWERS = (MANAGER, "reviewer", "other_reviewer")
MOVED = ("reviewer", "other_reviewer")  # whose role begins and ends
ITEMS = (0, 3, 2)  # of the stage: a critical one, one that takes two keys, one that takes a single key

people, items = st.sampled_from([*MEMBERS, AUDITOR]), st.integers(0, len(ITEMS) - 1)
titles, slots, old = st.integers(0, len(TITLES) - 1), st.integers(1, 2), st.integers(0, 5)


def prepare(cast: SimpleNamespace) -> None:
    """Those whose role begins and ends hold no other by which they verify something."""
    for name in MOVED:
        casting.take(cast.team, getattr(cast, name), Role.AUTHOR, Role.DECIDER, by=cast.lead)


class Lifecycle(RuleBasedStateMachine):
    """One example; `cast` is set by whoever runs it, `ended` counts how the acts of all examples did."""

    cast: SimpleNamespace
    ended: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.items = [self.cast.items[place] for place in ITEMS]
        for item in self.items:
            deployments.edit_item(item, by=again(self.cast.lead), title=TITLES[0], text="By phone")
        keys = [Keys(required, own=True, text=(0, 0)) for required in (2, 2, 1)]
        for each in keys:
            each.contributors, each.editors = {MANAGER}, {MANAGER}
        self.oracle = Oracle({*MEMBERS}, {*REVIEWERS}, keys, [None] * len(keys), MANAGER)
        self.waivers: list[Waiver | None] = [None] * len(keys)
        self.intents: list[uuid.UUID] = []
        self.digests: dict[tuple[Keys, Text], str] = {}
        self.tables = Tables.read(self.cast.deployment)
        self.remember()

    def teardown(self) -> None:
        faults = verification.verify().faults
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)
        assert not faults, faults

    # Acts on items

    @rule(item=items, person=people)
    def sign(self, item: int, person: str) -> None:
        self._sign(item, person)

    @precondition(lambda self: self.wanted())
    @rule(age=old)
    def sign_as_whoever_may(self, age: int) -> None:
        self._sign(*pick(self.wanted(), age))

    @precondition(lambda self: self.wanted(beside=1))
    @rule(age=old)
    def sign_beside_another(self, age: int) -> None:
        self._sign(*pick(self.wanted(beside=1), age))

    @rule(item=items, person=people, age=old)
    def sign_an_old_page(self, item: int, person: str, age: int) -> None:
        known = [text for keys, text in self.digests if keys is self.oracle.items[item]]
        self._sign(item, person, shown=known[age % len(known)])

    @rule(item=items, person=people, slot=slots)
    def sign_another_key(self, item: int, person: str, slot: int) -> None:
        self._sign(item, person, slot=slot)

    @precondition(lambda self: self.intents)
    @rule(item=items, person=people, age=old)
    def sign_again(self, item: int, person: str, age: int) -> None:
        self._sign(item, person, intent=len(self.intents) - 1 - age % len(self.intents))

    @precondition(lambda self: self.oracle.used)
    @rule(age=old)
    def click_twice(self, age: int) -> None:
        intent = pick({*self.oracle.used}, age)
        person, keys = self.oracle.used[intent]
        if keys in self.oracle.items:
            self._sign(self.oracle.items.index(keys), person, intent=intent)

    @rule(item=items, person=people, other=people)
    def sign_by_the_proof_of_another(self, item: int, person: str, other: str) -> None:
        self._sign(item, person, proof=casting.proof(self.person(other)), is_proved=person == other)

    @rule(item=items, person=people)
    def sign_in_a_series_that_is_over(self, item: int, person: str) -> None:
        proof = casting.proof(self.person(person))
        proof.series.began_at -= 2 * SERIES
        proof.series.ends_at -= 2 * SERIES
        self._sign(item, person, proof=proof, is_proved=False)

    @rule(item=items, person=people, title=titles)
    def edit(self, item: int, person: str, title: int) -> None:
        text = (title, self.oracle.items[item].text[1])
        expected = self.oracle.write(item, person, text)
        edit = deployments.edit_item
        self.act(expected, lambda by: edit(self.items[item], by=by, title=TITLES[title], text="By phone"), person)

    @precondition(lambda self: any(keys.text[1] < NOTES for keys in self.oracle.items))
    @rule(item=items, person=people)
    def lay_a_note(self, item: int, person: str) -> None:
        title, notes = self.oracle.items[item].text
        if notes == NOTES:
            return
        note: dict[str, Any] = {"kind": Kind.NOTE, "title": "Log", "text": f"Note {notes}"}
        expected = self.oracle.write(item, person, (title, notes + 1))
        self.act(expected, lambda by: attachments.attach_evidence(self.items[item], by=by, **note), person)

    @rule(item=items, person=people)
    def reject(self, item: int, person: str) -> None:
        expected = self.oracle.reject(item, person)
        self.act(expected, lambda by: deployments.reject_item(self.items[item], by=by, reason="A retry"), person)

    # Waivers

    @rule(item=items, person=people)
    def ask_waiver(self, item: int, person: str) -> None:
        before = self.oracle.waivers[item]
        expected = self.oracle.ask_waiver(item, person)
        made = self.act(expected, lambda by: asking.ask(self.items[item], by=by), person)
        self.waivers[item] = made if self.oracle.waivers[item] is not before else self.waivers[item]

    @precondition(lambda self: any(self.oracle.waivers))
    @rule(age=old, person=people, is_proved=st.sampled_from([True, True, True, False]))
    def approve_waiver(self, age: int, person: str, is_proved: bool) -> None:
        item = self.waived(age)
        waiver, found = self.oracle.waivers[item], self.waivers[item]
        assert waiver
        assert found
        text, intent = waiver.keys.text, self.intent()
        proof = casting.proof(self.person(person if is_proved else "auditor"))
        is_proved = is_proved or person == AUDITOR
        expected = self.oracle.approve(item, person, shown=text, intent=intent, is_proved=is_proved)
        terms: dict[str, Any] = {
            "shown": self.digests[waiver.keys, text],
            "intent": self.intents[intent],
            "proof": proof,
        }
        self.act(expected, lambda by: waivers.approve_waiver(found, by=by, **terms), person)

    @precondition(lambda self: any(self.oracle.waivers))
    @rule(age=old, person=people)
    def end_waiver(self, age: int, person: str) -> None:
        item = self.waived(age)
        found = self.waivers[item]
        assert found
        expected = self.oracle.end_waiver(item, person)
        self.act(expected, lambda by: waivers.end_waiver(found, by=by, why="Done after all"), person)

    def waived(self, place: int) -> int:
        """One of the items that somebody asked to go without."""
        return pick([item for item, waiver in enumerate(self.oracle.waivers) if waiver], place)

    # People

    @precondition(lambda self: {*MOVED} & self.oracle.reviewers)
    @rule(age=old)
    def end_role(self, age: int) -> None:
        person = pick({*MOVED} & self.oracle.reviewers, age)
        self.oracle.reviewers.discard(person)
        team, lead = self.cast.team, self.cast.lead
        self.act(DONE, lambda by: casting.take(team, by, Role.REVIEWER, by=lead), person)

    @precondition(lambda self: {*MOVED} & self.oracle.members - self.oracle.reviewers)
    @rule(age=old)
    def give_role(self, age: int) -> None:
        person = pick({*MOVED} & self.oracle.members - self.oracle.reviewers, age)
        expected = REFUSED if MANAGER in self.oracle.suspended else DONE
        self.oracle.reviewers |= {person} if expected == DONE else set()
        team, lead = self.cast.team, self.cast.lead
        self.act(expected, lambda by: casting.give(team, by, Role.REVIEWER, by=lead), person)

    @precondition(lambda self: len(self.oracle.members) == len(MEMBERS))
    @rule(person=st.sampled_from([*MOVED, "member"]))
    def only_read(self, person: str) -> None:
        self.oracle.only_read(person)
        membership = self.membership(person)
        self.act(DONE, lambda by: teams.change_role(membership, by=by, **AUDITING), MANAGER)

    @precondition(lambda self: len(self.oracle.members) < len(MEMBERS))
    @rule()
    def work_again(self) -> None:
        (person,) = {*MEMBERS} - self.oracle.members
        self.oracle.members.add(person)
        membership = self.membership(person)
        self.act(DONE, lambda by: teams.change_role(membership, by=by, role=Role.MEMBER), MANAGER)

    @rule(person=st.sampled_from(REVIEWERS), to=people)
    def ask_to_stand_in(self, person: str, to: str) -> None:
        day = datetime.now(UTC).date() + timedelta(days=3)
        expected = self.oracle.delegate(person, to)
        asked: dict[str, Any] = {"evidence": BY_PASSWORD, "person": self.person(to), "last_day": day}
        self.act(expected, lambda by: teams.delegate(self.cast.team, by=by, **asked), person)

    @precondition(lambda self: {*self.oracle.asked} - self.oracle.agreed)
    @rule(age=old)
    def agree_to_stand_in(self, age: int) -> None:
        person = pick({*self.oracle.asked} - self.oracle.agreed, age)
        expected, row = self.oracle.agree(person), self.delegation(person)
        self.act(
            expected, lambda by: teams.accept_delegation(row, by=by, evidence=BY_PASSWORD), self.oracle.asked[person]
        )

    @precondition(lambda self: self.oracle.asked)
    @rule(age=old)
    def stand_in_no_more(self, age: int) -> None:
        person = pick({*self.oracle.asked}, age)
        row = self.delegation(person)
        self.oracle.end_delegation(person)
        self.act(DONE, lambda by: teams.end_delegation(row, by=by), person)

    @precondition(lambda self: not self.oracle.suspended)
    @rule(person=st.sampled_from(MEMBERS))
    def set_password_anew(self, person: str) -> None:
        self.oracle.suspended.add(person)
        anew: dict[str, Any] = {"by": SYSTEM, "old": None, "password": PASSWORD}
        self.act(DONE, lambda by: accounts.change_password(by, **anew), person)

    @precondition(lambda self: self.oracle.used)
    @rule(chance=st.integers(0, 9), person=people)
    def cancel(self, chance: int, person: str) -> None:
        if chance and person == MANAGER:  # otherwise most examples would end with it
            return
        expected = DONE if person == MANAGER and not self.oracle.closed else REFUSED
        self.oracle.closed |= expected == DONE
        cancel = deployments.cancel_deployment
        self.act(expected, lambda by: cancel(self.cast.deployment, by=by, reason="Not today"), person)

    # What has to hold after each

    @invariant()
    def nothing_is_broken(self) -> None:
        before, self.tables = self.tables, Tables.read(self.cast.deployment)
        self.remember()
        self.compare()
        assert not (faults := broken(before, self.tables)), faults

    def compare(self) -> None:
        """The keys that count, whose they are, and the digests they cover, as the oracle has them."""
        for item, keys in zip(self.items, self.oracle.items, strict=True):
            self._compare(self.tables.sign_offs[item.sign_off_id], keys)
        for found, waiver in zip(self.waivers, self.oracle.waivers, strict=True):
            if found and waiver:
                self._compare(self.tables.sign_offs[found.sign_off_id], waiver.keys)

    def _compare(self, sign_off: Stored, keys: Keys) -> None:
        named = {getattr(self.cast, name).pk: name for name in [*MEMBERS, AUDITOR]}
        turned = [frozenset(named[one] for one in key.people) for key in self.tables.turned(sign_off)]
        assert len(turned) == len(keys.turned)
        assert all(a <= b for a, b in zip(turned, keys.turned, strict=True))
        keys.turned = turned  # for whom they signed, where two had asked them
        assert sign_off.required == keys.required
        assert sign_off.round == keys.round
        assert {named[one] for one in self.tables.contributors(sign_off)} == keys.contributors
        assert self.digests[keys, keys.text] == sign_off.digest

    def remember(self) -> None:
        """What every text that was on a page is called."""
        for item, keys in zip(self.items, self.oracle.items, strict=True):
            self.digests.setdefault((keys, keys.text), self.tables.sign_offs[item.sign_off_id].digest)
        for found, waiver in zip(self.waivers, self.oracle.waivers, strict=True):
            if found and waiver:
                digest = self.tables.sign_offs[found.sign_off_id].digest
                self.digests.setdefault((waiver.keys, waiver.keys.text), digest)

    # Doing it

    def wanted(self, beside: int = 0) -> list[tuple[int, str]]:
        """Which items somebody may sign now, beside at least so many keys, and who."""
        found = [(item, keys) for item, keys in enumerate(self.oracle.items) if len(keys.turned) >= beside]
        found = [(item, keys) for item, keys in found if not self.oracle.is_waived(item)]
        return [(item, person) for item, keys in found for person in MEMBERS if self.oracle.may_turn(keys, person)]

    def _sign(
        self,
        item: int,
        person: str,
        *,
        shown: Text | None = None,
        slot: int | None = None,
        intent: int | None = None,
        proof: Proof | None = None,
        is_proved: bool = True,
    ) -> None:
        keys = self.oracle.items[item]
        shown, slot = shown or keys.text, slot or len(keys.turned) + 1
        intent = self.intent() if intent is None else intent
        proof = proof or casting.proof(self.person(person))
        digest = self.digests[keys, shown]
        expected = self.oracle.sign(item, person, shown=shown, slot=slot, intent=intent, is_proved=is_proved)
        terms: dict[str, Any] = {"shown": digest, "intent": self.intents[intent], "proof": proof, "slot": slot}
        self.act(expected, lambda by: deployments.sign_item(self.items[item], by=by, **terms), person)

    def act(self, expected: str, do: Callable[[User], Any], person: str) -> Any:
        """Do it as somebody, as their request would, and compare how it ended with what the oracle says."""
        self.ended[expected] += 1
        with ending() as end:
            end.made = do(again(self.person(person)))
        assert end.is_refused == (expected == REFUSED), f"{expected} was expected: {end.why or 'it was done'}"
        return end.made

    def intent(self) -> int:
        """A new intent of somebody who opens a page."""
        self.intents.append(uuid.uuid4())
        return len(self.intents) - 1

    def person(self, name: str) -> User:
        """Somebody of the cast."""
        found: User = getattr(self.cast, name)
        return found

    def membership(self, name: str) -> Membership:
        """How they belong to the team."""
        return Membership.objects.get(team=self.cast.team, user=self.person(name))

    def delegation(self, name: str) -> Delegation:
        """What they asked somebody for."""
        return Delegation.objects.open(timezone.now()).get(delegator=self.person(name))


def pick(found: Collection[T], place: int) -> T:
    """One of them, the same in every run."""
    return sorted(found)[place % len(found)]  # type: ignore[type-var]


@contextmanager
def ending() -> Iterator[SimpleNamespace]:
    """Whether an act was refused, by a rule or by the database; any other error is a fault of the product."""
    end = SimpleNamespace(made=None, is_refused=False, why="")
    try:
        with transaction.atomic():
            yield end
    except (Refusal, IntegrityError) as refusal:
        end.is_refused, end.why = True, str(refusal)
