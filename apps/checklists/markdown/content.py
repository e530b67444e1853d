"""What exactly a published version of a template says, and the digest of it."""

import hashlib
from typing import Any

from apps.checklists.rules import variables
from apps.checklists.rules.parameters import text_of

from .document import TITLE_LENGTH, Code, Field, ParsedDocument, ParsedItem, ParsedSection, ParsedTemplate, Unread

DEEPEST_ITEM = 3
UNTITLED = "Untitled"
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
    """All that a version of a template says, as plain values: what its SHA-256 is taken of, what two versions are
    compared by, and what an export gives back. Where a line stood in a source is no part of it.
    """
    return {
        "title": text_of(template.title) or f"{UNTITLED} checklist",
        "occasion": template.occasion,
        "source": template.source,
        "guidance": template.guidance,
        "tiers": list(template.tiers),
        "parameters": [one.values() for one in template.parameters],
        "variables": [one.values() for one in template.variables],
        "sign_off_fields": sign_off_fields(template),
        "unread": _unread(template.unread),
        "sections": [_section(section) for section in template.sections],
    }


def _section(section: ParsedSection) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": text_of(section.title) or UNTITLED,
        "parent": text_of(section.parent) or (UNTITLED if section.depth > 1 else ""),
        "depth": section.depth,
        "guidance": section.guidance,
        "commands": _commands(section.code),
        "attributes": _pairs(section.attributes),
        "unread": _unread(section.unread),
        "items": [_item(item) for item in section.items],
    }


def _item(item: ParsedItem) -> dict[str, Any]:
    own = item.properties
    probe = own.probe and {"kind": own.probe.kind, "settings": dict(own.probe.settings)}
    return {
        "key": item.key,
        "title": text_of(item.title) or UNTITLED,
        "text": item.text,
        "commands": _commands(item.code),
        "fill_ins": [_blank(field) for field in item.fill_ins],
        "critical": item.critical,
        "keys": item.keys,
        "passkey": own.passkey,
        "depth": min(item.depth, DEEPEST_ITEM),
        "evidence_kinds": list(own.evidence_kinds),
        "max_age_days": own.max_age_days,
        "probe": probe,
        "conditions": [one.as_values() for one in own.conditions],
        "owner_role": own.owner_role,
        "controls": list(own.controls),
        "links": [{"text": text, "url": url} for text, url in own.runbooks],
        "minutes": own.minutes,
        "tiers": list(own.tiers),
        "paths": list(item.paths),
        "attributes": _pairs(own.attributes),
    }


def _commands(code: tuple[Code, ...]) -> list[str]:
    return [each.text for each in code if each.is_command and each.text.strip()]


def _pairs(found: tuple[tuple[str, str | None], ...]) -> list[list[str]]:
    """Attributes that nobody knows, each as a name alone or a name with its value."""
    return [[name] if value is None else [name, value] for name, value in found]


def _unread(found: tuple[Unread, ...]) -> list[dict[str, str]]:
    return [{"after": each.after, "text": each.text} for each in found]


def _blank(field: Field) -> dict[str, Any]:
    """A blank without what its kind has no use for; a choice of nothing takes any text."""
    options = variables.options_of(field.options) if field.kind == "choice" else ()
    kind = "text" if field.kind == "choice" and not options else field.kind
    label = text_of(field.label)[:TITLE_LENGTH].strip() or "Answer"
    return {"label": label, "kind": kind, "options": list(options), "unit": field.unit}


def sign_off_fields(template: ParsedTemplate) -> list[dict[str, Any]]:
    """The fields of a sign-off sheet as they are stored: label, kind, options."""
    fields = [_blank(field) for field in template.sign_off_fields]
    return [{name: field[name] for name in ("label", "kind", "options")} for field in fields]


def text_digest(text: str) -> str:
    """SHA-256 of a source text in UTF-8, lowercase hex."""
    return hashlib.sha256(_encoded(text)).hexdigest()


def text_size(text: str) -> int:
    """How many bytes of a team's quota a source text takes: its length in UTF-8."""
    return len(_encoded(text))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
