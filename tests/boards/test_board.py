"""The board: what it says, to whom, and that what was drawn once is never shown when it is old."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import Client
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.accounts.models import Membership
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.boards import selectors
from apps.core import http
from apps.deployments import commands
from apps.deployments.models import Deployment, Waiver
from apps.evidence.models import Kind
from apps.imports import commands as imports
from apps.ledger import selectors as ledger
from apps.live import stream
from apps.probes.kinds import FAILED, INCONCLUSIVE
from apps.teams import commands as teams
from apps.waivers import commands as waiving
from tests import cast
from tests.boards.desk import address as desk_address
from tests.boards.desk import at
from tests.cast import words
from tests.ledger import histories
from tests.waivers import asking

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def board(made: SimpleNamespace, viewer: str = "lead", **query: str) -> str:
    client = Client()
    client.force_login(getattr(made, viewer))
    answer = client.get(address(made, "board"), query)
    assert answer.status_code == 200
    return words(answer)


def address(made: SimpleNamespace, name: str) -> str:
    return reverse(f"deployments:{name}", args=[made.team.slug, made.deployment.number])


def data(made: SimpleNamespace) -> dict[str, Any]:
    rows = selectors.with_probe_versions(Deployment.objects.visible_to(made.lead))
    return selectors.blockers_data(rows.get(pk=made.deployment.pk))


def test_an_untouched_board_is_no_go_and_lists_every_item_and_the_plan(made: SimpleNamespace) -> None:
    found = data(made)
    assert found["verdict"] == "NO-GO"
    assert [(blocker["item"], blocker["subject"]) for blocker in found["blockers"]] == [
        (None, "Rollback plan"),
        *((item.number, item.title) for item in made.items),
    ]
    assert all(blocker["who"] and blocker["reason"] and blocker["url"] for blocker in found["blockers"])


def test_the_page_opens_with_the_verdict(made: SimpleNamespace) -> None:
    page = board(made)
    assert page.index("NO-GO") < page.index('id="items"')
    assert "6 conditions block" in page


def test_everything_done_is_go(made: SimpleNamespace) -> None:
    cast.make_ready(made)
    assert data(made) == {"verdict": "GO", "blockers": []}
    assert "Complete the sign-off sheet" in board(made)


def test_a_kept_board_is_never_shown_after_a_change(made: SimpleNamespace) -> None:
    assert "Mika turned" not in board(made)
    cast.sign(made.items[0], made.member)
    assert "first key turned by 佐藤 Mika" in board(made)
    cast.sign(made.items[0], made.reviewer)
    assert "verified by 佐藤 Mika and Ruth Okafor" in board(made)
    attachments.attach_evidence(made.items[0], by=cast.again(made.member), kind=Kind.NOTE, title="Log", text="seen")
    page = board(made)
    assert "keys fell out" in page
    assert "added “Log”" in page


def test_a_cached_board_follows_the_members(made: SimpleNamespace) -> None:
    cast.sign(made.items[0], made.member)
    before = board(made)
    cast.join(made.team, by=made.lead, username="zoe", full_name="Zoe Newcomer", role=Role.REVIEWER)
    assert board(made) != before


def test_a_board_is_never_kept_from_an_older_copy_of_its_deployment(made: SimpleNamespace) -> None:
    rows = selectors.with_probe_versions(Deployment.objects.visible_to(made.lead))
    older = rows.get(pk=made.deployment.pk)
    cast.write_plan(made)
    selectors.blockers_data(older)
    assert "Rollback plan" not in [blocker["subject"] for blocker in data(made)["blockers"]]


def test_a_cached_board_follows_an_owner_who_changed_their_name(made: SimpleNamespace) -> None:
    commands.assign_items(made.deployment, by=cast.again(made.lead), numbers=[3], owner=made.auditor)
    assert "owner Aude Laurent" in board(made)
    accounts.rename_person(cast.again(made.auditor), by=cast.again(made.auditor), full_name="Aude Petit")
    assert "owner Aude Petit" in board(made)


def test_a_title_cannot_take_the_place_of_a_kept_part(made: SimpleNamespace) -> None:
    commands.edit_item(made.items[0], by=cast.again(made.member), title=f"{http.PLACE[:4]}-groups;", text="")
    assert board(made).count('id="item-1"') == 1


def test_the_second_key_waits_for_reviewers_who_did_not_turn_the_first(made: SimpleNamespace) -> None:
    cast.sign(made.items[0], made.reviewer)
    blocker = next(b for b in data(made)["blockers"] if b["item"] == 1)
    assert blocker["reason"] == "The second key is missing."
    assert "Ruth" not in blocker["who"]
    assert "Lena" in blocker["who"]


def test_nobody_left_to_verify_is_said_so(made: SimpleNamespace) -> None:
    item = made.items[0]
    for person in (made.lead, made.reviewer, made.other_reviewer):
        attachments.attach_evidence(item, by=cast.again(person), kind=Kind.NOTE, title="Seen", text="seen")
    cast.sign(item, made.member)
    blocker = next(b for b in data(made)["blockers"] if b["item"] == 1)
    assert blocker["who"] == "nobody yet: another reviewer is needed"


def test_rows_answers_only_what_was_asked_for(made: SimpleNamespace) -> None:
    client = Client()
    client.force_login(made.auditor)
    answer = client.get(address(made, "rows"), {"items": f"{made.items[1].id},nonsense", "since": "0"})
    page = answer.content.decode()
    assert 'id="item-2"' in page
    assert 'id="item-1"' not in page
    assert 'id="verdict"' in page
    assert "Lena Brandt opened the review." in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"show": "critical"}, {1}),
        ({"show": "mine"}, {3}),
        ({"show": "waiting"}, {3}),
        ({"q": "migrate how"}, {2}),
        ({"q": "監視"}, {4}),
        ({"q": "no such words"}, set()),
        ({"show": "bogus"}, {1, 2, 3, 4, 5}),
    ],
)
def test_filters_and_search_work_without_javascript(
    made: SimpleNamespace, query: dict[str, str], shown: set[int]
) -> None:
    commands.assign_items(made.deployment, by=cast.again(made.lead), numbers=[3], owner=made.member)
    page = board(made, "member", **query)
    assert {n for n in range(1, 6) if f'<li class="item" id="item-{n}"' in page} == shown
    assert page.count('<li class="item" hidden') == 5 - len(shown)
    assert ('data-live-never id="none-found">' in page) == (not shown)


def test_one_many_or_a_whole_section_get_an_owner(made: SimpleNamespace) -> None:
    client = Client()
    client.force_login(made.member)
    section = made.items[3].section_id
    for chosen, owned in (
        ({"item": ["1"]}, {1}),
        ({"item": ["2", "3"]}, {1, 2, 3}),
        ({"section": [section]}, {1, 2, 3, 4, 5}),
    ):
        answer = client.post(address(made, "assign_items"), {"owner": made.reviewer.id, **chosen})
        assert answer.status_code == 302
        assert set(made.deployment.items.filter(owner=made.reviewer).values_list("number", flat=True)) == owned


@pytest.mark.parametrize("post", [{"item": ["1"], "owner": "stranger"}, {"item": ["99"]}, {"item": ["x"]}, {}])
def test_wrong_assignments_change_nothing_and_say_why(made: SimpleNamespace, post: dict[str, object]) -> None:
    client = Client()
    client.force_login(made.member)
    if post.get("owner") == "stranger":
        post = post | {"owner": made.stranger.id}
    answer = client.post(address(made, "assign_items"), post, follow=True)
    assert 'class="notice error"' in answer.content.decode()
    assert not made.deployment.items.exclude(owner=None).exists()


def test_whoever_follows_a_board_is_told_which_items_changed_hands(made: SimpleNamespace) -> None:
    stream_name = made.deployment.stream
    before, _ = ledger.items_changed_since(stream_name, -1)
    commands.assign_items(made.deployment, by=cast.again(made.lead), numbers=[1, 3], owner=made.member)
    assert ledger.items_changed_since(stream_name, before) == (before + 1, [made.items[0].id, made.items[2].id])


def test_what_happened_is_read_once_for_everybody_who_hears_it(
    made: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    before, _ = ledger.items_changed_since(made.deployment.stream, -1)
    cast.sign(made.items[0], made.member)
    client = Client()
    client.force_login(made.lead)
    asked = f"{address(made, 'rows')}?items={made.items[0].id}&since={before}"
    assert "turned key 1 of 2 of item 1" in client.get(asked).content.decode()
    with django_assert_num_queries(5) as queries:
        assert "turned key 1 of 2 of item 1" in client.get(asked).content.decode()
    assert not any("ledger_entry" in query["sql"] for query in queries.captured_queries)


def test_blockers_are_there_for_machines(made: SimpleNamespace) -> None:
    client = Client()
    client.force_login(made.auditor)
    assert json.loads(client.get(address(made, "blockers")).content)["verdict"] == "NO-GO"


def test_titles_cannot_bring_markup(made: SimpleNamespace) -> None:
    commands.edit_item(
        made.items[0],
        by=cast.again(made.member),
        title="<script>alert(1)</script>",
        text="<img src=x onerror=alert(1)>",
    )
    page = board(made)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("left", ["the team", "their session"])
def test_an_open_board_hears_nothing_more_once_they_left(
    made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    monkeypatch.setattr(stream, "PING_SECONDS", 0.05)
    monkeypatch.setattr(stream, "HUB", stream.Hub())
    client = Client()
    client.force_login(made.member)
    answer: Any = client.get(reverse("deployments:follow", args=[made.deployment.id]))

    def leave() -> None:
        if left == "the team":
            teams.remove_member(Membership.objects.get(user=made.member), by=cast.again(made.lead))
        else:
            client.session.flush()

    async def listen() -> int:
        events = answer.events(lambda question, *arguments: sync_to_async(question)(*arguments))
        async with asyncio.timeout(10):
            for _ in range(4):
                await anext(events)
            await sync_to_async(leave)()
            return len([chunk async for chunk in events])

    assert async_to_sync(listen)() < 2


def test_settled_items_fold_once_a_section_has_more_than_a_few(made: SimpleNamespace) -> None:
    lines = "\n".join(f"- [ ] Check number {n}" for n in range(1, 7))
    imported = imports.start_import(made.team, by=cast.again(made.lead), source=f"# Long\n\n## Part\n\n{lines}\n")
    [version] = imports.draft_import(imported, by=cast.again(made.lead))
    made.deployment = cast.deploy(made.team, cast.published(version, by=made.lead), by=made.lead)
    items = list(made.deployment.items.order_by("number"))
    for item in items[:4]:
        cast.sign(item, made.member)
        cast.sign(item, made.reviewer)
    assert "settled: " not in board(made)
    asked = asking.ask(items[4], by=cast.again(made.member), justification="We go without it")
    fresh = Waiver.objects.select_related("sign_off", "item").get(pk=asked.pk)
    shown = fresh.sign_off.digest
    waiving.approve_waiver(fresh, **cast.keyed(made.reviewer), shown=shown)
    assert "5 settled: 4 verified, 1 waived" in board(made)
    assert 'class="verdict no-go folds"' in board(made)


def test_a_failed_probe_says_so_and_not_what_was_measured(made: SimpleNamespace) -> None:
    histories.probe(made, made.items[3], [FAILED])
    assert '<span class="tag probe failed">probe failed</span>' in board(made)


def test_a_probe_without_a_value_has_the_mark_of_that_and_not_of_a_failure(made: SimpleNamespace) -> None:
    histories.probe(made, made.items[3], [INCONCLUSIVE])
    assert '<span class="tag probe half">probe inconclusive</span>' in board(made)


def test_what_blocks_begins_with_what_waits_for_the_viewer(made: SimpleNamespace) -> None:
    cast.sign(made.items[0], made.member)
    reviewers, auditors = board(made, "reviewer"), board(made, "auditor")
    yours, others = reviewers.index("Waiting for you"), reviewers.index("All others")
    assert yours < reviewers.index('id="blocker-1"') < others < reviewers.index('id="blocker-2"')
    assert "Waiting for you" not in auditors
    assert "All others" not in auditors
    assert auditors.index('id="blocker-1"') < auditors.index('id="blocker-2"')


def test_who_left_the_team_owns_nothing_that_is_still_open(made: SimpleNamespace) -> None:
    item = made.items[0]
    commands.assign_items(made.deployment, by=made.lead, owner=made.member, numbers=[item.number])
    assert made.member.full_name in board(made)
    membership = Membership.objects.get(user=made.member, team=made.team)
    teams.remove_member(membership, by=made.lead)
    assert f"owner {made.member.full_name}" not in board(made)
    assert "nobody yet" in words(at(made.lead).get(desk_address(item)))
    blocker = next(blocker for blocker in data(made)["blockers"] if blocker["item"] == item.number)
    assert made.member.full_name not in blocker["who"]
