"""What is exported is read again, in each format: the same content, and the same bytes of it."""

import pytest
from hypothesis import HealthCheck, given, settings

from apps.checklists.exports import canonical, data, markdown, table
from tests.checklists.exports.contents import contents

FORMATS = {
    "markdown": (markdown.exported, markdown.content_of),
    "json": (data.exported_json, data.imported_json),
    "yaml": (data.exported_yaml, data.imported_yaml),
    "table": (table.exported, table.imported),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=contents())
def test_import_of_an_export_is_the_identity(name, content):
    exported, imported = FORMATS[name]
    text = exported(content)
    assert imported(text) == content
    assert exported(imported(text)) == text


@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=contents())
def test_the_one_form_of_a_content_is_itself(content):
    assert canonical.content(content) == content
