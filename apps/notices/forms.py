"""The shape of what people send about their notices."""

from django import forms

from apps.core.forms import year_in_range


class FinishAll(forms.Form):
    """Be done with all that a page showed: `until` is its moment."""

    until = forms.DateTimeField(widget=forms.HiddenInput, validators=[year_in_range])
