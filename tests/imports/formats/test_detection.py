"""What a text is taken for: Markdown in doubt, another format by signs that are its own, and a refusal by name."""

from pathlib import Path

import pytest

from apps.checklists import library
from apps.checklists.markdown.text import NotText
from apps.imports import formats
from apps.imports.formats import Kind, NotRead
from tests.imports.formats import samples

ROOT = Path(__file__).parents[3]
# Each has something of another format in it, and is Markdown all the same.
MARKDOWN = {
    "comment": "<!-- about -->\n# Release\n\n- [ ] one\n",
    "centred": '<div align="center">\n<h1>Release</h1>\n</div>\n\n## Before\n\n- one\n',
    "details": "<details>\n<summary>More</summary>\n\n- [ ] one\n\n</details>\n",
    "table": "| a | b |\n|---|---|\n| 1 | 2 |\n",
    "table_bare": "a | b\n--- | ---\n1 | 2\n",
    "commas": "Apples, pears and plums\nCherries, too\n",
    "sentences": "Stop here, wait.\nGo on, now.\n",
    "list_with_commas": "- a, b\n- c, d\n",
    "front_matter": "---\nname: Release\nabout: x\n---\n\n- [ ] one\n",
    "task_front_matter": "---\nbody: x\n---\n- [ ] one\n",
    "setext": "Release\n=======\n\nBefore\n------\n\n- one\n",
    "fenced_rst": "# A\n\n```rst\n.. note:: b\n```\n",
    "fenced_adoc": "Write this:\n\n```adoc\n= Title\n```\n",
    "fenced_jira": "Write this:\n\n```\nh1. Title\n{code}\n```\n",
    "fenced_html": "```html\n<ul><li>one</li></ul>\n```\n",
    "shell": "# comment\necho || true\n",
    "ordered": "1. one\n2. two\n",
    "brackets": "[ ] one\n[ ] two\n",
    "link_first": "[Handbook](https://example.org)\n\n- one\n",
    "jinja": "{% raw %}\n- [ ] one\n{% endraw %}\n",
    "braces": "{{ region }} first\n",
    "angle": "<version> goes out\n",
    "stars": "Words\n*****\n\n- one\n",
    "tabs_in_prose": "Name:\tx\nand words\n",
    "admonition": "!!! note\n    words\n\n- one\n",
    "numbered_colon": "# A\n\n1: one\n2: two\n",
    "empty": "",
    "blank": "\n \n",
}


@pytest.mark.parametrize("text", MARKDOWN.values(), ids=MARKDOWN)
def test_markdown_wins_in_doubt(text):
    found = formats.detect(text)
    assert found.kind is Kind.MARKDOWN
    assert formats.to_markdown(text, found).text == text
    assert len(formats.to_markdown(text, found).lines) == text.count("\n") + 1


@pytest.mark.parametrize("path", sorted(ROOT.glob("**/*.md"))[:80], ids=lambda path: path.name)
def test_every_page_of_our_own_is_markdown_without_its_name(path):
    assert formats.detect(path.read_text()).kind is Kind.MARKDOWN


def test_a_name_that_says_markdown_has_the_last_word():
    assert formats.detect(samples.HTML, "page.md").kind is Kind.MARKDOWN
    assert formats.detect('{"a": 1}', "page.md").kind is Kind.MARKDOWN


@pytest.mark.parametrize(("kind", "text"), samples.ALL.items(), ids=samples.ALL)
def test_a_format_shows_by_its_own_signs(kind, text):
    found = formats.detect(text)
    assert found.kind is kind
    assert found.sentence.startswith(f"Read as {found.name}, because ")
    assert found.sentence.endswith(".")
    assert formats.detect(text.replace("\n", "\r\n")).kind is kind


NAMED = {
    "a.csv": Kind.CSV, "a.TSV": Kind.CSV, "a.rst": Kind.RESTRUCTURED, "a.adoc": Kind.ASCIIDOC, "a.html": Kind.HTML,
    "a.htm": Kind.HTML, "a.jira": Kind.JIRA, "a.markdown": Kind.MARKDOWN, "a.txt": Kind.MARKDOWN,
}  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), NAMED.items())
def test_a_file_is_what_its_name_says(name, kind):
    found = formats.detect("one\ntwo\n", name)
    assert found.kind is kind
    assert kind is Kind.MARKDOWN or Path(name).suffix.lower() in found.why


DELIMITED = {
    "a;b\n1;2,5\n": ";", "a,b\n1,2\n": ",", "a\tb\n1\t2\n": "\t", "sep=|\na|b\n": "|", "a|b\n1|2\n": "|",
    "one\ntwo\n": ",", '"a,b";c\n"d,e";f\n': ";",
}  # fmt: skip


@pytest.mark.parametrize(("text", "delimiter"), DELIMITED.items())
def test_the_delimiter_of_a_csv_is_found(text, delimiter):
    assert formats.detect(text, "a.csv").delimiter == delimiter
    assert formats.detect("a\tb\n", "a.tsv").delimiter == "\t"


@pytest.mark.parametrize("text", ["•\ta\n•\tb\n", "1.\ta\n2.\tb\n", "☐\ta\n☐\tb\n"])
def test_bullets_with_tabs_are_no_table(text):
    assert formats.detect(text).kind is Kind.WORD
    assert formats.detect(f"What\tWho\n{text}").kind is Kind.SPREADSHEET


