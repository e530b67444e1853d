"""My work and the list of deployments: found, sorted, counted, and cheap however long they get."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.boards import selectors
from apps.boards.selectors import listed as listing
from apps.boards.selectors import lists
from apps.checklists import commands as checklists
from apps.deployments import commands
from apps.deployments.models import Deployment
from apps.sheets.states import Answer
from tests import cast
from tests.cast import again, keyed, words
from tests.studio.drafts import draft as draft_of_a_template
from tests.waivers import asking

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def get(made: SimpleNamespace, name: str, who: User | None = None, **query: str) -> str:
    browser = Client()
    browser.force_login(who or made.lead)
    answer = browser.get(reverse(f"deployments:{name}", args=[made.team.slug]), query)
    assert answer.status_code == 200
    return words(answer)


def cost(made: SimpleNamespace, name: str) -> int:
    """How many queries the page takes once standings are kept; signing in is not counted."""
    browser = Client()
    browser.force_login(made.lead)
    url = reverse(f"deployments:{name}", args=[made.team.slug])
    browser.get(url)
    with CaptureQueriesContext(connection) as captured:
        browser.get(url)
    return len(captured)


def draft(made: SimpleNamespace, service: str, *, version: str = "1.0", **fields: Any) -> Deployment:
    return commands.create_deployment(
        made.team,
        by=cast.again(made.lead),
        template_version=made.version,
        service=service,
        version=version,
        environment="production",
        **fields,
    )


def listed(made: SimpleNamespace, **asked: str) -> list[str]:
    page = selectors.deployments_page(
        made.team, made.lead, **({"show": "", "sort": "", "find": "", "page": ""} | asked)
    )
    return [line.deployment.service for line in page["rows"]]


def test_a_row_says_verdict_progress_window_and_owner(made: SimpleNamespace) -> None:
    cast.sign(made.items[2], made.member)
    page = get(made, "list")
    assert '<span class="tag no-go">NO-GO</span>' in page
    assert "5 conditions block" in page
    assert "1/5" in page
    assert "no window yet" in page
    assert "Lena Brandt" in page


def test_a_ready_deployment_is_listed_as_go(made: SimpleNamespace) -> None:
    cast.make_ready(made)
    assert '<span class="tag go">GO</span>' in get(made, "list")


def test_filters_count_what_they_show(made: SimpleNamespace) -> None:
    draft(made, "search")
    commands.cancel_deployment(draft(made, "mail"), by=made.lead, reason="Not needed any more.")
    page = selectors.deployments_page(made.team, made.lead, show="", sort="", find="", page="")
    counts = {chip["name"]: chip["count"] for chip in page["shows"]}
    some = {"all": 3, "active": 2, "draft": 1, "in_review": 1, "cancelled": 1}
    assert counts == dict.fromkeys(lists.SHOWS, 0) | some
    for name, count in counts.items():
        assert len(listed(made, show=name)) == count


def test_filters_count_among_what_a_search_found(made: SimpleNamespace) -> None:
    draft(made, "search")
    commands.cancel_deployment(draft(made, "mail search"), by=made.lead, reason="Not needed any more.")
    page = selectors.deployments_page(made.team, made.lead, show="draft", sort="", find="search", page="")
    counts = {chip["name"]: chip["count"] for chip in page["shows"] if chip["count"]}
    assert counts == {"all": 2, "active": 1, "draft": 1, "cancelled": 1}
    assert page["total"] == 3
    for name, count in counts.items():
        assert len(listed(made, show=name, find="search")) == count


def test_every_word_is_looked_for_in_service_version_environment_and_number(made: SimpleNamespace) -> None:
    draft(made, "search", version="3.1")
    assert listed(made, find="sear 3.1 prod") == ["search"]
    assert listed(made, find="PAY-2") == ["search"]
    assert listed(made, find="2") == ["search", "payments-api"]  # number 2, and version 2.4.1
    assert listed(made, find="sear 9.9") == []
    assert listed(made, find="99999999999999999999") == []


def test_sorting_by_window_puts_the_next_first_and_none_last(made: SimpleNamespace) -> None:
    soon = timezone.now() + timedelta(hours=1)
    draft(made, "later", window_start=soon + timedelta(days=1), window_end=None)
    draft(made, "sooner", window_start=soon, window_end=soon + timedelta(hours=2))
    assert listed(made) == ["sooner", "later", "payments-api"]
    assert listed(made, sort="window") == ["sooner", "later", "payments-api"]
    assert listed(made, sort="service") == ["later", "payments-api", "sooner"]
    assert listed(made, sort="nonsense", show="nonsense") == ["sooner", "later", "payments-api"]


def test_long_lists_come_in_pages(made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.core.lists.PER_PAGE", 20)
    for number in range(21):
        draft(made, f"service {number:02}")
    assert len(listed(made)) == 20
    assert len(listed(made, page="2")) == 2
    page = get(made, "list", show="draft")
    assert "1 to 20 of 21" in page
    assert "show=draft" in page
    assert listed(made, page="ninety") == listed(made)


def test_nothing_found_says_where_else_it_is(made: SimpleNamespace) -> None:
    page = get(made, "list", show="cancelled", q="payments")
    assert "No cancelled deployment matches" in page
    assert "1 other does" in page
    page = get(made, "list", show="cancelled")
    assert "No cancelled deployment here" in page


def test_a_team_without_deployments_learns_what_one_is(made: SimpleNamespace) -> None:
    team = cast.accounts.create_team(by=made.stranger, name="Empty", slug="empty")
    made.team = team
    page = get(made, "list", who=made.stranger)
    assert "No deployments yet" in page
    page = get(made, "my_work", who=made.stranger)
    assert "Three steps to the first GO" in page
    assert "Needs a checklist first" in page


def test_names_in_other_directions_are_kept_apart(made: SimpleNamespace) -> None:
    draft(made, "خدمة الدفع", version="<b>1</b>")
    page = get(made, "list")
    assert "<bdi>خدمة الدفع</bdi>" in page
    assert "&lt;b&gt;1&lt;/b&gt;" in page


def test_windows_are_said_shortly(made: SimpleNamespace) -> None:
    now = datetime(2026, 11, 19, 15, 8, tzinfo=UTC)
    deployment = made.deployment

    def words(start: datetime | None, end: datetime | None) -> str:
        deployment.window_start, deployment.window_end = start, end
        return listing.window_words(deployment, now)

    at = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)
    assert words(at, at + timedelta(hours=2)) == "today 16:00–18:00 UTC"
    assert words(at + timedelta(days=1), None) == "from tomorrow 16:00 UTC"
    assert words(None, at - timedelta(days=1)) == "until yesterday 16:00 UTC"
    assert words(at + timedelta(days=5), at + timedelta(days=6)) == "Tue 24 Nov 16:00 – Wed 25 Nov 16:00 UTC"
    assert words(at.replace(year=2027), None) == "from Fri 19 Nov 2027 16:00 UTC"
    assert words(None, None) == ""


def test_the_list_costs_the_same_however_long_once_standings_are_kept(made: SimpleNamespace) -> None:
    one = cost(made, "list")
    for number in range(6):
        draft(made, f"service {number}")
    assert cost(made, "list") == one <= 11


def test_a_standing_not_kept_yet_costs_at_most_four_queries(made: SimpleNamespace) -> None:
    assert made.lead.roles_by_team  # what every request reads of its person
    with CaptureQueriesContext(connection) as first:
        listed(made)
    with CaptureQueriesContext(connection) as second:
        listed(made)
    assert len(second) < len(first) <= len(second) + 4


def test_my_work_names_each_thing_and_its_one_action(made: SimpleNamespace) -> None:
    commands.assign_items(made.deployment, by=made.lead, numbers=[1], owner=made.member)
    cast.sign(made.items[3], made.lead)
    member = get(made, "my_work", who=made.member)
    assert "1 thing waits for you" in member
    assert "Turn first key" in member
    reviewer = get(made, "my_work", who=made.reviewer)
    assert "Second key after Lena Brandt" in reviewer
    assert "Turn second key" in reviewer


def test_my_work_shows_waivers_to_everybody_but_the_requester(made: SimpleNamespace) -> None:
    asking.ask(made.items[4], by=made.reviewer, justification="The dashboard is broken until Monday.")
    assert "Decide waiver" in get(made, "my_work", who=made.other_reviewer)
    assert "Decide waiver" not in get(made, "my_work", who=made.reviewer)
    assert "Decide waiver" not in get(made, "my_work", who=made.member)


def test_my_work_names_the_template_that_somebody_asks_one_to_publish(made: SimpleNamespace) -> None:
    version = draft_of_a_template(made)
    checklists.submit_version(version, **keyed(made.member), note="After the fire", shown=version.digest)
    reviewer = get(made, "my_work", who=made.reviewer)
    assert "Templates to publish" in reviewer
    assert "After the fire" in reviewer
    for who in (made.member, made.auditor):
        assert "Templates to publish" not in get(made, "my_work", who=who)
    checklists.archive_template(version.template, by=again(made.lead))
    assert "Templates to publish" not in get(made, "my_work", who=made.reviewer)


def test_my_work_asks_for_plan_then_sheet_then_its_second_key(made: SimpleNamespace) -> None:
    assert "Complete plan" in get(made, "my_work")
    cast.make_ready(made)
    assert "Complete sheet" in get(made, "my_work")
    cast.complete(made, answer=Answer.YES)
    assert "Verify sheet" in get(made, "my_work", who=made.reviewer)
    assert "Nothing waits for you" in get(made, "my_work", who=made.member)


def test_my_work_is_sorted_by_window_and_says_what_is_late(made: SimpleNamespace) -> None:
    now = timezone.now()
    first = draft(made, "late one", window_start=now - timedelta(hours=3), window_end=now - timedelta(hours=1))
    page = get(made, "my_work")
    assert '<span class="tag failed">late</span>' in page
    assert page.index("late one") < page.index("payments-api")
    assert "Open the review" in page
    commands.cancel_deployment(first, by=made.lead, reason="The window has gone by.")
    assert "late one" not in get(made, "my_work")


def test_an_auditor_is_told_that_nothing_waits(made: SimpleNamespace) -> None:
    cast.sign(made.items[3], made.lead)
    assert "You read and export here" in get(made, "my_work", who=made.auditor)


def test_my_work_costs_the_same_however_many_are_open(made: SimpleNamespace) -> None:
    one = cost(made, "my_work")
    for number in range(4):
        cast.deploy(made.team, made.version, by=made.lead, service=f"service {number}")
    assert cost(made, "my_work") == one <= 14
