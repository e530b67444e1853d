import re
from collections.abc import Mapping
from typing import Any

from django import forms

from apps.accounts.models import User
from apps.deployments.models import Deployment


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


class AssignItems(forms.Form):
    """Who, and which: single items, a whole section, or both. `back` is the item whose page the form stood on."""

    owner = forms.ModelChoiceField(User.objects.none(), required=False)
    item = Boxes("item")
    section = Boxes("section")
    back = forms.IntegerField(required=False, min_value=1)
    basis = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, deployment: Deployment) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = User.objects.filter(memberships__team=deployment.team)
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
