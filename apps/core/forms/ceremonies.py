"""The ceremony of signing: what was shown, one intent, and what shows who signs."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from apps.core.errors import Unproven

INCOMPLETE = "The page you sent was not complete. Reload it and try again."
DIGEST = RegexValidator(r"\A[0-9a-f]{64}\Z", INCOMPLETE)
CLAIM = ("password", "code", "assertion", "statement", "confirm")


class Ceremony(forms.Form):
    """What every form that signs sends; what is needed of it depends on who signs (templates/ui/_prove.html)."""

    shown = forms.CharField(widget=forms.HiddenInput, validators=[DIGEST], error_messages={"required": INCOMPLETE})
    intent = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": INCOMPLETE, "invalid": INCOMPLETE})
    password = forms.CharField(required=False, strip=False, max_length=4096, widget=forms.PasswordInput)
    code = forms.CharField(required=False, max_length=40)
    assertion = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    statement = forms.CharField(required=False, max_length=200_000, widget=forms.HiddenInput)
    confirm = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """What signing commands take: all but what shows who signs."""
        cleaned = super().clean() or {}
        self.claim = {name: cleaned.pop(name) for name in CLAIM if name in cleaned}
        return cleaned

    def proven(self, prove: Callable[..., Any], *, by: Any) -> Any:
        """What `prove` makes of it (apps.factors.commands); None where it refuses: then the form says why."""
        purpose = f"{self.cleaned_data['intent']} {self.cleaned_data['shown']}"
        try:
            return prove(by=by, purpose=purpose, **self.claim)
        except Unproven as refusal:
            self.add_error(None, str(refusal))
            return None
