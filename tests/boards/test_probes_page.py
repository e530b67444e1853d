"""The page of all probes of a deployment: groups, filters, progress, what changed in place, and its cost."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.boards.selectors.probes import GROUP_OF, GROUPS, SHOWS
from apps.core.shown import fingerprint
from apps.imports import commands as imports
from apps.probes.kinds import Outcome
from apps.probes.models import Breaker, Run
from apps.probes.states import State
from apps.reporting import commands as reporting
from apps.zones import commands as zones
from apps.zones.models import Widening
from tests import cast as casting
from tests import probing
from tests.boards.desk import at
from tests.cast import again
from tests.probes.test_zones import serving_workers

pytestmark = pytest.mark.django_db
CONFIG = {"url": "https://gateway.example/health", "conditions": "latency < 300 ms"}
PART = {"HX-Request": "true"}


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    stage.url = reverse("deployments:probes", args=[stage.team.slug, stage.deployment.number])
    return stage


def attach(made: SimpleNamespace, number: int, name: str = "", place: str = "", **config: Any) -> None:
    item = made.deployment.items.get(number=number)
    asks: dict[str, Any] = {"name": name or f"Probe {number}", "kind": "http", "config": CONFIG | config}
    attachments.attach_probe(item, by=again(made.member), zone=place, **asks)


def run(made: SimpleNamespace, *numbers: int) -> None:
    attachments.run_probes(made.deployment, by=again(made.member), numbers=[*numbers])


def finish(made: SimpleNamespace, number: int, verdict: str, **outcome: Any) -> None:
    run(made, number)
    order = Run.objects.live().get(probe__item__number=number, probe__item__deployment=made.deployment)
    probing.claim(order, worker="eu-2a")
    probing.finish(order, Outcome(verdict, "It said so.", **outcome))


def read(made: SimpleNamespace, query: str = "", person: Any = None, **headers: str) -> str:
    answer = at(person or made.member).get(made.url + query, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def groups(page: str) -> dict[str, list[int]]:
    """The numbers of items by group."""
    found = re.split(r'<section class="probes" data-group="([^"]*)"', page)[1:]
    rows = [[int(number) for number in re.findall(r'id="probe-(\d+)"', part)] for part in found[1::2]]
    return dict(zip(found[::2], rows, strict=True))


def band(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index('id="answer"') :]).split())


def filters(page: str) -> str:
    """Each filter with its count."""
    shows = page[page.index('id="shows"') :]
    return " ".join(re.sub(r"<[^>]+>", " ", shows[: shows.index("</div>")]).split())


def one_of_each(made: SimpleNamespace) -> None:
    for number in range(1, 6):
        attach(made, number)
    finish(made, 1, "passed", value="84", unit="ms", limit="300")
    finish(made, 2, "failed", value="412", unit="ms", limit="300")
    finish(made, 3, "lost")
    run(made, 4)


def test_every_state_has_a_group_and_only_a_pass_is_among_those_that_pass():
    assert set(GROUP_OF) == {*State, None}
    assert set(GROUP_OF.values()) == set(GROUPS)
    assert [state for state, group in GROUP_OF.items() if group == "passing"] == [State.PASSED]


def test_probes_stand_in_groups_by_result(made):
    one_of_each(made)
    assert groups(read(made)) == {"failing": [2], "no-value": [3], "waiting": [4], "passing": [1], "not-run": [5]}


def test_a_row_says_value_limit_and_result_in_words(made):
    one_of_each(made)
    page = read(made)
    for words in ("412 ms, limit 300 ms", "Item 2, failed", "Item 3, no result", "Item 4, waiting", "Item 5, not run"):
        assert words in page
    assert f'href="{made.url.removesuffix("probes/")}items/2/probe/"' in page


def test_a_number_without_unit_and_limit_says_nothing_and_the_row_says_what_happened(made):
    attach(made, 1)
    finish(made, 1, "passed", value="0")
    assert waiting(read(made), 1) == "It said so."


def test_the_band_counts_results_while_some_are_out_and_passes_when_none_is(made):
    one_of_each(made)
    assert "3/5 3 have a result; 1 is still out" in band(read(made))
    finish(made, 4, "passed", value="1", unit="ms")
    assert "2/5 2 of 5 probes pass" in band(read(made))
    finish(made, 5, "passed")
    for number in (2, 3):
        finish(made, number, "passed")
    page = read(made)
    assert "5/5 5 of 5 probes pass" in band(page)
    assert '<div class="verdict go">' in page


@pytest.mark.parametrize(("show", "numbers"), [("failing", [2]), ("no-value", [3]), ("slow", []), ("mine", [])])
def test_filters(made, show, numbers):
    one_of_each(made)
    page = read(made, f"?show={show}")
    assert [number for found in groups(page).values() for number in found] == numbers
    assert numbers or "No probe fits" in page


def test_whoever_owns_items_finds_their_probes(made):
    one_of_each(made)
    attributes: dict[str, Any] = {"by": again(made.lead), "owner": made.member}
    casting.deployments.assign_items(made.deployment, numbers=[2, 5], **attributes)
    assert groups(read(made, "?show=mine")) == {"failing": [2], "not-run": [5]}
    assert groups(read(made, "?show=mine", person=made.reviewer)) == {}


def test_one_that_takes_more_than_half_of_its_time_is_slow(made):
    attach(made, 1, timeout_ms=1_000)
    finish(made, 1, "passed")
    order = Run.objects.get()
    assert SHOWS["slow"][0] == "Slow"
    assert (order.finished_at - order.started_at).total_seconds() < 0.5
    assert "<b>0</b>" in read(made, "?show=slow")


def test_find_and_sort_stay_in_the_address(made):
    one_of_each(made)
    assert groups(read(made, "?q=PROBE+2")) == {"failing": [2]}
    assert groups(read(made, "?q=backup")) == {"passing": [1]}
    assert groups(read(made, "?sort=item")) == {"": [1, 2, 3, 4, 5]}
    assert 'href="?show=failing&amp;sort=item&amp;q=probe"' in read(made, "?sort=item&q=probe")


def test_what_changed_comes_alone_and_names_its_group_so_that_pages_count_what_moved(made):
    one_of_each(made)
    changed = made.deployment.items.get(number=4)
    finish(made, 4, "failed", value="500", unit="ms")
    part = read(made, f"?items={changed.pk}&since=3", **PART)
    rows = re.findall(r'id="probe-(\d+)" data-group="([^"]+)"\s+data-fits="([^"]*)"', part)
    assert rows == [("4", "failing", "failing")]
    assert 'id="answer"' in part
    assert "data-shown" in part
    assert "<main" not in part
    assert 'id="probe-' not in read(made, "?since=3", **PART)


@pytest.mark.parametrize("query", ["", "?show=failing", "?q=probe", "?show=slow&sort=item&q=4"])
def test_filters_of_an_open_page_count_what_its_rows_and_its_band_say(made, query):
    one_of_each(made)
    page = read(made, query)
    fetched = html.unescape(re.findall(r'data-live-rows="([^"]*)"', page)[0])
    finish(made, 4, "failed", value="500", unit="ms")
    changed = made.deployment.items.get(number=4)
    part = at(made.member).get(f"{fetched}&items={changed.pk}&since=3", headers=PART).content.decode()
    assert filters(part) == filters(read(made, query)) != filters(page)
    assert 'id="find"' not in part


def test_a_failure_without_a_limit_is_told_in_words_and_nobody_waits_for_a_report(made):
    attach(made, 1)
    finish(made, 1, "failed", value="500")
    item = made.deployment.items.get(number=2)
    config = {"what": "Time to restore", "conditions": "value < 30"}
    item = attachments.attach_probe(item, by=again(made.lead), name="Restore", kind="manual", config=config)
    reporting.measure(item, by=again(made.member), value="12,5", how="With the backup of tonight.")
    first, second = re.findall(
        r'<p class="value small">([^<]*)</p>.*?<p class="took[^>]*>([^<]*)</p>', read(made), re.DOTALL
    )
    assert first[0] == "It said so."
    assert second == ("12.5, limit 30", "")
    assert re.fullmatch(r"took \d+ ms|took \d+\.\d s", first[1])


def test_all_or_a_section_is_run_and_leads_back_here(made):
    one_of_each(made)
    where = reverse("deployments:run_probes", args=[made.team.slug, made.deployment.number])
    answer = at(made.member).post(f"{where}?back=probes", {"section": "After"})
    assert answer["Location"] == made.url
    live = Run.objects.live().order_by("probe__item__number").values_list("probe__item__number", flat=True)
    assert [*live] == [4, 5]
    at(made.member).post(f"{where}?back=probes", {"section": "Nowhere"})
    assert [*live.all()] == [4, 5]
    at(made.member).post(where)
    assert [*live.all()] == [1, 2, 3, 4, 5]


def test_an_auditor_reads_and_runs_nothing(made):
    one_of_each(made)
    page = read(made, person=made.auditor)
    assert "Your role reads only" in page
    assert "probes/run/" not in page


def test_a_deployment_without_probes_shows_what_could_be_one(made, client):
    text = (
        "# Gateway\n\n- [ ] It is up\n\n  ```bash\n  curl -fsS https://gw.example/health\n  ```\n\n- [ ] Restart it\n"
    )
    imported = imports.start_import(made.team, by=again(made.lead), source=text)
    (version,) = imports.draft_import(imported, by=again(made.lead))
    bare = casting.deploy(made.team, casting.published(version, by=made.lead), by=made.lead)
    page = at(made.member).get(reverse("deployments:probes", args=[made.team.slug, bare.number])).content.decode()
    assert "The checklist proposes 1 probe" in " ".join(page.split())
    assert "It is up" in page
    assert "Restart it" not in page
    assert "No probe looks after this deployment" in read(made)


def test_the_number_of_queries_does_not_depend_on_the_probes(made):
    attach(made, 1)
    person = at(made.member)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert person.get(made.url).status_code == 200
        return len(captured)

    asked()
    few = asked()
    for number in range(2, 6):
        attach(made, number)
        finish(made, number, "passed")
    assert asked() == few
    assert few <= 10


def test_what_a_target_sent_is_text(made):
    attach(made, 1, name="<b>Bold</b>")
    finish(made, 1, "failed", value="<i>4</i>")
    page = read(made)
    assert "<b>Bold" not in page
    assert "<i>4" not in page


def test_the_board_leads_to_it(made):
    board = reverse("deployments:board", args=[made.team.slug, made.deployment.number])
    assert 'href="probes/"' in at(made.member).get(board).content.decode()


def waiting(page: str, number: int) -> str:
    """What the row of an item says in words."""
    row = page.split(f'id="probe-{number}"')[1].split("</li>")[0]
    return " ".join(re.findall(r'<p class="value small">(.*?)</p>', row, re.S)[0].split())


def beside(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.split('id="beside"')[1].split("</aside>")[0]).split())


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`serve(*queues, age=0.0)`: a worker of each of these was seen so many seconds ago, and no other."""
    return partial(serving_workers, monkeypatch)


