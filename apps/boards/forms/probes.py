"""What people type on the page of a probe."""

from datetime import timedelta
from typing import Any

from django import forms

from apps.core.forms import Edit
from apps.core.wording import lasting
from apps.probes.models import LONGEST_INTERVAL
from apps.probes.rules import schedule_of

NEVER, OTHER = "never", "other"
INTERVALS = (60, 300, 900, 3600, 6 * 3600, 24 * 3600)  # seconds
MOST_MINUTES = LONGEST_INTERVAL // 60


class ScheduleProbe(Edit):
    """How often a probe runs by the clock."""

    every = forms.ChoiceField(
        label="Runs",
        choices=[
            (NEVER, "only when somebody asks"),
            *((str(each), f"every {lasting(timedelta(seconds=each))}") for each in INTERVALS),
            (OTHER, "every so many minutes"),
        ],
    )
    minutes = forms.IntegerField(
        label="Minutes",
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
        help_text=f"With “every so many minutes”: 1 to {MOST_MINUTES:,}.",
    )

    def __init__(self, data: Any = None, *, seconds: int | None, **kwargs: Any) -> None:
        """seconds: the interval that is saved, None for none."""
        super().__init__(data, now=schedule_of(seconds), initial=_initial(seconds), **kwargs)

    def clean(self) -> dict[str, Any]:
        """What `schedule_probe` takes."""
        cleaned = super().clean()
        every, minutes = cleaned.pop("every", NEVER), cleaned.pop("minutes", None)
        if every == OTHER and minutes is None and "minutes" not in self.errors:
            self.add_error("minutes", f"Say how many minutes: 1 to {MOST_MINUTES:,}.")
        if every != OTHER and minutes is not None:
            if minutes == self.initial.get("minutes"):
                minutes = None  # as they came: the choice above is what was changed
            elif every == self.initial["every"]:
                every = OTHER  # minutes alone were typed
            else:
                self.add_error("minutes", "Choose “every so many minutes” above, or leave this empty.")
        seconds = {NEVER: 0, OTHER: (minutes or 0) * 60}
        return cleaned | {"seconds": (seconds[every] if every in seconds else int(every)) or None}


def _initial(seconds: int | None) -> dict[str, Any]:
    if seconds is None or seconds in INTERVALS:
        return {"every": str(seconds or NEVER)}
    return {"every": OTHER, "minutes": max(1, seconds // 60)}
