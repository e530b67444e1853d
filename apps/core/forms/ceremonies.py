"""The ceremony of signing: what was shown, one intent, and what shows who signs."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from apps.core.comparing import PartChange, changed_parts
from apps.core.errors import OtherDigest, Unproven

INCOMPLETE = "The page you sent was not complete. Reload it and try again."
DIGEST = RegexValidator(r"\A[0-9a-f]{64}\Z", INCOMPLETE)
CLAIM = ("password", "code", "assertion", "statement", "confirm")
BESIDE = ("seen", "since")  # what the page showed, for the refusal to say what changed since


class Ceremony(forms.Form):
    """What every form that signs sends; what is needed of it depends on who signs (templates/ui/_prove.html)."""

    shown = forms.CharField(widget=forms.HiddenInput, validators=[DIGEST], error_messages={"required": INCOMPLETE})
    intent = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": INCOMPLETE, "invalid": INCOMPLETE})
    password = forms.CharField(required=False, strip=False, max_length=4096, widget=forms.PasswordInput)
    code = forms.CharField(required=False, max_length=40)
    assertion = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    statement = forms.CharField(required=False, max_length=200_000, widget=forms.HiddenInput)
    confirm = forms.BooleanField(required=False)
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    since = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """What signing commands take: all but what shows who signs."""
        cleaned = super().clean() or {}
        self.claim = {name: cleaned.pop(name) for name in CLAIM if name in cleaned}
        self.beside = {name: cleaned.pop(name) for name in BESIDE if name in cleaned}
        return cleaned

    @property
    def seen_content(self) -> Mapping[str, Any] | None:
        """What the page showed, where the form brought it along and its digest is the one that was shown."""
        text = self.beside.get("seen") or ""
        is_shown = sha256(text.encode("utf-8", "surrogatepass")).hexdigest() == self.cleaned_data.get("shown")
        return json.loads(text) if is_shown else None

    def changes(self, refusal: OtherDigest) -> list[PartChange]:
        """What changed between what the page showed and what would be signed now."""
        seen = self.seen_content
        return [] if seen is None else changed_parts(seen, refusal.now)

    @property
    def purpose(self) -> str:
        """What the proof is for: the same sent twice counts once."""
        return f"{self.cleaned_data['intent']} {self.cleaned_data['shown']}"

    def proven(self, prove: Callable[..., Any], *, by: Any) -> Any:
        """What `prove` makes of it (apps.factors.commands); None where it refuses: then the form says why."""
        try:
            return prove(by=by, purpose=self.purpose, **self.claim)
        except Unproven as refusal:
            self.add_error(None, str(refusal))
            return None
