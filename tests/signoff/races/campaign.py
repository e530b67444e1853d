"""Races that are run again and again: each yields acts of the same moment, is told how they ended, and judges it.

R1 to R14 number the races of signing: two second keys, one person twice, signing against an edit, a waiver, the end,
a role that ends, another first key; standing in and roles that begin and end; two who close or reopen; a
stricter checklist.
"""

import random
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any

from apps.accounts.models import Grant, Membership
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.core.errors import Refusal
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item
from apps.evidence.models import Kind
from apps.sheets import commands as sheets
from apps.sheets.models import Sheet
from apps.sheets.states import Answer
from apps.studio import commands as studio
from apps.teams import commands as teams
from apps.waivers import commands as waivers
from tests import cast as casting
from tests.cast import AUDITING, BY_PASSWORD, again, keyed
from tests.deployments.templates import line, publish
from tests.signoff.races.at_once import Act, Crowd, refusals, signing
from tests.waivers import asking

Race = Generator[list[Act], list[Any], None]
JITTER = 0.004  # seconds by which one of two begins later, so that they meet at every place


def run(race: Callable[[SimpleNamespace, int], Race], cast: SimpleNamespace, times: int, seed: int) -> int:
    """Run a race so often; returns how many acts were refused. An assertion names the time that went wrong."""
    dice, refused = random.Random(seed), 0
    acts = race(cast, times)
    pair = next(acts)
    with Crowd(2) as crowd, suppress(StopIteration):
        while True:
            ends = crowd.at_once(*(_later(act, dice.random() * JITTER) for act in pair))
            refused += len(refusals(ends))
            pair = acts.send(ends)
    return refused


def _later(act: Act, seconds: float) -> Act:
    def begin() -> object:
        time.sleep(seconds)
        return act()

    return begin


def board(cast: SimpleNamespace, count: int, **values: Any) -> list[Item]:
    """A deployment in review with so many items of two keys."""
    version = publish(cast.team, *(line(f"i{number}", **values) for number in range(count)), by=cast.lead)
    return [*casting.deploy(cast.team, version, by=cast.lead).items.order_by("number")]


def turned(item: Item) -> int:
    """How many keys count now."""
    return len(casting.load(item).sign_off.turned)


def two_second_keys(cast: SimpleNamespace, times: int) -> Race:
    """R1: one is turned, and the other hears by whom."""
    for item in board(cast, times):
        casting.sign(item, cast.member)
        ends = yield [signing(item, cast.reviewer), signing(item, cast.other_reviewer)]
        (refusal,) = refusals(ends)
        assert "turned" in str(refusal)
        assert turned(item) == 2


def one_person_twice(cast: SimpleNamespace, times: int) -> Race:
    """R2: the same click is one key and no error; another one is refused."""
    for number, item in enumerate(board(cast, times)):
        intents = [uuid.uuid4()] * 2 if number % 2 else [uuid.uuid4(), uuid.uuid4()]
        ends = yield [signing(item, cast.member, intent=intent) for intent in intents]
        assert len(refusals(ends)) == (0 if number % 2 else 1)
        assert turned(item) == 1


def signing_and_writing(cast: SimpleNamespace, times: int) -> Race:
    """R3: a key never counts over what was not shown: it falls out, or is refused."""
    for number, item in enumerate(board(cast, times)):
        by = again(cast.lead)
        writes: list[Act] = [
            partial(deployments.edit_item, item, by=by, title="Other", text="words"),
            partial(attachments.attach_evidence, item, by=by, kind=Kind.NOTE, title="Log", text="No retry"),
        ]
        ends = yield [signing(item, cast.reviewer), writes[number % 2]]
        assert not isinstance(ends[1], Refusal)
        assert turned(item) == 0


def signing_and_waiving(cast: SimpleNamespace, times: int) -> Race:
    """R4: it is signed, or it is waived."""
    for item in board(cast, times):
        casting.sign(item, cast.member)
        waiver, by = asking.ask(item, by=again(cast.lead)), again(cast.other_reviewer)
        terms = keyed(by) | {"by": by, "shown": waiver.sign_off.digest}
        ends = yield [signing(item, cast.reviewer), partial(waivers.approve_waiver, waiver, **terms)]
        now = Item.objects.with_everything().get(pk=item.pk)
        assert len(refusals(ends)) == 1
        assert now.is_waived != (turned(item) == 2)


def signing_and_ending(cast: SimpleNamespace, times: int) -> Race:
    """R5: the key is in the count of the closed deployment, or is refused."""
    version = publish(cast.team, line("one"), by=cast.lead)
    for _ in range(times):
        deployment = casting.deploy(cast.team, version, by=cast.lead)
        item = deployment.items.get()
        cancel = partial(deployments.cancel_deployment, deployment, by=again(cast.lead), reason="Not today")
        ends = yield [signing(item, cast.member), cancel]
        assert Deployment.objects.get(pk=deployment.pk).state == "closed"
        assert turned(item) == 1 - len(refusals(ends))


