"""What there is word of, and what each kind of word says: pure, without a database or a clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import TextChoices

from apps.accounts.roles import Capability
from apps.core.wording import in_one_line


class Kind(TextChoices):
    """What a notice is about. Those in WAITING leave an inbox only by being done."""

    VERIFY = "verify", "A key waits for you"
    WAIVER = "waiver", "A waiver waits for you"
    SHEET = "sheet", "A sign-off sheet waits for you"
    REVIEW = "review", "What an emergency owes waits for you"
    GRANT = "grant", "A role waits for you to grant it"
    ASSIGNED = "assigned", "Something is assigned to you"
    REJECTED = "rejected", "What you signed or own was rejected"
    INVALIDATED = "invalidated", "Your key fell out"
    VERIFIED = "verified", "What you signed is verified"
    DECIDED = "decided", "Your waiver is approved, ended or expired"
    VERDICT = "verdict", "A verdict changed"
    DAY_BEFORE = "day_before", "A window opens within 24 h"
    HOUR_BEFORE = "hour_before", "A window opens within the hour"
    OUTCOME = "outcome", "A deployment ended"
    EMERGENCY = "emergency", "A deployment went by the emergency lane"
    RECORD = "record", "A record is ready"
    ROLE = "role", "Your role changed, or one you asked for"
    OVERDUE = "overdue", "Nobody did what waits"
    SECURITY = "security", "How you get in changed"
    SUSPENDED = "suspended", "Somebody of your team signs nothing for a day"


WAITING = (Kind.VERIFY, Kind.WAIVER, Kind.SHEET, Kind.REVIEW, Kind.GRANT)
# A newer one takes the place of those before it, of the same kind or of one beside it.
SUPERSEDED: dict[Kind, tuple[Kind, ...]] = {
    Kind.VERDICT: (Kind.VERDICT,),
    Kind.DAY_BEFORE: (Kind.DAY_BEFORE, Kind.HOUR_BEFORE),
    Kind.HOUR_BEFORE: (Kind.DAY_BEFORE, Kind.HOUR_BEFORE),
    Kind.SUSPENDED: (Kind.SUSPENDED,),
}
LONGEST_DETAIL = 300


@dataclass(frozen=True, kw_only=True)
class Word:
    """What one person is to hear: `occasion` is what it came of, and with kind and `about` happens once.

    about: "item:", "deployment:", "grant:" and the id in hex. path: where it is, on this site. subject: what it is
    called there; detail: what happened, in words.
    """

    person: UUID
    kind: Kind
    about: str
    occasion: str
    path: str
    subject: str
    actor: UUID | None = None
    actor_name: str = ""
    detail: str = ""
    item: UUID | None = None


# What somebody has to be able to do for it to wait for them.
NEEDS: dict[str, Capability] = {
    Kind.VERIFY: Capability.REVIEW,
    Kind.WAIVER: Capability.REVIEW,
    Kind.SHEET: Capability.DECIDE,
    Kind.REVIEW: Capability.EDIT,
}


def title_of(kind: str, subject: str) -> str:
    """What a notice says in one line: "Your key: 10. The load test reached twice the usual peak"."""
    return TITLES[Kind(kind)].format(subject=subject)


TITLES: dict[Kind, str] = {
    Kind.VERIFY: "Your key: {subject}",
    Kind.WAIVER: "Your decision: go without {subject}",
    Kind.SHEET: "Your key: sign-off sheet of {subject}",
    Kind.REVIEW: "Owed by an emergency: {subject}",
    Kind.GRANT: "Your grant: {subject}",
    Kind.ASSIGNED: "Assigned to you: {subject}",
    Kind.REJECTED: "Rejected: {subject}",
    Kind.INVALIDATED: "Keys fell out: {subject}",
    Kind.VERIFIED: "Verified: {subject}",
    Kind.DECIDED: "Your waiver: {subject}",
    Kind.VERDICT: "Verdict changed: {subject}",
    Kind.DAY_BEFORE: "Opens within 24 h: {subject}",
    Kind.HOUR_BEFORE: "Opens within the hour: {subject}",
    Kind.OUTCOME: "Ended: {subject}",
    Kind.EMERGENCY: "EMERGENCY LANE: {subject}",
    Kind.RECORD: "Record ready: {subject}",
    Kind.ROLE: "Role: {subject}",
    Kind.OVERDUE: "Still waiting: {subject}",
    Kind.SECURITY: "Your account: {subject}",
    Kind.SUSPENDED: "Signs nothing for now: {subject}",
}
# What the entry of each kind tells whoever's account it is; they hear of it although they did it, if they did.
SECURITY_WORDS = {
    "factors.codes_added": "one-time codes were set up",
    "factors.codes_removed": "one-time codes were taken away",
    "factors.passkey_added": "a passkey was added",
    "factors.passkey_removed": "a passkey was taken away",
    "factors.removed": "every factor was taken away by whoever runs this Keyturn",
    "factors.recovery_codes_made": "recovery codes were made",
    "factors.recovery_code_used": "a recovery code was used",
    "signing.paused": "too many wrong passwords or codes to sign",
    "password.changed": "the password was changed",
    "password.reset": "a new password was set by a mailed link",
    "identity.linked": "single sign-on lets in to it now",
    "identity.unlinked": "single sign-on lets in to it no longer",
    "address.verified": "mail goes to another address now",
    "address.removed": "no mail goes anywhere now",
    "delegation.asked": "somebody was asked to verify for you",
    "delegation.accepted": "somebody verifies for you from now on",
}
NOT_YOU = "If it was not you: end your other sessions, choose another password, and tell an admin of your team."
# After these, signing is suspended; after a changed password only where it was set without the one before.
SUSPENDING = frozenset(SECURITY_WORDS) - {
    "factors.recovery_codes_made", "signing.paused", "identity.unlinked", "address.verified", "address.removed",
    "delegation.asked", "delegation.accepted",
}  # fmt: skip


def shortened(text: str) -> str:
    """A text as a notice holds it: one line, at most LONGEST_DETAIL characters."""
    return in_one_line(text, LONGEST_DETAIL)


class Pace(TextChoices):
    """How soon somebody is mailed of a kind of notice."""

    AT_ONCE = "at_once", "At once"
    DIGEST = "digest", "In the digest"
    NEVER = "never", "Not by mail"


PACES: dict[Kind, Pace] = dict.fromkeys(Kind, Pace.AT_ONCE) | {Kind.VERIFIED: Pace.DIGEST, Kind.RECORD: Pace.DIGEST}
# Too late once a night is over.
PASSES_QUIET = (Kind.HOUR_BEFORE, Kind.OVERDUE, Kind.EMERGENCY, Kind.SECURITY)
ALWAYS = (Kind.SECURITY,)  # by mail and at once, whatever somebody chose: a thief would choose otherwise
CHOSEN = tuple(kind for kind in Kind if kind not in ALWAYS)
# Several that come about together travel in one mail, and what is settled until then in none.
GATHERED = timedelta(seconds=30)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
HOUR_OF_DIGEST = 8


@dataclass(frozen=True)
class Quiet:
    """Hours of somebody's day in which no mail comes, from the one to the other; both alike for none."""

    begins: int = 0
    ends: int = 0

    def holds(self, local: datetime) -> bool:
        """Whether a time of their day is quiet."""
        hour = local.hour
        if self.begins <= self.ends:
            return self.begins <= hour < self.ends
        return hour >= self.begins or hour < self.ends

    def over_at(self, local: datetime) -> datetime:
        """When it is over, seen from a time within it."""
        return next_hour(local, self.ends)