def test_the_delimiter_is_looked_for_in_the_first_rows():
    assert formats.detect("a;b\n\n" + "1;2,3\n" * 40 + "x\n" * 100, "a.csv").delimiter == ";"


def test_a_line_of_signs_underlines_what_is_no_longer():
    assert formats.detect("Title\n~~~~~\n\n- a\n").kind is Kind.RESTRUCTURED
    assert formats.detect("A longer title\n~~~~\n\n- a\n").kind is Kind.MARKDOWN


def test_storage_format_in_a_file_called_html_is_confluences():
    assert formats.detect(samples.CONFLUENCE, "page.html").kind is Kind.CONFLUENCE


# (name, text): refused, with the format and what to do in the sentence
UNREAD = {
    "RTF": ("", "{\\rtf1\\ansi Words}"),
    "LaTeX": ("", "\\documentclass{article}\n"),
    "PDF": ("", "%PDF-1.7\n"),
    "JSON": ("", '{"items": ["a"]}'),
    "JSON ": ("a.txt", '[{"a": 1}]'),
    "XML (its root is <feed>)": ("", '<?xml version="1.0"?>\n<feed><entry/></feed>'),
    "XML (its root is <svg>)": ("", "<svg viewBox='0'></svg>"),
    "XML (its root is <project>)": ("pom.xml", "<project/>"),
    "XML": ("a.xml", "words"),
    "YAML": ("tasks.yml", "- name: a\n- name: b\n"),
}


@pytest.mark.parametrize(("what", "case"), UNREAD.items(), ids=UNREAD)
def test_an_unknown_format_is_named_with_what_to_do(what, case):
    name, text = case
    with pytest.raises(NotRead, match="which Keyturn does not read") as refused:
        formats.detect(text, name)
    assert what.strip() in str(refused.value)
    assert "paste" in str(refused.value)


@pytest.mark.parametrize("text", ["[ ]", "[]", "{", "[" * 100_000, '{"a": 1} and words'])
def test_what_only_begins_like_json_is_text(text):
    assert formats.detect(text).kind is Kind.MARKDOWN


def test_a_web_page_in_xml_is_one():
    page = '<?xml version="1.0"?>\n<html xmlns="x"><body><ul><li>one</li></ul></body></html>'
    assert formats.detect(page, "page.xml").kind is not Kind.MARKDOWN
    assert formats.detect("<div><ul><li>one</li></ul></div>", "page.xml").kind is Kind.HTML


FILES = {
    "a PDF": b"%PDF-1.4 \x00",
    "RTF": b"{\\rtf1", "a picture (PNG)": b"\x89PNG\r\n\x1a\n", "(JPEG)": b"\xff\xd8\xff\xe0",
    "(GIF)": b"GIF89a", "an old Office document": b"\xd0\xcf\x11\xe0\xa1\xb1", "gzip": b"\x1f\x8b\x08",
    "7-Zip": b"7z\xbc\xaf\x27", "RAR": b"Rar!\x1a", "bzip2": b"BZh9", "xz": b"\xfd7zXZ\x00", "PostScript": b"%!PS-",
    "SQLite": b"SQLite format 3\x00", "a program": b"\x7fELF", "program": b"MZ\x90\x00",
    "(.docx)": b"PK\x03\x04 word/document.xml", "(.xlsx)": b"PK\x03\x04 xl/workbook.xml",
    "(.pptx)": b"PK\x03\x04 ppt/presentation.xml",
    "OpenDocument": b"PK\x03\x04 mimetypeapplication/vnd.oasis.opendocument",
    "EPUB": b"PK\x03\x04 mimetypeapplication/epub+zip", "Pages": b"PK\x03\x04 Index/Document.iwa",
    "a ZIP archive": b"PK\x03\x04 whatever",
}  # fmt: skip


@pytest.mark.parametrize(("what", "data"), FILES.items(), ids=FILES)
def test_a_file_that_is_no_text_is_named_and_never_unpacked(what, data):
    with pytest.raises(NotRead) as refused:
        formats.opened(data, "file")
    assert what in str(refused.value)
    assert len(str(refused.value).partition(" does not read. ")[2]) > 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encodings_of_exports_are_read(encoding):
    text = "Prüfen;Wer und wann\nSicherung;Ops\n"
    assert formats.opened(text.encode(encoding)) == text


def test_other_bytes_are_refused_as_before():
    with pytest.raises(NotText):
        formats.opened(b"\x00\x01\x02\x03" * 100)
    with pytest.raises(NotText, match="5 MB"):
        formats.opened(b"a" * 6_000_000)
    assert formats.opened(b"MZ is a word here") == "MZ is a word here"


def test_the_library_is_markdown():
    for name in library.__dict__.get("NAMES", ()):
        assert formats.detect((ROOT / f"apps/checklists/library/{name}.md").read_text()).kind is Kind.MARKDOWN


def test_a_form_below_comments_is_one():
    form = (
        "# Copyright\n# https://a.example\n\nname: Release\n"
        "description: How\nbody:\n- type: markdown\n  attributes: {value: a}\n"
    )
    assert formats.detect(form).kind is Kind.ISSUE_FORM
    assert formats.detect(f"# A heading\n\nsome words\n{form}").kind is Kind.MARKDOWN
