"""Moments as people type them: as clocks show them where somebody is, stored in UTC."""

from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from apps.core.clock import Clock, beside_a_gap, readings, time_zones
from apps.core.forms import year_in_range
from apps.core.wording import exact, timestamp


class LocalTime(forms.DateTimeField):
    """A day and a time as clocks show them somewhere, which is no moment yet: naive."""

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str) and _names_an_offset(value.strip()):
            raise ValidationError("Write the day and the time alone; the zone is the one named beside it.")
        found: datetime | None = super().to_python(value)
        return found and found.replace(tzinfo=None)


def local_time(label: str, hint: str = "", *, required: bool = False) -> LocalTime:
    """The field of a moment; the form adds the zone to its label."""
    picker = forms.DateTimeInput({"type": "datetime-local", "autocomplete": "off"}, format="%Y-%m-%dT%H:%M")
    return LocalTime(label=label, required=required, widget=picker, help_text=hint, validators=[year_in_range])


class LocalTimes(forms.Form):
    """A form with fields of `local_time`, which `moments` names. `cleaned_data` holds moments.

    It says in which zone it was shown, for a person may choose another while it is open.
    """

    moments: ClassVar[tuple[str, ...]]
    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, clock: Clock, **kwargs: Any) -> None:
        """`clock` is that of whoever looks; a form that was sent is read in the zone that it names."""
        super().__init__(*args, **kwargs)
        sent = str(self.data.get(self.add_prefix("time_zone"), "")) if self.is_bound else clock.time_zone
        self.clock = replace(clock, time_zone=sent if sent in time_zones() else "")
        self.is_of_no_zone = sent != self.clock.time_zone and self.is_bound
        self.initial = {**self.initial, "time_zone": self.clock.time_zone}
        for name in self.moments:
            self._show(name)
        self.order_fields([each for name in list(self.fields) for each in (name, f"{name}_which")])

    def clean(self) -> dict[str, Any]:
        """The moments that are meant, in UTC."""
        cleaned = super().clean() or {}
        if self.is_of_no_zone:
            self.add_error(None, "This page named a time zone that is not known here. Reload it and try again.")
        for name in self.moments:
            if local := cleaned.get(name):
                cleaned[name] = self._meant(name, local)
            cleaned.pop(f"{name}_which", None)
        cleaned.pop("time_zone", None)
        return cleaned

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields of its moments, in order: each, and where its time comes twice, which one is meant."""
        names = (one for name in self.moments for one in (name, f"{name}_which"))
        return [self[name] for name in names if name in self.fields]

    def _show(self, name: str) -> None:
        """Fill and label a field as the clock shows it, with what that is in UTC."""
        field, before = self.fields[name], self.initial.get(name)
        zone = self.clock.time_zone.replace("_", " ") or "UTC"
        field.label = f"{field.label}, {zone}"
        if isinstance(before, datetime):
            before = before.replace(second=0, microsecond=0)  # as fields show it
            self.initial[name] = self.clock.local(before)
        local = self._local(name)
        found = readings(local, self.clock.zone) if local else []
        twice = len(found) == 2
        if twice:
            self.fields[f"{name}_which"] = self._which(str(field.label), found)
            self.initial.setdefault(f"{name}_which", timestamp(before, "seconds") if before in found else "")
        if self.clock.time_zone:
            field.widget.attrs["data-time-zone"] = self.clock.time_zone
            in_utc = f"That is {exact(found[0], 'minutes')}." if found and not twice else ""
            field.help_text = format_html("<span data-in-utc>{}</span> {}", in_utc, field.help_text)

    def _local(self, name: str) -> datetime | None:
        """What stands in the field now, if that is a time."""
        value = self.data.get(self.add_prefix(name)) if self.is_bound else self.initial.get(name)
        try:
            found = self.fields[name].clean(value)
        except ValidationError:
            return None
        return found if isinstance(found, datetime) else None

    def _which(self, label: str, found: list[datetime]) -> forms.ChoiceField:
        """Which of two moments is meant at which clocks show the same."""
        turns = zip(found, ("before", "after"), strict=True)
        choices = [(timestamp(at, "seconds"), f"{exact(at, 'minutes')}, {when} clocks go back") for at, when in turns]
        ask = {"invalid_choice": "Clocks go back over this time, so it comes twice. Choose which one you mean."}
        return forms.ChoiceField(
            label=f"{label}: which one", required=False, choices=choices, widget=forms.RadioSelect, error_messages=ask
        )

    def _meant(self, name: str, local: datetime) -> datetime | None:
        found = readings(local, self.clock.zone)
        chosen, which = self.cleaned_data.get(f"{name}_which"), f"{name}_which"
        if len(found) == 2:
            found = [moment for moment in found if timestamp(moment, "seconds") == chosen]
            if not found and which not in self.errors:
                self.add_error(which, self.fields[which].error_messages["invalid_choice"])
        elif not found:
            either = " or ".join(self.clock.words(near) for near in beside_a_gap(local, self.clock.zone))
            self.add_error(name, f"Clocks go forward over this time, so it does not exist. Write {either}.")
        try:
            year_in_range(found[0] if found else local)
        except ValidationError as error:
            self.add_error(name, error)
        return found[0] if found else None


def _names_an_offset(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
