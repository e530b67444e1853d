"""A published checklist never changes: a deployment pinned to it reads the same in a year."""

from apps.core.guards import Guard, append_only

KEPT = "a published checklist is kept as it is"
REOPENED = "a published import stays published"
REOPENED_WHEN = (
    "(OLD.published_at IS NOT NULL AND (NEW.published_at IS NULL OR NEW.source <> OLD.source)) "
    "OR NEW.team_id <> OLD.team_id"
)
REOPENED_RAISE = f"RAISE EXCEPTION '{REOPENED}' USING ERRCODE = 'restrict_violation'"

GUARDS = [
    *append_only("checklists_templateversion", KEPT),
    *append_only("checklists_templatesection", KEPT),
    *append_only("checklists_templateitem", KEPT),
    Guard(
        name="checklists_import_stays_published",
        table="checklists_checklistimport",
        sqlite=(
            f"BEFORE UPDATE ON checklists_checklistimport WHEN {REOPENED_WHEN} "
            f"BEGIN SELECT RAISE(ABORT, '{REOPENED}'); END",
        ),
        postgresql=f"IF {REOPENED_WHEN} THEN {REOPENED_RAISE}; END IF;",
        timing="BEFORE UPDATE",
    ),
    Guard(
        name="checklists_template_keeps_its_team",
        table="checklists_checklisttemplate",
        sqlite=(
            "BEFORE UPDATE ON checklists_checklisttemplate WHEN NEW.team_id <> OLD.team_id "
            "BEGIN SELECT RAISE(ABORT, 'a template stays with its team'); END",
        ),
        postgresql="IF NEW.team_id <> OLD.team_id THEN "
        "RAISE EXCEPTION 'a template stays with its team' USING ERRCODE = 'restrict_violation'; END IF;",
        timing="BEFORE UPDATE",
    ),
]
