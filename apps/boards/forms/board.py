import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from apps.accounts.models import User
from apps.checklists.rules import LONGEST_TEXT
from apps.core.errors import Stale
from apps.core.forms import Create, OneLine, Text, year_in_range
from apps.deployments.models import Deployment
from apps.signoff.rules import MOST_KEYS

TITLE = 200


class Boxes(forms.Field):
    """Ticked boxes of one kind, each a number and what the page showed by it: `item_12:<digest>`, or 12 alone."""

    widget = forms.MultipleHiddenInput

    def __init__(self, kind: str) -> None:
        super().__init__(required=False)
        self.like = re.compile(rf"(?:{kind}_)?([0-9]{{1,18}})(?::[0-9a-f]+)?")

    def to_python(self, value: Any) -> dict[int, str]:
        """What was sent for each number."""
        found = [self.like.fullmatch(box) for box in value or ()]
        return {int(box[1]): box[0] if ":" in box[0] else "" for box in found if box}


class AttachProbes(forms.Form):
    """Which of the proposed probes, each with what the page showed for it."""

    probe = Boxes("probe")

    def proposed(self, found: Iterable[Any]) -> list[Any]:
        """Those of `found` that were ticked. Raises Stale where one of them is not what the page showed."""
        boxes = self.cleaned_data["probe"]
        chosen = [each for each in found if each.number in boxes]
        if len(chosen) != len(boxes) or any(each.box != boxes[each.number] for each in chosen):
            raise Stale(
                "What is proposed changed after you opened this. Nothing was attached: reload the page, choose again."
            )
        return chosen


class AddItem(Create):
    """An item that is not in the template: what it says, where it stands, and how many keys it takes."""

    title = OneLine(max_length=TITLE, widget=forms.TextInput({"dir": "auto"}))
    text = Text(label="What to check", max_length=LONGEST_TEXT, required=False, help_text="Markdown.")
    section = forms.TypedChoiceField(coerce=int)
    keys = forms.TypedChoiceField(
        coerce=int, choices=[(number, number) for number in range(1, MOST_KEYS + 1)], initial=2, label="Keys it takes"
    )
    critical = forms.BooleanField(required=False, label="Critical: two people at least")
    field_order = ("intent", "section", "title", "text", "keys", "critical")

    def __init__(self, data: Any = None, *, deployment: Deployment) -> None:
        super().__init__(data, auto_id="add-%s")
        field: Any = self.fields["section"]
        field.choices = list(deployment.sections.order_by("position").values_list("id", "title"))


class ChooseItems(forms.Form):
    """Which items: single ones, a whole section, or both. `back` is the item whose page the form stood on."""

    item = Boxes("item")
    section = Boxes("section")
    back = forms.IntegerField(required=False, min_value=1)
    basis = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, deployment: Deployment) -> None:
        super().__init__(data)
        self.there = dict(deployment.items.values_list("number", "section"))

    def clean(self) -> dict[str, Any]:
        """What the command takes. A form that was refused brings a `basis` of now, which counts more than its boxes."""
        cleaned = super().clean() or {}
        items, sections = cleaned.get("item", {}), cleaned.get("section", {})
        numbers, pks = self.there.keys() & items.keys(), {*self.there.values()} & sections.keys()
        if not numbers and not pks and not self.errors:
            raise forms.ValidationError("Choose at least one item first.")
        shown = " ".join(filter(None, (*items.values(), *sections.values(), cleaned.get("basis", ""))))
        return {**cleaned, "numbers": numbers, "sections": pks, "shown": shown}


class AssignItems(ChooseItems):
    """Who does them."""

    owner = forms.ModelChoiceField(User.objects.none(), required=False)

    def __init__(self, data: Mapping[str, Any], *, deployment: Deployment) -> None:
        super().__init__(data, deployment=deployment)
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = User.objects.filter(memberships__team=deployment.team)


class PlanItems(ChooseItems):
    """Until when they are to be done."""

    due_on = forms.DateField(label="Due", required=False, validators=[year_in_range])

    def clean(self) -> dict[str, Any]:
        """What the command takes. Several items are shown without a due date to compare; that of one is."""
        cleaned = super().clean()
        return cleaned | {"shown": cleaned.get("basis", "") if cleaned.get("back") else None}
