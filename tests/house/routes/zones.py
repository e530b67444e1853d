"""The addresses of zones."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from tests.house.routes.route import Route, over, says


def zone(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"zone": stage.zone.pk}


def widening(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {**zone(stage), "widening": stage.widening.pk}


PERSONAL = {
    "zones:list": Route(get=200),
    "zones:create_zone": Route(body=says(name="DMZ", queue="dmz", description=""), by="stranger"),
    "zones:zone": Route(zone, get=200, by="stranger"),
    "zones:edit_zone": Route(
        zone, body=over(lambda s: s.zone.standing, name="Plant", description="Far away"), by="stranger"
    ),
    "zones:propose_widening": Route(zone, body=says(allow="10.30.0.0/16:6379"), by="stranger"),
    "zones:confirm_widening": Route(widening, body=lambda s: {"shown": s.widening.digest}, by="stranger"),
    "zones:end_widening": Route(widening, body=over(lambda s: s.widening.standing), by="stranger"),
}
