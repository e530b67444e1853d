"""What the domain says when it turns a request down."""

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """A request the domain turns down; the message is a sentence for the person who asked.

    meanwhile: what happened since their page was opened, in a sentence each, where that page said as of when it was.
    """

    status = 409
    meanwhile: Sequence[str] = ()


class NotAllowed(Refusal):
    """This person may not do this; the message says why and what to do instead."""

    status = 403


class WrongState(Refusal):
    """Nobody can do this now; the message says what has to happen first."""


class Damaged(Refusal):
    """What is stored is not what was filed; the message says of what, and what to do. Nothing of it is given out."""


class Away(Refusal):
    """What this needs outside of Keyturn does not answer; the message says what became of the request."""

    status = 503


class Stale(Refusal):
    """What they saw has changed meanwhile; the message says what changed."""


class OtherDigest(Stale):
    """What they would sign is another by now than they were shown; nothing was signed, and the message says why.

    now: all that is to be signed now, in plain values.
    """

    def __init__(self, message: str, now: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.now = now


class Changed(Stale):
    """Somebody saved what they edit after it was shown to them.

    now: all of it as it is saved, by the names of the form's fields. fields: the names of those that changed.
    message: a sentence that says already what is saved now.
    """

    def __init__(self, now: Mapping[str, str], fields: Sequence[str], message: str = "") -> None:
        super().__init__(
            message
            or "Somebody saved a change after you opened this, and nothing of theirs was overwritten. What you typed "
            "stands below, what is saved now beside it: save again to keep yours."
        )
        self.now, self.fields = now, fields
        self.saved = [] if message else [now[name] for name in fields]


class Unproven(Refusal):
    """Who sent this did not prove who they are, and nothing was signed; the message says what to do."""

    status = 422


class TooLarge(Refusal):
    """What was sent is over a limit; the message names the limit."""

    status = 413


class TooMany(Refusal):
    """They have as much of this under way as one person may; the message says so, and when to come again."""

    status = 429
    seconds = 2  # after which the browser may ask again

    def __init__(self, message: str) -> None:
        super().__init__(f"{message} Wait {self.seconds} seconds, then load it again.")


class TooOften(TooMany):
    """A program asks more often than it may; the message says how often that is."""

    seconds = 60

    def __init__(self, message: str) -> None:
        Refusal.__init__(self, message)


class NoSuchToken(Refusal):
    """Whoever asks has no token that is known here; nothing else is said, whatever they asked for."""

    status = 401


class Gone(Refusal):
    """What a token led to is there no more."""

    status = 404


class Unreadable(Refusal):
    """What a program sent cannot be taken as it is; the message says what is wrong with it."""

    status = 422


class WrongMethod(Refusal):
    """An address for forms was opened, or one for reading was sent something."""

    status = 405
