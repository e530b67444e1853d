"""The shape of what people choose for themselves."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django import forms

from apps.core.clock import time_zones
from apps.core.forms import Edit

UTC_ONLY = "UTC"
ONE_OF_THE_LIST = "This Keyturn does not know that time zone. Choose one of the list."


class EditPreferences(Edit):
    """Beside UTC which zone, and whether single letters act."""

    time_zone = forms.TypedChoiceField(
        label="Time zone", choices=lambda: list(_zones()), coerce=lambda name: "" if name == UTC_ONLY else name,
        help_text="Beside UTC, never instead of it; windows are entered in it. Names of days and months follow the "
        "language of your browser.",
        error_messages={"invalid_choice": ONE_OF_THE_LIST},
    )  # fmt: skip
    letter_keys = forms.BooleanField(
        label="Single letters act on pages",
        required=False,
        help_text="j, k, s and others. Switched off, Tab, Enter, Esc and keys with Ctrl or Alt stay.",
    )


def _zones() -> Iterator[tuple[str, Any]]:
    """UTC only, then every zone under its part of the world."""
    yield UTC_ONLY, "UTC only"
    for area, names in groupby(time_zones(), lambda name: name.partition("/")[0]):
        yield area, [(name, name.replace("_", " ")) for name in names]
