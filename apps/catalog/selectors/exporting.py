"""A version as a text to take along."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.text import slugify

from apps.checklists.exports import data, markdown, table
from apps.checklists.models import ChecklistTemplate

from .changes import every_version, loaded
from .template import chosen

# By the name in the address: what writes it, the ending of its file, its media type.
FORMATS: Mapping[str, tuple[Callable[[Mapping[str, Any]], str], str, str]] = {
    "markdown": (markdown.exported, "md", "text/markdown"),
    "yaml": (data.exported_yaml, "yaml", "application/yaml"),
    "json": (data.exported_json, "json", "application/json"),
    "csv": (table.exported, "csv", "text/csv"),
}


def exported(template: ChecklistTemplate, kind: str, *, number: str = "") -> tuple[str, str, str] | None:
    """(text, name of its file, media type) of one version; None where there is no such format."""
    if kind not in FORMATS:
        return None
    write, ending, media_type = FORMATS[kind]
    version = loaded(chosen(every_version(template), number))
    name = f"{slugify(version.title) or 'checklist'}-{version.number}.{ending}"
    return write(version.content()), name, media_type
