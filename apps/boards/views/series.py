"""Several keys in one series: choose, read each, prove once who you are."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms.series import SignItems, chosen_numbers
from apps.core.errors import OtherDigest
from apps.core.wording import plural
from apps.deployments import commands
from apps.deployments.commands.signing import SeriesStopped
from apps.deployments.models import Deployment
from apps.factors.commands import prove

from .loading import load_deployment


@require_GET
def series(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Turn several keys in one series? The items of the address, or all that wait."""
    return _page(request, load_deployment(request, team, number), SignItems(auto_id="series-%s"))


@require_POST
def sign_items(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Turn the ticked keys, all or none."""
    deployment = load_deployment(request, team, number)
    form = SignItems(request.POST, auto_id="series-%s")
    if not form.is_valid() or not (proof := form.proven(prove, by=request.user)):
        return _page(request, deployment, form, status=422)
    try:
        signed = commands.sign_items(deployment, by=request.user, proof=proof, **form.cleaned_data)
    except SeriesStopped as stop:
        return _page(request, deployment, form, _stopped(stop, deployment, form), status=stop.status)
    numbers = ", ".join(str(item.number) for item in signed)
    messages.success(request, f"You turned {plural(len(signed), 'key')} in one series: items {numbers}.")
    return redirect(selectors.url_of(deployment))


def _stopped(stop: SeriesStopped, deployment: Deployment, form: SignItems) -> selectors.Stopped:
    """What stopped it, with what changed where the text of an item is another than was read."""
    if not isinstance(stop.why, OtherDigest):
        return selectors.Stopped(stop.number, str(stop), ())
    item = deployment.items.get(number=stop.number)
    changed = selectors.changes_of(item, stop.why, form.seen_of(stop.number))
    return selectors.Stopped(stop.number, str(stop), tuple(changed))


def _page(
    request: SignedIn,
    deployment: Deployment,
    form: SignItems,
    stopped: selectors.Stopped | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    sent = request.POST.getlist("offered") if request.method == "POST" else request.GET.getlist("item")
    ticked = form.ticked if form.is_bound else ()
    page = selectors.series_page(deployment, request.user, chosen_numbers(sent), ticked=ticked, stopped=stopped)
    return render(request, "boards/series.html", page | {"form": form}, status=status)
