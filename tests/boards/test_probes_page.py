"""The page of all probes of a deployment: groups, filters, progress, what changed in place, and its cost."""

import html
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.attachments import commands as attachments
from apps.boards.selectors.probes import GROUP_OF, GROUPS, SHOWS
from apps.imports import commands as imports
from apps.probes.kinds import Outcome
from apps.probes.models import Run
from apps.probes.states import State
from apps.reporting import commands as reporting
from tests import cast as casting
from tests import probing
from tests.boards.desk import at
from tests.cast import again

pytestmark = pytest.mark.django_db
CONFIG = {"url": "https://gateway.example/health", "conditions": "latency < 300 ms"}
PART = {"HX-Request": "true"}


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    stage.url = reverse("deployments:probes", args=[stage.team.slug, stage.deployment.number])
    return stage


def attach(made: SimpleNamespace, number: int, name: str = "", **config: Any) -> None:
    item = made.deployment.items.get(number=number)
    by = again(made.member)
    attachments.attach_probe(item, by=by, name=name or f"Probe {number}", kind="http", config=CONFIG | config)


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
    assert few <= 9


def test_what_a_target_sent_is_text(made):
    attach(made, 1, name="<b>Bold</b>")
    finish(made, 1, "failed", value="<i>4</i>")
    page = read(made)
    assert "<b>Bold" not in page
    assert "<i>4" not in page


def test_the_board_leads_to_it(made):
    board = reverse("deployments:board", args=[made.team.slug, made.deployment.number])
    assert 'href="probes/"' in at(made.member).get(board).content.decode()
