"""The sign-off sheet: what its signatures cover, and the page around it."""

from typing import Any

from apps.accounts.models import User
from apps.deployments import permissions
from apps.deployments.models import Deployment, Sheet
from apps.deployments.rules import content_digest
from apps.deployments.rules import sheet_content as content
from apps.deployments.states import State

from .readiness import readiness
from .rows import load_rows


def sheet_content(sheet: Sheet) -> dict[str, Any]:
    """What the sheet's signatures cover, with the board as it is now."""
    return content(
        deployment=str(sheet.deployment.id),
        version=sheet.version_deployed,
        issues=sheet.issues,
        resolution=sheet.resolution,
        answer=sheet.answer,
        caveats=sheet.caveats,
        verdict=sheet.verdict,
        items=[(str(row.id), row.digest, row.state) for row in load_rows(sheet.deployment)],
        rollback=sheet.deployment.rollback_plan.content(),
    )


def sheet_page(deployment: Deployment, viewer: User) -> dict[str, Any]:
    """Everything templates/deployments/sheet.html needs."""
    sheet = (
        Sheet.objects.filter(deployment=deployment)
        .select_related("sign_off")
        .prefetch_related("sign_off__signatures", "sign_off__contributions", "sign_off__rejections")
        .first()
    )
    rows = load_rows(deployment)
    context: dict[str, Any] = {
        "deployment": deployment,
        "sheet": sheet,
        "readiness": readiness(deployment) if deployment.state != State.CLOSED else None,
        "counts": {look: sum(1 for row in rows if row.state == look) for look in {row.state for row in rows}},
        "total": len(rows),
        "may": {"complete_sheet": permissions.complete_sheet(viewer, deployment)},
    }
    if sheet:
        sheet.deployment = deployment
        context["signatures"] = sheet.sign_off.turned
        context["shown"] = sheet.sign_off.digest
        context["is_stale"] = (
            deployment.state != State.CLOSED and content_digest(sheet_content(sheet)) != sheet.sign_off.digest
        )
        context["rejections"] = sorted(sheet.sign_off.rejections.all(), key=lambda r: r.rejected_at, reverse=True)
        context["may"] |= {
            "verify_sheet": permissions.verify_sheet(viewer, sheet),
            "send_back_sheet": permissions.send_back_sheet(viewer, sheet),
        }
    return context
