"""What people say who would go without an item, and who end that. Shape only: the commands decide."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html

from apps.accounts.models import User
from apps.core.forms import AgainstShown, year_in_range
from apps.core.forms.local_times import LocalTimes, local_time
from apps.core.wording import plural
from apps.deployments.models import Deployment
from apps.deployments.rules import why_no_end
from apps.deployments.states import Risk
from apps.deployments.wording import WAIVER

from .items import Reason
from .people import people_of

JUSTIFICATION = 20
LONGEST = 5_000


class RequestWaiver(AgainstShown, LocalTimes):
    """Why it is acceptable to go without an item, until when, and what is done instead and afterwards."""

    moments = ("expires_at",)
    justification = Reason(
        JUSTIFICATION,
        label=WAIVER["justification"],
        max_length=LONGEST,
        help_text="Say what was looked at and why the risk can be carried. It is printed in the record.",
    )
    risk = forms.ChoiceField(
        label=WAIVER["risk"],
        choices=Risk.choices,
        widget=forms.RadioSelect,
        help_text="How bad it is if going without the item goes wrong.",
    )
    measure = Reason(label=WAIVER["measure"], max_length=LONGEST, help_text="What is done instead of the item.")
    expires_at = local_time(WAIVER["expires_at"], required=True)
    afterwards = Reason(
        label=WAIVER["afterwards"],
        max_length=LONGEST,
        help_text="What has to be done so that nobody needs this waiver again.",
    )
    afterwards_owner = forms.ModelChoiceField(
        User.objects.none(),
        label=WAIVER["afterwards_owner"],
        empty_label="Choose",
        blank=False,
        help_text="Who does what comes afterwards.",
    )
    afterwards_due = forms.DateField(
        label=WAIVER["afterwards_due"],
        validators=[year_in_range],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="The last day for it, in UTC. It stays on the board and in my work until somebody closes it.",
    )

    def __init__(self, *args: Any, deployment: Deployment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = deployment.team.waiver_days
        self.fields["afterwards_owner"].queryset = people_of(deployment.team)  # type: ignore[attr-defined]
        until = self.fields["expires_at"]
        hint = f"At most {plural(self.days, 'day')} from now. There is no waiver without an end: then the item blocks."
        if closes := deployment.window_end:
            beside = self.clock.beside(closes)
            hint += f" The window closes at {beside}; if the waiver ends before, the item blocks from then on."
        until.help_text = format_html("{} {}", until.help_text, hint)

    def clean(self) -> dict[str, Any]:
        """Its end as a moment that the team allows."""
        cleaned = super().clean()
        expires_at = cleaned.get("expires_at")
        if expires_at and (why := why_no_end(expires_at, now=timezone.now(), days=self.days)):
            self.add_error("expires_at", why)
        return cleaned


class EndWaiver(AgainstShown):
    """Why a waiver does not hold any longer."""

    why = Reason(label="Why it ends", help_text="The item blocks again.")
