"""What a template says of itself: its name, guidance, limits, variables, tiers, sheet; and accepted problems."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import SignedIn
from apps.checklists.models import VERSION_FIELDS, TemplateVersion
from apps.core.http import heavy_at_first
from apps.studio import commands, forms, selectors

from .showing import act, load_draft, save, show


@heavy_at_first
@require_GET
def version(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """What does this template say of itself?"""
    return _version(request, load_draft(request, team, template))


@heavy_at_first
@require_GET
def version_panel(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """The same beside the list."""
    return version(request, team, template)


@heavy_at_first
@require_POST
def edit_draft(request: SignedIn, team: str, template: UUID) -> HttpResponse:
    """Save what a template says of itself against what was shown of it."""
    found = load_draft(request, team, template)
    form = forms.EditDraft(request.POST, version=found)
    again = partial(_version, request, found)
    return save(request, found, form, "version", command=commands.edit_draft, again=again)


accept_draft_problem = act(forms.AcceptProblem, commands.accept_draft_problem, "Done. Undo takes it back.")


def _version(request: SignedIn, found: TemplateVersion, form: Any = None, *, status: int = 200) -> HttpResponse:
    form = form or forms.EditDraft(version=found)
    context = selectors.form_panel({name: getattr(found, name) for name in VERSION_FIELDS}, form)
    return show(request, found, "studio/_version.html", context, status=status)
