"""What the two keys of a sheet cover: a pure function of facts, without a database."""

from collections.abc import Mapping, Sequence
from typing import Any


def sheet_content(
    *,
    deployment: str,
    version: str,
    issues: str,
    resolution: str,
    answer: str,
    caveats: str,
    verdict: str,
    items: Sequence[Sequence[str]],
    waivers: Sequence[Sequence[str]],
    rollback: Mapping[str, Any],
) -> dict[str, Any]:
    """What the sheet's two signatures cover: its own lines and the board beneath it.

    `items` has one (id, digest, state) per item in order, `waivers` one (item id, digest) per waiver that has not
    ended; `rollback` is the plan in plain values.
    """
    return {
        "sheet_of": deployment,
        "version": version,
        "issues": issues,
        "resolution": resolution,
        "answer": answer,
        "caveats": caveats,
        "verdict": verdict,
        "items": [list(item) for item in items],
        "waivers": [list(waiver) for waiver in waivers],
        "rollback": dict(rollback),
    }
