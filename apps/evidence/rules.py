"""Whether what is laid before something meets what is asked for: kinds of evidence, and how old it may be."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core.wording import plural

# What counts as each kind that a template may ask for. "field" are the blanks and the result of what asks.
COUNTS: dict[str, tuple[str, ...]] = {
    "file": ("file",),
    "link": ("link",),
    "command": ("note", "file", "command"),  # its output as text or as a file, or the run of a probe that runs it
    "probe": ("probe", "command"),
    "field": ("field",),
}
# Where only an age is asked for: any of these, or where there is none the first key, by which somebody says so.
ANY, KEY = ("file", "link", "note", "probe", "command"), "key"
WORDS = {
    "file": "a file",
    "link": "a link",
    "command": "the output of a command",
    "probe": "a probe run",
    "field": "a filled-in field",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """How what is there meets what is asked for.

    asks: in words, "a file or a link"; empty where any proof will do. is_there: whether anything of that is there.
    days: how old it may be, None for any age. stale_at: when the oldest of it becomes too old, None where nothing does.
    is_stale: whether that has come.
    """

    asks: str
    is_there: bool
    days: int | None = None
    stale_at: datetime | None = None
    is_stale: bool = False

    @property
    def is_met(self) -> bool:
        """Whether it blocks nothing."""
        return self.is_there and not self.is_stale

    @property
    def reason(self) -> str:
        """Why it blocks, in a sentence; empty when it does not."""
        if not self.is_there:
            return f"It asks for {self.asks}, and has none."
        return f"Its proof is older than {age_in_words(self.days or 0)}: a new one is needed." if self.is_stale else ""

    @property
    def in_short(self) -> str:
        """The same in few words, for a tag."""
        if not self.is_there:
            return f"✕ lacks {self.asks}"
        return f"✕ proof older than {age_in_words(self.days or 0)}" if self.is_stale else ""


def judge(
    kinds: Collection[str], days: int | None, there: Mapping[str, datetime | None], *, now: datetime
) -> Proof | None:
    """How what is there meets what is asked for, at a moment; None where nothing is asked for.

    kinds: one of them is enough. there: by what it is (those of COUNTS, on the right), since when the oldest of it is
    there; None where it has no age yet. The oldest counts, so that nothing is made young by what lies beside it.
    """
    if not kinds and days is None:
        return None
    wanted = {each for kind in kinds for each in COUNTS[kind]} if kinds else {*ANY}
    found = {kind: since for kind, since in there.items() if kind in wanted}
    if not kinds:
        found = found or {KEY: there.get(KEY)}
    asks = " or ".join(WORDS[kind] for kind in kinds)
    moments = [since for since in found.values() if since is not None]
    if days is None or not moments:
        return Proof(asks, bool(found), days)
    stale_at = min(moments) + timedelta(days=days)
    return Proof(asks, bool(found), days, stale_at, stale_at <= now)


def there(
    pieces: Mapping[str, datetime],
    *,
    probe_kind: str | None,
    finished_at: datetime | None,
    is_answered: bool,
    signed_at: datetime | None,
) -> dict[str, datetime | None]:
    """What `judge` takes: what is there, by what it is, since when.

    pieces: of files, links and notes, when the oldest was added. finished_at: of the latest run of a probe, whose kind
    `probe_kind` is. is_answered: blanks or a result are filled in; their age is that of the first key, which covers
    them. signed_at: when that was turned, if it was.
    """
    found: dict[str, datetime | None] = {**pieces}
    if finished_at:
        found["command" if probe_kind == "command" else "probe"] = finished_at
    if is_answered:
        found["field"] = signed_at
    return found | {KEY: signed_at}


def age_in_words(days: int) -> str:
    """ "24 h", "14 days": how old something may be."""
    return "24 h" if days == 1 else plural(days, "day")
