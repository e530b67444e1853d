"""When a rollback plan is complete."""

from datetime import date


def missing(*, owner: object, steps: int, verification: str, last_rehearsed_on: date | None) -> list[str]:
    """The parts that are still missing, in words; empty when the plan is complete."""
    parts = {
        "an owner": owner is not None,
        "at least one step": steps > 0,
        "how to verify it": bool(verification.strip()),
        "the date it was last rehearsed": last_rehearsed_on is not None,
    }
    return [part for part, present in parts.items() if not present]
