"""A published checklist never changes: a deployment pinned to it reads the same in a year."""

from apps.core.guards import append_only, changed_but, changes

from .models import ChecklistImport, ChecklistTemplate

PUBLISHED = "a published checklist is kept as it is"

GUARDS = [
    *append_only("checklists_templateversion", PUBLISHED),
    *append_only("checklists_templatesection", PUBLISHED),
    *append_only("checklists_templateitem", PUBLISHED),
    changes(
        "checklists_checklistimport",
        (
            "OLD.published_at IS NOT NULL AND (NEW.published_at IS NULL OR NEW.source <> OLD.source)",
            "a published import stays published",
        ),
        (
            changed_but(ChecklistImport, "file_name", "title", "source", "size", "corrections", "published_at"),
            "an import stays with its team",
        ),
    ),
    changes(
        "checklists_checklisttemplate",
        (changed_but(ChecklistTemplate, "title", "archived_at"), "a template stays with its team"),
    ),
]
