from collections.abc import Mapping
from typing import Any

from django import forms

from apps.accounts.models import User
from apps.deployments.models import Deployment


class AssignItems(forms.Form):
    """Who, and which: single items, a whole section, or both. `back` is the item whose page the form stood on."""

    owner = forms.ModelChoiceField(User.objects.none(), required=False)
    item = forms.TypedMultipleChoiceField(coerce=int, required=False)
    section = forms.TypedMultipleChoiceField(coerce=int, required=False)
    back = forms.IntegerField(required=False, min_value=1)
    basis = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, deployment: Deployment) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = User.objects.filter(memberships__team=deployment.team)
        self.section_of = dict(deployment.items.values_list("number", "section"))
        fields["section"].choices = [(section, section) for section in set(self.section_of.values())]
        fields["item"].choices = [(number, number) for number in self.section_of]

    def clean(self) -> dict[str, Any]:
        """Sections stand for their items; nothing chosen is said so."""
        cleaned = super().clean() or {}
        whole = {number for number, section in self.section_of.items() if section in cleaned.get("section", [])}
        cleaned["numbers"] = sorted({*cleaned.get("item", []), *whole})
        if not cleaned["numbers"] and not self.errors:
            raise forms.ValidationError("Choose at least one item first.")
        return cleaned
