"""How a deployment moves, what each state allows, and how it can end; how its items stand."""

from dataclasses import dataclass

from django.db.models import TextChoices


class State(TextChoices):
    """Where a deployment stands."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    CLOSED = "closed", "Closed"


@dataclass(frozen=True)
class Limits:
    """What cannot be done in a state, each as the sentence that says why; empty where it can be done.

    `work`: items, evidence, probes and the plan change. `keys`: keys are turned. `go`: why the verdict is NO-GO
    whatever the items say. `is_over`: the deployment has ended, and lists and pages show its outcome.
    """

    work: str = ""
    keys: str = ""
    go: str = ""
    is_over: bool = False


ENDED = "This deployment is closed; its record stays as it is. Two people reopen it on the page of its sheet."
LIMITS = {
    State.DRAFT: Limits(keys="This deployment is a draft. Open the review first.", go="The review is not open yet."),
    State.IN_REVIEW: Limits(),
    State.CLOSED: Limits(work=ENDED, keys=ENDED, is_over=True),
}
OVER = tuple(state for state, limits in LIMITS.items() if limits.is_over)
ACTIVE = tuple(state for state, limits in LIMITS.items() if not limits.is_over)


class ItemState(TextChoices):
    """How an item stands. Those in SETTLED block nothing; every other one blocks the verdict. Those in DONE count."""

    OPEN = "open"
    HALF = "half"
    PENDING = "pending"  # every key is turned, and its probe has no result yet
    UNPROVEN = "unproven"  # every key is turned, and what its template asks for as proof is missing or too old
    VERIFIED = "verified"
    WAIVED = "waived"
    EXPIRED = "expired"  # a waiver was asked for, or held, until a moment that has come
    FAILED = "failed"  # its probe ran and does not pass
    REJECTED = "rejected"
    INVALIDATED = "invalidated"
    NOT_APPLICABLE = "not_applicable"  # one of its conditions does not hold here
    CARRIED = "carried"  # signed in the deployment that this one runs again, and nothing that was signed changed


DONE = frozenset({ItemState.VERIFIED, ItemState.WAIVED})
# Nobody signs it here, so it is not among those that are to be done.
ELSEWHERE = frozenset({ItemState.NOT_APPLICABLE, ItemState.CARRIED})
SETTLED = DONE | ELSEWHERE


class WaiverState(TextChoices):
    """How a waiver stands at a moment. Only what HOLDS lets its item through."""

    ASKED = "asked", "Asked"
    HOLDS = "holds", "Holds"
    EXPIRED = "expired", "Expired"  # it held until its end
    UNDECIDED = "undecided", "Expired, not approved"  # its end came before the last approval
    ENDED = "ended", "Ended"  # refused, withdrawn or revoked, or the item changed with its checklist


class Risk(TextChoices):
    """How bad it is if going without an item goes wrong."""

    LOW = "low", "Low: a few people notice"
    MEDIUM = "medium", "Medium: customers notice"
    HIGH = "high", "High: money or data is lost"


class Outcome(TextChoices):
    """How a closed deployment ended."""

    COMPLETED = "completed", "Completed"
    NOT_RELEASED = "not_released", "Not released"
    CANCELLED = "cancelled", "Cancelled"


# What was given up is not opened again: it was not finished, so there is nothing to amend.
REOPENED = frozenset({Outcome.COMPLETED, Outcome.NOT_RELEASED})

MOVES = {
    "open_review": ({State.DRAFT}, State.IN_REVIEW),
    "verify_sheet": ({State.IN_REVIEW}, State.CLOSED),
    "cancel_deployment": (set(ACTIVE), State.CLOSED),
    "agree_reopening": ({State.CLOSED}, State.IN_REVIEW),
}
