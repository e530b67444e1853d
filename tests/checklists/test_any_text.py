"""Whatever the text is, it is read, each of its lines has one type, and what it says is found again."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.checklists.markdown import read
from apps.checklists.markdown.text import NotText, decode, split_lines
from tests.checklists.test_markdown import IN_GUIDANCE, everything

WORDS = st.text(st.sampled_from("ab C.:*_-•☐[]()<>|`~#=1\t xX{}/\\?é\u202e\u0000\u2028✅"), max_size=40)
LINES = st.one_of(
    WORDS,
    st.sampled_from(
        ["- [ ] item", "  - [ ] sub", "# H", "## 1. H Checklist", "```bash", "```", "~~~", "---", "===", "| a | b |",
         "|---|---|", "• x", "1. Go", "Label:", "Name: ____", "flowchart TB", "A[x] --> B[y]", "import os", "<!--",
         "\\["]
    ),
)  # fmt: skip


@settings(max_examples=300, derandomize=True)
@given(st.lists(LINES, max_size=25))
def test_every_line_that_is_not_blank_has_one_type(lines):
    text = "\n".join(lines)
    document = read(text)
    expected = [number for number, line in enumerate(split_lines(text), 1) if line.strip()]
    assert [line.line for line in document.lines] == expected
    assert read(text) == document


@settings(max_examples=200, derandomize=True)
@given(st.lists(LINES, max_size=25))
def test_guidance_code_and_links_are_found_again(lines):
    document = read("\n".join(lines))
    texts = everything(document)
    fences = {one.block for one in document.lines if one.text.strip()[:3] in ("```", "~~~")}
    for line in document.lines:
        if line.line_type in IN_GUIDANCE and line.block not in fences:
            assert "".join(line.text.split()) in texts or line.also, line


@settings(max_examples=200, derandomize=True)
@given(st.text(max_size=300))
def test_any_text_is_read(text):
    read(text)


@settings(max_examples=200, derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    with suppress(NotText):
        assert read(decode(data))
