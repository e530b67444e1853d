"""The shape of what people type about themselves and their team."""

import unicodedata
from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from apps.core.forms import Edit

from .commands import Account
from .models import Team, User
from .rules import is_ignorable, why_no_name

NAME = {"autocomplete": "name", "dir": "auto"}
USERNAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
PASSWORD_HINT = "At least 12 characters. A few words nobody would guess do well."


class Name(forms.CharField):
    """What a person is called, in one line; what turns the reading direction or hides is left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="Your name", max_length=120, widget=forms.TextInput(NAME), **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        text = " ".join("".join(" " if _misleads(letter) else letter for letter in text).split())
        if text and (why := why_no_name(text)):
            raise ValidationError(why)
        return text


class Password(forms.CharField):
    """A password exactly as typed; `autocomplete` tells browsers which one is meant."""

    def __init__(self, autocomplete: str, **kwargs: Any) -> None:
        widget = forms.PasswordInput({"autocomplete": autocomplete})
        super().__init__(max_length=256, strip=False, widget=widget, **kwargs)


class SignIn(forms.Form):
    """A name and a password, as typed."""

    username = forms.CharField(label="User name", max_length=60, widget=forms.TextInput(USERNAME))
    password = Password("current-password", label="Password")


class Become(forms.Form):
    """Whom to become in a demo."""

    person = forms.ModelChoiceField(User.objects.filter(is_active=True))


class NewAccount(SetPasswordMixin, forms.Form):
    """What somebody chooses for a new account."""

    full_name = Name(help_text="Printed beside each key you turn.")
    username = forms.CharField(
        label="User name", max_length=60, validators=User._meta.get_field("username").validators,
        widget=forms.TextInput(USERNAME), help_text="What you sign in with: letters, digits and . @ + - _",
    )  # fmt: skip
    password = Password("new-password", label="Password", help_text=PASSWORD_HINT)

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if User.objects.called(username).exists():
            raise ValidationError(f"The user name “{username}” is taken. Choose another.")
        return username

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        person = User(username=cleaned.get("username", ""), full_name=cleaned.get("full_name", ""))
        self.validate_password_for_user(person, "password")
        return cleaned

    def account(self) -> Account:
        """The account as the commands take it."""
        return Account(*(self.cleaned_data[name] for name in ("username", "full_name", "password")))


class NewTeam(forms.Form):
    """What a team is called, and the short code its deployments' numbers begin with."""

    name = forms.CharField(label="Team name", max_length=80, widget=forms.TextInput({"dir": "auto"}))
    slug = forms.CharField(
        label="Code",
        min_length=2,
        max_length=12,
        validators=[RegexValidator(r"^[A-Za-z][A-Za-z0-9-]*\Z", "Begin with a letter; use letters, digits and -.")],
        help_text="Short, for addresses and numbers: “pay” gives PAY-1, PAY-2.",
        widget=forms.TextInput({"autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        if Team.objects.filter(slug=slug).exists():
            raise ValidationError(f"Another team uses the code “{slug.upper()}”. Choose another.")
        return slug


class FirstTeam(NewTeam, NewAccount):
    """The first person and their team, in one go."""

    field_order = ("full_name", "username", "password", "name", "slug")


class Rename(Edit):
    """A person's own name."""

    full_name = Name(help_text="Keys you turned keep the name they were turned with.")


class ChangePassword(SetPasswordMixin, forms.Form):
    """The old password and a new one."""

    old = Password("current-password", label="Password now")
    new = Password("new-password", label="New password", help_text=PASSWORD_HINT)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.validate_password_for_user(self.person, "new")
        return cleaned


def _misleads(letter: str) -> bool:
    # ZERO WIDTH JOINER and NON-JOINER belong to names in several scripts.
    return (is_ignorable(letter) or unicodedata.category(letter) in ("Zl", "Zp")) and letter not in "\u200c\u200d"
