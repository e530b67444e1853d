"""How views show an item: as a page of its own, or as the part that htmx swaps in."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.boards.forms import items as forms
from apps.deployments.models import Deployment, Item
from apps.probes.forms import FORMS, ProbeForm

PANEL = re.compile(r"/panel/\Z")


def show_item(
    request: SignedIn, deployment: Deployment, number: int, *, status: int = 200, **filled: Any
) -> HttpResponse:
    """The item with its forms; `filled` are forms by name that came back wrong and keep what was typed."""
    page = selectors.item_page(deployment, number, request.user)
    if page is None:
        raise Http404("There is no such item.")
    in_panel = _is_in_panel(request, deployment, number)
    context = page | {"forms": _forms(page["item"]) | filled, "wrong": set(filled), "in_panel": in_panel}
    context["form_class"] = "stack" if in_panel else "form"
    template = "boards/_item_swap.html" if request.headers.get("HX-Request") else "boards/item.html"
    return render(request, template, context, status=status)


def back_to_item(request: SignedIn, item: Item, message: str) -> HttpResponse:
    """After an act: say what happened and show the item again; htmx follows too and gets the part."""
    messages.success(request, message)
    return redirect("deployments:item", item.deployment.team.slug, item.deployment.number, item.number)


def _is_in_panel(request: SignedIn, deployment: Deployment, number: int) -> bool:
    """Whether the answer lands beside the board: asked for as a panel, or by a form that stands in one."""
    if PANEL.search(request.path):
        return bool(request.headers.get("HX-Request"))
    asked_from = urlsplit(request.headers.get("HX-Current-URL", "")).path
    page = reverse("deployments:item", args=[deployment.team.slug, deployment.number, number])
    return bool(asked_from) and not asked_from.startswith(page)


def _forms(item: Item) -> dict[str, Any]:
    """Every form of the page as it stands before anybody types."""
    return {
        "sign": forms.SignItem(auto_id="sign-%s"),
        "reject": forms.RejectItem(auto_id="reject-%s"),
        "edit": forms.EditItem(auto_id="edit-%s", initial={"title": item.title, "text": item.text}),
        "fill_in": forms.FillInItem(item=item),
        "note": forms.Note(auto_id="note-%s"),
        "link": forms.Link(auto_id="link-%s"),
        "file": forms.File(auto_id="file-%s"),
        "probes": _probe_forms(item),
        "detach": forms.DetachProbe(auto_id="detach-%s"),
        "waive": forms.RequestWaiver(auto_id="waive-%s"),
        "approve": forms.Confirm(auto_id="approve-%s"),
        "end": forms.EndWaiver(auto_id="end-%s"),
    }


def _probe_forms(item: Item) -> list[ProbeForm]:
    """One form per kind to choose from; of an item that has a probe, the form of its kind."""
    probe = item.probe
    forms_by_kind = {kind: form for kind, form in FORMS.items() if probe is None or kind == probe.kind}
    return [
        form(auto_id=f"probe-{kind}-%s", initial=form.values_of(probe) if probe else None)
        for kind, form in forms_by_kind.items()
    ]
