"""What an item, a section and a version say, field by field.

A form that names its fields in `only` is about these and leaves all others alone: so a page saves field by field.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from apps.checklists.models import VERSION_FIELDS, TemplateItem, TemplateSection, TemplateVersion
from apps.checklists.rules.conditions import HOW, condition
from apps.checklists.rules.fill_ins import KINDS as FILL_IN_KINDS
from apps.checklists.rules.fill_ins import fill_in
from apps.checklists.rules.limits import LONGEST_TEXT
from apps.checklists.rules.parameters import LIMITS, parameter
from apps.checklists.rules.variables import KINDS as VARIABLE_KINDS
from apps.checklists.rules.variables import options_of, variable
from apps.core.forms import Edit, OneLine, Text
from apps.signoff.rules import MOST_KEYS
from apps.studio import rules
from apps.studio.selectors.rows import conditions_text

from .fields import Commands, Entries, Lines, Probe

TITLE, SHORT = 200, 80
EVIDENCE = (
    ("file", "A file"), ("link", "A link"), ("probe", "A probe run"), ("command", "Command output"),
    ("field", "A filled-in field"),
)  # fmt: skip
SHEET_KINDS = ("text", "choice", "signature")


class EditPart(Edit):
    """A form about what a part of a draft says; `fields_of` names what its fields are called there."""

    # A page sends one with each edit; a form saved once more says something else, and its basis tells.
    intent = forms.UUIDField(required=False, widget=forms.HiddenInput)
    only = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, now: Mapping[str, Any], **kwargs: Any) -> None:
        shown_now = {name: now[name] for name in self.base_fields if name in now}
        super().__init__(data, initial=self._typed(shown_now), now=rules.texts_of(shown_now), auto_id="f-%s", **kwargs)
        self.stored = shown_now
        if only := self.only_of(data):
            self.fields = {name: field for name, field in self.fields.items() if name in only or name not in shown_now}

    @staticmethod
    def only_of(data: Any) -> list[str]:
        """The names that a request is about; none for all."""
        return (data.get("only") or "").split() if data else []

    def _typed(self, now: Mapping[str, Any]) -> dict[str, Any]:
        """What is stored, as its fields show it."""
        return dict(now)

    def clean(self) -> dict[str, Any]:
        """What commands take."""
        cleaned = super().clean()
        values = {name: cleaned[name] for name in self.stored if name in cleaned}
        return {"values": values, "shown": cleaned["shown"], "intent": cleaned.get("intent")}


def _number(most: int, **kwargs: Any) -> forms.IntegerField:
    widget = forms.TextInput({"inputmode": "numeric", "class": "inline"})
    return forms.IntegerField(required=False, min_value=1, max_value=most, widget=widget, **kwargs)


def _link(entry: Mapping[str, Any]) -> dict[str, str]:
    url, text = entry["url"].strip(), " ".join(entry["text"].split())
    if not url:
        raise ValueError(f"Where does the link “{text[:40]}” lead? Write its address or the path of a file.")
    return {"text": (text or url)[:TITLE], "url": url[:2_000]}


def _sheet_field(entry: Mapping[str, Any]) -> dict[str, Any]:
    label = " ".join(entry["label"].split())[:TITLE]
    if not label:
        raise ValueError("A field of the sheet needs a label.")
    return {"label": label, "kind": entry["kind"] or "text", "options": list(options_of(entry["options"]))}


def _pairs(names: Iterable[str], words: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    return [(name, (words or {}).get(name) or name.replace("_", " ")) for name in names]


class EditItem(EditPart):
    """What an item says."""

    title = OneLine(max_length=TITLE, widget=forms.Textarea({"rows": 1, "dir": "auto", "enterkeyhint": "done"}))
    text = Text(label="Guidance", max_length=LONGEST_TEXT, required=False, help_text="Markdown.")
    commands = Commands(label="Commands")
    keys = forms.TypedChoiceField(
        label="Keys needed", coerce=int, choices=[(n, str(n)) for n in range(1, MOST_KEYS + 1)],
        widget=forms.RadioSelect,
    )  # fmt: skip
    critical = forms.BooleanField(label="Critical", required=False)
    passkey = forms.BooleanField(label="Signed with a passkey", required=False)
    fill_ins = Entries(
        lambda entry: fill_in(entry).values(),
        [
            ("label", "Label", None), ("kind", "Kind", _pairs(FILL_IN_KINDS)),
            ("options", "Options, with commas", None), ("unit", "Unit", None),
        ],
        label="Fill-ins",
    )  # fmt: skip
    evidence_kinds = forms.MultipleChoiceField(
        label="Evidence", choices=EVIDENCE, required=False, widget=forms.CheckboxSelectMultiple
    )
    max_age_days = _number(3_650, label="Not older than, in days")
    probe = Probe(label="Probe")
    conditions = Lines(lambda line: condition(line).as_values(), label="Only when", help_text=HOW)
    owner_role = OneLine(
        label="Owner role", max_length=SHORT, required=False, widget=forms.TextInput({"list": "roles"})
    )
    controls = Lines(lambda text: text[:SHORT], separator=",", label="Controls", widget=forms.TextInput())
    links = Entries(_link, [("text", "Words", None), ("url", "Address or path", None)], label="Runbook")
    minutes = _number(100_000, label="Minutes")
    tiers = forms.MultipleChoiceField(label="Tiers", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, item: TemplateItem, tiers: Iterable[str]) -> None:
        super().__init__(data, now=item.own())
        if "tiers" in self.fields:
            names = dict.fromkeys([*tiers, *item.tiers])
            self.fields["tiers"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]

    def _typed(self, now: Mapping[str, Any]) -> dict[str, Any]:
        return dict(now) | {
            "conditions": conditions_text(now["conditions"]), "controls": ", ".join(now["controls"]),
            "fill_ins": now["fill_ins"],
        }  # fmt: skip


class EditSection(EditPart):
    """What a section says."""

    title = OneLine(max_length=TITLE, widget=forms.TextInput({"dir": "auto"}))
    guidance = Text(max_length=LONGEST_TEXT, required=False, help_text="Markdown.")
    commands = Commands(label="Commands")

    def __init__(self, data: Any = None, *, section: TemplateSection) -> None:
        super().__init__(data, now=section.own())


class EditDraft(EditPart):
    """What a template says of itself."""

    title = OneLine(max_length=TITLE, widget=forms.TextInput({"dir": "auto"}))
    guidance = Text(max_length=LONGEST_TEXT, required=False, help_text="Markdown.")
    occasion = OneLine(max_length=120, required=False, help_text="What it is for, as the library says.")
    source = Text(label="Source", max_length=2_000, required=False, help_text="Where its facts come from.")
    tiers = Lines(lambda text: text[:40], separator=",", label="Tiers", widget=forms.TextInput())
    parameters = Entries(
        lambda entry: parameter(entry).values(),
        [
            ("name", "Name", None), ("label", "What is limited", None), ("limit", "Comparison", _pairs(LIMITS, LIMITS)),
            ("value", "Number", None), ("unit", "Unit", None),
        ],
        label="Limits",
        help_text="Texts and commands use one as {{name}}.",
    )  # fmt: skip
    variables = Entries(
        lambda entry: variable(entry).values(),
        [
            ("name", "Name", None), ("label", "What is asked", None), ("kind", "Kind", _pairs(VARIABLE_KINDS)),
            ("options", "Options, with commas", None),
        ],
        label="Variables",
        help_text="Asked when a deployment starts.",
    )  # fmt: skip
    sign_off_fields = Entries(
        _sheet_field,
        [("label", "Label", None), ("kind", "Kind", _pairs(SHEET_KINDS)), ("options", "Options, with commas", None)],
        label="Sign-off sheet",
    )

    def __init__(self, data: Any = None, *, version: TemplateVersion) -> None:
        super().__init__(data, now={name: getattr(version, name) for name in VERSION_FIELDS})

    def _typed(self, now: Mapping[str, Any]) -> dict[str, Any]:
        return dict(now) | {"tiers": ", ".join(now["tiers"])}
