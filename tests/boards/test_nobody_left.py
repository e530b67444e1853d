"""Where nobody is left who may turn the second key, the board, the page and the admins say so, and what helps."""

from types import SimpleNamespace

import pytest

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.deployments.selectors import members, summaries
from apps.deployments.selectors.left import NobodyLeft, nobody_left
from apps.evidence.models import Kind
from tests import cast as casting
from tests.boards.desk import at, read
from tests.cast import again

WARNING = "nobody left to verify"


def left(stage: SimpleNamespace, number: int) -> NobodyLeft | None:
    [row] = summaries(stage.deployment, [number])
    return nobody_left(row, members(stage.team))


def lay(stage: SimpleNamespace, number: int, *people: User) -> None:
    """Evidence of each, which makes them contributors."""
    for who in people:
        about = casting.load(stage.items[number - 1])
        attachments.attach_evidence(about, by=again(who), kind=Kind.NOTE, title="Seen", text="It works.")


def at_board(stage: SimpleNamespace, who: User) -> str:
    return at(who).get(f"/t/pay/deployments/{stage.deployment.number}/").content.decode()


def test_enough_reviewers_who_had_no_part_are_enough(stage: SimpleNamespace) -> None:
    assert left(stage, 4) is None
    lay(stage, 4, stage.reviewer, stage.other_reviewer)
    assert left(stage, 4) is None, "the lead is a reviewer too"
    assert WARNING not in at_board(stage, stage.member)


def test_all_reviewers_who_worked_on_it_are_named_one_by_one(stage: SimpleNamespace) -> None:
    lay(stage, 4, stage.reviewer, stage.other_reviewer, stage.lead)
    lacks = left(stage, 4)
    assert lacks
    assert lacks.what == "1 more reviewer is needed: all 3 reviewers who could turn a key took part in it."
    assert {why for _, why in lacks.barred} == {"worked on it"}
    assert stage.member.full_name in lacks.helps
    board = at_board(stage, stage.member)
    assert WARNING in board
    assert lacks.what in board
    page = read(stage.member, stage.items[3])
    assert 'id="nobody-left"' in page
    assert all(name in page for name, _ in lacks.barred)


def test_who_turned_the_first_key_is_not_left_for_the_second(stage: SimpleNamespace) -> None:
    lay(stage, 4, stage.reviewer, stage.other_reviewer)
    casting.sign(stage.items[3], stage.lead)
    lacks = left(stage, 4)
    assert lacks
    assert ("Lena Brandt", "turned key 1") in lacks.barred
    lay(stage, 4, stage.member)
    assert left(stage, 4) is None, "the key fell out, so the lead may turn the second"


def test_only_admins_find_it_in_their_work_and_a_reviewer_more_settles_it(stage: SimpleNamespace) -> None:
    lay(stage, 4, stage.reviewer, stage.other_reviewer, stage.lead)
    heading = "Nobody is left who may verify"
    assert heading in at(stage.lead).get("/t/pay/").content.decode()
    assert heading not in at(stage.member).get("/t/pay/").content.decode()
    casting.give(stage.team, stage.member, Role.REVIEWER, by=stage.lead)
    assert left(stage, 4) is None
    assert heading not in at(stage.lead).get("/t/pay/").content.decode()
    assert WARNING not in at_board(stage, stage.member)


def test_where_everybody_took_part_somebody_new_is_needed(stage: SimpleNamespace) -> None:
    lay(stage, 4, stage.reviewer, stage.other_reviewer, stage.lead, stage.member)
    lacks = left(stage, 4)
    assert lacks
    assert lacks.helps.startswith("Invite somebody")


@pytest.mark.parametrize("role", [Role.REVIEWER])
def test_a_team_without_a_reviewer_is_told_that(stage: SimpleNamespace, role: Role) -> None:
    for person in (stage.reviewer, stage.other_reviewer, stage.lead):
        casting.take(stage.team, person, role, by=stage.lead)
    lacks = left(stage, 4)
    assert lacks
    assert lacks.what == "Nobody of the team is a reviewer."


def test_what_takes_one_key_or_is_settled_lacks_nobody(stage: SimpleNamespace) -> None:
    lay(stage, 3, stage.reviewer, stage.other_reviewer, stage.lead)
    assert left(stage, 3) is None
    casting.sign(stage.items[3], stage.member)
    casting.sign(stage.items[3], stage.reviewer)
    assert left(stage, 4) is None
