"""The pages of a deployment that is run again: what the change touches, and what is carried over on board and item."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.deployments import commands as deployments
from apps.deployments.models import Deployment
from tests.cast import again, signed_in, words
from tests.deployments.templates import line, review
from tests.deployments.test_upgrades import following
from tests.house.filled import FormsOfPage
from tests.reruns.ended import add_ended, carried, close, fresh, rerun, sign
from tests.stages import fixtures_on_top

pytestmark = pytest.mark.django_db
NEXT = {"version": "2.5.0", "change": "Model aria-4 → aria-5", "variable_0": "aria-4"}


made_of_file, ended = fixtures_on_top("people", add_ended)


@pytest.fixture
def cast(ended: SimpleNamespace) -> SimpleNamespace:
    ended.browser = signed_in(ended.lead)
    return ended


def text(answer: Any) -> str:
    """What people read."""
    return " ".join(re.sub(r"<[^>]+>", "", words(answer)).split())


def at(deployment: Deployment, name: str = "rerun_deployment", **more: int) -> str:
    return reverse(f"deployments:{name}", kwargs={"team": "pay", "number": deployment.number, **more})


def sent(deployment: Deployment, **more: object) -> dict[str, object]:
    return {**NEXT, "template_version": str(deployment.template_version_id), **more}


def test_the_page_says_of_every_item_what_becomes_of_it_and_why(cast):
    page = text(cast.browser.get(at(cast.parent)))
    assert "2 of 6 items re-open, 4 are carried over from" in page
    assert "ended before all its keys were turned" in page
    assert "A waiver lets one deployment through" in page
    assert "PAY-1 was 2.4.1" in page


def test_names_without_values_are_read_as_words(cast):
    version = following(cast, cast.parent, edit={"backup": {"title": "{{version}} is backed up"}})
    assert version.is_published
    page = text(cast.browser.get(at(cast.parent)))
    assert "[version] is backed up" in page
    page = text(cast.browser.post(at(cast.parent), sent(cast.parent, count="1", template_version=str(version.pk))))
    assert "2.5.0 is backed up" in page


def test_a_tick_counts_again_and_starts_nothing(cast):
    before = Deployment.objects.count()
    answer = cast.browser.post(at(cast.parent), sent(cast.parent, count="1", sections=["items"], variable_0="aria-5"))
    page = text(answer)
    assert answer.status_code == 200
    assert "5 of 6 items re-open, 1 is carried over" in page
    assert 'value="aria-5"' in answer.content.decode()
    assert "Fill this in" not in page
    assert Deployment.objects.count() == before


def test_with_scripts_a_tick_swaps_the_sections_the_answer_and_the_totals(cast):
    answer = cast.browser.post(
        at(cast.parent), sent(cast.parent, count="1", items=["backup"]), headers={"HX-Request": "true"}
    )
    html = answer.content.decode()
    assert re.findall(r'id="(touches|rerun-answer|rerun-totals)"', html) == ["touches", "rerun-answer", "rerun-totals"]
    assert "<main" not in html
    assert re.search(r'value="backup"[^>]*checked(?![^>]*disabled)', html), "chosen alone, it can be left out again"
    assert re.search(r'value="late"[^>]*checked[^>]*disabled', html), "nobody chose that this is open"


def test_what_is_missing_is_asked_for_and_what_was_ticked_stays(cast):
    answer = cast.browser.post(at(cast.parent), sent(cast.parent, change="", items=["backup"]))
    assert answer.status_code == 422
    assert "Fill this in: What changes." in text(answer)
    assert re.search(r'value="backup"[^>]*checked(?![^>]*disabled)', answer.content.decode())


def test_the_button_starts_a_draft_that_links_to_its_parent_and_back(cast):
    answer = cast.browser.post(at(cast.parent), sent(cast.parent, items=["backup"]))
    made = cast.parent.reruns.get()
    assert (answer.status_code, answer["Location"]) == (302, at(made, "board"))
    assert carried(made) == {"tests", "pinned", "alerts"}
    board = text(cast.browser.get(at(made, "board")))
    assert "Runs PAY-1 again: Model aria-4 → aria-5" in board
    link = re.search(r'href="([^"]*/compare/[?]from=1&amp;to=2)"', words(cast.browser.get(at(made, "board"))))
    assert link
    assert cast.browser.get(link[1].replace("&amp;", "&")).status_code == 200
    assert "Run again as PAY-2" in text(cast.browser.get(at(cast.parent, "board")))


def test_another_version_that_was_published_meanwhile_is_shown_first(cast):
    old = sent(cast.parent, template_version="00000000-0000-4000-8000-000000000000")
    answer = cast.browser.post(at(cast.parent), old)
    assert answer.status_code == 422
    assert "Another version of the checklist is the newest by now" in text(answer)
    form = next(form for form in FormsOfPage(words(answer), at(cast.parent)).forms if form.action == at(cast.parent))
    assert cast.browser.post(at(cast.parent), form.sent()).status_code == 302, "shown what it is, it is meant for that"


def test_what_runs_is_not_run_again_and_its_page_says_so(people):
    running = review(people, line("one"))
    page = text(signed_in(people.lead).get(at(running)))
    assert "has not ended, so its keys may still fall out" in page
    assert "Run again" not in text(signed_in(people.lead).get(at(running, "board")))


def test_who_only_reads_sees_why_they_cannot(cast):
    page = signed_in(cast.auditor).get(at(cast.parent)).content.decode()
    assert re.search(r"<button[^>]*disabled[^>]*>\s*Start from PAY-1", page)


def test_a_board_shows_hollow_keys_that_name_where_they_were_turned(cast):
    made = rerun(cast, cast.parent)
    html = cast.browser.get(at(made, "board")).content.decode()
    row = re.search(r'<li class="item" id="item-1".*?</li>', html, re.S)
    assert row
    assert '<span class="keys carried" aria-hidden="true">' in row[0]
    assert "carried over from PAY-1, signed there by" in row[0]
    assert 'data-show="settled carried' in row[0]
    assert "Carried over <b>4</b>" in " ".join(html.split())
    assert "0/2" in html, "what is carried over is not among what is to be done"


def test_the_item_says_who_signed_what_when_and_where_and_can_be_opened_again(cast):
    made = rerun(cast, cast.parent)
    here = at(made, "item", item=1)
    page = text(cast.browser.get(here))
    assert "Carried over." in page
    assert "Signed in PAY-1, not here" in page
    assert cast.member.full_name in page
    assert cast.reviewer.full_name in page
    assert "These keys were turned for 2.4.1" in page
    assert "Turn first key" not in page
    answer = cast.browser.post(at(made, "reopen_item", item=1), follow=True)
    page = text(answer)
    assert "Item 1 is open again" in page
    assert f"It was carried over from PAY-1 until {cast.lead.full_name} opened it again" in page
    assert "Signed in PAY-1, not here" not in page


def test_opening_again_twice_is_refused_in_text(cast):
    made = rerun(cast, cast.parent)
    cast.browser.post(at(made, "reopen_item", item=1))
    assert "open already" in text(cast.browser.post(at(made, "reopen_item", item=1)))


def test_the_sheet_counts_what_is_carried_over_apart(cast):
    made = deployments.open_review(rerun(cast, cast.parent), by=again(cast.lead))
    page = text(cast.browser.get(at(made, "sheet")))
    assert "2: none verified, none waived, 2 open" in page
    assert "4 more are carried over" in page


def test_an_upgrade_says_what_is_no_longer_carried_over(cast):
    made = deployments.open_review(rerun(cast, cast.parent), by=again(cast.lead))
    following(cast, fresh(made), edit={"backup": {"text": "Three copies."}})
    page = text(cast.browser.get(at(made, "upgrade_deployment")))
    assert "It is no longer carried over, because what was signed changes." in page


def test_what_does_not_come_along_is_counted(people):
    parent = review(people, line("one"), line("two"))
    section = parent.sections.get().pk
    deployments.add_item(parent, by=again(people.lead), section=section, title="Warm the cache", keys=1)
    sign(people, parent, "one")
    page = text(signed_in(people.lead).get(at(close(people, parent))))
    assert "1 item of PAY-1 was added on its board and not in the template, so it does not come along." in page


def test_the_page_asks_as_many_questions_for_many_items_as_for_few(people):
    def asked(count: int) -> int:
        parent = review(people, *(line(f"i{n}") for n in range(count)))
        sign(people, parent, *(f"i{n}" for n in range(count // 2)))
        parent, browser = close(people, parent), signed_in(people.lead)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(at(parent)).status_code == 200
        return len(queries)

    assert asked(2) == asked(8) <= 40
