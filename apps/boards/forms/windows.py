"""From when to when a deployment may go out, typed in somebody's own time zone."""

from datetime import datetime
from typing import Any, Self

from apps.core.errors import Changed
from apps.core.forms import Edit
from apps.core.forms.local_times import LocalTimes, local_time

MOMENTS = ("window_start", "window_end")


class Window(LocalTimes):
    """From when to when it may go out; either end may stay open."""

    moments = MOMENTS
    window_start = local_time("Window opens")
    window_end = local_time("Window closes")

    def clean(self) -> dict[str, Any]:
        """Both ends in UTC, in order."""
        cleaned = super().clean()
        start, end = cleaned.get("window_start"), cleaned.get("window_end")
        if start and end and end <= start and not self.errors:
            self.add_error("window_end", "The window closes before it opens. Choose a later time.")
        return cleaned


class MoveWindow(Edit, Window):
    """Another window for a deployment that exists."""

    def refuse(self, changed: Changed) -> Self:
        """With what is saved now, beside UTC as it is for whoever looks."""
        super().refuse(changed)
        self.meanwhile = [(label, self._beside(text)) for label, text in self.meanwhile]
        return self

    def _beside(self, text: str) -> str:
        return text and self.clock.beside(datetime.fromisoformat(text.replace(" UTC", "+00:00")))
