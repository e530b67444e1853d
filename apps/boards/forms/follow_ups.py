"""Follow-ups as they are given to others, moved and closed."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from apps.accounts.models import User
from apps.core.forms import AgainstShown, Edit, Text, year_in_range
from apps.followups.models import FollowUp

from .people import people_of


class ChangeFollowUp(Edit):
    """Who does it, and until when."""

    owner = forms.ModelChoiceField(User.objects.none(), empty_label="Choose somebody")
    due_on = forms.DateField(
        label="Until",
        validators=[year_in_range],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="The last day on which it is in time, in UTC.",
    )

    def __init__(self, *args: Any, follow_up: FollowUp, **kwargs: Any) -> None:
        initial = {"owner": follow_up.owner_id, "due_on": follow_up.due_on}
        super().__init__(*args, now=follow_up.terms, initial=initial, **kwargs)
        self.fields["owner"].queryset = people_of(follow_up.team)  # type: ignore[attr-defined]
        self.agreed_on = follow_up.due_on

    def clean_due_on(self) -> date:
        """Another day is one to come; what is overdue may stay so."""
        due_on: date = self.cleaned_data["due_on"]
        if due_on != self.agreed_on and due_on < timezone.now().date():
            raise forms.ValidationError("This day has passed. Choose today or a later one, in UTC.")
        return due_on


class CloseFollowUp(AgainstShown):
    """What was done, or why it is no longer needed."""

    outcome = Text(
        label="What was done",
        max_length=4000,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        help_text="Or why it is no longer needed. It stays as you write it.",
    )
