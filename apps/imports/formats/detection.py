"""Which format a text is in, and why. Markdown is the default: in doubt a text is Markdown."""

import json
import re
from pathlib import PurePath
from typing import Any

from apps.checklists.markdown.text import split_lines

from . import delimited, export, issue_form, numbered, word
from .document import PLAIN, Format, Kind
from .opening import refused

_BY_NAME = {
    ".md": Kind.MARKDOWN, ".markdown": Kind.MARKDOWN, ".mdown": Kind.MARKDOWN, ".mkd": Kind.MARKDOWN,
    ".mdx": Kind.MARKDOWN, ".csv": Kind.CSV, ".tsv": Kind.CSV, ".rst": Kind.RESTRUCTURED, ".rest": Kind.RESTRUCTURED,
    ".adoc": Kind.ASCIIDOC, ".asciidoc": Kind.ASCIIDOC, ".asc": Kind.ASCIIDOC, ".html": Kind.HTML, ".htm": Kind.HTML,
    ".xhtml": Kind.HTML, ".jira": Kind.JIRA, ".wiki": Kind.JIRA, ".confluence": Kind.JIRA,
}  # fmt: skip
SUFFIXES = (*_BY_NAME, ".txt", ".text", ".yml", ".yaml", ".json")  # of files that may be in a format that is read
_KEY_FIRST = re.compile(
    r"(?:[ \t]*(?:#[^\n]*)?\n|---[ \t]*\n)*[A-Za-z_]+[ \t]*:"
)  # behind comments, which look like headings
_SEARCHED = 200_000  # characters from the beginning that show the format
# What only Markdown has; a sign that another format reads as something else is left out for that format.
_LINKED = r"|\]\((?:https?:|/|\.|#)[^\s()]{0,500}\)"
_RULED = r"|^[ \t|]*:?-{3,}:?[ \t]*\|"
_MARKDOWN = re.compile(rf"^[ \t]{{0,12}}(?:#{{1,6}} \S|[-*+] +\[[ xX]\] |```){_RULED}{_LINKED}", re.MULTILINE)
_NOT_RESTRUCTURED = re.compile(rf"^(?:#{{1,6}} \S|[ \t]*```){_LINKED}", re.MULTILINE)
_NOT_ASCIIDOC = re.compile(rf"^#{{1,6}} \S{_LINKED}", re.MULTILINE)
_NOT_JIRA = re.compile(rf"^(?:[ \t]*```|[-*+] \[[ xX]\] ){_RULED}{_LINKED}", re.MULTILINE)
_NUMBERED_IN_JIRA = re.compile(r"^#{1,6} \S[^\n]*\n(?:[ \t]*\n|[^#*\n-])", re.MULTILINE)
_LISTED = re.compile(r"^[ \t]{0,12}(?:[-*+•] |\d{1,3}[.)] |#{1,6} |\|)", re.MULTILINE)
_PAGE = re.compile(
    r"(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*){0,5}<(?:!doctype\s+html|html|head|body|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_FRAGMENT = re.compile(
    r"<(?:ul|ol|table|div|p|h[1-6]|section|article|main|form|dl|label|input|details|fieldset|span|b|strong)[\s>]",
    re.IGNORECASE,
)
_ELEMENT = re.compile(r"<(?:li|tr|input|p|h[1-6])[\s>]", re.IGNORECASE)
_STORAGE = re.compile(r"<(?:ac:(?:task|structured-macro|layout|link|image|rich-text-body)|ri:page)\b")
_XML = re.compile(r"<\?xml[\s?]|<(?:svg|rss|feed|project|configuration|plist|testsuites?|opml|mediawiki)[\s>]")
_ROOT = re.compile(r"<(?![?!])([A-Za-z][\w:.-]{0,60})")
_RESTRUCTURED = re.compile(
    r"^[ \t]{0,12}\.\. (?:[A-Za-z][\w:-]{0,40}::(?:\s|$)|_[^\n:]{1,200}:(?:\s|$)|\|[^|\n]{1,100}\| \w)"
    r"|:(?:ref|doc|func|class|meth|mod|attr|file|command|option|envvar|kbd|guilabel|menuselection|term|abbr|code|math|"
    r"download|pep|rfc|py:\w{1,20}|c:\w{1,20}):`[^`\n]{1,300}`|"
    r"^[ \t]{0,12}#\. \S|`[^`<\n]{1,200} <https?:[^<>\s]{1,500}>`_",
    re.MULTILINE,
)
_UNDERLINED = re.compile(r"^([^\s#*+|>-].{0,300})\n([~^\"'+.])\2{3,300}[ \t]*$", re.MULTILINE)
_ASCIIDOC = re.compile(
    r"^={1,6} [^\s=][^\n]{0,200}$|^\|===$|"
    r"^\[(?:source|cols|NOTE|TIP|WARNING|IMPORTANT|CAUTION|%|options)[^\]\n]{0,200}\]$",
    re.MULTILINE,
)
_JIRA = re.compile(
    r"^[ \t]{0,3}h[1-6]\. \S[^\n]{0,100}|^[ \t]{0,3}\|\|[^\n|]{1,200}\|\|[^\n]{0,2000}$|"
    r"^\{(?:code|noformat|panel|info|note|warning|quote)(?::[^{}\n]{0,200})?\}|"
    r"^[ \t]{0,6}(?:[*#-]{1,6} )?\((?:/|x)\) \S[^\n]{0,100}",
    re.MULTILINE,
)


