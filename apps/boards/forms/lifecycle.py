"""What people say when they start, move or give up a deployment."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django import forms

from apps.checklists.rules.variables import Variable
from apps.core.forms import AgainstShown, Edit, OneLine, year_in_range

from .items import Reason, one_of

LONGEST_VALUE = 500
TEXT = {"autocomplete": "off", "dir": "auto"}


def _moment(label: str, hint: str = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput({"type": "datetime-local", "autocomplete": "off"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget, help_text=hint, validators=[year_in_range])


class Window(forms.Form):
    """From when to when it may go out, in UTC; either end may stay open."""

    window_start = _moment("Window opens, UTC")
    window_end = _moment("Window closes, UTC")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("window_start"), cleaned.get("window_end")
        if start and end and end <= start:
            self.add_error("window_end", "The window closes before it opens. Choose a later time.")
        return cleaned


class MoveWindow(Edit, Window):
    """Another window for a deployment that exists."""


class CreateDeployment(Window):
    """A new deployment, with one field for each blank its checklist names."""

    service = OneLine(max_length=100, widget=forms.TextInput(TEXT | {"placeholder": "Payments gateway"}))
    version = OneLine(max_length=100, widget=forms.TextInput(TEXT | {"placeholder": "2.8.0"}))
    environment = OneLine(
        max_length=60,
        initial="production",
        widget=forms.TextInput(TEXT | {"list": "environments"}),
        help_text="Signatures cover version and environment, so both stay as they are.",
    )
    window_end = _moment("Window closes, UTC", "Both may stay open; the window can be moved later.")
    intent = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)
    field_order = ("service", "version", "environment", "window_start", "window_end")

    def __init__(self, *args: Any, variables: Sequence[Variable], tiers: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.variables = list(variables)
        if tiers:
            hint = "Items for other tiers do not apply, and say so."
            self.fields["tier"] = one_of("Tier", tiers, help_text=hint)
        for place, one in enumerate(self.variables):
            self.fields[f"variable_{place}"] = _asked(one)

    @property
    def blanks(self) -> list[forms.BoundField]:
        """What the checklist asks, in its order: the tier first."""
        tier = [self["tier"]] if "tier" in self.fields else []
        return [*tier, *(self[f"variable_{place}"] for place in range(len(self.variables)))]

    @property
    def values(self) -> dict[str, Any]:
        """What `create_deployment` takes."""
        typed = dict(self.cleaned_data)
        blanks = {one.name: typed.pop(f"variable_{place}") for place, one in enumerate(self.variables)}
        return typed | {"variables": {name: value for name, value in blanks.items() if value}}


def _asked(one: Variable) -> forms.Field:
    """The field of a variable: chosen where it says what from, else one line that may stay a blank."""
    label = one.label or one.name
    if one.kind != "text":
        return one_of(label, one.answers)
    hint = f"Left empty, the items keep “{one.name}” as a blank."
    widget = forms.TextInput(TEXT)
    return OneLine(label=label, required=False, max_length=LONGEST_VALUE, widget=widget, help_text=hint)


class CancelDeployment(AgainstShown):
    """Why it is given up, and that this is meant."""

    reason = Reason(so_that=", for whoever reads the record", help_text="Kept in the ledger, printed on the record.")
    confirmed = forms.BooleanField(
        label="I cancel this deployment for good. It cannot be opened again.",
        error_messages={"required": "Confirm that you mean it."},
    )


class Upgrade(AgainstShown):
    """Which version is taken over, and that keys may fall out for it."""

    version = forms.UUIDField(widget=forms.HiddenInput)
    confirmed = forms.BooleanField(
        label="Let these keys fall out", error_messages={"required": "Tick it: the keys named here fall out."}
    )

    def __init__(self, *args: Any, page: Mapping[str, Any], **kwargs: Any) -> None:
        """`page` is what the page shows: without keys that fall there is nothing to confirm."""
        super().__init__(*args, **kwargs)
        self.newer = page.get("newer")
        self.initial = {"basis": page.get("shown", ""), "version": self.newer and self.newer.pk}
        if not page.get("keys_fall"):
            del self.fields["confirmed"]

    def clean_version(self) -> Any:
        """The version that was shown, if it is the newest still."""
        if self.newer is None or self.cleaned_data["version"] != self.newer.pk:
            raise forms.ValidationError("Another version is the newest by now. Reload the page to see what it changes.")
        return self.newer

    @property
    def values(self) -> dict[str, Any]:
        """What the command takes."""
        return {"version": self.cleaned_data["version"], "shown": self.cleaned_data["shown"]}
