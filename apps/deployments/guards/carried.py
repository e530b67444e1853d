"""What the database refuses about items that are carried over: they were signed, where and as they say."""

from apps.core.guards import begins, changed_but, changes, never_deleted
from apps.deployments.models import CarriedItem

from .terms import IS_OVER, OF_CLOSED, PASSES, SIGNED, WAIVED

# `i` is to be carried over from `o`, which `d`, the deployment of `i`, finds in its parent: signed there by everybody
# whom it takes, not let through, its probe passing; or carried over there from the same `o`.
SAME = " AND ".join(
    [
        *(f"i.{name} = o.{name}" for name in ("key", "title", "text", "critical", "keys", "result")),
        *(f"CAST(i.{name} AS TEXT) = CAST(o.{name} AS TEXT)" for name in ("commands", "fill_ins")),
    ]
)
BEARS = (
    "EXISTS (SELECT 1 FROM deployments_item i JOIN deployments_deployment d ON d.id = i.deployment_id "
    "JOIN deployments_item o ON o.id = NEW.origin_id JOIN deployments_deployment e ON e.id = o.deployment_id "
    "JOIN signoff_signoff s ON s.id = o.sign_off_id "
    "LEFT JOIN probes_probe b ON b.id = o.probe_id LEFT JOIN probes_run r ON r.id = b.latest_run_id "
    "WHERE i.id = NEW.item_id AND {wanted})"
)
SIGNED_THERE = (
    f"e.team_id = d.team_id AND e.state IN ({IS_OVER}) AND o.applies AND o.key <> '' "
    f"AND NOT {WAIVED.format(item='o.id', at='e.closed_at')} AND (o.probe_id IS NULL OR r.counts_as = '{PASSES}') "
    f"AND {SIGNED.format(s='s')} >= s.required"
)
OF_PARENT = (
    "(e.id = d.parent_id OR EXISTS (SELECT 1 FROM deployments_item m JOIN deployments_carrieditem c "
    "ON c.item_id = m.id AND c.opened_at IS NULL WHERE m.deployment_id = d.parent_id AND m.key = o.key "
    "AND m.applies AND c.origin_id = o.id))"
)

GUARDS = [
    *never_deleted("deployments_carrieditem", "what was carried over is kept for good"),
    begins(
        "deployments_carrieditem",
        (
            "NOT EXISTS (SELECT 1 FROM deployments_item i JOIN deployments_deployment d ON d.id = i.deployment_id "
            "WHERE i.id = NEW.item_id AND d.state = 'draft' AND i.probe_id IS NULL AND NEW.opened_at IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM deployments_attachment a WHERE a.item_id = i.id))",
            "items are carried over when a deployment begins",
        ),
        ("NOT " + BEARS.format(wanted=SIGNED_THERE), "only what all keys were turned for is carried over"),
        ("NOT " + BEARS.format(wanted=OF_PARENT), "what is carried over comes from what is run again"),
        ("NOT " + BEARS.format(wanted=SAME), "what is carried over says what was signed"),
    ),
    changes(
        "deployments_carrieditem",
        (
            changed_but(CarriedItem, "opened_at", "opened_by", "opened_by_name") + " OR OLD.opened_at IS NOT NULL",
            "what is carried over is only ever opened again",
        ),
        (OF_CLOSED, "what a closed deployment carries over stays"),
    ),
]
