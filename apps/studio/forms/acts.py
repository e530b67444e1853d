"""What is done with items and sections of a draft: added, moved, indented, set together, removed, undone."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.forms import Create, OneLine, Text
from apps.core.shown import id_of_intent
from apps.core.wording import plural
from apps.signoff.rules import MOST_KEYS
from apps.studio import rules

from .edits import EVIDENCE, SHORT, TITLE, EditItem

NOT_THE_ACT = {"csrfmiddlewaretoken", "intent"}


class Act(Create):
    """What is done. Sent twice it is done once; anything else sent from the same page is another act."""

    def clean(self) -> dict[str, Any]:
        """What commands take."""
        cleaned = super().clean() or {}
        if intent := cleaned.get("intent"):
            data: Any = self.data  # what a request sent
            sent = [(name, data.getlist(name)) for name in sorted(data) if name not in NOT_THE_ACT]
            cleaned["intent"] = id_of_intent(intent, type(self).__name__, sent)
        return cleaned


class AddItems(Act):
    """One item, or a list of which every line becomes one."""

    titles = Text(label="New item", max_length=200_000, error_messages={"required": "Type what has to be true."})
    section = forms.SlugField(max_length=50)
    after = forms.SlugField(max_length=50, required=False)
    depth = forms.IntegerField(required=False, min_value=0, max_value=rules.MOST_DEPTH)

    def clean_titles(self) -> list[str]:
        """The lines without bullets and boxes."""
        return rules.titles_of(self.cleaned_data["titles"])

    def clean_depth(self) -> int:
        """No depth is none."""
        return self.cleaned_data["depth"] or 0


class Keys(forms.Field):
    """The keys of chosen items."""

    widget = forms.SelectMultiple
    key = forms.SlugField(max_length=50, error_messages={"invalid": "No item is named like that; choose items again."})

    def clean(self, value: Any) -> list[str]:
        """At least one, and nothing that no key can be."""
        if not value:
            raise ValidationError("Choose items first.")
        return [self.key.clean(key) for key in value]


class Chosen(Act):
    """Items that were chosen."""

    item = Keys()

    def clean(self) -> dict[str, Any]:
        """What commands take."""
        cleaned = super().clean()
        return {"keys": cleaned.pop("item", []), **cleaned}


class MoveItems(Chosen):
    """Where items go: one place up or down, or behind an item of a section, "" for its top, "end" for its end."""

    to = forms.ChoiceField(choices=[("up", "Up"), ("down", "Down"), ("end", "End")], required=False)
    section = forms.SlugField(max_length=50, required=False)
    after = forms.SlugField(max_length=50, required=False)


class IndentItems(Chosen):
    """Deeper or back."""

    levels = forms.TypedChoiceField(coerce=int, choices=[("1", "Indent"), ("-1", "Outdent")])


# What can be set for several items at once; the last ones take what is typed.
BULK = (
    ("keys", [(f"keys {n}", plural(n, "key")) for n in range(1, MOST_KEYS + 1)]),
    ("critical", [("critical yes", "Critical"), ("critical no", "Not critical")]),
    ("passkey", [("passkey yes", "Signed with a passkey"), ("passkey no", "Signed by any factor")]),
    ("evidence", [(f"evidence_kinds {name}", label) for name, label in EVIDENCE] + [("evidence_kinds", "No evidence")]),
    ("text", [("owner_role", "Owner role"), ("controls", "Controls"), ("conditions", "Only when")]),
)


class EditItems(Chosen):
    """One field of several items."""

    what = forms.ChoiceField(choices=[(name, options) for name, options in BULK])
    to = OneLine(required=False, max_length=1_000)

    def clean(self) -> dict[str, Any]:
        """What the command takes."""
        cleaned = super().clean()
        field, _, value = cleaned.pop("what", "").partition(" ")
        typed = cleaned.pop("to", "")
        if field:
            cleaned["values"] = {field: self._value(field, value, typed)}
        return cleaned

    def _value(self, field: str, value: str, typed: str) -> Any:
        if field == "keys":
            return int(value)
        if field in ("critical", "passkey"):
            return value == "yes"
        if field == "evidence_kinds":
            return [value] if value else []
        if field == "owner_role":
            return typed[:SHORT]
        return EditItem.base_fields[field].clean(typed)


class AddSection(Act):
    """A section behind another, or at the end."""

    title = OneLine(label="New section", max_length=TITLE)
    after = forms.SlugField(max_length=50, required=False)


class MoveSection(Act):
    """One place up or down."""

    to = forms.ChoiceField(choices=[("up", "Up"), ("down", "Down")])


class AcceptProblem(Act):
    """A problem by its digest, and why it stays; `open` makes it open again."""

    problem = forms.RegexField(r"^[0-9a-f]{24}\Z", error_messages={"invalid": "That is no problem of this draft."})
    why = OneLine(required=False, max_length=300)
    open = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """What the command takes: without a reason it is open again."""
        cleaned = super().clean()
        if not cleaned.pop("open", False) and not cleaned.get("why"):
            self.add_error("why", "Say in a sentence why it stays: whoever publishes this reads it.")
        return cleaned


class Here(forms.Form):
    """Where in a draft somebody is: on which page of theirs, at which part, whether they type; or that it closed."""

    page = forms.UUIDField()
    place = forms.RegexField(r"^(?:version|(?:items|sections)/[a-z0-9-]{1,50})?\Z", required=False)
    edits = forms.BooleanField(required=False)
    gone = forms.BooleanField(required=False)


UNSEEN = "This did not say which step its page showed. Nothing was done: reload the page, look again, then undo."


class Step(forms.Form):
    """Which step was shown as the one that is taken back or made again."""

    shown = forms.IntegerField(error_messages={"required": UNSEEN, "invalid": UNSEEN})
