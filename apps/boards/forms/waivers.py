"""What people say who would go without an item, and who end that. Shape only: the commands decide."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.forms import AgainstShown, year_in_range
from apps.core.wording import plural
from apps.deployments.rules import why_no_end
from apps.deployments.states import Risk

from .items import Reason
from .people import people_of
from .windows import moment

JUSTIFICATION = 20
LONGEST = 5_000


class RequestWaiver(forms.Form):
    """Why it is acceptable to go without an item, until when, and what is done instead and afterwards."""

    justification = Reason(
        JUSTIFICATION,
        label="Why it is acceptable",
        max_length=LONGEST,
        help_text="Say what was looked at and why the risk can be carried. It is printed in the record.",
    )
    risk = forms.ChoiceField(label="If it goes wrong", choices=Risk.choices, widget=forms.RadioSelect)
    measure = Reason(label="What is done instead", max_length=LONGEST)
    expires_at = moment("Until, UTC", required=True)
    afterwards = Reason(
        label="Afterwards", max_length=LONGEST, help_text="What has to be done so that nobody needs this waiver again."
    )
    afterwards_owner = forms.ModelChoiceField(
        User.objects.none(), label="Who does that", empty_label="Choose", blank=False
    )
    afterwards_due = forms.DateField(
        label="Due",
        validators=[year_in_range],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="It stays open on the board and in my work until somebody closes it.",
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = team.waiver_days
        self.fields["afterwards_owner"].queryset = people_of(team)  # type: ignore[attr-defined]
        most = plural(self.days, "day")
        hint = f"At most {most} from now. There is no waiver without an end: then the item blocks again."
        self.fields["expires_at"].help_text = hint

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if why := why_no_end(expires_at, now=timezone.now(), days=self.days):
            raise ValidationError(why)
        return expires_at


class EndWaiver(AgainstShown):
    """Why a waiver does not hold any longer."""

    why = Reason(label="Why it ends", help_text="The item blocks again.")
