"""What templates were made of stays as it was."""

from apps.core.guards import changed_but, changes

from .models import ChecklistImport

GUARDS = [
    changes(
        "imports_checklistimport",
        (
            "OLD.published_at IS NOT NULL AND (NEW.published_at IS NULL OR NEW.source <> OLD.source)",
            "a published import stays published",
        ),
        (
            changed_but(ChecklistImport, "file_name", "title", "source", "size", "corrections", "published_at"),
            "an import stays with its team",
        ),
    ),
]
