"""What Keyturn exported comes in again, in whichever form it was taken along."""

import pytest

from apps.checklists.exports import data, markdown, table
from apps.imports import formats
from apps.imports.formats import Kind, NotRead
from tests.house.source import ROOT

SOURCE = (ROOT / "apps" / "checklists" / "library" / "llm-application.md").read_text()
EXPORTS = {
    Kind.EXPORT_JSON: data.exported_json,
    Kind.EXPORT_YAML: data.exported_yaml,
    Kind.EXPORT_TABLE: table.exported,
}


@pytest.mark.parametrize(("kind", "export"), EXPORTS.items())
def test_an_export_becomes_the_markdown_of_the_same_content(kind, export):
    content = markdown.content_of(SOURCE)
    found = formats.detect(export(content))
    assert found.kind is kind
    converted = formats.to_markdown(export(content), found)
    assert markdown.content_of(converted.text) == content
    assert converted.text == markdown.exported(content)
    assert len(converted.lines) == converted.text.count("\n") + 1


CHANGED = {
    '{"keyturn": 1, "sections": 5}': "export of Keyturn that was changed",
    "keyturn: 1\ntitle: [\n": "export of Keyturn that was changed",
    "keyturn,key,title\nwhat,,\n": "Row 2",
}


@pytest.mark.parametrize(("text", "why"), CHANGED.items())
def test_an_export_that_was_damaged_says_where(text, why):
    with pytest.raises(NotRead, match=why):
        formats.to_markdown(text, formats.detect(text))


@pytest.mark.parametrize("text", ['{"a": 1, "b": "keyturn"}', '{"keyturn": 1'])
def test_other_json_is_no_export(text):
    try:
        assert formats.detect(text).kind is Kind.MARKDOWN
    except NotRead as refused:
        assert "JSON" in str(refused)  # noqa: PT017 -- both are right, by whether it is JSON