def detect(text: str, file_name: str = "") -> Format:
    """What the text is; NotRead, which names the format, for what is not read."""
    suffix = PurePath(file_name).suffix.lower()
    text = "\n".join(split_lines(text))
    if own := _export(text):
        return own
    _require_readable(text, suffix)
    if named := _by_name(text, suffix):
        return named
    head = text[:_SEARCHED]
    for judge in (_markup, _form, _light, _table, _plain):
        if found := judge(text, head):
            return found
    return PLAIN


def _export(text: str) -> Format | None:
    """Keyturn's own exports; those in Markdown are Markdown."""
    if export.is_table(text):
        return Format(Kind.EXPORT_TABLE, "its first column is called “keyturn”")
    if export.is_yaml(text):
        return Format(Kind.EXPORT_YAML, "it begins with “keyturn:”")
    if '"keyturn"' in text[:200] and text.startswith("{") and "keyturn" in _json(text):
        return Format(Kind.EXPORT_JSON, "it says “keyturn”")
    return None


def _by_name(text: str, suffix: str) -> Format | None:
    kind = _BY_NAME.get(suffix)
    if kind is None:
        return None
    why = f"its name ends in {suffix}"
    if kind is Kind.MARKDOWN and (form := _form(text, text[:_SEARCHED])):
        return form  # GitHub reads no form of that name, and people give it one
    if kind is Kind.HTML and _STORAGE.search(text):
        return Format(Kind.CONFLUENCE, "it has Confluence's own tags (<ac:…>)")
    if kind is Kind.CSV:
        delimiter = "\t" if suffix == ".tsv" else delimited.delimiter_of(text)
        if not delimiter:
            return Format(Kind.CSV, f"{why}; it has one column", ",")
        return Format(
            Kind.CSV, f"{why}; {delimited.DELIMITERS.get(delimiter, delimiter)} stand between its cells", delimiter
        )
    return Format(kind, why)


def _require_readable(text: str, suffix: str) -> None:
    """Refuse texts of formats that are none of people's checklists, by name."""
    start = text.lstrip()[:2000]
    if start.startswith("{\\rtf"):
        raise refused("RTF", "Open it, copy the text and paste it here, or save it as plain text.")
    if start.startswith(("\\documentclass", "\\begin{document}")):
        raise refused("LaTeX", "Make a web page or Markdown of it (pandoc does), or paste the text of its PDF.")
    if start.startswith("%PDF-"):
        raise refused("a PDF", "Open it, copy the text and paste it here.")
    if suffix not in (".md", ".markdown") and start[:1] in ("{", "[") and _json(text):
        raise refused("JSON", "Export the checklist as Markdown, CSV or HTML, or paste its text.")
    if suffix in (".xml", ".svg", ".plist") or _XML.match(start):
        root = _ROOT.search(start)
        if not (
            _PAGE.match(start) or _STORAGE.search(text) or (root and root[1].lower() in ("html", "div", "ul", "table"))
        ):
            about = f"XML (its root is <{root[1]}>)" if root else "XML"
            raise refused(about, "Export the checklist as HTML, Markdown or CSV, or paste its text.")
    if suffix in (".yml", ".yaml") and not issue_form.is_form(text):
        raise refused(
            "YAML that is no GitHub issue form",
            "Keyturn reads issue forms (`body:` with a list of elements); paste the checklist itself as text.",
        )


