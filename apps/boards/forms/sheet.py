"""The sign-off sheet as it is typed."""

from typing import Any, Self
from uuid import uuid4

from django import forms
from django.forms.models import model_to_dict

from apps.core.forms import AgainstShown, OneLine, Text, resent
from apps.deployments.models import Deployment
from apps.sheets.models import Sheet
from apps.sheets.states import Answer

from .items import INCOMPLETE, Confirm, Reason

LONG = {"rows": 3, "dir": "auto"}


class CompleteSheet(Confirm):
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

    @classmethod
    def of(cls, deployment: Deployment, sheet: Sheet | None) -> "CompleteSheet":
        """The form as the sheet was last filled in, with a fresh intent."""
        written = model_to_dict(sheet, cls.base_fields) if sheet else {"version_deployed": deployment.version}
        return cls(initial=written | {"intent": uuid4()})

    def anew(self) -> Self:
        """The same, to be signed by another intent: what was refused may have been signed before."""
        self.data = resent(self, intent=str(uuid4()))
        return self

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("answer") != Answer.CAVEATS:
            cleaned["caveats"] = ""
        elif not cleaned.get("caveats"):
            self.add_error("caveats", "Write the caveats, or answer yes or no.")
        return cleaned


class VerifySheet(Confirm):
    """The second key, over the digest that was shown, of the revision that was shown."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput, error_messages={"required": INCOMPLETE})


class SendBackSheet(AgainstShown):
    """Why the sheet is not accepted."""

    reason = Reason(
        label="What is wrong",
        so_that=", for whoever has to mend it",
        help_text="Whoever completed it reads this first.",
    )
