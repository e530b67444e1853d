"""How views show an item: as a page of its own, or as the part that htmx swaps in."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

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
    context = page | {"forms": filled, "wrong": set(filled), "fields": ItemFields(page["item"], filled)}
    context |= {"in_panel": in_panel, "form_class": "stack" if in_panel else "form"}
    template = "boards/_item_swap.html" if request.htmx else "boards/item.html"
    return render(request, template, context, status=status)


def back_to_item(request: SignedIn, item: Item, message: str) -> HttpResponse:
    """After an act: say what happened and show the item again; htmx follows too and gets the part."""
    messages.success(request, message)
    return redirect("deployments:item", item.deployment.team.slug, item.deployment.number, item.number)


def _is_in_panel(request: SignedIn, deployment: Deployment, number: int) -> bool:
    """Whether the answer lands beside the board: asked for as a panel, or by a form that stands in one."""
    if PANEL.search(request.path):
        return bool(request.htmx)
    asked_from = urlsplit(request.htmx.current_url or "").path
    page = reverse("deployments:item", args=[deployment.team.slug, deployment.number, number])
    return bool(asked_from) and not asked_from.startswith(page)


class ItemFields:
    """The fields of the page's forms as HTML, each made when the page first asks for it: most are not shown.

    `filled` are forms that came back wrong. Fields of a form that begins empty are the same for every item.
    """

    def __init__(self, item: Item, filled: Mapping[str, Any]) -> None:
        self.item, self.filled = item, filled

    def __getitem__(self, name: str) -> SafeString:
        if name in self.filled:
            return _fields(self.filled[name])
        return _empty_fields(EMPTY[name], f"{name}-%s") if name in EMPTY else _fields(WRITTEN[name](self.item))

    @property
    def by_kind(self) -> list[dict[str, Any]]:
        """One probe form per kind to choose from; of an item that has a probe, the form of its kind."""
        probe = self.item.probe
        if "probes" in self.filled:
            return [_probe_fields(form) for form in self.filled["probes"]]
        if probe is None:
            return [_empty_probe_fields(kind) for kind in FORMS]
        form = FORMS[probe.kind]
        return [_probe_fields(form(auto_id=f"probe-{probe.kind}-%s", initial=form.values_of(probe)))]


EMPTY: dict[str, type[Form]] = {
    "reject": forms.RejectItem,
    "note": forms.Note,
    "link": forms.Link,
    "file": forms.File,
    "detach": forms.DetachProbe,
    "waive": forms.RequestWaiver,
    "end": forms.EndWaiver,
}
WRITTEN: dict[str, Callable[[Item], Form]] = {
    "edit": lambda item: forms.EditItem(auto_id="edit-%s", initial={"title": item.title, "text": item.text}),
    "fill_in": lambda item: forms.FillInItem(item=item),
}


def _fields(form: Form) -> SafeString:
    return render_to_string("ui/_fields.html", {"form": form})


@cache
def _empty_fields(form: type[Form], auto_id: str) -> SafeString:
    return _fields(form(auto_id=auto_id))


def _probe_fields(form: ProbeForm) -> dict[str, Any]:
    return {"kind": form.kind, "label": form.label, "html": _fields(form)}


@cache
def _empty_probe_fields(kind: str) -> dict[str, Any]:
    return _probe_fields(FORMS[kind](auto_id=f"probe-{kind}-%s"))
