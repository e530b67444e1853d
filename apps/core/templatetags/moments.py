"""Moments and days as pages show them: in UTC, and marked so that a browser can add one's own zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core import wording


def utc(moment: datetime | None) -> SafeString | str:
    """A moment exact to the second: 2026-11-19 14:56:12 UTC; nothing for None."""
    if moment is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', wording.timestamp(moment, "seconds"), wording.exact(moment))


def day(moment: date, month: str = "%b") -> SafeString:
    """A day: 21 Nov 2026; with the month as "%B" 21 November 2026. Of a datetime, its day in UTC."""
    iso = (moment.astimezone(UTC) if isinstance(moment, datetime) else moment).isoformat()[:10]
    length = "long" if month == "%B" else "medium"
    return format_html('<time datetime="{}" data-day="{}">{}</time>', iso, length, wording.day(moment, month))


def span(
    start: datetime | None, end: datetime | None, spell: Callable[[datetime], str] = wording.minute
) -> SafeString | str:
    """From when to when, in the words of `wording.span`; an open end is .. as in ISO 8601, nothing has both."""
    interval = "/".join(wording.timestamp(moment, "seconds") if moment else ".." for moment in (start, end))
    words = wording.span(start, end, spell)
    return format_html('<span data-interval="{}">{}</span>', interval, words) if words else ""
