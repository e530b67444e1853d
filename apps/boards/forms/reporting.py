"""What people type about tokens and measurements. Shape only: the commands decide."""

from django import forms
from django.core.validators import RegexValidator

from apps.core.forms import Create, OneLine, Text
from apps.probes.kinds.manual import MEASURED
from apps.reporting.rules import LONGEST_DAYS

from .items import URL, WebAddressField

A_NUMBER = RegexValidator(MEASURED, "Write one number, as 226 or 0.25. Its unit is that of the probe.")


class Value(OneLine):
    """A number as people write it, with a comma as well."""

    def to_python(self, value: object) -> str:
        return super().to_python(value).replace(",", ".")


class Measure(Create):
    """What somebody measured, and how they came to it."""

    value = Value(label="Value", max_length=30, validators=[A_NUMBER])
    how = Text(
        label="How you measured it",
        max_length=2_000,
        widget=forms.Textarea({"dir": "auto", "rows": 3}),
        help_text="So that somebody else can repeat it.",
    )
    link = WebAddressField(
        label="What shows it",
        max_length=URL,
        required=False,
        assume_scheme="https",
        widget=forms.URLInput({"placeholder": "https://…", "autocomplete": "off"}),
        help_text="A link, if there is one. A file is attached to the item as evidence.",
    )


class IssueToken(Create):
    """A token for one job."""

    name = OneLine(label="Name", max_length=60, help_text="Who reports by it, e.g. “Nightly build”.")
    days = forms.IntegerField(
        label="Good for, in days", initial=LONGEST_DAYS, min_value=1, max_value=LONGEST_DAYS, help_text="90 at most."
    )
