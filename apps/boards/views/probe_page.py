"""The page of one probe, and what is set on it: how often it runs, and what its runs are compared with."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.attachments import commands
from apps.boards import selectors
from apps.boards.forms.probes import ScheduleProbe
from apps.boards.forms.reporting import IssueToken, Measure
from apps.core.errors import Changed, Refusal
from apps.core.http import address, after_action
from apps.core.shown import UNSEEN
from apps.core.wording import lasting
from apps.deployments.models import Deployment

from .loading import load_deployment, load_item

ISSUED, SHOWN_FOR = "token", 300  # the cookie that a new token travels in, and the seconds in which it is shown
TOKEN_ID = "token-%s"
MEASURE_ID = "measure-%s"


@require_GET
def probe(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Does it hold, and since when? A token that was just made is shown, and not again."""
    issued = request.get_signed_cookie(ISSUED, "", str(request.user.pk), max_age=SHOWN_FOR) or ""
    answer = show_probe(request, load_deployment(request, team, number), item, issued=issued)
    if issued:
        answer.delete_cookie(ISSUED, path=request.path, samesite="Strict")
    return answer


@require_POST
def schedule_probe(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Have it run by the clock, at another interval, or no longer."""
    found = load_item(request, team, number, item)
    form = ScheduleProbe(request.POST, seconds=found.probe.interval_seconds if found.probe else None)
    if not form.is_valid():
        return show_probe(request, found.deployment, item, status=422, schedule=form)
    try:
        commands.schedule_probe(found, by=request.user, **form.cleaned_data)
    except Changed as changed:
        return show_probe(request, found.deployment, item, status=409, schedule=form.refuse(changed))
    seconds = form.cleaned_data["seconds"]
    every = f"every {lasting(timedelta(seconds=seconds))} from now on" if seconds else "only when somebody asks"
    return after_action(request, _back(team, number, item), message=f"The probe runs {every}.")


@require_POST
def set_baseline(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Have later runs compared with one of them."""
    found = load_item(request, team, number, item)
    try:
        run = UUID(request.POST.get("run", ""))
    except ValueError as error:
        raise Refusal("Which run? Open one on the page of the probe, and set it as the baseline there.") from error
    commands.set_baseline(found, by=request.user, run=run, shown=request.POST.get("basis", UNSEEN))
    return after_action(request, _back(team, number, item), message="Later runs are compared with that one.")


def show_probe(
    request: SignedIn,
    deployment: Deployment,
    item: int,
    *,
    status: int = 200,
    issued: str = "",
    **typed: Form,
) -> HttpResponse:
    """The page, with a token that is shown once, or with forms as they were typed: schedule, token, measure."""
    page = selectors.probe_page(deployment, item, request.user, request.GET.dict())
    if page is None:
        raise Http404("There is no such item.")
    board = selectors.url_of(deployment)
    context: dict[str, Any] = {"board": board, "here": f"{board}items/{item}/", "issued": issued}
    context |= {"follow": address("deployments:follow", deployment.id)}
    if page["probe"]:
        forms = {
            "schedule": ScheduleProbe(seconds=page["probe"].interval_seconds),
            "token": IssueToken(auto_id=TOKEN_ID),
            "measure": Measure(auto_id=MEASURE_ID),
        }
        context |= {f"{name}_form": form for name, form in (forms | typed).items()}
        context["report_url"] = request.build_absolute_uri(reverse("deployments:take_report"))
    return render(request, "boards/probe.html", page | context, status=status)


def _back(team: str, number: int, item: int) -> str:
    return reverse("deployments:probe", args=[team, number, item])
