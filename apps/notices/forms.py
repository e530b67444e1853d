"""The shape of what people send about their notices."""

from typing import Any

from django import forms

from apps.core.forms import Edit, year_in_range

from .rules import Kind, Pace

HOURS = [(str(hour), f"{hour:02}:00") for hour in range(24)]
PASSES = "The same hour twice: none. What cannot wait passes: a window within the hour, and what nobody did in time."


class FinishAll(forms.Form):
    """Be done with all that a page showed: `until` is its moment."""

    until = forms.DateTimeField(widget=forms.HiddenInput, validators=[year_in_range])


class EditReach(Edit):
    """Of what somebody is mailed, how soon, and when not."""

    quiet_from = forms.TypedChoiceField(label="Quiet from", choices=HOURS, coerce=int)
    quiet_to = forms.TypedChoiceField(label="Quiet until", choices=HOURS, coerce=int, help_text=PASSES)
    digest_at = forms.TypedChoiceField(
        label="Digest at", choices=HOURS, coerce=int, help_text="One mail a day; none where nothing waits for it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[kind.value] = forms.ChoiceField(label=kind.label, choices=Pace.choices)

    @property
    def of_kinds(self) -> list[forms.BoundField]:
        """The questions about each kind."""
        return [self[kind.value] for kind in Kind]

    def clean(self) -> dict[str, Any]:
        """What the command takes: the paces in one."""
        cleaned = super().clean()
        paces = {kind.value: cleaned.pop(kind.value) for kind in Kind if kind.value in cleaned}
        return {**cleaned, "paces": paces}
