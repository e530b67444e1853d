"""How views find what a URL names: always through its viewer, so that a stranger finds nothing."""

import re
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls.converters import UUIDConverter

from apps.accounts.models import SignedIn, Team
from apps.boards.selectors import with_probe_versions
from apps.deployments.models import Deployment, Item, ItemAddress

LONGEST_SEARCH = 200
MOST_IDS = 500


def searched(request: SignedIn) -> str:
    """What a page is asked to find."""
    return request.GET.get("q", "").strip()[:LONGEST_SEARCH]


def chosen_items(request: SignedIn) -> list[UUID]:
    """The items whose parts a page asks for; what is no id is left out."""
    return [UUID(found) for found in re.findall(UUIDConverter.regex, request.GET.get("items", ""))[:MOST_IDS]]


def load_team(request: SignedIn, team: str) -> Team:
    """The viewer's team of that slug, out of those that every page reads for its menu, or 404."""
    own = request.user.team_called(team)
    if own is None:
        raise Http404("You are in no team of that name.")
    return own


def load_deployment(request: SignedIn, team: str, number: int) -> Deployment:
    """The viewer's deployment of that number, with what boards and permissions read, or 404."""
    rows = with_probe_versions(Deployment.objects.visible_to(request.user))
    return get_object_or_404(rows, team__slug=team, number=number)


def load_item(request: SignedIn, team: str, number: int, item: int) -> Item:
    """The viewer's item of that number, or 404."""
    rows = Item.objects.visible_to(request.user).select_related("deployment__team")
    return get_object_or_404(rows, deployment__team__slug=team, deployment__number=number, number=item)


def address_of(request: SignedIn, team: str, number: int, item: int) -> ItemAddress:
    """Where the viewer's item would be, for commands that read it under their lock; 404 for a team they are not in."""
    return ItemAddress(load_team(request, team).id, number, item)
