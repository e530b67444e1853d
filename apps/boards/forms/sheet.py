"""The sign-off sheet as it is typed."""

from typing import Any, Self
from uuid import uuid4

from django import forms
from django.forms.models import model_to_dict

from apps.accounts.models import User
from apps.core.forms import AgainstShown, Create, OneLine, Text, resent, year_in_range
from apps.core.forms.ceremonies import INCOMPLETE, Ceremony
from apps.deployments.models import Deployment
from apps.sheets.models import Sheet
from apps.sheets.states import Answer

from .items import Reason
from .people import people_of

# What is wrong with caveats that lack a part of what they need.
MISSING = {
    "caveats": "Write the caveats, or answer yes or no.",
    "caveats_owner": "Choose who answers for the caveats.",
    "caveats_due_on": "Write until when.",
}
LONG = {"rows": 3, "dir": "auto"}


class CompleteSheet(Ceremony):
    """The sheet's lines and its first key, over the page that was shown."""

    version_deployed = OneLine(max_length=100, widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}))
    issues = Text(
        label="Issues encountered", required=False, max_length=10_000, widget=forms.Textarea(LONG),
        help_text="Empty if there were none.",
    )  # fmt: skip
    resolution = Text(
        required=False, max_length=10_000, widget=forms.Textarea(LONG), help_text="What was done about them."
    )
    answer = forms.ChoiceField(
        label="Production-ready",
        choices=Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes, no or with caveats."},
    )
    caveats = Text(required=False, max_length=10_000, widget=forms.Textarea(LONG))
    caveats_owner = forms.ModelChoiceField(
        User.objects.none(), label="Who answers for them", required=False, empty_label="Choose somebody"
    )
    caveats_due_on = forms.DateField(
        label="Until",
        required=False,
        validators=[year_in_range],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, deployment: Deployment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["caveats_owner"].queryset = people_of(deployment.team)  # type: ignore[attr-defined]

    @property
    def answers_for(self) -> list[forms.BoundField]:
        """Who answers for the caveats, and until when."""
        return [self["caveats_owner"], self["caveats_due_on"]]

    @classmethod
    def of(cls, deployment: Deployment, sheet: Sheet | None) -> "CompleteSheet":
        """The form as the sheet was last filled in, with a fresh intent."""
        written = model_to_dict(sheet, cls.base_fields) if sheet else {"version_deployed": deployment.version}
        return cls(initial=written | {"intent": uuid4()}, deployment=deployment)

    @property
    def lines(self) -> dict[str, Any]:
        """What it says, without what is needed to sign it."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("shown", "intent")}

    def anew(self) -> Self:
        """The same, to be signed by another intent: what was refused may have been signed before."""
        self.data = resent(self, intent=str(uuid4()))
        return self

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("answer") != Answer.CAVEATS:
            for name in MISSING:
                self.errors.pop(name, None)
            return cleaned | {"caveats": "", "caveats_owner": None, "caveats_due_on": None}
        for name, why in MISSING.items():
            if name in cleaned and not cleaned[name]:
                self.add_error(name, why)
        return cleaned


class VerifySheet(Ceremony):
    """The second key, over the digest that was shown, of the revision that was shown."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput, error_messages={"required": INCOMPLETE})


class SendBackSheet(AgainstShown):
    """Why the sheet is not accepted."""

    reason = Reason(
        label="What is wrong",
        so_that=", for whoever has to mend it",
        help_text="Whoever completed it reads this first.",
    )


class AskReopening(Create):
    """Why what has ended is opened again."""

    reason = Reason(
        label="Why it is reopened", so_that=", for whoever agrees", help_text="Every later record prints it."
    )


class EndReopening(forms.Form):
    """Why it stays closed."""

    why = Reason(label="Why it stays closed", help_text="Whoever asked reads this.")
