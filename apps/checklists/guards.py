"""A published checklist never changes: a deployment pinned to it reads the same in a year."""

from apps.core.guards import append_only, changed, changed_but, rules

from .models import ChecklistImport, ChecklistTemplate

PUBLISHED = "a published checklist is kept as it is"

GUARDS = [
    *append_only("checklists_templateversion", PUBLISHED),
    *append_only("checklists_templatesection", PUBLISHED),
    *append_only("checklists_templateitem", PUBLISHED),
    rules(
        "checklists_checklistimport",
        "checklists_import_stays_published",
        "UPDATE",
        (
            "OLD.published_at IS NOT NULL AND (NEW.published_at IS NULL OR " + changed("source") + ")",
            "a published import stays published",
        ),
        (
            changed_but(ChecklistImport, "file_name", "title", "source", "corrections", "published_at"),
            "an import stays with its team",
        ),
    ),
    rules(
        "checklists_checklisttemplate",
        "checklists_template_keeps_its_team",
        "UPDATE",
        (changed_but(ChecklistTemplate, "title", "archived_at"), "a template stays with its team"),
    ),
]
