"""Probes that a checklist proposes: what is wrong with each as it stands, and several attached at once."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.models import SignedIn
from apps.attachments import commands
from apps.boards import selectors
from apps.boards.forms.board import AttachProbes
from apps.core.errors import WrongState
from apps.core.http import after_action
from apps.core.wording import agreeing, plural
from apps.probes.forms import ProbeForm, form_of

from .loading import load_deployment


def offers_of(proposed: Iterable[selectors.ProposedProbe]) -> list[dict[str, Any]]:
    """What the page lists: each with its form as it would be sent, and the first thing that is wrong with it.

    What the template asks for is chosen at first; what was only read from a command is not.
    """
    found = []
    for each in proposed:
        form = _form(each)
        problem = "" if form.is_valid() else next(iter(form.errors.values()))[0]
        found.append({"proposed": each, "label": form.label, "problem": problem})
    return found


@require_POST
def attach_probes(request: SignedIn, team: str, number: int) -> HttpResponse:
    """Attach the proposed probes that were ticked, all of them or none."""
    deployment = load_deployment(request, team, number)
    form = AttachProbes(request.POST)
    form.is_valid()
    chosen = form.proposed(selectors.proposed_probes(deployment, numbers=form.cleaned_data["probe"]))
    if not chosen:
        raise WrongState("No probe was chosen. Tick one and attach it.")
    count = commands.attach_probes(deployment, by=request.user, probes={each.number: _setup(each) for each in chosen})
    message = f"{plural(count, 'probe is', 'probes are')} attached. Run {agreeing(count, 'it', 'them')} now."
    return after_action(request, reverse("deployments:probes", args=[team, number]), message=message)


def _form(proposed: selectors.ProposedProbe) -> ProbeForm:
    typed = {"name": proposed.name, **proposed.config}
    if "timeout_ms" in typed:
        typed["timeout"] = typed.pop("timeout_ms").removesuffix("000")
    return form_of(proposed.kind)(typed)


def _setup(proposed: selectors.ProposedProbe) -> dict[str, Any]:
    form = _form(proposed)
    if not form.is_valid():
        problem = next(iter(form.errors.values()))[0]
        raise WrongState(f"The probe of item {proposed.number} cannot be attached as it stands. {problem}")
    return {"name": form.cleaned_data["name"], "kind": proposed.kind, "config": form.settings()}
