"""The page on which a probe is set up and tried before an item has it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from apps.accounts.models import SignedIn
from apps.boards import selectors
from apps.deployments.models import Item
from apps.deployments.selectors.applying import asked_probe
from apps.probes.forms import FORMS, ProbeForm, form_of, rearranged
from apps.probes.rules import setup_of
from apps.probes.selectors import choices_of_zones

AUTO_ID = "probe-%s"


def show_attach(request: SignedIn, item: Item, form: ProbeForm, *, status: int = 200, tried: str = "") -> HttpResponse:
    """The page with a form as it was typed, and what a try came to."""
    board = selectors.url_of(item.deployment)
    context = {
        "deployment": item.deployment,
        "item": item,
        "form": form,
        "kinds": [] if item.probe else [(name, each, name == form.kind) for name, each in FORMS.items()],
        "lines": selectors.command_lines(item),
        "switched_off": selectors.switched_off(form.kind, item.deployment.team),
        "may": selectors.may_attach(request.user, item),
        "board": board,
    }
    answer = try_of(request, item, tried or request.POST.get("tried", ""))
    context |= answer | {"values": dict.fromkeys([*form.measured, *answer["names"]])}
    return render(request, "boards/attach.html", context, status=status)


def try_of(request: SignedIn, item: Item, tried: str) -> dict[str, Any]:
    """What the part of the page says that waits for a try."""
    found = selectors.tried_answer(tried, request.user) if tried else None
    names = [row.value for *_, row in (found or {}).get("offers", ())]
    here = f"{selectors.url_of(item.deployment)}items/{item.number}/"
    return {"tried": tried, "answer": found, "names": names, "here": here}


def form_shown(request: SignedIn, item: Item) -> ProbeForm:
    """The form of the probe that the item has, else what the address says, else what the template asks for."""
    if item.probe:
        form = FORMS[item.probe.kind]
        now = setup_of(item.probe.name, item.probe.settings.as_json(), item.probe.zone_id)
        zones = zones_for(item, item.probe.kind)
        return form(auto_id=AUTO_ID, initial=form.values_of(item.probe), now=now, zones=zones)
    asked = asked_probe(item)
    if asked and "kind" not in request.GET and asked["kind"] in FORMS:
        zones = zones_for(item, asked["kind"])
        filled = {"name": item.title[:120]} | asked["config"]
        return form_of(asked["kind"])(auto_id=AUTO_ID, initial=filled, zones=zones)
    form = form_of(request.GET.get("kind", "http"))
    filled = {name: value for name, value in request.GET.items() if name in form.base_fields and name != "basis"}
    return form(auto_id=AUTO_ID, initial={"name": item.title[:120]} | filled, zones=zones_for(item, form.kind))


def zones_for(item: Item, kind: str) -> list[tuple[str, str]]:
    """The zones to choose from, as queue and name: those of its team, and the one that its probe is in."""
    return choices_of_zones(item.deployment.team_id, kind, item.probe)


def form_sent(request: SignedIn, item: Item, kind: str) -> ProbeForm:
    """The form as it was sent; a page that asks for no zone leaves it as it is."""
    zones = zones_for(item, kind) if "zone" in request.POST else ()
    return form_of(kind)(request.POST, auto_id=AUTO_ID, zones=zones)


def form_again(request: SignedIn, item: Item, kind: str) -> ProbeForm:
    """The form as it was sent, unjudged: with a condition more or less, or of another kind."""
    made = form_of(kind)
    typed: dict[str, Any] = {name: value for name, value in request.POST.items() if name in {*made.base_fields, "zone"}}
    typed["conditions"] = made.config.USUAL if "switch" in request.POST else rearranged(request.POST)
    form = made(auto_id=AUTO_ID, initial=typed, zones=zones_for(item, kind))
    form.is_again = True
    form.as_text = "switch" not in request.POST and isinstance(typed["conditions"], str)
    return form
