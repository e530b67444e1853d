"""The shape of what administrators type about zones."""

from typing import Any

from django import forms

from apps.accounts.models import Team
from apps.core.forms import AgainstShown, Create, Edit, OneLine, Text

from .rules import QUEUE_LENGTH, entries_of, why_no_queue

CALLED = "As people call the network: Factory north."
MOST_LISTED = 2000  # characters


class CreateZone(forms.Form):
    """A new zone; its queue stays, so the same one sent twice is one zone."""

    name = OneLine(max_length=60, help_text=CALLED)
    queue = OneLine(
        max_length=QUEUE_LENGTH,
        widget=forms.TextInput({"autocapitalize": "none", "spellcheck": "false"}),
        help_text="What its workers are started with: factory-north. It stays.",
    )
    description = OneLine(max_length=500, required=False, help_text="Where its workers stand, who looks after them.")

    def clean_queue(self) -> str:
        """One that workers can be started with."""
        queue = str(self.cleaned_data["queue"])
        if why := why_no_queue(queue):
            raise forms.ValidationError(why)
        return queue


class EditZone(Edit):
    """What a zone is called, and what is said of it."""

    name = OneLine(max_length=60, help_text=CALLED)
    description = OneLine(max_length=500, required=False)


class ProposeWidening(Create):
    """What a zone is to open: networks and ports, or itself to a team. A page shows one of the two fields."""

    allow = Text(
        label="Networks and ports",
        max_length=MOST_LISTED,
        required=False,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false", "autocapitalize": "none", "dir": "ltr"}),
        help_text="One a line: 10.20.0.0/16:5432, [fd00::5]:8443, or :9090 for one more port of public addresses.",
    )
    team = forms.ModelChoiceField(Team.objects.all(), required=False, empty_label="Choose a team")

    def clean_allow(self) -> str:
        """In one spelling and order."""
        try:
            return " ".join(entries_of(str(self.cleaned_data["allow"])))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("allow")) is bool(cleaned.get("team")):
            self.add_error(None, "Write what to open, or choose a team.")
        return cleaned


class ConfirmWidening(forms.Form):
    """A second person's yes, to what the page showed."""

    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)


class EndWidening(AgainstShown):
    """Closing what was open."""
