"""What the database refuses to do to deployments, whoever asks: change what is signed, leave the team, reopen."""

from apps.core.guards import begins, changed, changed_but, changes, never_deleted, rules
from apps.deployments.models import Attachment, Deployment, Item, Section, Waiver
from apps.signoff.guards import OWN, owner_rule
from apps.signoff.rules import Cause

from . import carried, emergencies
from .terms import (
    CARRIED,
    CLOSED,
    CLOSING,
    COVERED,
    DOES_NOT_APPLY,
    FOLLOWS_NOT,
    FREE,
    IS_CARRIED,
    IS_OVER,
    KEYS_TURNED,
    MOVES_AS_LISTED,
    NOT_MEMBER,
    OF_CLOSED,
    OF_SECTION,
    OTHER_TEAM,
    PARENT,
    PLANNED,
    SIGNED,
    TAKEN_OVER,
    WAIVED,
    WITHOUT_CONDITION,
    WRITTEN,
    WROTE_WAIVED,
)

GUARDS = [
    *never_deleted("deployments_deployment", "a deployment is kept for good"),
    *never_deleted("deployments_item", "an item is kept for good"),
    *never_deleted("deployments_attachment", "an attachment is kept for good"),
    *never_deleted("deployments_waiver", "a waiver is kept for good"),
    *never_deleted("deployments_section", "a section is kept for good"),
    begins(
        "deployments_section",
        (CLOSED, "a closed deployment takes no more sections"),
    ),
    changes(
        "deployments_section",
        (changed_but(Section, *OF_SECTION), "a section keeps its place and its key"),
        (FOLLOWS_NOT, "a section follows the version of its deployment"),
    ),
    begins(
        "deployments_deployment",
        (
            "NEW.number <> 1 + COALESCE("
            "(SELECT MAX(number) FROM deployments_deployment WHERE team_id = NEW.team_id), 0)",
            "a team numbers its deployments without a gap",
        ),
        (
            "(SELECT t.team_id FROM checklists_templateversion v JOIN checklists_checklisttemplate t "
            "ON t.id = v.template_id WHERE v.id = NEW.template_version_id) IS DISTINCT FROM NEW.team_id",
            "the checklist belongs to another team",
        ),
        (
            "(SELECT v.state FROM checklists_templateversion v WHERE v.id = NEW.template_version_id) "
            "IS DISTINCT FROM 'published'",
            "a deployment begins from a published checklist",
        ),
        (
            "(SELECT team_id FROM rollback_rollbackplan WHERE id = NEW.rollback_plan_id) IS DISTINCT FROM NEW.team_id",
            "the rollback plan belongs to another team",
        ),
        ("NEW.state <> 'draft'", "a deployment begins as a draft"),
        (
            f"NEW.parent_id IS NOT NULL AND NOT {PARENT}",
            "what has ended is run again, on the same checklist and for the same place",
        ),
    ),
    rules(
        "deployments_deployment",
        "deployments_deployment_moves",
        "UPDATE",
        (
            f"OLD.state IN ({IS_OVER}) AND (NEW.state IN ({IS_OVER}) OR {changed_but(Deployment, 'state', *CLOSING)})",
            "a closed deployment stays as it is",
        ),
        (
            changed_but(Deployment, *COVERED, *PLANNED, "template_version", "state", *CLOSING),
            "a deployment keeps its team and number",
        ),
        (
            changed("template_version_id") + " AND NOT EXISTS (SELECT 1 FROM checklists_templateversion n "
            "JOIN checklists_templateversion o ON o.template_id = n.template_id AND o.number < n.number "
            "WHERE n.id = NEW.template_version_id AND o.id = OLD.template_version_id AND n.state = 'published')",
            "a deployment moves only to a newer version of its checklist",
        ),
        (changed(*COVERED), "what signatures cover is fixed"),
        (f"OLD.state <> NEW.state AND NOT ({MOVES_AS_LISTED})", "a deployment moves only as its table of states says"),
    ),
    begins(
        "deployments_item",
        (
            "s.id IS NULL OR d.id IS NULL OR s.team_id <> d.team_id OR s.required <> NEW.keys "
            "OR s.contributor_keys > 1",
            "an item is signed by its own team with its own number of keys",
        ),
        (NOT_MEMBER, "the owner of an item is a member of its team"),
        (f"d.state IN ({IS_OVER})", "a closed deployment takes no more items"),
        owner_rule(Item),
        (WITHOUT_CONDITION, "only an item with conditions does not apply"),
        ("s.opened_at IS NOT NULL AND d.state = 'draft'", "the items of a draft take no keys"),
        asked=[OWN, ("deployments_deployment d", "d.id = NEW.deployment_id")],
    ),
    changes(
        "deployments_item",
        (
            "NOT " + changed("checklist_version") + " AND " + changed_but(Item, *FREE),
            "an item keeps its place, its keys and its conditions",
        ),
        (
            changed("checklist_version")
            + " AND ("
            + changed_but(Item, *FREE, *TAKEN_OVER)
            + " OR "
            + FOLLOWS_NOT
            + ")",
            "an item follows the version of its deployment",
        ),
        (
            changed("critical", "keys") + " AND NEW.left_in IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM checklists_templateitem t "
            "JOIN deployments_deployment d ON d.template_version_id = t.version_id "
            "WHERE d.id = NEW.deployment_id AND t.key = NEW.key AND t.critical = NEW.critical AND t.keys = NEW.keys)",
            "an item is as critical and takes as many keys as its checklist says",
        ),
        (
            changed("evidence_kinds", "max_age_days") + " AND NEW.left_in IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM checklists_templateitem t "
            "JOIN deployments_deployment d ON d.template_version_id = t.version_id "
            "WHERE d.id = NEW.deployment_id AND t.key = NEW.key "
            "AND CAST(t.evidence_kinds AS TEXT) = CAST(NEW.evidence_kinds AS TEXT) "
            "AND NOT t.max_age_days IS DISTINCT FROM NEW.max_age_days)",
            "an item asks for the proof that its checklist asks for",
        ),
        # With tiers, one more condition stands before those of the checklist.
        (
            changed("conditions") + " AND NEW.left_in IS NULL AND NOT EXISTS (SELECT 1 FROM checklists_templateitem t "
            "JOIN deployments_deployment d ON d.template_version_id = t.version_id "
            "WHERE d.id = NEW.deployment_id AND t.key = NEW.key "
            "AND substr(CAST(NEW.conditions AS TEXT), 2 + length(CAST(NEW.conditions AS TEXT)) "
            "- length(CAST(t.conditions AS TEXT))) = substr(CAST(t.conditions AS TEXT), 2) "
            "AND (CAST(t.tiers AS TEXT) <> '[]' OR CAST(NEW.conditions AS TEXT) = CAST(t.conditions AS TEXT)))",
            "an item applies where its checklist says",
        ),
        (
            changed("keys") + " AND (SELECT s.required FROM signoff_signoff s WHERE s.id = NEW.sign_off_id) "
            "IS DISTINCT FROM NEW.keys",
            "an item is signed by its own team with its own number of keys",
        ),
        (
            changed("left_in") + " AND NEW.left_in IS NOT NULL AND EXISTS (SELECT 1 FROM checklists_templateitem t "
            "JOIN deployments_deployment d ON d.template_version_id = t.version_id "
            "WHERE d.id = NEW.deployment_id AND t.key = NEW.key)",
            "an item leaves only with its checklist",
        ),
        (
            changed("section_id") + " AND NOT EXISTS (SELECT 1 FROM deployments_section c "
            "JOIN deployments_deployment d ON d.id = c.deployment_id "
            "JOIN checklists_templateitem t ON t.version_id = d.template_version_id "
            "JOIN checklists_templatesection u ON u.id = t.section_id "
            "WHERE c.id = NEW.section_id AND d.id = NEW.deployment_id AND t.key = NEW.key AND u.key = c.key)",
            "an item stands where its checklist has it",
        ),
        (CLOSED, "the items of a closed deployment stay as they are"),
        (
            changed(*WRITTEN, "critical", "keys", "probe_id", "pinned_run_id")
            + " AND "
            + KEYS_TURNED.format(sign_off="NEW.sign_off_id"),
            "what turned keys cover cannot change under them",
        ),
        (
            changed(*WRITTEN, "critical", "keys", "probe_id", "pinned_run_id")
            + " AND "
            + CARRIED.format(item="NEW.id"),
            IS_CARRIED,
        ),
        (WITHOUT_CONDITION, "only an item with conditions does not apply"),
        # Somebody who left keeps what they owned until it is given to somebody else.
        (changed("owner_id") + " AND " + NOT_MEMBER, "the owner of an item is a member of its team"),
        (
            "NEW.probe_id IS NOT NULL AND " + OTHER_TEAM.format(table="probes_probe", column="probe_id"),
            "the probe belongs to another team",
        ),
        (
            "NEW.pinned_run_id IS NOT NULL AND "
            "(SELECT r.probe_id FROM probes_run r WHERE r.id = NEW.pinned_run_id) IS DISTINCT FROM NEW.probe_id",
            "the run that keys cover is one of the probe of the item",
        ),
    ),
    *carried.GUARDS,
    *emergencies.GUARDS,
    rules(
        "probes_probe",
        "deployments_probe_covered",
        "UPDATE",
        (
            changed("name", "kind", "config") + " AND EXISTS (SELECT 1 FROM deployments_item i "
            "WHERE i.probe_id = NEW.id AND " + KEYS_TURNED.format(sign_off="i.sign_off_id") + ")",
            "what turned keys cover cannot change under them",
        ),
        (
            changed("name", "kind", "config", "latest_run_id", "baseline_id")
            + " AND EXISTS (SELECT 1 FROM deployments_item i "
            "JOIN deployments_deployment d ON d.id = i.deployment_id "
            f"WHERE i.probe_id = NEW.id AND d.state IN ({IS_OVER}))",
            "the probes of a closed deployment stay as they are",
        ),
    ),
    rules(
        "rollback_rollbackplan",
        "deployments_plan_of_closed",
        "UPDATE",
        (
            "EXISTS (SELECT 1 FROM deployments_deployment d "
            f"WHERE d.rollback_plan_id = NEW.id AND d.state IN ({IS_OVER}))",
            "the rollback plan of a closed deployment stays as it is",
        ),
    ),
    begins(
        "deployments_attachment",
        (
            "(SELECT team_id FROM evidence_evidence WHERE id = NEW.evidence_id) IS DISTINCT FROM (SELECT d.team_id "
            "FROM deployments_item i JOIN deployments_deployment d ON d.id = i.deployment_id WHERE i.id = NEW.item_id)",
            "the evidence belongs to another team",
        ),
        (
            "NEW.revision > 1 AND NOT EXISTS (SELECT 1 FROM deployments_attachment o "
            "JOIN evidence_evidence was ON was.id = o.evidence_id JOIN evidence_evidence e ON e.id = NEW.evidence_id "
            "WHERE o.item_id = NEW.item_id AND o.position = NEW.position AND o.revision = NEW.revision - 1 "
            "AND o.removed_at = e.added_at AND o.removed_by_id = e.added_by_id AND was.kind = e.kind)",
            "a revision takes the place of the one before it, of the same kind, as it is filed",
        ),
        (
            KEYS_TURNED.format(sign_off="(SELECT sign_off_id FROM deployments_item WHERE id = NEW.item_id)"),
            "evidence cannot be slipped under turned keys",
        ),
        (CARRIED.format(item="NEW.item_id"), IS_CARRIED),
        (OF_CLOSED, "a closed deployment takes no more evidence"),
    ),
    changes(
        "deployments_attachment",
        (
            changed_but(Attachment, "removed_at", "removed_by", "removed_by_name") + " OR OLD.removed_at IS NOT NULL",
            "an attachment is only ever taken away",
        ),
        (
            KEYS_TURNED.format(sign_off="(SELECT sign_off_id FROM deployments_item WHERE id = NEW.item_id)"),
            "evidence cannot be taken from under turned keys",
        ),
        (OF_CLOSED, "the evidence of a closed deployment stays"),
    ),
    begins(
        "deployments_waiver",
        (
            "NOT EXISTS (SELECT 1 FROM signoff_signoff s JOIN deployments_item i ON i.id = NEW.item_id "
            "JOIN deployments_deployment d ON d.id = i.deployment_id AND d.team_id = s.team_id "
            "WHERE s.id = NEW.sign_off_id AND s.contributor_keys = 0 "
            "AND s.required >= CASE WHEN i.critical THEN 2 ELSE 1 END)",
            "others approve a waiver, two of them for a critical item",
        ),
        (
            "NOT EXISTS (SELECT 1 FROM signoff_contribution c "
            "WHERE c.sign_off_id = NEW.sign_off_id AND c.person_id = NEW.requested_by_id)",
            "whoever asks for a waiver never approves it",
        ),
        (
            "EXISTS (SELECT 1 FROM signoff_revision r JOIN deployments_item i ON i.sign_off_id = r.sign_off_id "
            f"WHERE i.id = NEW.item_id AND r.cause = '{Cause.TEXT_EDITED.value}' AND NOT EXISTS ("
            "SELECT 1 FROM signoff_contribution c WHERE c.sign_off_id = NEW.sign_off_id AND c.person_id = r.by_id))",
            WROTE_WAIVED,
        ),
        (OF_CLOSED, "nothing of a closed deployment is waived"),
        ("EXISTS (SELECT 1 FROM deployments_item i WHERE i.id = NEW.item_id AND NOT i.applies)", DOES_NOT_APPLY),
        (CARRIED.format(item="NEW.item_id"), IS_CARRIED),
        owner_rule(Waiver),
    ),
    rules(
        "signoff_signature",
        "deployments_inapplicable",
        "INSERT",
        (
            "EXISTS (SELECT 1 FROM deployments_item i WHERE i.sign_off_id = NEW.sign_off_id AND NOT i.applies) "
            "OR EXISTS (SELECT 1 FROM deployments_waiver w JOIN deployments_item i ON i.id = w.item_id "
            "WHERE w.sign_off_id = NEW.sign_off_id AND NOT i.applies)",
            DOES_NOT_APPLY,
        ),
        (
            "EXISTS (SELECT 1 FROM deployments_waiver w "
            "WHERE w.sign_off_id = NEW.sign_off_id "
            "AND (w.expires_at <= NEW.signed_at OR w.expires_at <= CURRENT_TIMESTAMP))",
            "a waiver that expired is approved no more",
        ),
        (
            "EXISTS (SELECT 1 FROM deployments_item i WHERE i.sign_off_id = NEW.sign_off_id AND "
            + CARRIED.format(item="i.id")
            + ")",
            IS_CARRIED,
        ),
    ),
    rules(
        "signoff_revision",
        "deployments_waived_text",
        "INSERT",
        (
            f"NEW.cause = '{Cause.TEXT_EDITED.value}' AND EXISTS (SELECT 1 FROM deployments_item i "
            "JOIN deployments_waiver w ON w.item_id = i.id AND w.ended_at IS NULL "
            "WHERE i.sign_off_id = NEW.sign_off_id AND NOT EXISTS (SELECT 1 FROM signoff_contribution c "
            "WHERE c.sign_off_id = w.sign_off_id AND c.person_id = NEW.by_id))",
            WROTE_WAIVED,
        ),
    ),
    changes(
        "deployments_waiver",
        (
            changed_but(Waiver, "expired_at", "ended_at", "ended_by", "ended_by_name", "ended_why")
            + " OR OLD.ended_at IS NOT NULL",
            "a waiver is only ever ended",
        ),
        ("OLD.expired_at IS NOT NULL AND " + changed("expired_at"), "that a waiver expired is noted once"),
        (OF_CLOSED, "the waivers of a closed deployment stay"),
        (
            "NEW.ended_at IS NOT NULL AND "
            "(SELECT s.closed_at FROM signoff_signoff s WHERE s.id = NEW.sign_off_id) IS NULL",
            "a waiver ends once nobody can approve it any more",
        ),
    ),
    rules(
        "signoff_signoff",
        "deployments_sign_off_opens",
        "UPDATE",
        (
            "OLD.opened_at IS NULL AND NEW.opened_at IS NOT NULL AND EXISTS (SELECT 1 FROM deployments_item i "
            "JOIN deployments_deployment d ON d.id = i.deployment_id "
            "WHERE i.sign_off_id = NEW.id AND d.state = 'draft')",
            "the items of a draft take no keys",
        ),
    ),
]
