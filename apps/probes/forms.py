from typing import Any, ClassVar

from django import forms

from apps.core.errors import Refusal

from . import egress
from .kinds import KINDS, BadSetting, http
from .models import Probe


class ProbeForm(forms.Form):
    """A probe as a person sets it up; one subclass per kind, listed in FORMS."""

    kind: ClassVar[str]
    TARGET: ClassVar[str]  # the field that says where it goes: refusals of the policy stand beside it
    FIELDS: ClassVar[dict[str, str]] = {}  # settings whose field has another name

    name = forms.CharField(max_length=120, help_text="What it checks, e.g. “Health in every region”.")

    @property
    def label(self) -> str:
        """What people call this kind."""
        return str(KINDS[self.kind].LABEL)

    @classmethod
    def values_of(cls, probe: Probe) -> dict[str, Any]:
        """What the form shows of an existing probe."""
        return probe.settings.as_json() | {"name": probe.name}

    def settings(self) -> dict[str, Any]:
        """The configuration that was typed, for `define_probe` and `change_probe`."""
        return {field: value for field, value in self.cleaned_data.items() if field != "name"}

    def clean(self) -> dict[str, Any]:
        """Ask the kind itself, so that form and command never disagree."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            refusal = KINDS[self.kind].Config.parse(self.settings()).refusal(egress.policy())
        except BadSetting as error:
            self.add_error(self._field(error.setting), str(error))
        except ValueError as error:
            self.add_error(self.TARGET, str(error))
        else:
            if refusal:
                self.add_error(self.TARGET, refusal)
        return cleaned

    def _field(self, setting: str) -> str | None:
        """The field that holds a setting; None puts the error above the form."""
        name = self.FIELDS.get(setting, setting)
        return name if name in self.fields else None


class HTTPProbe(ProbeForm):
    """An HTTP probe."""

    kind = "http"
    TARGET = "url"
    FIELDS = {"timeout_ms": "timeout"}

    url = forms.CharField(
        label="Address",
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/health", "autocomplete": "off"}),
        help_text="Asked by a worker of this server. Everybody in the team can read it, so keep secrets out.",
    )
    method = forms.ChoiceField(choices=[(method, method) for method in http.METHODS], required=False)
    expected = forms.CharField(
        label="Expected status",
        max_length=100,
        required=False,
        help_text="200, or ranges: 200-299, 304. Redirects are not followed.",
    )
    contains = forms.CharField(
        label="Body contains", max_length=500, required=False, help_text="Looked for in the first 256 KB."
    )
    max_latency_ms = forms.IntegerField(
        label="Latency limit, ms", min_value=1, max_value=60_000, required=False, help_text="Empty: no limit."
    )
    timeout = forms.IntegerField(
        label="Give up after, s", min_value=1, max_value=60, required=False, help_text="10 if empty."
    )
    tls_days = forms.IntegerField(
        label="Certificate lasts, days",
        min_value=1,
        max_value=3650,
        required=False,
        help_text="At least this many more days. Empty: any valid certificate.",
    )

    @classmethod
    def values_of(cls, probe: Probe) -> dict[str, Any]:
        config = http.Config.parse(probe.config)
        stored = {name: value or "" for name, value in config.as_json().items()}  # 0 stands for “not asked”
        return stored | {"name": probe.name, "timeout": config.timeout_ms // 1000}

    def settings(self) -> dict[str, Any]:
        typed = self.cleaned_data
        timeout = typed.get("timeout") or http.Config.timeout_ms // 1000
        return {
            "url": typed.get("url", ""),
            "method": typed.get("method") or http.Config.method,
            "expected": typed.get("expected") or http.Config.expected,
            "contains": typed.get("contains", ""),
            "max_latency_ms": typed.get("max_latency_ms") or 0,
            "timeout_ms": timeout * 1000,
            "tls_days": typed.get("tls_days") or 0,
        }


FORMS: dict[str, type[ProbeForm]] = {form.kind: form for form in (HTTPProbe,)}


def form_of(kind: str) -> type[ProbeForm]:
    """The form of a kind, or a refusal: not every kind has to be set up in a browser."""
    if kind not in FORMS:
        raise Refusal(f"No probe called “{kind}” can be set up here. Choose one of: {', '.join(FORMS)}.")
    return FORMS[kind]
