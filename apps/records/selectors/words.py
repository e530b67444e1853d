"""The words of a record for every state. On paper and in record.json they stay, whatever pages call them."""

from apps.deployments.states import ItemState, Outcome, State, WaiverState
from apps.probes.states import State as RunState
from apps.signoff.rules import Meaning

ITEMS = {
    ItemState.OPEN: "open",
    ItemState.HALF: "half",
    ItemState.PENDING: "pending",
    ItemState.UNPROVEN: "unproven",
    ItemState.VERIFIED: "signed",
    ItemState.WAIVED: "waived",
    ItemState.EXPIRED: "waiver expired",
    ItemState.FAILED: "failed",
    ItemState.REJECTED: "rejected",
    ItemState.INVALIDATED: "invalidated",
    ItemState.NOT_APPLICABLE: "not applicable",
    ItemState.CARRIED: "carried over",
}
DEPLOYMENTS = {
    State.DRAFT: "draft",
    State.IN_REVIEW: "in review",
    State.CLOSED: "closed",
}
OUTCOMES = {
    Outcome.COMPLETED: "completed",
    Outcome.NOT_RELEASED: "not released",
    Outcome.CANCELLED: "cancelled",
}
WAIVERS = {
    WaiverState.ASKED: "requested",
    WaiverState.HOLDS: "approved",
    WaiverState.EXPIRED: "expired",
    WaiverState.UNDECIDED: "expired",
    WaiverState.ENDED: "ended",
}
RUNS = {
    RunState.QUEUED: "waiting",
    RunState.RUNNING: "running",
    RunState.PASSED: "passed",
    RunState.FAILED: "failed",
    RunState.INCONCLUSIVE: "inconclusive",
    RunState.LOST: "no result",
    RunState.CANCELLED: "cancelled",
}
# At most nine characters: what stands beside a key has a fixed width.
MEANINGS = {
    Meaning.PERFORMED: "performed",
    Meaning.VERIFIED: "verified",
    Meaning.APPROVED: "approved",
    Meaning.COMPLETED: "completed",
    Meaning.AUTHORED: "authored",
    Meaning.AGREED: "agreed",
    Meaning.AUTHORISED: "alone",
}
