"""The sign-off sheet: what its signatures cover, and the page around it."""

import uuid
from collections import Counter
from typing import Any

from django.utils import timezone

from apps.accounts.models import User, initials
from apps.accounts.roles import Capability
from apps.deployments.models import Deployment, Waiver
from apps.deployments.selectors.readiness import Members, members, readiness
from apps.deployments.selectors.summaries import ItemSummary, summaries
from apps.deployments.states import SETTLED
from apps.signoff.models import Signature
from apps.signoff.rules import content_digest

from . import permissions
from .models import Sheet
from .states import Answer


def sheet_content(sheet: Sheet, items: list[ItemSummary] | None = None) -> dict[str, Any]:
    """What the sheet's signatures cover, with the board as it is now (`items`, where they are read already)."""
    items = summaries(sheet.deployment) if items is None else items
    waivers = Waiver.objects.filter(item__deployment=sheet.deployment, ended_at=None).order_by("item__number")
    return sheet.content(
        items=[[str(item.id), item.digest, item.state] for item in items],
        waivers=[[str(item), digest] for item, digest in waivers.values_list("item", "sign_off__digest")],
    )


def page_digest(deployment: Deployment) -> str:
    """The digest of what the page shows to whoever completes the sheet: verdict, board, and the sheet so far."""
    items = summaries(deployment)
    return _page_digest(deployment, _sheet_of(deployment), items, readiness(deployment, items).verdict)


def _page_digest(deployment: Deployment, sheet: Sheet | None, items: list[ItemSummary], verdict: str) -> str:
    board = sheet_content(Sheet(deployment=deployment, verdict=verdict), items)
    written = sheet.sign_off if sheet else None
    so_far = [written.digest, written.revision, len(written.turned)] if written else []
    return content_digest({"board": board, "so_far": so_far})


def sheet_page(deployment: Deployment, viewer: User) -> dict[str, Any]:
    """Everything templates/boards/sheet.html needs besides the forms, in a fixed number of queries."""
    sheet = _sheet_of(deployment)
    items = summaries(deployment)
    people = members(deployment.team)
    counts = Counter(item.state for item in items)
    now = readiness(deployment, items, people)
    return {
        "deployment": deployment,
        "sheet": sheet,
        "total": len(items),
        "counts": {state.value: counts[state] for state in SETTLED},
        "rest": sum(1 for item in items if not item.is_settled),
        "plan": deployment.rollback_plan,
        "blocking": 0 if deployment.is_over else len(now.blockers),
        "sheet_keys": _slots(sheet),
        "intent": uuid.uuid4(),
        "page_shown": _page_digest(deployment, sheet, items, now.verdict),
        "now": timezone.now(),
        "may": {"complete_sheet": permissions.complete_sheet(viewer, deployment)},
        **(_signed(sheet, items, viewer, people) if sheet else {}),
    }


def _sheet_of(deployment: Deployment) -> Sheet | None:
    found = Sheet.objects.filter(deployment=deployment).select_related("sign_off")
    sheet = found.prefetch_related(
        "sign_off__signatures__signer", "sign_off__contributions", "sign_off__rejections", "sign_off__revisions"
    ).first()
    if sheet:
        sheet.deployment = deployment
    return sheet


def _signed(sheet: Sheet, items: list[ItemSummary], viewer: User, people: Members) -> dict[str, Any]:
    """The sheet's keys: who turned them, whether they still cover what the board says, who can go on."""
    turned = sheet.sign_off.turned
    is_open = not sheet.deployment.is_over
    is_stale = is_open and bool(turned) and content_digest(sheet_content(sheet, items)) != sheet.sign_off.digest
    others = people.names(Capability.REVIEW, frozenset(sheet.sign_off.contributors))
    return {
        "completed": _key(turned, 1),
        "verified": _key(turned, 2),
        "shown": sheet.sign_off.digest,
        "is_stale": is_stale,
        "is_mine": any(signature.signer_id == viewer.id for signature in turned),
        "who_verifies": others or "Nobody yet: invite another reviewer",
        "rejection": sheet.sign_off.last_rejection if not turned else None,
        "answer_words": Answer(sheet.answer).label,
        "may": {
            "complete_sheet": permissions.complete_sheet(viewer, sheet.deployment),
            "verify_sheet": permissions.verify_sheet(viewer, sheet),
            "send_back_sheet": permissions.send_back_sheet(viewer, sheet),
        },
    }


def _slots(sheet: Sheet | None) -> list[tuple[str, str]]:
    """The sheet's two keys as an icon."""
    turned = [(initials(s.name), "half") for s in sheet.sign_off.turned] if sheet else []
    return [*turned, *((str(n), "") for n in range(len(turned) + 1, 3))]


def _key(turned: list[Signature], slot: int) -> Signature | None:
    return next((signature for signature in turned if signature.slot == slot), None)
