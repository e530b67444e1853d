"""What stands in the way of publishing a version."""

from collections.abc import Mapping
from typing import Any


def problem_to_publish(content: Mapping[str, Any]) -> str:
    """Why a version that says this cannot be published, as a sentence; empty when it can."""
    if not any(section["items"] for section in content["sections"]):
        return "It has no items yet, so there is nothing a deployment could check. Add at least one."
    return ""
