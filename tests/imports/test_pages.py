"""Long checklists are shown in parts, and each text is read once."""

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.urls import reverse

from apps.catalog.selectors import template as templates
from apps.checklists.markdown.document import Correction, LineType
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport
from apps.imports.models import reading as importing
from tests.cast import again, signed_in

pytestmark = pytest.mark.django_db
NEW = count()


@pytest.fixture
def cast(people):
    return people


@pytest.fixture
def readings(monkeypatch):
    """The texts that were read, in order."""
    read, found = importing.read, []

    def reading(text, *arguments, **options):
        found.append(text)
        return read(text, *arguments, **options)

    monkeypatch.setattr(importing, "read", reading)
    return found


def fresh():
    """A text that no test has read before."""
    return f"# Text {next(NEW)}\n\n- [ ] one\n- [ ] two\n"


def test_a_text_is_read_once_for_all_pages_of_its_preview(cast, readings):
    imported = imports.start_import(cast.team, by=again(cast.member), source=fresh())
    url = reverse("imports:preview", args=["pay", imported.pk])
    for page in ("1", "2", "1"):
        assert signed_in(cast.auditor).get(url, {"page": page}).status_code == 200
    assert readings == [imported.source]


def test_of_those_who_ask_for_a_text_at_once_one_reads_it(readings):
    source = fresh()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: ChecklistImport(source=source).document(), range(8)))
    assert readings == [source]
    assert all(document is found[0] for document in found)


def test_what_differs_in_anything_that_is_read_is_another_document(readings):
    source = fresh()
    plain = ChecklistImport(source=source)
    for other in (ChecklistImport(source=f"{source}\n- [ ] three\n"), ChecklistImport(source=source, file_name="a.md")):
        assert other.document() is not plain.document()
    corrected = plain.parse(source, {3: Correction(LineType.GUIDANCE)})
    assert [item.title for item in corrected.templates[0].items] == ["two"]
    assert len(readings) == 4


def test_a_document_that_is_larger_than_the_cache_is_cached_alone(monkeypatch, readings):
    monkeypatch.setattr(importing.READINGS, "_Cache__maxsize", 3)
    source = "# T\n" + "- [ ] one\n" * 20
    first = ChecklistImport(source=source).document()
    assert ChecklistImport(source=source).document() is first
    assert len(importing.READINGS) == 1


def pages_of(cast, text):
    """Each page of the template that a text becomes."""
    [version] = imports.draft_import(
        imports.start_import(cast.team, by=again(cast.member), source=text), by=again(cast.member)
    )
    client, url = signed_in(cast.auditor), reverse("templates:template", args=["pay", version.template_id])
    first = client.get(url)
    pages = first.context["page"].paginator.num_pages
    return [client.get(url, {"page": page}).content.decode() for page in range(1, pages + 1)]


def test_a_template_of_many_items_is_shown_in_parts_and_none_is_missing(cast, monkeypatch):
    monkeypatch.setattr(templates, "PARTS_PER_PAGE", 5)
    text = (
        "# T\n\nfirst words\n\n## A\n\nabout A\n\n" + "- [ ] step\n" * 7 + "\n## B\n\n## C\n\nabout C\n\n- [ ] last\n"
    )
    pages = pages_of(cast, text)
    numbers = [
        int(number) for page in pages for number in re.findall(r'<li class="entry" id="i\d+" value="(\d+)"', page)
    ]
    assert numbers == [*range(1, 9)]
    assert len(pages) == 3
    assert ["first words" in page for page in pages] == [True, False, False]
    assert ["about A" in page for page in pages] == [True, False, False]
    assert ["continued" in page for page in pages] == [False, True, True]
    assert all("It asks 8 things." in page for page in pages)
    assert "?page=2" in pages[0]


def test_a_page_of_a_template_holds_so_much_text_and_no_more(cast, monkeypatch):
    monkeypatch.setattr(templates, "CHARACTERS_PER_PAGE", 1_000)
    text = "# T\n\n" + f"- [ ] step\n\n  {'word ' * 80}\n" * 6
    pages = pages_of(cast, text)
    assert [page.count('class="entry"') for page in pages] == [2, 2, 2]


def test_a_template_without_sections_or_items_has_one_page(cast, django_assert_max_num_queries):
    pages = pages_of(cast, "# T\n\n- [ ] one\n")
    assert len(pages) == 1
    assert "Pages" not in pages[0]