def zone(made: SimpleNamespace, queue: str, name: str) -> Widening:
    """A zone that the team may use, and by what it may."""
    made_by = again(made.stranger)
    proposed = zones.propose_widening(zones.create_zone(by=made_by, queue=queue, name=name), by=made_by, team=made.team)
    return zones.confirm_widening(proposed, by=made_by, shown=proposed.digest)


def rest(made: SimpleNamespace, *numbers: int, seconds: float = 40) -> None:
    """The target of these probes gave no answer five times."""
    target = Breaker.objects.filter(probes__item__number__in=numbers).distinct()
    target.update(failures=5, rests_until=timezone.now() + timedelta(seconds=seconds))


def test_a_row_says_why_its_run_waits_or_who_has_it(made, serve):
    serve("probes")
    for number in (1, 2, 3):
        attach(made, number, url=f"https://gateway{number}.example/")
    run(made, 3)
    probing.claim(Run.objects.live().get(), worker="eu-2a")
    run(made, 1, 2)
    assert [waiting(read(made), number) for number in (1, 2, 3)] == ["waits for its turn"] * 2 + ["a worker asks now"]
    rest(made, 2)
    until = Breaker.objects.get(failures=5).rests_until
    assert waiting(read(made), 2) == f"target rests until {until:%H:%M:%S} UTC"
    rest(made, 2, seconds=-1)
    assert waiting(read(made), 2) == "waits for its turn"
    rest(made, 3)
    attach(made, 4, url="https://gateway3.example/other")
    run(made, 4)
    assert waiting(read(made), 4) == "another probe tries its target"


