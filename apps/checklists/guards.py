"""What is published never changes, and a second person published it: a deployment reads the same in a year."""

from apps.accounts.roles import Role
from apps.core.guards import (
    Guard,
    Rule,
    begins,
    changed,
    changed_but,
    changes,
    never_deleted,
    no_truncate,
    one_of,
    rules,
)
from apps.signoff.guards import owner_rule

from .models import AcceptedProblem, ChecklistTemplate, TemplateVersion
from .states import MOVES, PERMANENT, VersionState

PUBLISHED = "a published checklist is kept as it is"
EDITABLE = "what a version says changes only while it is a draft"
KEY_STAYS = changed("id", "version_id", "key"), "a part of a checklist keeps its key and its version"
MOVED = ("state", "note", "sha256", "published_by", "published_by_name", "published_at")
EDITED = (
    "title", "guidance", "occasion", "source", "tiers", "parameters", "variables", "sign_off_fields", "unread", "size",
    "edited_by", "edited_by_name", "edited_at",
)  # fmt: skip
COLUMNS = [str(field.column) for field in TemplateVersion._meta.concrete_fields if field.name in EDITED]
MOVES_AS_LISTED = " OR ".join(
    f"OLD.state = '{source.value}' AND NEW.state = '{target.value}'"
    for sources, target in MOVES.values()
    for source in sorted(sources)
)
UNSETTLED = (
    "(SELECT COUNT(*) FROM signoff_signature g JOIN signoff_signoff s ON s.id = g.sign_off_id "
    "AND g.revision = s.revision WHERE s.id = NEW.sign_off_id) "
    "< (SELECT s.required FROM signoff_signoff s WHERE s.id = NEW.sign_off_id)"
)
# How many ever could publish: once there were two, two of them have to, whoever ended whose role since. Unless the
# team switched that off, which counts for all but the admin who did; or installed what is built in and edited nothing
# of it: its first version of all.
ALONE = (
    "(SELECT s.required FROM signoff_signoff s WHERE s.id = NEW.sign_off_id) < 2 AND EXISTS ("
    "SELECT 1 FROM checklists_checklisttemplate t JOIN accounts_team a ON a.id = t.team_id "
    "WHERE t.id = NEW.template_id AND (a.two_publish OR a.one_publishes_by_id = NEW.published_by_id) "
    "AND (t.built_in = '' OR NEW.edited_at IS NOT NULL OR EXISTS ("
    "SELECT 1 FROM checklists_templateversion o WHERE o.template_id = t.id AND o.id <> NEW.id)) AND 1 < ("
    "SELECT COUNT(DISTINCT r.person_id) FROM accounts_grant r WHERE r.team_id = t.team_id "
    f"AND r.role = '{Role.AUTHOR.value}' AND r.granted_at IS NOT NULL))"
)


def _not_a_draft(version: str) -> str:
    """SQL that is true when a version can not be edited; `version` is SQL for its id."""
    return (
        f"(SELECT v.state FROM checklists_templateversion v WHERE v.id = {version}) "
        f"IS DISTINCT FROM '{VersionState.DRAFT.value}'"
    )


def _of_drafts(table: str, fixed: Rule = KEY_STAYS) -> list[Guard]:
    """Guards that let rows of `table` come, change but for what is `fixed`, and go only while a version is a draft."""
    return [
        begins(table, (_not_a_draft("NEW.version_id"), EDITABLE)),
        changes(table, (_not_a_draft("NEW.version_id"), EDITABLE), fixed),
        rules(table, f"{table}_goes", "DELETE", (_not_a_draft("OLD.version_id"), EDITABLE)),
        no_truncate(table, EDITABLE),
    ]


GUARDS = [
    *never_deleted("checklists_templateversion", PUBLISHED),
    *never_deleted("checklists_checklisttemplate", "a template is kept for good"),
    *_of_drafts("checklists_templatesection"),
    *_of_drafts("checklists_templateitem"),
    *_of_drafts("checklists_acceptedproblem", (changed_but(AcceptedProblem), "why a problem is kept is said once")),
    begins(
        "checklists_templateversion",
        (f"NEW.state <> '{VersionState.DRAFT.value}'", "a version begins as a draft"),
        (
            "(SELECT team_id FROM signoff_signoff WHERE id = NEW.sign_off_id) IS DISTINCT FROM "
            "(SELECT team_id FROM checklists_checklisttemplate WHERE id = NEW.template_id)",
            "a version is signed by its own team",
        ),
        owner_rule(TemplateVersion),
    ),
    changes(
        "checklists_templateversion",
        (f"OLD.state IN {one_of(PERMANENT)}", PUBLISHED),
        (changed_but(TemplateVersion, *MOVED, *EDITED), "a version stays with its template"),
        (f"OLD.state <> NEW.state AND NOT ({MOVES_AS_LISTED})", "a version moves only as its table of states says"),
        (f"OLD.state <> '{VersionState.DRAFT.value}' AND {changed(*COLUMNS)}", EDITABLE),
        (
            f"NEW.state = '{VersionState.PUBLISHED.value}' AND {UNSETTLED}",
            "a version is published by whoever signs for it",
        ),
        (f"NEW.state = '{VersionState.PUBLISHED.value}' AND {ALONE}", "a second person publishes a version"),
    ),
    changes(
        "checklists_checklisttemplate",
        (changed_but(ChecklistTemplate, "title", "archived_at"), "a template stays with its team"),
    ),
]
