"""The item page: what to check, the proof, then the keys."""

import uuid
from typing import Any

from apps.accounts.models import User
from apps.deployments import permissions
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import content_digest
from apps.ledger import selectors as ledger
from apps.probes import selectors as probes
from apps.signoff.rules import Meaning

from .readiness import item_blocker, roster
from .rows import load_rows

RUNS_SHOWN = 25


def item_page(deployment: Deployment, number: int, viewer: User) -> dict[str, Any] | None:
    """Everything templates/deployments/_item_detail.html needs, or None when there is no such item."""
    item = Item.objects.with_everything().filter(deployment=deployment, number=number).first()
    if item is None:
        return None
    item.deployment = deployment
    people = roster(deployment.team)
    row = load_rows(deployment, [item.id])[0]
    content = item.content(pinned=item.run_to_pin)
    waiver = item.waiver
    if waiver:
        waiver.item = item
    return {
        "deployment": deployment,
        "item": item,
        "row": row,
        "blocker": item_blocker(deployment, row, people),
        "people": people,
        "content": content,
        "shown": content_digest(content),
        "run": item.run_to_pin,
        "slot": len(item.sign_off.turned) + 1,
        "meaning": Meaning.VERIFIED if item.sign_off.turned else Meaning.PERFORMED,
        "slots": _slots(item),
        "waiver": waiver,
        "waiver_shown": waiver.sign_off.digest if waiver else "",
        "intent": uuid.uuid4(),
        "runs": probes.probe_history(item.probe, RUNS_SHOWN) if item.probe else [],
        "history": ledger.lines(ledger.item_history(deployment.stream, item.id)),
        "names": {member.id: member.name for member in people},
        "neighbours": {"previous": number - 1, "next": number + 1, "total": deployment.items.count()},
        "may": _may(viewer, item),
    }


def _slots(item: Item) -> list[dict[str, Any]]:
    """Every key of the item, turned or not, as the ceremony shows it."""
    turned = {signature.slot: signature for signature in item.sign_off.turned}
    return [
        {"number": n, "signature": turned.get(n), "meaning": Meaning.PERFORMED if n == 1 else Meaning.VERIFIED}
        for n in range(1, item.keys + 1)
    ]


def _may(viewer: User, item: Item) -> dict[str, Any]:
    verbs = ("sign_item", "reject_item", "edit_item", "fill_in_item", "attach_evidence", "remove_evidence")
    verbs += ("attach_probe", "detach_probe", "request_waiver")
    may = {verb: getattr(permissions, verb)(viewer, item) for verb in verbs}
    may["run_probes"] = permissions.run_probes(viewer, item.deployment)
    may["assign_items"] = permissions.assign_items(viewer, item.deployment)
    if item.waiver:
        may["approve_waiver"] = permissions.approve_waiver(viewer, item.waiver)
        may["end_waiver"] = permissions.end_waiver(viewer, item.waiver)
    return may