@pytest.mark.parametrize(("age", "says"), [(1, "waits for its turn"), (90, "no worker serves probes")])
def test_a_row_says_where_no_worker_is_there(made, serve, age, says):
    serve("probes", age=age)
    attach(made, 1)
    run(made, 1)
    assert waiting(read(made), 1) == says


def test_nobody_is_missed_while_the_broker_is_away(made):
    attach(made, 1)
    run(made, 1)
    page = read(made)
    assert waiting(page, 1) == "waits for its turn"
    assert "This Keyturn 0 1 not known now" in beside(page)


def test_targets_at_rest_stand_beside_with_when_they_are_asked_again(made):
    attach(made, 1)
    attach(made, 2)
    assert "Targets at rest None." in beside(read(made))
    rest(made, 1)
    run(made, 1, 2)
    page = read(made)
    until = Breaker.objects.get().rests_until
    says = f"5 failures in a row. Nobody asks it until {until:%H:%M:%S} UTC ; then one probe tries. 2 probes wait."
    assert f"gateway.example:443 {says}" in beside(page)
    assert re.search(rf'<time datetime="{until:%Y-%m-%dT%H:%M:%S}Z"[^>]*data-countdown>', page)
    rest(made, 1, seconds=-1)
    assert "Its rest is over: the next probe tries it." in beside(read(made))
    probing.claim(Run.objects.live().first(), worker="eu-2a")
    assert "One probe tries it now; the others wait for what it finds. 1 probe waits." in beside(read(made))