def verifying_and_losing_the_role(cast: SimpleNamespace, times: int) -> Race:
    """R6: it comes before the role ends, or not at all; that it did the chains tell, and the judge reads them."""
    member = Membership.objects.get(team=cast.team, user=cast.reviewer)
    for number, item in enumerate(board(cast, times)):
        casting.sign(item, cast.member)
        held, lead = (
            Grant.objects.held().get(team=cast.team, person=cast.reviewer, role=Role.REVIEWER),
            again(cast.lead),
        )
        acts: list[Act] = [
            partial(teams.end_role, held, by=lead),
            partial(teams.change_role, member, by=lead, **AUDITING),
        ]
        ends = yield [signing(item, cast.reviewer), acts[number % 2]]
        assert not isinstance(ends[1], Refusal)
        assert turned(item) == 2 - len(refusals(ends))
        if number % 2:
            teams.change_role(member, by=again(cast.lead), role=Role.MEMBER)
        casting.give(cast.team, cast.reviewer, Role.REVIEWER, by=cast.lead)


def first_and_second_key(cast: SimpleNamespace, times: int) -> Race:
    """R7: the second comes after the first, or is refused."""
    for item in board(cast, times):
        ends = yield [signing(item, cast.member), signing(item, cast.reviewer, slot=2)]
        assert not isinstance(ends[0], Refusal)
        assert turned(item) == 2 - len(refusals(ends))


def standing_in_and_ending_it(cast: SimpleNamespace, times: int) -> Race:
    """R11: a key for another is turned before that ends, or not at all."""
    for item in board(cast, times):
        casting.sign(item, cast.lead)
        row = casting.hand_over(cast.team, of=cast.reviewer, to=cast.member)
        ends = yield [signing(item, cast.member), partial(teams.end_delegation, row, by=again(cast.reviewer))]
        assert not isinstance(ends[1], Refusal)
        assert turned(item) == 2 - len(refusals(ends))


def granting_and_declining(cast: SimpleNamespace, times: int) -> Race:
    """R11: of two admins one grants and the other declines: it holds or it does not, and the chain says which."""
    member = Membership.objects.get(team=cast.team, user=cast.member)
    for _ in range(times):
        asking: dict[str, Any] = {"evidence": BY_PASSWORD, "role": Role.DECIDER, "identity": "in person"}
        (asked,) = teams.ask_role(member, by=again(cast.lead), **asking)
        second, lead = again(cast.other_reviewer), again(cast.lead)
        yield [
            partial(teams.grant_role, asked, by=second, evidence=BY_PASSWORD),
            partial(teams.end_role, asked, by=lead),
        ]
        now = Grant.objects.get(pk=asked.pk)
        if now.ended_at is None:
            assert now.granted_at
            teams.end_role(now, by=again(cast.lead))


def two_who_close(cast: SimpleNamespace, times: int) -> Race:
    """R13: a deployment is closed once."""
    version = publish(cast.team, line("one", keys=1), by=cast.lead)
    for _ in range(times):
        deployment = casting.deploy(cast.team, version, by=cast.lead)
        casting.make_ready(cast, deployment)
        sheet = Sheet.objects.select_related("sign_off").get(pk=casting.complete(cast, deployment).pk)
        verify = partial(sheets.verify_sheet, sheet, shown=sheet.sign_off.digest, revision=sheet.sign_off.revision)
        ends = yield [partial(verify, **keyed(by)) for by in (cast.reviewer, cast.other_reviewer)]
        assert len(refusals(ends)) == 1
        assert Deployment.objects.get(pk=deployment.pk).state == "closed"


def two_who_reopen(cast: SimpleNamespace, times: int) -> Race:
    """R13: one question reopens what has ended once, and each end is reopened by a question of its own."""
    version = publish(cast.team, line("one", keys=1), by=cast.lead)
    deployment = casting.deploy(cast.team, version, by=cast.lead)
    for _ in range(times):
        casting.close(cast, deployment, Answer.NO, issues="The queue")
        asked = casting.ask_reopening(cast, deployment)
        ends = yield [partial(casting.agree_reopening, asked, by) for by in (cast.reviewer, cast.other_reviewer)]
        assert len(refusals(ends)) == 1
        assert Deployment.objects.get(pk=deployment.pk).state == "in_review"


def last_key_and_a_stricter_checklist(cast: SimpleNamespace, times: int) -> Race:
    """R14: what has two keys does not count as signed where three are asked for from now on."""
    version = publish(cast.team, line("one"), by=cast.lead)
    started = [casting.deploy(cast.team, version, by=cast.lead) for _ in range(times)]
    draft = checklists.start_draft(version.template, by=again(cast.lead))
    studio.edit_draft_item(draft, by=again(cast.lead), key="one", values={"keys": 3})
    stricter = casting.published(TemplateVersion.objects.get(pk=draft.pk), by=cast.lead)
    for deployment in started:
        item = deployment.items.get()
        casting.sign(item, cast.member)
        fresh = Deployment.objects.select_related("team", "template_version").get(pk=deployment.pk)
        upgrade = partial(deployments.upgrade_deployment, fresh, by=again(cast.lead), version=stricter)
        ends = yield [signing(item, cast.reviewer), upgrade]
        assert not isinstance(ends[1], Refusal)
        now = casting.load(item)
        assert now.sign_off.required == 3
        assert not now.sign_off.is_settled


RACES = (
    two_second_keys,
    one_person_twice,
    signing_and_writing,
    signing_and_waiving,
    signing_and_ending,
    verifying_and_losing_the_role,
    first_and_second_key,
    standing_in_and_ending_it,
    granting_and_declining,
    two_who_close,
    two_who_reopen,
    last_key_and_a_stricter_checklist,
)


def prepare(cast: SimpleNamespace) -> None:
    """A second admin, and reviewers who verify by one role alone where it ends."""
    casting.give(cast.team, cast.other_reviewer, Role.ADMIN, by=cast.lead)
