from uuid import UUID

from django.shortcuts import get_object_or_404

from apps.accounts.models import SignedIn, Team
from apps.checklists.models import ChecklistTemplate, TemplateVersion


def load_team(request: SignedIn, slug: str) -> Team:
    """A team of theirs; 404 otherwise."""
    return get_object_or_404(Team.objects.visible_to(request.user), slug=slug)


def load_template(request: SignedIn, team: str, pk: UUID) -> ChecklistTemplate:
    """A template of one of their teams; 404 otherwise."""
    rows = ChecklistTemplate.objects.visible_to(request.user).select_related("team")
    return get_object_or_404(rows, team__slug=team, pk=pk)


def load_version(request: SignedIn, team: str, template: UUID, pk: UUID) -> TemplateVersion:
    """A version of a template of one of their teams; 404 otherwise."""
    rows = TemplateVersion.objects.visible_to(request.user).select_related("template__team")
    return get_object_or_404(rows, template=template, template__team__slug=team, pk=pk)
