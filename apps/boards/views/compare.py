"""Two deployments of a team beside each other."""

import re

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.models import SignedIn, Team
from apps.boards import selectors
from apps.core.http import heavy

from .loading import load_team, searched

NUMBER = re.compile(r"[0-9]{1,9}")


@heavy
@require_GET
def compare(request: SignedIn, team: str) -> HttpResponse:
    """What passed then and fails now? Item by item; as long as one of the two is not chosen, which it could be."""
    own = load_team(request, team)
    before, after = (_number(request, name) for name in ("from", "to"))
    asked = {name: request.GET.get(name, "") for name in ("show", "sort", "page")}
    if not (before and after) or before == after:
        return _choose(request, own, before, after)
    page = selectors.compare_page(own, before=before, after=after, find=searched(request), **asked)
    if page is None:
        raise Http404("The team has no two deployments of these numbers.")
    return render(request, "boards/compare.html", page)


def _choose(request: SignedIn, team: Team, before: int, after: int) -> HttpResponse:
    known = get_object_or_404(team.deployments, number=after or before) if after or before else None
    asked = {"find": searched(request), "page": request.GET.get("page", "")}
    page = selectors.choose_page(team, known, is_after=bool(after), **asked)
    return render(request, "boards/compare_choose.html", {**page, "is_same": bool(after) and before == after})


def _number(request: SignedIn, name: str) -> int:
    """The number of a deployment, 0 where none is chosen; 404 for what is none."""
    typed = request.GET.get(name, "")
    if typed and not NUMBER.fullmatch(typed):
        raise Http404("That is no number of a deployment.")
    return int(typed or 0)