def _json(text: str) -> Any:
    """What a text in JSON says; nothing where it is none."""
    try:
        return json.loads(text) or ()
    except (ValueError, RecursionError):
        return ()


def _markup(text: str, head: str) -> Format | None:
    start = text.lstrip()
    if not start.startswith("<"):
        return None
    if _STORAGE.search(head) and not _MARKDOWN.search(head):
        return Format(Kind.CONFLUENCE, "it has Confluence's own tags (<ac:…>)")
    if page := _PAGE.match(start[:5000]):
        return Format(Kind.HTML, f"it begins with {' '.join(page[0].split())[-30:].strip()}".replace("  ", " "))
    tag = _FRAGMENT.match(start)
    if tag and start.rstrip().endswith(">") and _ELEMENT.search(head) and not _LISTED.search(_outside_pre(head)):
        return Format(Kind.HTML, f"it begins with {tag[0].strip().rstrip('>')}> and has no list of Markdown")
    return None


def _outside_pre(text: str) -> str:
    """The text without its code, where anything may look like a list."""
    parts = re.split(r"<pre[\s>]|</pre>|<!--|-->", text)
    return "\n".join(parts[::2])


def _form(text: str, head: str) -> Format | None:
    if issue_form.is_form(head) and _KEY_FIRST.match(head):
        return Format(Kind.ISSUE_FORM, "it has a `body:` of form elements")
    return None


def _light(text: str, head: str) -> Format | None:
    """Markup that is written by hand: by signs that Markdown gives no meaning, where nothing is Markdown's alone."""
    outside = _outside_fences(head)
    if (
        (found := _JIRA.search(outside))
        and not _NOT_JIRA.search(_outside_macros(head))
        and _no_headings(head, found[0])
    ):
        return Format(Kind.JIRA, f"it has {_quoted(found)}")
    if (found := _ASCIIDOC.search(outside)) and not _NOT_ASCIIDOC.search(outside):
        return Format(Kind.ASCIIDOC, f"it has {_quoted(found)}")
    if _NOT_RESTRUCTURED.search(head):
        return None
    if found := _RESTRUCTURED.search(head):
        return Format(Kind.RESTRUCTURED, f"it has {_quoted(found)}")
    for found in _UNDERLINED.finditer(head):
        if len(found[0].rpartition("\n")[2].rstrip()) >= len(found[1].strip()):
            return Format(Kind.RESTRUCTURED, f"a heading is underlined with {found[2]}")
    return None


def _no_headings(text: str, sign: str) -> bool:
    """Whether `# Words` is a numbered list of Jira: beside its own headings, or in a run of such lines."""
    return sign.lstrip().startswith("h") or not _NUMBERED_IN_JIRA.search(text)


def _outside_fences(text: str) -> str:
    """The text without its code between fences, where anything may stand as a sample."""
    return "\n".join(re.split(r"^[ \t]{0,12}```.*$", text, flags=re.MULTILINE)[::2])


def _outside_macros(text: str) -> str:
    """The text without the code of Jira, where Markdown may stand."""
    return "\n".join(re.split(r"\{(?:code|noformat)[^{}\n]{0,200}\}", text)[::2])


def _quoted(found: re.Match[str]) -> str:
    words = " ".join(found[0].split())
    return f"“{words[:40]}…”" if len(words) > 40 else f"“{words}”"


def _table(text: str, head: str) -> Format | None:
    """Rows with as many cells as the first; where lists or headings of Markdown stand, it is Markdown."""
    if "\t" in text and not word.is_only_list(text) and delimited.is_table(text.strip("\n"), "\t"):
        return Format(Kind.SPREADSHEET, "tabs stand between the same number of cells in every line", "\t")
    if _LISTED.search(head):
        return None
    for delimiter in ";,":
        if delimited.is_table(text, delimiter):
            named = delimited.DELIMITERS[delimiter]
            return Format(Kind.CSV, f"{named} stand between the same number of cells in every row", delimiter)
    return None


def _plain(text: str, head: str) -> Format | None:
    if _MARKDOWN.search(head):
        return None
    if word.is_list(text):
        return Format(Kind.WORD, "its bullets have tabs after them, as Word copies them")
    if not _LISTED.search(head) and numbered.is_steps(text):
        return Format(Kind.NUMBERED, "its lines are numbered from 1")
    return None
