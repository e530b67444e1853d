"""A checklist of each format as Markdown: nothing people read is lost, and each line knows where it comes from."""

import pytest

from apps.checklists.markdown import read
from apps.imports import formats
from apps.imports.formats import NotRead, web
from tests.imports.formats import samples


def converted(text, name=""):
    return formats.to_markdown(text, formats.detect(text, name))


@pytest.mark.parametrize(("kind", "text"), samples.ALL.items(), ids=samples.ALL)
def test_a_checklist_becomes_markdown(kind, text):
    assert converted(text).text == samples.AS_MARKDOWN[kind]


@pytest.mark.parametrize(("kind", "text"), samples.ALL.items(), ids=samples.ALL)
def test_every_line_comes_from_somewhere(kind, text):
    found = converted(text)
    lines = found.text.removesuffix("\n").split("\n")
    highest = text.count("\n") + 1
    assert len(found.lines) in (len(lines), len(lines) + 1)
    for line, (first, last) in zip(lines, found.lines, strict=False):
        assert 0 <= first <= last <= highest, line
        assert first or not line.strip() or set(line) <= set("|-"), line


@pytest.mark.parametrize(("kind", "text"), samples.ALL.items(), ids=samples.ALL)
def test_every_format_ends_in_a_checklist(kind, text):
    assert read(converted(text).text).problem == ""


def test_a_page_of_more_tags_than_a_checklist_has_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(web, "MOST_TAGS", 22)
    page = "<html><body><ul>" + "<li>Lamps are lit</li>" * 8 + "</ul></body></html>"
    assert "- Lamps are lit" in converted(page, "lamps.html").text
    with pytest.raises(NotRead, match="more than 22 tags"):
        converted(page.replace("<li>", "<li><b>"), "lamps.html")