def test_zones_stand_beside_with_who_serves_them_and_what_waits_there(made, serve):
    zone(made, "factory", "Factory")
    zone(made, "north", "North")
    attach(made, 1)
    attach(made, 2, place="factory")
    run(made, 1, 2)
    serve("probes", "north")
    shown = beside(read(made))
    assert "This Keyturn 0 1 1 worker" in shown
    assert "Factory 0 1 none " in shown
    assert "North 0 0 1 worker" in shown
    assert waiting(read(made), 2) == "no worker serves factory"
    serve("probes", "factory", age=90)
    assert "Factory 0 1 none, seen 1 min ago" in beside(read(made))


def test_of_a_zone_that_the_team_may_no_longer_use_only_its_queue_is_said(made, serve):
    widening = zone(made, "factory", "Factory of the North")
    attach(made, 1, place="factory")
    zones.end_widening(widening, by=again(made.stranger), shown=fingerprint(widening.standing))
    serve("factory")
    page = read(made)
    assert "factory 0 0 not for this team" in beside(page)
    assert "Factory of the North" not in page
    assert "/zones/factory/" not in page


def test_what_waits_for_more_than_its_turn_comes_with_every_change(made, serve):
    serve("probes")
    attach(made, 1)
    attach(made, 2)
    run(made, 1, 2)
    assert 'id="probe-' not in read(made, "?items=", **PART)
    rest(made, 1)
    answer = read(made, "?items=", **PART)
    assert 'id="probe-1"' in answer
    assert 'id="probe-2"' in answer
    assert "Nobody asks it until" in beside(answer)
