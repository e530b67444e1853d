"""When the emergency lane is open to a deployment, and for how long it lends: pure."""

from collections.abc import Sequence
from datetime import timedelta

from apps.core.wording import agreeing

LENT = timedelta(hours=48)
SHORTEST_REASON = 20  # characters: less says nothing a year later


def why_not_now(probes: Sequence[int], *, lacks_plan: bool, owed: int) -> str:
    """Why a deployment cannot take the lane now; empty if it can.

    probes: numbers of items whose probe does not pass. owed: how many items lack keys.
    """
    if probes:
        listed = f"{agreeing(len(probes), 'item')} {', '.join(map(str, probes))}"
        return f"No emergency skips a probe: {listed} must pass first, or be waived."
    if lacks_plan:
        return "No emergency skips the rollback plan. Complete it first."
    if not owed:
        return "No key is missing, so nothing is to be skipped. Complete the sign-off sheet."
    return ""
