"""The emergency lane as it is opened, and its review as it is written."""

from typing import Any

from django import forms

from apps.accounts.models import User
from apps.core.forms import AgainstShown, Text
from apps.core.forms.ceremonies import Ceremony
from apps.deployments.models import Deployment
from apps.emergencies.rules import SHORTEST_REASON

from .items import Reason
from .people import people_of

LONG = {"rows": 4, "dir": "auto"}


class AuthoriseEmergency(Ceremony):
    """Why it goes now, and who sees to the review; over what the page said would be owed."""

    reason = Reason(
        SHORTEST_REASON,
        label="What is broken now, and for whom",
        so_that=", for whoever reads this a year from now",
        help_text="It stands on the board, the sheet and every record.",
    )
    reviewer = forms.ModelChoiceField(
        User.objects.none(),
        label="Who reviews it, not you",
        empty_label="Choose somebody",
        error_messages={"required": "Choose who sees to the review."},
    )

    def __init__(self, *args: Any, deployment: Deployment, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = people_of(deployment.team).exclude(pk__in=[viewer.pk, *viewer.counts_as(deployment.team_id)])
        self.fields["reviewer"].queryset = others  # type: ignore[attr-defined]

    @property
    def lines(self) -> dict[str, Any]:
        """What it says, without what is needed to sign it."""
        return {name: self.cleaned_data[name] for name in ("reason", "reviewer")}


class WriteReview(Ceremony):
    """The review, over the one that was shown."""

    findings = Text(
        label="Why the lane was needed, and what it skipped",
        max_length=10_000,
        widget=forms.Textarea(LONG),
        error_messages={"required": "Write why the lane was needed, and what it skipped."},
    )
    prevention = Text(
        label="What keeps it from happening again",
        max_length=10_000,
        widget=forms.Textarea(LONG),
        error_messages={"required": "Write what keeps it from happening again."},
    )

    @property
    def lines(self) -> dict[str, Any]:
        """What it says, without what is needed to sign it."""
        return {name: self.cleaned_data[name] for name in ("findings", "prevention")}


class SendBackReview(AgainstShown):
    """Why the review is not accepted."""

    reason = Reason(
        label="What is wrong", so_that=", for whoever writes it again", help_text="Whoever wrote it reads this first."
    )
