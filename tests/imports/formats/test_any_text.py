"""Whatever the text is, it becomes Markdown or is refused in a sentence; its words stay, and none becomes a mark."""

import html
import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from apps.checklists.markdown import read
from apps.imports import formats
from apps.imports.formats import Format, Kind, NotRead
from tests.imports.formats import samples

SIGNS = "ab C.:*_-#`~<>[]()|\\!&;1=+/{}$^\"' é"
BLANKS = re.compile(r"_{3,}|\.{6,}|\[[ xX]?\]|\[[^\[\]]{2,60}\]")  # these are meant: a blank, a box, `[Name]`
COMMONMARK = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
WORDS = st.text(st.sampled_from(SIGNS), min_size=1, max_size=14).map(lambda text: " ".join(text.split()))
TITLES = WORDS.filter(lambda text: re.search(r"[a-zA-Zé]", text) and not BLANKS.search(text))


def with_title(text):
    """A checklist with an item of this title in each format where any text can stand."""
    cell = '"' + text.replace('"', '""') + '"'
    return {
        Kind.HTML: f"<ul><li><input type=checkbox>{html.escape(text)}</li><li><input type=checkbox>second</ul>",
        Kind.CONFLUENCE: "".join(
            f"<ac:task><ac:task-body><![CDATA[{words}]]></ac:task-body></ac:task>" for words in (text, "second")
        ),
        Kind.WORD: f"☐\tsecond\n☐\t{text}",
        Kind.CSV: f"Check,Owner,Done\n{cell},me,FALSE\nsecond,you,FALSE\n",
        Kind.SPREADSHEET: f"{cell}\nsecond\n",
    }


def markdown_of(kind, text):
    delimiter = {Kind.CSV: ",", Kind.SPREADSHEET: "\t"}.get(kind, "")
    return formats.to_markdown(text, Format(kind, "", delimiter)).text


def words_shown(markdown):
    """Every line of words that CommonMark shows."""
    for token in COMMONMARK.parse(markdown):
        if token.type == "inline":
            parts = (one.content if one.type in ("text", "code_inline") else "\n" for one in token.children)
            yield from re.sub(r"^\[[ x]\] ?", "", "".join(parts)).split("\n")


@settings(max_examples=50, derandomize=True)
@given(TITLES)
def test_what_is_text_is_the_same_text_as_a_title(text):
    for kind, source in with_title(text).items():
        markdown = markdown_of(kind, source)
        assert text in list(words_shown(markdown)), kind
        titles = [item.title for template in read(markdown).templates for item in template.items]
        assert text in titles, (kind, markdown)


LETTERS = st.text(st.sampled_from("ab é1.,:;-\t\"'|*#()=\n"), max_size=80)


@settings(max_examples=50, derandomize=True)
@given(LETTERS)
def test_no_word_is_lost_where_a_format_hides_nothing(text):
    words = re.findall(r"[^\W\d_]+", text)
    for kind in (Kind.CSV, Kind.SPREADSHEET, Kind.WORD, Kind.HTML, Kind.JIRA):
        shown = re.sub(r"<br>|&#96;", " ", markdown_of(kind, text))
        left = iter(re.findall(r"[^\W\d_]+", shown))
        missing = [word for word in words if word not in left]  # in their order
        assert not missing or kind is Kind.WORD, (kind, missing)
        assert sum(map(len, words)) <= len("".join(re.findall(r"[^\W\d_]", shown))) + (kind is Kind.WORD) * len(words)


PIECES = st.sampled_from(samples.PIECES)


@settings(max_examples=80, derandomize=True)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_every_format_makes_something_of_any_text(text):
    for kind in Kind:
        with suppress(NotRead):
            found = formats.to_markdown(text, Format(kind, "", ","))
            assert len(found.lines) >= found.text.rstrip("\n").count("\n")
            read(found.text)
    with suppress(NotRead):
        formats.detect(text)


@settings(max_examples=50, derandomize=True)
@given(st.binary(max_size=200), st.sampled_from([b"", b"%PDF", b"PK\x03\x04", b"\xff\xfe"]))
def test_any_bytes_are_opened_or_refused(data, start):
    with suppress(formats.NotText):
        formats.detect(formats.opened(start + data))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.MARKDOWN])
def test_a_hostile_text_ends_in_a_result_or_a_sentence(kind):
    for piece in samples.PIECES:
        with suppress(NotRead):
            markdown_of(kind, piece * (3_000 // len(piece)))


@pytest.mark.parametrize("kind", samples.ALL)
def test_ten_times_a_sample_is_ten_times_its_markdown(kind):
    text = samples.ALL[kind]
    once, often = (markdown_of(kind, text * times) for times in (1, 10))
    assert kind is Kind.ISSUE_FORM or len(often) > 8 * len(once)
