"""The shape of what people bring and choose when they import a checklist."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from apps.checklists import rules
from apps.checklists.markdown.document import Correction, LineType
from apps.checklists.markdown.text import NotText, checked
from apps.core.forms import AgainstShown, Create, Edit

from . import formats
from .rules import NEEDS, Decision, FindingKind

T = TypeVar("T")
_TYPE_FIELD, _TEXT_FIELD = re.compile(r"f([1-9]\d{0,6})"), re.compile(r"t([1-9]\d{0,6})")
OFFERS = "offers"  # in the place of a kind: all that can wait
NOTHING = "Paste a checklist, or choose a file."
BOTH = "Both a text and a file: keep one of them, so that it is clear which is meant."
FORMATS = (
    "Markdown, plain text, CSV, HTML, reStructuredText, AsciiDoc, Jira or Confluence markup, a GitHub issue form or an "
    "export of Keyturn; up to 5 MB and 20,000 lines. Lists and cells copied from Word and Excel can be pasted."
)
PASTE = {
    "rows": 14,
    "spellcheck": "false",
    "placeholder": "# Release\n\n## Before\n- [ ] Backup is younger than an hour",
}


class _TextField(forms.CharField):
    """A long text exactly as pasted, or a sentence why it cannot be read."""

    default_validators: list[Any] = []

    def to_python(self, value: Any) -> str:
        """The text with the line ends of a file."""
        return _readable(checked, str(value or "").replace("\r\n", "\n"))


def _readable(read: Callable[[T], str], value: T) -> str:
    """What `read` makes of it, or a sentence why it is no text, or none that can be read while somebody waits."""
    try:
        text = read(value)
    except NotText as refused:
        raise ValidationError(str(refused)) from refused
    if problem := rules.too_many_lines(text):
        raise ValidationError(problem)
    return text


class StartImport(Create):
    """A text or a file, one of the two."""

    is_draft = True  # one of them has to come, so neither is called optional

    text = _TextField(label="Paste the text", required=False, strip=False, widget=forms.Textarea(PASTE))
    file = forms.FileField(
        label="or choose a file", required=False, help_text=FORMATS,
        widget=forms.FileInput({"accept": ",".join((*formats.SUFFIXES, "text/*"))}),
    )  # fmt: skip

    def clean_file(self) -> tuple[str, str] | None:
        """(name, text) of the file."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None:
            return None
        name = file.name or ""
        return name, _readable(partial(formats.opened, file_name=name), file.read())

    def clean(self) -> dict[str, Any]:
        """What the command takes: the Markdown of what was brought, its format and its name."""
        values = super().clean() or {}
        if self.errors:
            return values
        text, file = values.get("text", ""), values.get("file")
        if text.strip() and file:
            raise ValidationError(BOTH)
        if not text.strip() and not (file and file[1].strip()):
            raise ValidationError(NOTHING)
        name, source = file or ("", text)
        try:
            brought = formats.brought(source, name)
        except formats.NotRead as refused:
            raise ValidationError(str(refused)) from refused
        if problem := rules.too_many_lines(brought.source):
            raise ValidationError(problem)
        about = {"source": brought.source, "form": brought.form, "original": brought.original}
        return {**about, "file_name": name, "intent": values.get("intent")}


class EditText(Edit):
    """The text of an import, edited in place."""

    source = _TextField(
        label="Text", strip=False, widget=forms.Textarea({"rows": 30, "spellcheck": "false"}),
        error_messages={"required": NOTHING},
    )  # fmt: skip


class Corrections(Edit):
    """Chosen for lines: f12 a line type, item-12 that it was an item, critical-12, keys-12; t12 its text."""

    def clean(self) -> dict[str, Any]:
        """What the command takes: chosen and lines, by line."""
        cleaned = super().clean()
        chosen, lines = {}, {}
        for name in self.data:
            if found := _TYPE_FIELD.fullmatch(name):
                chosen[int(found[1])] = self._correction(found[1])
            elif found := _TEXT_FIELD.fullmatch(name):
                lines[int(found[1])] = self._text(found[1])
        return {**cleaned, "chosen": chosen, "lines": lines}

    @property
    def line(self) -> str:
        """The first line it is about."""
        return next((found[1] for name in self.data if (found := _TEXT_FIELD.fullmatch(name))), "")

    def _called(self, name: str) -> str:
        return f"Line {name[1:]}"

    def _correction(self, line: str) -> Correction:
        line_type, keys = self.data.get(f"f{line}"), self.data.get(f"keys-{line}", "2")
        if line_type not in list(LineType) or keys not in ("1", "2", "3", "4"):
            raise ValidationError(f"Line {line}: choose one of the answers offered.")
        if f"item-{line}" not in self.data:
            return Correction(LineType(line_type))
        return Correction(LineType(line_type), f"critical-{line}" in self.data, int(keys))

    def _text(self, line: str) -> str:
        text = _readable(checked, self.data[f"t{line}"])
        if "\n" in text or "\r" in text:
            raise ValidationError(f"Line {line}: keep it one line. Edit the text to add more.")
        return text


class Judge(AgainstShown):
    """Whether an item of the template is the one of the text that it was taken for."""

    key = forms.SlugField(max_length=50)
    same = forms.TypedChoiceField(choices=[("yes", "yes"), ("no", "no")], coerce=lambda value: value == "yes")


class DecideFindings(AgainstShown):
    """What becomes of findings: which ones, by id or by kind, and the number where one was missing."""

    decision = forms.ChoiceField(choices=[(str(one), str(one)) for one in Decision])
    value = forms.CharField(required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        """What the command takes: which, of offers all that can wait."""
        which = set(self.data.getlist("which"))  # type: ignore[attr-defined]
        if OFFERS in which:
            which = which - {OFFERS} | {kind for kind in FindingKind if kind not in NEEDS}
        return {**super().clean(), "which": which, "decision": Decision(self.cleaned_data.get("decision", "open"))}


class UndoStep(forms.Form):
    """The step that a page showed as the last, by its number."""

    shown = forms.IntegerField()


class DraftImport(AgainstShown):
    """All that the preview showed: what is published never changes."""
