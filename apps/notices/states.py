"""The states of what is sent, and the moves between them."""

from collections.abc import Collection

from django.db.models import TextChoices

from apps.leases.rules import Plan


class State(TextChoices):
    """Where a delivery is; the last three stay."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    DROPPED = "dropped", "No longer needed"
    GIVEN_UP = "given_up", "Not sent"


PLAN = Plan("apps.notices.tasks.send_delivery", waiting=State.WAITING, working=State.SENDING, attempts=40, share=4)

MOVES: dict[str, tuple[Collection[str], str]] = PLAN.moves | {
    "send": ({State.SENDING}, State.SENT),
    "drop": ({State.SENDING}, State.DROPPED),
    "give_up": ({State.SENDING}, State.GIVEN_UP),
}
