"""Every way a deployment changes: one verb, one lock, one permission, one transaction, one entry."""

from .evidence import attach_evidence, remove_evidence
from .items import assign_items, edit_item, fill_in_item, reject_item, sign_item
from .lifecycle import cancel_deployment, create_deployment, edit_deployment, open_review
from .probes import attach_probe, detach_probe, run_probes
from .rollback import fill_in_rollback_plan
from .sheet import complete_sheet, send_back_sheet, verify_sheet
from .waivers import approve_waiver, end_waiver, request_waiver

__all__ = [
    "approve_waiver",
    "assign_items",
    "attach_evidence",
    "attach_probe",
    "cancel_deployment",
    "complete_sheet",
    "create_deployment",
    "detach_probe",
    "edit_deployment",
    "edit_item",
    "end_waiver",
    "fill_in_item",
    "fill_in_rollback_plan",
    "open_review",
    "reject_item",
    "remove_evidence",
    "request_waiver",
    "run_probes",
    "send_back_sheet",
    "sign_item",
    "verify_sheet",
]
