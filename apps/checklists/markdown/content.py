"""What exactly a published version of a template says, and the digest of it."""

import hashlib
from typing import Any

from apps.ledger import chain

from .document import ParsedDocument, ParsedItem, ParsedSection, ParsedTemplate

MOST_ITEMS = 2_000
MOST_SECTIONS = 500


def too_large(document: ParsedDocument) -> str:
    """Why a document cannot be published for its size, as a sentence; empty when it can."""
    for template in document.templates:
        if len(template.items) > MOST_ITEMS or len(template.sections) > MOST_SECTIONS:
            return (
                f"“{template.title}” has {len(template.items)} items in {len(template.sections)} sections. A template "
                f"holds at most {MOST_ITEMS} items in {MOST_SECTIONS} sections; split the text into several checklists."
            )
    return ""


def content(template: ParsedTemplate) -> dict[str, Any]:
    """All that a version of a template says, as plain values: what its SHA-256 is taken of."""
    return {
        "title": template.title,
        "guidance": template.guidance,
        "variables": list(template.variables),
        "sign_off_fields": sign_off_fields(template),
        "sections": [_section(section) for section in template.sections],
    }


def _section(section: ParsedSection) -> dict[str, Any]:
    return {
        "title": section.title[:200],
        "parent": section.parent[:200],
        "depth": section.depth,
        "guidance": section.guidance,
        "commands": [code.text for code in section.code if code.is_command],
        "items": [_item(item) for item in section.items],
    }


def _item(item: ParsedItem) -> dict[str, Any]:
    return {
        "title": item.title,
        "text": item.text,
        "commands": [code.text for code in item.code if code.is_command],
        "fill_ins": [field.label for field in item.fill_ins],
        "critical": item.critical,
        "keys": item.keys,
        "line": item.line,
        "paths": list(item.paths),
    }


def sign_off_fields(template: ParsedTemplate) -> list[dict[str, Any]]:
    """The fields of a sign-off sheet as they are stored: label, kind, options."""
    return [
        {"label": field.label, "kind": field.kind, "options": list(field.options)} for field in template.sign_off_fields
    ]


def digest(template: ParsedTemplate) -> str:
    """SHA-256 of a version's content in canonical JSON, lowercase hex."""
    return chain.digest(chain.canonical(content(template)))


def text_digest(text: str) -> str:
    """SHA-256 of a source text in UTF-8, lowercase hex."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
