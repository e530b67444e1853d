"""What the domain says when it turns a request down."""


class Refusal(Exception):
    """A request the domain turns down; the message is a sentence for the person who asked."""

    status = 409


class NotAllowed(Refusal):
    """This person may not do this; the message says why and what to do instead."""

    status = 403


class WrongState(Refusal):
    """Nobody can do this now; the message says what has to happen first."""


class Stale(Refusal):
    """What they saw has changed meanwhile; the message says what changed."""


class TooLarge(Refusal):
    """What was sent is over a limit; the message names the limit."""

    status = 413
