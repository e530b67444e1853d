"""How pages, records, the audit trail and the shell spell counts, sizes and moments: values in, words out."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from unicodedata import bidirectional, normalize

MINUTE, HOUR, DAY = 60, 3600, 86400
FOR = " for "  # between who acted and for whom
LONGEST_FOR_ANOTHER = 250  # two full names with it: what a column holds that says who acted
# U+202A to U+202E and U+2066 to U+2069 are invisible and show a text in another order than it is stored, so that
# signers would see one version and sign another. Arabic, Hebrew and the marks they are written with need none of them.
DIRECTION_MARKS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
FIRST_ISOLATE, LAST_ISOLATE = "\u2068", "\u2069"


def folded(text: str) -> str:
    """A text as searches compare it: in capitals, and each letter spelt in one way; "Straße" and "STRASSE" are one."""
    return normalize("NFKC", text).upper()


def is_rtl(text: str) -> bool:
    """Does the text hold a letter that is written from right to left?"""
    return not text.isascii() and any(bidirectional(character) in ("R", "AL") for character in text)


def begins_rtl(text: str) -> bool:
    """Is its first letter written from right to left, so that all of it is?"""
    return next((kind != "L" for kind in map(bidirectional, text) if kind in ("L", "R", "AL")), False)


def isolated(text: str) -> str:
    """A name or typed text as it stands inside a sentence: it turns neither the dates nor the words around it.

    U+2068 and U+2069 stand around what is written from right to left; marks of its own are spelt out in it.
    """
    if not (is_rtl(text) or any(ord(character) in DIRECTION_MARKS for character in text)):
        return text
    spelt = text.translate({code: f"⟨U+{code:04X}⟩" for code in DIRECTION_MARKS})
    return f"{FIRST_ISOLATE}{spelt}{LAST_ISOLATE}"


def without_isolates(text: str) -> str:
    """The text as it reads where nothing lays it out: without the characters that `isolated` put around names."""
    return text.replace(FIRST_ISOLATE, "").replace(LAST_ISOLATE, "")


def in_one_line(text: str, longest: int) -> str:
    """A text in one line of at most so many characters; an ellipsis says that something is cut off."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def plural(count: int, one: str, many: str = "") -> str:
    """A count and what agrees with it: `1 item`, `2 entries`, `no items`, or `many`: `2 pieces of evidence`."""
    return f"{f'{count:,}' if count else 'no'} {agreeing(count, one, many)}"


def agreeing(count: int, one: str, many: str = "") -> str:
    """The words alone, where the count stands elsewhere: `is` or `are`."""
    if count == 1:
        return one
    return many or (f"{one[:-1]}ies" if one.endswith("ry") else f"{one}s")


def in_hours(minutes: int) -> str:
    """Minutes of work: "45 min", "3 h", "3 h 30 min"; empty for none."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest else "")))


def lasting(span: timedelta) -> str:
    """How long something took: "2 d 5 h", "3 h 20 min", "12 min", "less than a minute"."""
    minutes = int(span.total_seconds()) // MINUTE
    days, rest = divmod(minutes, DAY // MINUTE)
    if days:
        return " ".join(filter(None, (f"{days} d", f"{rest // 60} h" if rest >= 60 else "")))
    return in_hours(minutes) or "less than a minute"


def size(count: int) -> str:
    """Bytes: 900 B, 4 KB, 1.2 MB, 25 MB."""
    if count < 1000:
        return f"{count} B"
    for unit, name in ((1_000, "KB"), (1_000_000, "MB")):
        if count < unit * 999.5:
            amount = count / unit
            return f"{amount:.1f} {name}" if amount < 9.95 and unit > 1_000 else f"{amount:.0f} {name}"
    return f"{count / 1_000_000_000:.1f} GB"


def timestamp(moment: datetime, precision: str = "milliseconds") -> str:
    """A moment as data, RFC 3339 in UTC: 2026-11-19T14:56:12.004Z, or coarser with the `precision` "seconds"."""
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def exact(moment: datetime, precision: str = "seconds") -> str:
    """A moment to read and compare: 2026-11-19 14:56:12 UTC, or 2026-11-19 14:56 UTC by "minutes"."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(' ', precision)} UTC"


def second(moment: datetime) -> str:
    """A moment of the next minutes: 14:56:12 UTC."""
    return f"{moment.astimezone(UTC):%H:%M:%S} UTC"


def day(moment: date, month: str = "%b") -> str:
    """A day: 21 Nov 2026; with the month as "%B" 21 November 2026. Of a datetime, its day in UTC."""
    local = moment.astimezone(UTC) if isinstance(moment, datetime) else moment
    return f"{local.day} {local:{month} %Y}"


def minute(moment: datetime) -> str:
    """A planned moment: 21 Nov 2026, 14:05. It is in UTC; `span` says so."""
    return f"{day(moment)}, {_clock(moment)}"


def near(moment: datetime, now: datetime) -> str:
    """A planned moment as it is called `now`: "today 16:00", "Tue 24 Nov 06:00", with its year if that is another."""
    local, today = moment.astimezone(UTC), now.astimezone(UTC).date()
    days = {today - timedelta(days=1): "yesterday", today: "today", today + timedelta(days=1): "tomorrow"}
    year = "" if local.year == today.year else f" {local.year}"
    return f"{days.get(local.date(), f'{local:%a} {local.day} {local:%b}{year}')} {_clock(moment)}"


def span(start: datetime | None, end: datetime | None, spell: Callable[[datetime], str] = minute) -> str:
    """From when to when, a day that both share once: "from … UTC", "until … UTC", "today 16:00–18:00 UTC", or empty."""
    if start is None or end is None:
        return f"from {spell(start)} UTC" if start else f"until {spell(end)} UTC" if end else ""
    if start.astimezone(UTC).date() == end.astimezone(UTC).date():
        return f"{spell(start)}–{_clock(end)} UTC"
    return f"{spell(start)} – {spell(end)} UTC"


def relative(moment: datetime, now: datetime) -> str:
    """How long before or after `now`: "just now", "12 min ago", "in 2 h", "yesterday", "3 days ago", or the day.

    From 24 h on days of the calendar are counted, in UTC: from Saturday evening to Monday evening it is two.

    static/js/times.js does the same in the browser; change both.
    """
    seconds = round((moment - now).total_seconds())
    distance, ahead = abs(seconds), seconds > 0
    if distance < 10:
        return "just now"
    for limit, unit, name in ((MINUTE, 1, "s"), (HOUR, MINUTE, "min"), (DAY, HOUR, "h")):
        if distance < limit:
            return f"in {distance // unit} {name}" if ahead else f"{distance // unit} {name} ago"
    days = abs((moment.astimezone(UTC).date() - now.astimezone(UTC).date()).days)
    if days == 1:
        return "tomorrow" if ahead else "yesterday"
    if days < 30:
        return f"in {days} days" if ahead else f"{days} days ago"
    return day(moment)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M}"


def for_another(name: str, other: str) -> str:
    """Who turned a key for whom, as it is printed beside it: "Rei Sato for Jun Kim"."""
    return f"{name}{FOR}{other}"


def who_acted(name: str) -> str:
    """Of such a name, the one who acted, for whose initials stand on the key."""
    return name.partition(FOR)[0]
