"""Conditions that several guards ask, as SQL text."""

from apps.deployments.states import MOVES, OVER
from apps.probes.states import CountsAs

PASSES = CountsAs.PASSES.value  # what the latest run of a probe `counts_as`, so that it does not block
COVERED = ("service", "version", "environment", "tier", "variables")
PLANNED = ("window_start", "window_end")
CLOSING = ("outcome", "closing_reason", "closed_by", "closed_by_name", "closed_at")
WRITTEN = ("title", "text", "commands", "fill_ins", "result")
FREE = (*WRITTEN, "owner", "owner_name", "due_on", "probe", "pinned_run", "version", "applies", "inapplicable")
# What changes only together with the version of the checklist.
TAKEN_OVER = (
    "critical", "keys", "passkey", "conditions", "depth", "evidence_kinds", "max_age_days", "owner_role", "minutes",
    "controls", "links", "section", "left_in", "checklist_version",
)  # fmt: skip
OF_SECTION = ("title", "parent", "guidance", "commands", "checklist_version")
FOLLOWS_NOT = (
    "NEW.checklist_version <= OLD.checklist_version OR NEW.checklist_version IS DISTINCT FROM ("
    "SELECT v.number FROM checklists_templateversion v JOIN deployments_deployment d "
    "ON d.template_version_id = v.id WHERE d.id = NEW.deployment_id)"
)

WROTE_WAIVED = "whoever wrote what a waiver covers never approves it"
KEYS_TURNED = (
    "EXISTS (SELECT 1 FROM signoff_signoff s JOIN signoff_signature g "
    "ON g.sign_off_id = s.id AND g.revision = s.revision WHERE s.id = {sign_off})"
)
DOES_NOT_APPLY = "an item that does not apply takes no keys and no waiver"
IS_CARRIED = "an item that is carried over takes no keys and stays as it was signed"
CARRIED = "EXISTS (SELECT 1 FROM deployments_carrieditem c WHERE c.item_id = {item} AND c.opened_at IS NULL)"
NOT_MEMBER = (
    "NEW.owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_membership m JOIN deployments_deployment d "
    "ON d.team_id = m.team_id WHERE d.id = NEW.deployment_id AND m.user_id = NEW.owner_id)"
)
# DISTINCT, because a row that is not there yet has no team, and references are checked at commit only.
OTHER_TEAM = (
    "(SELECT team_id FROM {table} WHERE id = NEW.{column}) IS DISTINCT FROM "
    "(SELECT team_id FROM deployments_deployment WHERE id = NEW.deployment_id)"
)


SIGNED = "(SELECT COUNT(*) FROM signoff_signature g WHERE g.sign_off_id = {s}.id AND g.revision = {s}.revision)"
# Let through at a moment, `at`.
WAIVED = (
    "EXISTS (SELECT 1 FROM deployments_waiver w JOIN signoff_signoff v ON v.id = w.sign_off_id "
    "WHERE w.item_id = {item} AND w.ended_at IS NULL AND w.expires_at > {at} AND "
    + SIGNED.format(s="v")
    + " >= v.required)"
)
PLAN_BLOCKS = (
    "NOT EXISTS (SELECT 1 FROM rollback_rollbackplan b WHERE b.id = {plan} AND EXISTS "
    "(SELECT 1 FROM accounts_membership m WHERE m.team_id = b.team_id AND m.user_id = b.owner_id) "
    "AND CAST(b.steps AS TEXT) <> '[]' AND b.verification <> '' AND b.last_rehearsed_on IS NOT NULL)"
)
# Both follow from the tables in states.py, so that a new state is not forgotten here.
IS_OVER = ", ".join(f"'{state.value}'" for state in OVER)
MOVES_AS_LISTED = " OR ".join(
    f"OLD.state = '{source.value}' AND NEW.state = '{target.value}'"
    for sources, target in MOVES.values()
    for source in sorted(sources)
)
OF_CLOSED = (
    "(SELECT d.state FROM deployments_item i JOIN deployments_deployment d ON d.id = i.deployment_id "
    f"WHERE i.id = NEW.item_id) IN ({IS_OVER})"
)
WITHOUT_CONDITION = "NOT NEW.applies AND CAST(NEW.conditions AS TEXT) = '[]' AND NEW.left_in IS NULL"
CLOSED = f"(SELECT state FROM deployments_deployment WHERE id = NEW.deployment_id) IN ({IS_OVER})"
# What may be run again as `NEW`: what has ended, on this or an earlier version of the checklist, for the same place.
PARENT = (
    "EXISTS (SELECT 1 FROM deployments_deployment p JOIN checklists_templateversion v ON v.id = p.template_version_id "
    "JOIN checklists_templateversion n ON n.template_id = v.template_id AND n.number >= v.number "
    "WHERE p.id = NEW.parent_id AND n.id = NEW.template_version_id AND p.team_id = NEW.team_id "
    f"AND p.service = NEW.service AND p.environment = NEW.environment AND p.state IN ({IS_OVER}))"
)
