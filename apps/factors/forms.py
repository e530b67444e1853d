"""The shape of what people type and what their passkeys answer."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.forms import Edit, OneLine, proofs
from apps.core.forms.proofs import CODE, Answer

from .commands import Evidence
from .rules import MOST_TURNS, Known, Purpose

TURN = re.compile(r"([0-9a-f-]{36})\.([0-9a-f]{64})\.([1-4])\.([a-z]+)")


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


class Prove(proofs.Prove):
    """Who somebody is, before they change what they sign in with: a recovery code shows it too."""

    recovers = True
    known: Known

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, known=known, **kwargs)
        if "proof_code" in self.fields:
            code = self.fields["proof_code"]
            code.help_text = (
                f"{code.help_text[:-1]}, or a recovery code." if known.codes else "Only if the passkey is lost."
            )
            code.label = code.label if known.codes else "Recovery code"

    def evidence(self) -> Evidence:
        """As commands take it."""
        return Evidence(**self.given)


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


class RenamePasskey(Edit):
    """What a passkey is called."""

    name = OneLine(label="Name", max_length=60, widget=forms.TextInput({"dir": "auto"}),
                   help_text="Where it is: “laptop”, “blue security key”.")  # fmt: skip


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