def next_hour(local: datetime, hour: int) -> datetime:
    """The next time after `local` at which clocks show that full hour."""
    found = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return found if found > local else found + timedelta(days=1)


def due_at(kind: Kind, pace: Pace, local: datetime, *, quiet: Quiet, digest: int) -> datetime:
    """When a mail is due, by somebody's own clock, which shows `local` now."""
    if pace is Pace.DIGEST:
        return next_hour(local, digest)
    due = local + GATHERED
    return quiet.over_at(due) if quiet.holds(due) and kind not in PASSES_QUIET else due


def pause_after(attempt: int) -> timedelta:
    """How long after that attempt the next one is made."""
    return min(FIRST_PAUSE * 2 ** min(attempt - 1, 10), LONGEST_PAUSE)


class Shape(TextChoices):
    """How a webhook wants to be written to."""

    SLACK = "slack", "Slack"
    TEAMS = "teams", "Microsoft Teams"
    MATTERMOST = "mattermost", "Mattermost"
    JSON = "json", "JSON, signed"


# What concerns a team, and not one person alone.
PERSONAL = (
    Kind.GRANT, Kind.ROLE, Kind.ASSIGNED, Kind.VERIFIED, Kind.RECORD, Kind.SECURITY, Kind.SUSPENDED,
)  # fmt: skip
OF_A_TEAM = tuple(kind for kind in Kind if kind not in PERSONAL)
CHANNEL_TITLES: dict[Kind, str] = TITLES | {
    Kind.VERIFY: "A key is asked for: {subject}",
    Kind.WAIVER: "A waiver is asked for: {subject}",
    Kind.SHEET: "The sign-off sheet asks for a key: {subject}",
    Kind.INVALIDATED: "Keys fell out: {subject}",
    Kind.DECIDED: "Waiver: {subject}",
}
# The same as the kinds that a team chooses from.
CHANNEL_LABELS = {kind: title.partition(": {")[0] for kind, title in CHANNEL_TITLES.items()}
REMIND_FROM = timedelta(hours=1)  # what has less time than that is not reminded of
WITHOUT_WINDOW = timedelta(hours=24)  # how long something may wait where no window opens


def deadline(heard_at: datetime, window_start: datetime | None) -> datetime:
    """Until when something that waits has to be done: until the window opens, else within a day."""
    return window_start if window_start and window_start > heard_at else heard_at + WITHOUT_WINDOW


def spent(heard_at: datetime, until: datetime, now: datetime) -> float:
    """How much of the time that something had is over, from 0 to 1; 0 where there was too little for reminders."""
    whole = until - heard_at
    return (now - heard_at) / whole if whole >= REMIND_FROM else 0.0
