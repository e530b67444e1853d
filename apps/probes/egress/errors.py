"""What stands between a question and its answer, each as a sentence."""


class EgressError(Exception):
    """No usable answer; the message is a sentence."""


class Refused(EgressError):
    """The policy forbids it: nothing was sent."""


class Unresolved(EgressError):
    """Nobody could say where the name leads: nothing was sent."""


class NoAnswer(EgressError):
    """The target did not give a complete, well-formed answer in time."""


class Late(NoAnswer):
    """It took longer than the `seconds` that were left for it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"No complete answer within {round(seconds, 2):g} s.")
        self.seconds = seconds


class Nameless(NoAnswer):
    """The name has no address."""


class Untrusted(NoAnswer):
    """Whatever answered has a certificate that does not prove who it is."""


class NotConnected(NoAnswer):
    """The target did not accept a connection: nothing of what is asked has reached it."""
