"""What exactly a published version of a template says, and the digest of it."""

import hashlib
from dataclasses import asdict
from typing import Any

from apps.ledger import chain

from .document import ParsedDocument, ParsedTemplate, as_values

MOST_ITEMS = 2_000
MOST_SECTIONS = 500
MOST_GUIDANCE = 200_000  # characters of all sections together: a board shows it all
SECTION = ("title", "parent", "depth", "guidance", "commands")
ITEM = ("title", "text", "commands", "fill_ins", "critical", "keys", "line", "paths")


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
    values = as_values(asdict(template))
    sections = [
        {name: section[name] for name in SECTION}
        | {"items": [{name: item[name] for name in ITEM} for item in section["items"]]}
        for section in values["sections"]
    ]
    stored = {name: values[name] for name in ("title", "guidance", "variables")}
    return stored | {"sign_off_fields": sign_off_fields(template), "sections": sections}


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
    return hashlib.sha256(_encoded(text)).hexdigest()


def text_size(text: str) -> int:
    """How many bytes of a team's quota a source text takes: its length in UTF-8."""
    return len(_encoded(text))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
