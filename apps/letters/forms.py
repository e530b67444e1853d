"""The shape of what people type to get a letter, and where its link leads."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordMixin

from apps.accounts.models import User


class AskReset(forms.Form):
    """Where the link is mailed."""

    email = forms.EmailField(
        label="Mail address", widget=forms.EmailInput({"autocomplete": "email"}),
        help_text="We answer the same whether we know it or not.",
    )  # fmt: skip


class ResetPassword(SetPasswordMixin, forms.Form):
    """A new password, whose old one nobody knows."""

    new = forms.CharField(
        label="New password", max_length=256, strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="At least 12 characters. A few words nobody would guess do well.",
    )  # fmt: skip

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Refuse what everybody would guess."""
        cleaned = super().clean() or {}
        self.validate_password_for_user(self.person, "new")
        return cleaned
