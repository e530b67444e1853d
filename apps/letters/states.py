"""The states of a letter, and the moves between them."""

from collections.abc import Collection

from django.db.models import TextChoices

from apps.leases.rules import Plan


class State(TextChoices):
    """Where a letter is; the last three stay."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    DROPPED = "dropped", "No longer needed"
    GIVEN_UP = "given_up", "Came back"


PLAN = Plan("apps.letters.tasks.send_letter", waiting=State.WAITING, working=State.SENDING, attempts=20, share=4)

MOVES: dict[str, tuple[Collection[str], str]] = PLAN.moves | {
    "send": ({State.SENDING}, State.SENT),
    "drop": ({State.SENDING}, State.DROPPED),
    "give_up": ({State.SENDING}, State.GIVEN_UP),
}
