"""What is exported is read again, in each format: the same content, and the same bytes of it.

KEYTURN_TEST_CONTENTS=20000 tries as many random contents as that.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings

from apps.checklists.exports import canonical, data, markdown, table
from apps.checklists.markdown import content, read
from tests.checklists import texts
from tests.checklists.exports.contents import contents
from tests.house.source import ROOT

FORMATS = {
    "markdown": (markdown.exported, markdown.content_of),
    "json": (data.exported_json, data.imported_json),
    "yaml": (data.exported_yaml, data.imported_yaml),
    "table": (table.exported, table.imported),
}
EXAMPLES = int(os.environ.get("KEYTURN_TEST_CONTENTS", "60"))
LIBRARY = sorted((ROOT / "apps" / "checklists" / "library").glob("*.md"))


def assert_given_back(values):
    """Each format gives the content back, and is written in the same bytes again."""
    for exported, imported in FORMATS.values():
        text = exported(values)
        assert imported(text) == values
        assert exported(imported(text)) == text


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=contents())
def test_import_of_an_export_is_the_identity(values):
    assert canonical.content(values) == values
    assert_given_back(values)


@pytest.mark.parametrize("text", [texts.COMMANDS, texts.COLLECTION, texts.PASTED, texts.FLATTENED])
def test_what_any_markdown_becomes_is_given_back(text):
    for template in read(text).templates:
        assert_given_back(content.content(template))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_built_in_templates_are_given_back(path):
    assert_given_back(markdown.content_of(path.read_text()))
