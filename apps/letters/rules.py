"""What letters there are, how long their links work, how often one may be asked for, and what each says. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import TextChoices

from apps.accounts.rules import network
from apps.core.wording import isolated


class Kind(TextChoices):
    """What a letter is for."""

    RESET = "reset", "A new password"
    VERIFY = "verify", "Confirming an address"
    INVITATION = "invitation", "An invitation"
    MOVED = "moved", "Another address"


VALID: dict[Kind, timedelta] = {
    Kind.RESET: timedelta(minutes=30),
    Kind.VERIFY: timedelta(hours=24),
    Kind.INVITATION: timedelta(days=7),
    Kind.MOVED: timedelta(days=7),
}
# What anybody may type into a page is forgotten soon: it may be the address of somebody who is not here.
FORGOTTEN_AFTER = timedelta(days=1)
FREE_PER_ADDRESS, FREE_PER_NETWORK = 3, 20  # letters that are asked for in a row, until it waits each time
PAUSE = timedelta(minutes=15)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=30)
MOST_ACCOUNTS = 5  # of one address, that one letter has links for
FOOT = "You get this from Keyturn at {host}. Replies are not read."


@dataclass(frozen=True)
class Text:
    """What a letter says: paragraphs, some of which are links as (label, address)."""

    subject: str
    heading: str
    parts: tuple[str | tuple[str, str], ...]


def normal(address: str) -> str:
    """An address as it is stored and compared."""
    return address.strip().lower()


def asking_limits(address: str, where: str) -> dict[str, int]:
    """What one letter that is asked for counts for: free ones by key. `where` is the address of the browser."""
    return {_key("address", normal(address)): FREE_PER_ADDRESS, _key("network", network(where)): FREE_PER_NETWORK}


def pause_after(attempt: int) -> timedelta:
    """How long after that attempt to send it the next one is made."""
    return min(FIRST_PAUSE * 2 ** min(attempt - 1, 10), LONGEST_PAUSE)


def reset_text(accounts: list[tuple[str, str]], ends: str) -> Text:
    """Links to set a password, as (user name, address), empty for an account without a password; `ends` in words."""
    links: list[str | tuple[str, str]] = []
    for username, url in accounts:
        links.append((f"Set a new password for {username}", url) if url else NO_PASSWORD.format(username=username))
    return Text(
        "A new password for Keyturn",
        "Do you want a new password?",
        (
            "Somebody, we hope you, asked for it.",
            *links,
            f"It works once, until {ends}. Setting a password keeps one-time codes and passkeys as they are, ends your "
            "sessions and suspends your signing for 24 hours; the admins of your teams hear of it.",
            "If it was not you, do nothing: your password stays as it is.",
        ),
    )


NO_PASSWORD = "{username} has no password, and gets none by mail: it signs in another way, as by a passkey."


def verify_text(username: str, url: str, ends: str) -> Text:
    """A link by which somebody who is signed in says that an address is theirs."""
    return Text(
        "Is this your address?",
        "Is this your address?",
        (
            f"{username} wrote it down in Keyturn. Open this in a browser in which you are signed in:",
            ("Confirm this address", url),
            f"It works until {ends}. Until then nothing else is sent here. If it was not you, do nothing.",
        ),
    )


def invitation_text(inviter: str, team: str, role: str, url: str, ends: str) -> Text:
    """A link by which somebody joins a team; `role` in words."""
    title = f"{isolated(inviter)} invites you to {isolated(team)}"
    return Text(
        title,
        title,
        (f"As {role}.", ("Join the team", url), f"The link works once, until {ends}. It is for you alone."),
    )


def moved_text(username: str) -> Text:
    """To an address that an account had until now."""
    return Text(
        "Keyturn no longer writes here",
        "Keyturn no longer writes here",
        (
            f"The account {username} has another address now, or none. Who did it proved who they are.",
            "If it was not you, tell an admin of your team at once.",
        ),
    )


def _key(what: str, value: str) -> str:
    return hashlib.sha256(f"letter {what}\n{value}".encode()).hexdigest()
