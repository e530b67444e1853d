"""What templates were made of stays as it was, and a text goes into templates of its own team only."""

from apps.core.guards import begins, changed_but, changes

from .models import ChecklistImport

EDITED = ("file_name", "title", "source", "size", "corrections", "decisions", "steps", "apart")

GUARDS = [
    begins(
        "imports_checklistimport",
        (
            "NEW.into_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checklists_checklisttemplate t "
            "WHERE t.id = NEW.into_id AND t.team_id = NEW.team_id)",
            "a text goes into a template of its own team",
        ),
    ),
    changes(
        "imports_checklistimport",
        (
            "OLD.published_at IS NOT NULL AND (NEW.published_at IS NULL OR NEW.source <> OLD.source)",
            "a published import stays published",
        ),
        (
            changed_but(ChecklistImport, *EDITED, "published_at"),
            "an import stays with its team",
        ),
    ),
]
