"""The register lists every waiver of a deployment, each with how it stands; its filters say the same in SQL."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.boards.selectors import waivers_page
from apps.boards.selectors.waivers import TURNED, shows_at
from apps.deployments.models import Deployment, Waiver
from apps.deployments.states import WaiverState
from apps.ledger.commands import SYSTEM
from apps.waivers import commands
from tests.boards.desk import at
from tests.cast import again
from tests.waivers import asking
from tests.waivers.test_waivers import approve

pytestmark = pytest.mark.django_db
# Which filter shows a state; the first one shows all.
SHOWN = {
    WaiverState.HOLDS: "holding",
    WaiverState.ASKED: "asked",
    WaiverState.EXPIRED: "over",
    WaiverState.UNDECIDED: "over",
    WaiverState.ENDED: "over",
}


@pytest.fixture
def cast(stage: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """One waiver of each state, of which one expired was noted and one was not."""
    short = timezone.now() + timedelta(hours=1)
    stage.made = {
        WaiverState.ENDED: asking.ask(stage.items[4], by=again(stage.member)),
        WaiverState.EXPIRED: approve(
            asking.ask(stage.items[3], by=again(stage.member), expires_at=short), stage.reviewer
        ),
        WaiverState.UNDECIDED: asking.ask(stage.items[2], by=again(stage.member), expires_at=short),
        WaiverState.ASKED: asking.ask(stage.items[0], by=again(stage.member), measure="Two people at the dashboard"),
    }
    commands.end_waiver(stage.made[WaiverState.ENDED], by=again(stage.reviewer), why="It is done after all.")
    stage.made[WaiverState.HOLDS] = approve(asking.ask(stage.items[4], by=again(stage.lead)), stage.reviewer)
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    commands._expire(stage.made[WaiverState.EXPIRED], by=SYSTEM)
    stage.url = f"/t/{stage.team.slug}/deployments/{stage.deployment.number}/waivers/"
    return stage


def page(cast: SimpleNamespace, **query: str) -> str:
    answer = at(cast.auditor).get(cast.url, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_each_filter_shows_what_stands_so(cast: SimpleNamespace) -> None:
    now = timezone.now()
    every = Waiver.objects.annotate(turned=TURNED)
    shown = {name: {each.pk for each in every.filter(which)} for name, (_, which) in shows_at(now).items()}
    for state, waiver in cast.made.items():
        fresh = Waiver.objects.select_related("sign_off").get(pk=waiver.pk)
        assert fresh.state_at(now) is state
        assert {name for name in shown if waiver.pk in shown[name]} == {"all", SHOWN[state]}


def test_it_says_of_each_how_it_stands(cast: SimpleNamespace) -> None:
    text = page(cast)
    for words in ("holds until", "asked until", "✕ expired", "✕ not approved, expired", "ended, was until"):
        assert f"{words} <time" in text, words
    assert "5 asked for, 1 holds. Those that expired or were ended stay in this list." in text
    assert '<a class="chip" href="?show=over&amp;sort=item" > Over <b>3</b> </a>' in text


def test_it_is_searched_filtered_and_sorted_by_its_address(cast: SimpleNamespace) -> None:
    assert page(cast, q="dashboard people").count('<li class="stack">') == 1
    late, early = (page(cast, show="over", sort=sort) for sort in ("until", "item"))
    assert late.count('<li class="stack">') == early.count('<li class="stack">') == 3
    assert late.index("✕ expired") < late.index("ended, was until")
    assert early.index("✕ not approved") < early.index("✕ expired")
    nothing = page(cast, show="holding", q="dashboard people")
    assert "No holding waiver matches “<bdi>dashboard people</bdi>”" in nothing
    assert '1 other does. <a href="?show=all&amp;q=dashboard%20people"> Show all</a>' in nothing
    assert 'href="?show=holding">Clear the search' in nothing


def test_it_takes_as_many_queries_for_many_as_for_one(cast: SimpleNamespace) -> None:
    deployment = Deployment.objects.get(pk=cast.deployment.pk)
    asked = {"q": "", "show": "all", "sort": "item", "page": "1"}
    with CaptureQueriesContext(connection) as captured:
        assert len(waivers_page(deployment, **asked)["rows"]) == 5
    assert len(captured) == 3
