"""A person's clock: what a moment is in their time zone and language, and which moment a time that they type means.

What is stored, signed, shared and exported knows neither: it is in UTC, and in English or ISO.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.http import HttpRequest
from django.utils.dateformat import format as in_words
from django.utils.formats import get_format
from django.utils.translation import get_language_from_request, override

from .wording import exact, isolated

ENGLISH = "j M Y"
NO_PLACES = ("Etc/", "SystemV/", "posix/", "right/")  # Etc/GMT+5 is five hours behind UTC: nobody reads it so


@cache
def time_zones() -> tuple[str, ...]:
    """The names of all time zones that are called after a place, such as Europe/Paris."""
    return tuple(sorted(name for name in available_timezones() if "/" in name and not name.startswith(NO_PLACES)))


def readings(local: datetime, zone: tzinfo) -> list[datetime]:
    """The moments at which clocks in a zone show `local`, which is naive; in UTC.

    One as a rule, none where clocks go forward over it, and two, the earlier first, where they go back over it.
    """
    return [moment for moment in _both(local, zone) if moment.astimezone(zone).replace(tzinfo=None) == local]


def beside_a_gap(local: datetime, zone: tzinfo) -> list[datetime]:
    """What clocks in a zone show, naive, at the moments that a time which does not exist there could have meant."""
    return [moment.astimezone(zone).replace(tzinfo=None) for moment in _both(local, zone)]


@dataclass(frozen=True)
class Clock:
    """How one person reads moments.

    time_zone: a name out of `time_zones()`; empty for somebody who reads UTC only. language: as Django calls it.
    """

    time_zone: str = ""
    language: str = "en"

    @property
    def zone(self) -> tzinfo:
        """The zone; UTC where this machine does not know it any more."""
        try:
            return ZoneInfo(self.time_zone) if self.time_zone else UTC
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC

    def local(self, moment: datetime) -> datetime:
        """What their clocks show at a moment, naive."""
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def words(self, local: datetime) -> str:
        """A day and a time as their language writes them: "Sat 28 Nov 2026, 21:36", "Sa 28. November 2026, 21:36"."""
        with override(self.language):
            day = ENGLISH if self.language.startswith("en") else get_format("DATE_FORMAT", self.language)
            return isolated(in_words(local, f"D {day}, H:i"))

    def beside(self, moment: datetime) -> str:
        """A moment to decide by: "2026-11-28 20:36 UTC, Sat 28 Nov 2026, 21:36 for you"."""
        own = "" if self.zone is UTC else f", {self.words(self.local(moment))} for you"
        return f"{exact(moment, 'minutes')}{own}"


def clock_of(request: HttpRequest) -> Clock:
    """The clock of whoever asks: the zone of their account, the language that their browser prefers."""
    return Clock(getattr(request.user, "time_zone", ""), get_language_from_request(request))


def _both(local: datetime, zone: tzinfo) -> list[datetime]:
    return sorted({local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
