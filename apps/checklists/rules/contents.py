"""What a version says, as plain values."""

from typing import Any


def empty_content(title: str) -> dict[str, Any]:
    """What the draft of a template made by hand says: a title, and one section to begin with."""
    section = {
        "key": "items", "title": "Items", "parent": "", "depth": 1, "guidance": "", "commands": [], "attributes": [],
        "unread": [],
        "items": [],
    }  # fmt: skip
    return {
        "title": title, "guidance": "", "occasion": "", "source": "", "tiers": [], "parameters": [], "variables": [],
        "sign_off_fields": [], "unread": [], "sections": [section],
    }  # fmt: skip
