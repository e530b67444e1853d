"""The shape of what people send about their notices."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.forms import Create, Edit, OneLine, year_in_range
from apps.probes.rules import URL_LENGTH, TargetRefused, parse_target
from apps.secrets.rules import LONGEST

from .rules import CHANNEL_LABELS, CHOSEN, OF_A_TEAM, Pace, Shape

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
        for kind in CHOSEN:
            self.fields[kind.value] = forms.ChoiceField(label=kind.label, choices=Pace.choices)

    @property
    def of_kinds(self) -> list[forms.BoundField]:
        """The questions about each kind."""
        return [self[kind.value] for kind in CHOSEN]

    def clean(self) -> dict[str, Any]:
        """What the command takes: the paces in one."""
        cleaned = super().clean()
        paces = {kind.value: cleaned.pop(kind.value) for kind in CHOSEN if kind.value in cleaned}
        return {**cleaned, "paces": paces}


class MakeWebhook(Create):
    """Where a team's word goes besides to people, in which shape, and of what."""

    name = OneLine(max_length=40, help_text="The channel or the program: #payments-release.")
    shape = forms.ChoiceField(label="For", choices=Shape.choices)
    secret_value = forms.CharField(
        label="Address",
        max_length=URL_LENGTH,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text="As the receiver gave it. It becomes a secret of the team: no page shows it again.",
    )
    signing_key = forms.CharField(
        label="Signing key",
        required=False,
        min_length=16,
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text="For JSON: at least 16 characters that the receiver knows too, by which it tells what is ours.",
    )
    kinds = forms.MultipleChoiceField(
        label="Of what", choices=[(kind.value, CHANNEL_LABELS[kind]) for kind in OF_A_TEAM],
        widget=forms.CheckboxSelectMultiple, initial=[kind.value for kind in OF_A_TEAM],
    )  # fmt: skip

    def clean_secret_value(self) -> str:
        address = str(self.cleaned_data["secret_value"])
        try:
            parse_target(address)
        except TargetRefused as error:
            raise ValidationError(str(error)) from error
        return address

    def clean(self) -> dict[str, Any]:
        """A signature is asked of a program, which has nothing else to go by."""
        cleaned = super().clean() or {}
        if cleaned.get("shape") == Shape.JSON and not cleaned.get("signing_key"):
            self.add_error("signing_key", "Type a key: the receiver tells by it that a post is from here.")
        return cleaned
