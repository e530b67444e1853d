"""What the database refuses to do to commands: no argument changes under a key, nothing runs without two."""

from apps.core.guards import begins, changed_but, changes, never_deleted, one_of, rules
from apps.probes.states import State
from apps.signoff.guards import owner_rule

from .models import Command

WITHDRAWN = ("withdrawn_at", "withdrawn_by", "withdrawn_by_name")
# A quotation mark in what somebody typed is written with a backslash, so nothing but the setting itself reads so.
APPROVED = (
    "EXISTS (SELECT 1 FROM programs_command c JOIN signoff_signoff s ON s.id = c.sign_off_id "
    "JOIN probes_probe p ON p.team_id = c.team_id JOIN accounts_team t ON t.id = c.team_id "
    "WHERE p.id = NEW.probe_id AND t.runs_commands AND c.withdrawn_at IS NULL "
    "AND REPLACE(CAST(NEW.config AS TEXT), '\"digest\": \"' || c.digest || '\"', '') <> CAST(NEW.config AS TEXT) "
    "AND (SELECT COUNT(DISTINCT g.signer_id) FROM signoff_signature g WHERE g.sign_off_id = s.id "
    "AND g.revision = s.revision AND g.digest = c.digest) >= 2)"
)
MEASURED = one_of([State.PASSED, State.FAILED])

GUARDS = [
    *never_deleted("programs_command", "a command is kept for good"),
    begins(
        "programs_command",
        owner_rule(Command),
        (
            "NOT EXISTS (SELECT 1 FROM signoff_signoff s WHERE s.id = NEW.sign_off_id AND s.team_id = NEW.team_id "
            "AND s.digest = NEW.digest AND s.required >= 2 AND s.contributor_keys <= 1)",
            "two people of the team approve a command at its digest",
        ),
        (
            "NOT EXISTS (SELECT 1 FROM signoff_contribution c WHERE c.sign_off_id = NEW.sign_off_id "
            "AND c.person_id = NEW.proposed_by_id)",
            "who proposes a command never approves it alone",
        ),
    ),
    changes(
        "programs_command",
        (changed_but(Command, *WITHDRAWN), "another command is another proposal"),
        ("OLD.withdrawn_at IS NOT NULL", "what was withdrawn stays withdrawn"),
    ),
    rules(
        "probes_run",
        "programs_run_approved",
        "UPDATE",
        (
            f"NEW.kind = '{Command.KIND}' AND NEW.state IN {MEASURED} AND OLD.state NOT IN {MEASURED} "
            f"AND NOT {APPROVED}",
            "only a command that two people approved gives a result",
        ),
    ),
]
