"""What exactly a published version of a template says, and the digest of it."""

import hashlib
import re
from dataclasses import asdict
from itertools import count
from typing import Any

from .document import ParsedDocument, ParsedItem, ParsedSection, ParsedTemplate, as_values

MOST_ITEMS = 10_000
MOST_SECTIONS = 500
MOST_GUIDANCE = 200_000  # characters of all sections together: a board shows it all


def too_large(document: ParsedDocument) -> str:
    """Why a document cannot be published for its size, as a sentence; empty when it can."""
    for template in document.templates:
        if len(template.items) > MOST_ITEMS or len(template.sections) > MOST_SECTIONS:
            return (
                f"“{template.title}” has {len(template.items)} items in {len(template.sections)} sections. A template "
                f"holds at most {MOST_ITEMS} items in {MOST_SECTIONS} sections; split the text into several checklists."
            )
        guidance = sum(len(section.guidance) for section in template.sections)
        if guidance > MOST_GUIDANCE:
            return (
                f"The guidance of “{template.title}” has {guidance:,} characters in all its sections together; a board "
                f"shows at most {MOST_GUIDANCE:,}. Shorten it, or split the text into several checklists."
            )
    return ""


def content(template: ParsedTemplate) -> dict[str, Any]:
    """All that a version of a template says, as plain values: what its SHA-256 is taken of."""
    taken: set[str] = set()
    return {
        "title": template.title,
        "guidance": template.guidance,
        "occasion": "",
        "source": "",
        "tiers": [],
        "parameters": [],
        "variables": [{"name": name, "label": name, "kind": "text", "options": []} for name in template.variables],
        "sign_off_fields": sign_off_fields(template),
        "unread": [],
        "sections": [_section(section, number, taken) for number, section in enumerate(template.sections, 1)],
    }


def _section(section: ParsedSection, number: int, taken: set[str]) -> dict[str, Any]:
    values = as_values(asdict(section))
    own = {name: values[name] for name in ("title", "parent", "depth", "guidance", "commands")}
    return {
        "key": _key(section.title, f"section-{number}", taken),
        **own,
        "unread": [],
        "items": [_item(item, f"item-{place}", taken) for place, item in enumerate(section.items, 1)],
    }


def _item(item: ParsedItem, otherwise: str, taken: set[str]) -> dict[str, Any]:
    values = as_values(asdict(item))
    own = {name: values[name] for name in ("title", "text", "commands", "critical", "keys", "paths")}
    return own | {
        "key": _key(item.title, otherwise, taken),
        "depth": min(item.depth, 3),
        "fill_ins": [
            {"label": field.label, "kind": field.kind, "options": list(field.options), "unit": ""}
            for field in item.fill_ins
        ],
        "evidence_kinds": [],
        "max_age_days": None,
        "probe": None,
        "conditions": [],
        "tiers": [],
        "owner_role": "",
        "controls": [],
        "links": [{"text": link.text, "url": link.url} for link in item.links],
        "minutes": None,
        "attributes": {},
    }


def _key(title: str, otherwise: str, taken: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower())[:40].strip("-") or otherwise
    key = next(each for n in count(1) if (each := plain if n == 1 else f"{plain}-{n}") not in taken)
    taken.add(key)
    return key


def sign_off_fields(template: ParsedTemplate) -> list[dict[str, Any]]:
    """The fields of a sign-off sheet as they are stored: label, kind, options."""
    return [
        {"label": field.label, "kind": field.kind, "options": list(field.options)} for field in template.sign_off_fields
    ]


def text_digest(text: str) -> str:
    """SHA-256 of a source text in UTF-8, lowercase hex."""
    return hashlib.sha256(_encoded(text)).hexdigest()


def text_size(text: str) -> int:
    """How many bytes of a team's quota a source text takes: its length in UTF-8."""
    return len(_encoded(text))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
