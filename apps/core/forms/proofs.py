"""Proof of who somebody is, as forms ask for it that change who signs or by what: what they have decides which."""

import json
from typing import Any, Protocol

from django import forms
from django.core.exceptions import ValidationError

LONGEST_ANSWER = 20_000  # characters of JSON; an honest one has some 2,000
CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
NO_ANSWER = "The browser sent something that is no answer of a passkey. Try again."
PROOF = "proof_"  # what its fields begin with


class Known(Protocol):
    """What somebody can prove by (apps.factors.rules)."""

    @property
    def password(self) -> bool: ...
    @property
    def codes(self) -> bool: ...
    @property
    def passkeys(self) -> int: ...


class Answer(forms.CharField):
    """What a passkey answered, as JSON of WebAuthn; a script fills it in."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_ANSWER, **kwargs)

    def clean(self, value: Any) -> str:
        """The text, if it is an object."""
        text = str(super().clean(value) or "")
        try:
            found = json.loads(text) if text else {}
        except (ValueError, RecursionError) as error:
            raise ValidationError(NO_ANSWER) from error
        if not isinstance(found, dict):
            raise ValidationError(NO_ANSWER)
        return text


class Prove(forms.Form):
    """Who somebody is. `recovers`: whether a recovery code shows it, which lets people in and never signs."""

    recovers = False
    is_draft = True  # which of its fields is missing, the act says: none of them is optional where there is no passkey

    proof_password = forms.CharField(
        label="Your password", max_length=256, strip=False, required=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )  # fmt: skip
    proof_code = forms.CharField(
        label="One-time code", max_length=40, required=False, widget=forms.TextInput(CODE),
        help_text="Six digits of your app.",
    )  # fmt: skip
    proof_challenge = forms.UUIDField(required=False, widget=forms.HiddenInput)
    proof_answer = Answer(required=False)

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        takes_code = known.codes or (self.recovers and known.passkeys > 0)
        if not known.password or (known.passkeys and not takes_code):  # a password alone is worth nothing beside one
            del self.fields["proof_password"]
        if not takes_code:
            del self.fields["proof_code"]

    def clean(self) -> dict[str, Any]:
        """What the act takes; `given` has what shows who it is."""
        cleaned = super().clean() or {}
        fields = [name for name in cleaned if name.startswith(PROOF)]
        given = {name.removeprefix(PROOF): cleaned.pop(name) for name in fields}
        self.given = {name: value for name, value in given.items() if value}
        return cleaned

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields of the proof that people see."""
        return [field for field in self.visible_fields() if field.name.startswith(PROOF)]

    @property
    def own(self) -> list[forms.BoundField]:
        """The other fields that people see."""
        return [field for field in self.visible_fields() if not field.name.startswith(PROOF)]
