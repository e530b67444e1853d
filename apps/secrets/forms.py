"""The shape of what admins of a team type about secrets. A value is never shown again, whatever else is wrong."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.forms import AgainstShown, Create, Edit, OneLine, Text

from .rules import LONGEST, LONGEST_AUTHORITIES, NAME_LENGTH, authorities_of, bindings_of, why_no_name, why_no_value

VALUE = "secret_value"  # core.http.NOT_RETURNED leaves it out of what is shown again
HOSTS = "One a line: https://metrics.example.com, or https://*.example.com:8443 for every host below. Nowhere else."


class SecretField(forms.CharField):
    """A value exactly as typed; the page never has it again."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput({"autocomplete": "off", "spellcheck": "false"}, render_value=False)
        super().__init__(label="Value", max_length=LONGEST, strip=False, widget=widget, **options)


class Hosts(Text):
    """Where a secret may be sent, one a line."""

    def __init__(self) -> None:
        widget = forms.Textarea({"rows": 3, "spellcheck": "false", "autocapitalize": "none"})
        super().__init__(label="May be sent to", max_length=4000, widget=widget, help_text=HOSTS)

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value))
        try:
            return "\n".join(bindings_of(text.splitlines()))
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Authorities(Text):
    """Whose certificates may vouch for these hosts."""

    def __init__(self) -> None:
        super().__init__(
            label="Certificates that may vouch for them",
            max_length=LONGEST_AUTHORITIES,
            required=False,
            widget=forms.Textarea({"rows": 3, "spellcheck": "false"}),
            help_text="In PEM form, of your own authority. A probe with other ones does not get the secret.",
        )

    def clean(self, value: Any) -> Any:
        try:
            return authorities_of(str(super().clean(value)))
        except ValueError as error:
            raise ValidationError(str(error)) from error


class _WithValue(forms.Form):
    """A form with a value, which asks for it again whenever something else is wrong."""

    secret_value = SecretField(help_text="Nobody reads it again, you neither: keep it where you have it from.")

    def clean_secret_value(self) -> str:
        return _good(self.cleaned_data[VALUE], why_no_value)

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error(field, error)
        if field is None:  # a command turned it down
            self._ask_again()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # the stubs do not know it
        if self.errors:
            self._ask_again()

    def _ask_again(self) -> None:
        if VALUE not in self.errors:
            super().add_error(VALUE, "Type the value again: no page shows it, not even now.")


class SetSecret(_WithValue, Create):
    """A new secret."""

    name = OneLine(
        max_length=NAME_LENGTH,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text="What probes call it: prometheus-token. It stays.",
    )
    bindings = Hosts()
    authorities = Authorities()
    field_order = ("name", VALUE, "bindings", "authorities")

    def clean_name(self) -> str:
        return _good(self.cleaned_data["name"], why_no_name)


class RotateSecret(_WithValue, AgainstShown):
    """A new value for a secret."""


class BindSecret(Edit):
    """Where a secret may be sent, and who may vouch for that."""

    bindings = Hosts()
    authorities = Authorities()


def _good(value: str, why_not: Callable[[str], str]) -> str:
    if problem := why_not(value):
        raise ValidationError(problem)
    return value
