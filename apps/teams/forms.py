"""The shape of what people type about who is in their team."""

from secrets import token_urlsafe
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.roles import BASES, BY_TWO, DESCRIPTIONS, GRANTED, VERIFYING, Role, why_not_read_until
from apps.core import mail
from apps.core.forms import AgainstShown, Create, year_in_range
from apps.core.forms.proofs import Prove
from apps.core.statements import Folded

BASE_CHOICES = [(role.value, f"{role.label}: {DESCRIPTIONS[role]}") for role in BASES]
ROLE_CHOICES = [(role.value, f"{role.label}: {DESCRIPTIONS[role]}") for role in GRANTED]
TOKEN = RegexValidator(r"\A[A-Za-z0-9_-]{43}\Z", "The page you sent was not complete. Reload it and try again.")


class ReadsUntil(forms.Form):
    """Until when an auditor reads; asked with a role, of auditors alone."""

    reads_until = forms.DateField(
        label="Auditors read until", required=False, validators=[year_in_range],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="Their last day, in UTC: a year away at most. Members need none.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        why = why_not_read_until(cleaned.get("reads_until"), timezone.now().date())
        if cleaned.get("role") == Role.AUDITOR and "reads_until" not in self.errors and why:
            self.add_error("reads_until", why)
        return cleaned


class Invite(ReadsUntil):
    """Whom a one-time link is for, and what they will be."""

    field_order = ("note", "email", "role", "reads_until", "intent")

    note = forms.CharField(
        label="For whom", max_length=120, widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
        help_text="Only for your own list; who joins chooses their own name.",
    )  # fmt: skip
    email = forms.EmailField(
        label="Mail", required=False, widget=forms.EmailInput({"autocomplete": "off"}),
        help_text="Their link is mailed there. Without it you send the link yourself.",
    )  # fmt: skip
    role = forms.ChoiceField(label="Role", choices=BASE_CHOICES, initial=Role.MEMBER, widget=forms.RadioSelect)
    intent = forms.CharField(
        required=False, initial=lambda: token_urlsafe(32), widget=forms.HiddenInput, validators=[TOKEN]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not mail.is_configured():
            del self.fields["email"]


class ChangeRole(ReadsUntil, AgainstShown):
    """Another role for a member, or another last day for an auditor."""

    role = forms.ChoiceField(label="Role", choices=BASE_CHOICES)


class EditTeam(AgainstShown):
    """How a team works."""

    two_publish = forms.BooleanField(
        label="A second person publishes templates", required=False,
        help_text="Once two people might. Switched off, records say that one person published.",
    )  # fmt: skip
    runs_commands = forms.BooleanField(label="Commands that two people approved run as probes", required=False)
    waiver_days = forms.IntegerField(label="A waiver lasts at most, days", min_value=1, max_value=365)
    passkey_roles = forms.MultipleChoiceField(
        label="Keys of these roles take a passkey", required=False, choices=[(role, role.label) for role in VERIFYING],
    )  # fmt: skip

    def clean_passkey_roles(self) -> str:
        """The roles with blanks between them, each once and in one order."""
        return " ".join(sorted(self.cleaned_data["passkey_roles"]))


class Delegate(Create, Prove):
    """Who is asked to verify for somebody, and until which day."""

    person = forms.ModelChoiceField(User.objects.none(), label="Who verifies for you", empty_label="Choose")
    last_day = forms.DateField(
        label="Until", validators=[year_in_range], widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="Their last day, in UTC: two weeks away at most.",
    )  # fmt: skip

    def __init__(self, *args: Any, team: Team, by: User, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="delegate_%s", **kwargs)  # its page asks for proof in two forms
        members = User.objects.filter(memberships__team=team, memberships__role=Role.MEMBER, is_active=True)
        others = members.exclude(pk=by.pk).order_by(Folded("full_name"), "pk")
        self.fields["person"].queryset = others  # type: ignore[attr-defined]


class Confirm(Prove):
    """Who decides that somebody comes to turn keys: that they are it."""


class AskRole(AgainstShown, Prove):
    """A role for a member, and how whoever asks made sure who they are."""

    role = forms.ChoiceField(label="Role", choices=ROLE_CHOICES, widget=forms.RadioSelect)
    identity = forms.CharField(
        label="How you made sure who they are", max_length=120, required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="In person, by video, by a document. Needed for what two admins grant.",
    )  # fmt: skip

    def clean(self) -> dict[str, str]:
        cleaned = super().clean() or {}
        if cleaned.get("role") in BY_TWO and not cleaned.get("identity"):
            self.add_error("identity", "Say how you made sure who they are: two admins grant this role.")
        return cleaned
