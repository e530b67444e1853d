"""What a person measures: one value, and how they came to it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django import forms

from apps.probes.conditions import ANYTHING, NUMBER, UNITS, Value

from .kind import setting
from .outcome import Reading
from .passive import LINK, BadReport, Passive

MEASURED = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,10})?")
AMBIGUOUS = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")  # a thousand to some, one to others
NO_UNIT = "none"


@dataclass(frozen=True, kw_only=True)
class Manual(Passive):
    """What is to be measured, and in which unit. value: what a person measured. measured: that somebody did."""

    LABEL = "Manual measurement"
    ABOUT = "a person measures a value and says how"
    FACTS = {"by": "Measured by", "how": "How", "link": "Evidence"}

    VALUES = {"value": ANYTHING, "measured": ANYTHING}
    USUAL = "measured == true"

    what: str = setting(
        forms.CharField,
        label="What to measure",
        max_length=500,
        widget=forms.TextInput(attrs={"placeholder": "Time until the first token, with the load test’s prompt"}),
        help_text="And how, so that somebody else measures the same.",
    )
    unit: str = setting(
        forms.ChoiceField,
        default=NO_UNIT,
        first=True,
        choices=[(NO_UNIT, "no unit"), *((each, each) for each in UNITS)],
        help_text="Its limit is a condition, e.g. value < 300 ms.",
    )

    def asked(self) -> dict[str, str]:
        return {"method": "Measured by a person:", "url": self.what}

    def measures(self) -> Mapping[str, str]:
        """The value in the unit of this probe."""
        return self.VALUES | {"value": NUMBER if self.unit == NO_UNIT else self.unit}

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.unit != NO_UNIT and self.unit not in UNITS:
            yield "unit", f"Choose one of {', '.join(UNITS)}, or none."
        if not re.search(r"\bvalue\b", self.conditions):
            yield "conditions", "Say what the value has to be, e.g. value < 300 ms."

    def reading(self, *, value: str, how: str, link: str = "") -> Reading:
        """What somebody measured, as they typed it. Raises BadReport for what is no number."""
        if AMBIGUOUS.fullmatch(value.strip()):
            thousands, decimals = (value.strip().replace(",", by) for by in ("", "."))
            raise BadReport(f"“{value.strip()}” can be read in two ways. Write {thousands}, or {decimals}.")
        typed = value.strip().replace(",", ".")
        if not MEASURED.fullmatch(typed):
            raise BadReport("Write one number, as 226 or 0.25. Its unit is that of the probe.")
        if link and not LINK.fullmatch(link):
            raise BadReport("The link begins with https:// or http://.")
        unit = "" if self.unit == NO_UNIT else self.unit
        measured = Value(Decimal(typed) * (UNITS[unit][1] if unit else 1), unit)
        return Reading(
            answered=f"Measured {measured}",
            values={"value": measured, "measured": Value(data=True)},
            response={"how": how, "link": link},
        )
