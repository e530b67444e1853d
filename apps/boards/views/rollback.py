"""Writing down the way back."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms.rollback import RollbackPlan
from apps.core.errors import Changed
from apps.core.http import after_action
from apps.deployments import commands
from apps.deployments.models import Deployment
from apps.rollback.models import RollbackPlan as Plan

from .loading import load_deployment


@require_http_methods(["GET", "POST"])
def fill_in_rollback_plan(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Who takes it back, how, and when that was last tried."""
    deployment = load_deployment(request, team, number)
    if request.method == "GET":
        return _page(request, deployment, RollbackPlan.of(deployment, _offered(request, deployment)))
    if "more" in request.POST or "take" in request.POST:
        offered = _steps(deployment) if "take" in request.POST else []
        return _page(request, deployment, RollbackPlan.with_more_rows(request.POST, deployment, offered))
    form = RollbackPlan.typed(request.POST, deployment)
    if not form.is_valid():
        return _page(request, deployment, form, status=422)
    try:
        plan = commands.fill_in_rollback_plan(deployment, by=request.user, steps=form.steps, **form.cleaned_data)
    except Changed as changed:
        return _page(request, deployment, form.refuse(changed), status=409)
    return after_action(request, request.path, message=_message(plan))


def _page(request: SignedIn, deployment: Deployment, form: RollbackPlan, status: int = 200) -> HttpResponse:
    page = selectors.rollback_page(deployment, request.user) | {"form": form}
    return render(request, "boards/rollback.html", page, status=status)


def _offered(request: SignedIn, deployment: Deployment) -> list[dict[str, str]]:
    """Steps from the checklist, if they asked for them."""
    if request.GET.get("steps") != "checklist":
        return []
    return _steps(deployment)


def _steps(deployment: Deployment) -> list[dict[str, str]]:
    return selectors.steps_of(selectors.section_about_rollback(deployment))


def _message(plan: Plan) -> str:
    missing = ", ".join(plan.missing(str(plan.owner or "")))
    if not missing:
        return "The rollback plan is complete."
    return f"Saved. The plan still needs {missing}, so the verdict stays NO-GO."
