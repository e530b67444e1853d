"""The shape of what people type and what their passkeys answer."""

import json
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.forms import OneLine

from .commands import Evidence
from .rules import LONGEST_ANSWER, MOST_TURNS, Known, Purpose, proves_by_code

TURN = re.compile(r"([0-9a-f-]{36})\.([0-9a-f]{64})\.([1-4])\.([a-z]+)")

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
NO_ANSWER = "The browser sent something that is no answer of a passkey. Try again."


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


class Ask(forms.Form):
    """What a passkey is asked for."""

    purpose = forms.ChoiceField(choices=Purpose)


class SignInByPasskey(forms.Form):
    """Which question a passkey answered, and its answer."""

    passkey_challenge = forms.UUIDField(widget=forms.HiddenInput)
    passkey_answer = Answer()


class SecondStep(forms.Form):
    """A code, or the answer of a passkey."""

    code = forms.CharField(required=False, max_length=40)
    passkey_challenge = forms.UUIDField(required=False, widget=forms.HiddenInput)
    passkey_answer = Answer(required=False)

    def evidence(self) -> Evidence:
        """As commands take it."""
        given = self.cleaned_data
        return Evidence(code=given["code"], challenge=given["passkey_challenge"], answer=given["passkey_answer"])


class Prove(forms.Form):
    """Who somebody is, before they change what they sign in with: what they have decides what is asked for."""

    proof_password = forms.CharField(
        label="Your password", max_length=256, strip=False, required=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )  # fmt: skip
    proof_code = forms.CharField(
        label="One-time code", max_length=40, required=False, widget=forms.TextInput(CODE),
        help_text="Six digits of your app, or a recovery code.",
    )  # fmt: skip
    proof_challenge = forms.UUIDField(required=False, widget=forms.HiddenInput)
    proof_answer = Answer(required=False)

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        if not known.password:
            del self.fields["proof_password"]
        if not proves_by_code(known):
            del self.fields["proof_code"]
        elif not known.codes:
            self.fields["proof_code"].label = "Recovery code"
            self.fields["proof_code"].help_text = "Only if the passkey is lost."

    def evidence(self) -> Evidence:
        """As commands take it."""
        given = {name[6:]: value for name, value in self.cleaned_data.items() if name.startswith("proof_") and value}
        return Evidence(**given)

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields of the proof that people see."""
        return [field for field in self.visible_fields() if field.name.startswith("proof_")]

    @property
    def own(self) -> list[forms.BoundField]:
        """The other fields that people see."""
        return [field for field in self.visible_fields() if not field.name.startswith("proof_")]


class ChangeAddress(Prove):
    """Where somebody is mailed, and who they are."""

    email = forms.EmailField(
        label="Mail address", required=False, widget=forms.EmailInput({"autocomplete": "email"}),
        help_text="Empty: no mail, and no new password by mail.",
    )  # fmt: skip


class AddCodes(Prove):
    """The code that an app shows for the new secret. `sealed` is that secret, which only the server reads."""

    sealed = forms.CharField(max_length=600, widget=forms.HiddenInput)
    new_code = forms.CharField(label="Code of the app", max_length=20, widget=forms.TextInput(CODE))


class AddPasskey(Prove):
    """What a passkey is called, and what the browser made of it."""

    name = OneLine(label="Name", max_length=60, widget=forms.TextInput({"dir": "auto"}),
                   help_text="Where it is: “laptop”, “blue security key”.")  # fmt: skip
    passkey_challenge = forms.UUIDField(required=False, widget=forms.HiddenInput)
    passkey_answer = Answer(required=False)

    def clean(self) -> dict[str, Any]:
        """It takes a script, and says so where none ran."""
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned.get("passkey_challenge") and cleaned.get("passkey_answer")):
            raise ValidationError("No passkey was made. The browser asks for it when scripts run on this page.")
        return cleaned


class Turns(forms.Form):
    """Keys to turn: of each the sign-off, the digest that was shown, the slot and the meaning, joined by dots."""

    turn = forms.Field()

    def clean_turn(self) -> list[dict[str, Any]]:
        """Each as `signoff.rules.turn_of` writes it."""
        sent = self.data.getlist("turn")  # type: ignore[attr-defined]
        found = [TURN.fullmatch(one) for one in sent]
        if not 0 < len(sent) <= MOST_TURNS or not all(found):
            raise forms.ValidationError("no keys")
        return [{"sign_off": one[1], "digest": one[2], "slot": int(one[3]), "meaning": one[4]} for one in found if one]
