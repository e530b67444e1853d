"""The preview as a page: source, board and queue that belong together, by plain links and forms, of any length."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.shown import fingerprint
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport, reading
from apps.imports.rules import Decision, stated
from apps.imports.selectors import source as sources
from tests.cast import again, basis, signed_in, words
from tests.checklists.texts import COLLECTION
from tests.imports.test_deciding import TEXT

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast(people):
    return people


def start(cast, text=TEXT):
    return imports.start_import(cast.team, by=again(cast.member), source=text, file_name="gateway.md")


def url(name, imported, *more):
    return reverse(f"imports:{name}", args=["pay", imported.pk, *more])


def page_of(cast, imported, **asked):
    return words(signed_in(cast.member).get(url("preview", imported), asked))


def ids(page):
    return re.findall(r' id="([^"]+)"', page)


def long_text(items, each=""):
    return "# Long\n" + "".join(
        f"\n## Part {n // 100}\n\n" * (n % 100 == 0) + f"- [ ] step {n}{each}\n" for n in range(items)
    )


def test_a_line_leads_to_its_item_and_an_item_to_its_line(cast):
    page = page_of(cast, start(cast))
    for target in re.findall(r'href="#([Li]\d+)"', page):
        assert f'id="{target}"' in page
    assert 'href="#i11" aria-label="Line 13, to item 4"' in page
    assert '<a href="#L11"><bdi>Health answers' in page
    assert len(ids(page)) == len({*ids(page)})


def test_what_is_taken_is_seen_on_the_board_and_what_is_offered_too(cast):
    imported = start(cast)
    assert '<span class="tag maybe">probe?</span>' in page_of(cast, imported)
    imports.decide_findings(imported, by=again(cast.member), which=["probe", "parameter"], decision=Decision.TAKEN)
    page = page_of(cast, imported)
    assert "probe?" not in page
    assert "<span>probe</span>" in page
    assert '<data class="param" value="3"' in page
    assert "Put back" in page


def test_the_answer_is_on_top(cast):
    imported = start(cast)
    assert "<strong>2 places</strong> <span> need you <small> 4 suggestions can wait" in page_of(cast, imported)
    findings = imported.result().findings
    which = [one.id for one in findings if one.needs_somebody]
    imports.decide_findings(imported, by=again(cast.member), which=which, decision=Decision.DISMISSED)
    assert "<strong>All clear</strong>" in page_of(cast, imported)
    empty = start(cast, "nothing to do here.\n")
    page = page_of(cast, empty)
    assert "<strong>No draft yet</strong>" in page
    assert "No items in this text." in page


def test_without_scripts_every_form_of_the_page_works(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    answer = client.get(url("line", imported, 7), follow=True)
    assert answer.redirect_chain[-1][0].endswith("?change=7#L7")
    sent = basis(client, f"{url('preview', imported)}?change=7", url("correct_import", imported))
    assert 'name="f7"' in answer.content.decode()
    sent |= {"f7": "item", "item-7": "1", "keys-7": "3", "t7": "- [ ] Login must never work"}
    assert client.post(url("correct_import", imported), sent)["Location"].endswith("?line=7#L7")
    assert "3 keys" in page_of(cast, imported, change="7")
    assert "admin/admin" not in page_of(cast, imported)


def test_a_decision_leads_back_to_what_the_person_was_shown(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    seen = {"show": "needs", "more": "needs"}
    page = client.get(url("preview", imported), seen).content.decode()
    action = re.search(r'action="([^"]*decide/[^"]*)"', page)[1].replace("&amp;", "&")
    assert client.post(action, {"decision": "taken"}).status_code == 409
    finding = next(one for one in imported.result().findings if one.kind == "warning")
    shown = re.search(rf'name="basis" value="([^"]*)">\s*<input type="hidden" name="which" value="{finding.id}"', page)[
        1
    ]
    answer = client.post(action, {"basis": shown, "which": finding.id, "decision": "dismissed"})
    assert answer["Location"] == f"{url('preview', imported)}?show=needs&more=needs"


def test_htmx_gets_the_parts_and_the_form_of_a_line_alone(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    parts = client.get(url("preview", imported), headers=HTMX).content.decode()
    assert "<html" not in parts
    swapped = re.findall(r'id="(\w+)"[^>]* hx-swap-oob="true"', parts)
    assert swapped == ["head", "verdict", "queue", "board", "source"]
    form = client.get(url("line", imported, 14), headers=HTMX).content.decode()
    assert form.count("<form") == 1
    assert 'name="t14"' in form
    assert 'name="f13"' in form  # a line of a block of commands: its type is that of the block
    assert client.get(url("line", imported, 4)).status_code == 404
    assert client.get(url("line", imported, 999), headers=HTMX).status_code == 404


def test_lines_that_were_typed_and_are_gone_are_shown_again(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    sent = basis(client, f"{url('preview', imported)}?change=7", url("correct_import", imported))
    imports.correct_import(imported, by=again(cast.lead), source="# T\n\n- [ ] one\n")
    answer = client.post(url("correct_import", imported), {**sent, "f7": "item", "t7": "- [ ] typed with care"})
    assert answer.status_code == 409
    assert "- [ ] typed with care" in answer.content.decode()


def test_of_a_long_text_what_is_all_clear_folds_and_is_counted(cast, monkeypatch):
    monkeypatch.setattr(sources, "MOST_UNFOLDED", 5)
    imported = start(cast, long_text(30) + "- [ ] this must never fail\n" + long_text(3))
    page = page_of(cast, imported)
    assert "Lines 5 to 34, all clear: 30 items · Show" in page
    assert "this must never fail" in page
    assert "30 more items, all clear · Show" in page
    assert "step 7<" not in page
    shown = page_of(cast, imported, show="all", line="12")
    assert "step 7" in shown
    assert "all clear" not in shown.replace("All clear", "")


def test_where_a_filter_hides_suggestions_nothing_is_called_clear(cast, monkeypatch):
    monkeypatch.setattr(sources, "MOST_UNFOLDED", 5)
    imported = start(cast, "# T\n\n- [ ] it must be so\n- [ ] admin/admin\n")
    page = page_of(cast, imported, show="needs")
    assert "Line 3: 1 item · Show" in page


def test_every_line_and_every_item_is_on_one_page(cast, monkeypatch):
    monkeypatch.setattr(sources, "BLOCKS_PER_PAGE", 7)
    imported = start(cast, long_text(20) + COLLECTION)
    seen_lines, seen_items, page = [], [], 1
    while True:
        text = page_of(cast, imported, show="all", page=str(page))
        seen_lines += re.findall(r'<li id="L(\d+)"', text)
        seen_items += re.findall(r'<li class="item[^"]*" id="i(\d+)"', text)
        if 'rel="next"' not in text:
            break
        page += 1
    document = imported.document()
    assert [int(line) for line in seen_lines] == [line.line for line in document.lines]
    assert sorted(map(int, seen_items)) == [item.line for template in document.templates for item in template.items]


@pytest.mark.parametrize(
    "asked",
    [
        {"page": "x"}, {"page": "999"}, {"line": "9" * 30}, {"line": "-1"}, {"show": "x" * 99}, {"more": "<script>"},
        {"change": "٣"}, {"change": "4"},
    ],
)  # fmt: skip
def test_what_nobody_links_to_is_answered_all_the_same(cast, asked):
    assert signed_in(cast.member).get(url("preview", start(cast)), asked).status_code == 200


HOSTILE = (
    "# T <script>alert(1)</script>\n\n- [ ] must <img src=x onerror=y> be `<b>` below 3 s \u202eevil\n- [ ] "
    + "w" * 30_000
)


def test_a_hostile_text_stays_text_in_every_pane(cast):
    imported = start(cast, HOSTILE)
    for asked in ({}, {"change": "3"}, {"more": "parameter"}):
        page = page_of(cast, imported, **asked)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>`" not in page
    sent = basis(signed_in(cast.member), f"{url('preview', imported)}?change=3", url("correct_import", imported))
    answer = signed_in(cast.member).post(url("correct_import", imported), {**sent, "f3": "item", "t3": '"><script>x'})
    assert answer.status_code == 302
    assert "<script>x" not in page_of(cast, imported, change="3")


def test_a_long_text_costs_the_same_queries_is_read_once_and_shown_in_part(cast, monkeypatch):
    readings: list[str] = []
    read = reading.read

    def counted(text: str, *given: Any, **more: Any) -> Any:
        readings.append(text)
        return read(text, *given, **more)

    monkeypatch.setattr(reading, "read", counted)
    client, counts = signed_in(cast.member), []
    for text in (long_text(160), long_text(1_200, " must hold")):
        imported = start(cast, text)
        client.get(url("preview", imported))
        with CaptureQueriesContext(connection) as asked:
            page = client.get(url("preview", imported), {"show": "all", "page": "2"}).content.decode()
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert len(page) < 300_000
    every = fingerprint(stated(imported.result().findings, {}))
    sent = {"which": "critical", "decision": "taken", "basis": every}
    assert client.post(url("decide_findings", imported), sent, follow=True).status_code == 200
    assert len(ChecklistImport.objects.get(pk=imported.pk).decisions) == 1_200
    assert len(readings) == 2
