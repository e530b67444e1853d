"""Two deployments to compare, and how their comparison is read."""

import re
from types import SimpleNamespace
from typing import Any

from django.urls import reverse

from apps.checklists import commands as checklists
from apps.deployments import commands
from apps.deployments.models import Deployment
from apps.studio import commands as studio
from tests import cast as casting
from tests.cast import again, signed_in, words
from tests.deployments.templates import item, publish


def start(cast: SimpleNamespace, version: Any, release: str = "3.1.0", **values: Any) -> Deployment:
    """A deployment of that version whose review is open."""
    return casting.deploy(cast.team, version, by=cast.lead, service="gateway", version=release, **values)


def following(cast: SimpleNamespace, version: Any, **edits: Any) -> Any:
    """The next version of its template, published."""
    by = again(cast.lead)
    draft = checklists.start_draft(version.template, by=by)
    for key, values in edits.get("edit", {}).items():
        studio.edit_draft_item(draft, by=by, key=key, values=values)
    if edits.get("add"):
        studio.add_draft_items(draft, by=by, section="items", titles=edits["add"])
    if edits.get("remove"):
        studio.remove_draft_items(draft, by=by, keys=edits["remove"])
    if edits.get("says"):
        studio.edit_draft(draft, by=by, values=edits["says"])
    return casting.published(type(version).objects.get(pk=draft.pk), by=cast.lead)


def pair(cast: SimpleNamespace, *lines: dict[str, Any], **edits: Any) -> Any:
    """Two deployments: of a version with these items, and of the next one, if edits say what that changes."""
    version = publish(cast.team, *lines, by=cast.lead)
    newer = following(cast, version, **edits) if edits else version
    return start(cast, version), start(cast, newer, "3.2.0")


def ask(cast: SimpleNamespace, before: Any, after: Any, who: Any = None, **asked: str) -> Any:
    """The answer to an address with the numbers of two deployments, or whatever stands there instead."""
    numbers = {"from": getattr(before, "number", before), "to": getattr(after, "number", after)}
    return signed_in(again(who or cast.lead)).get(reverse("deployments:compare", args=["pay"]), numbers | asked)


def page(cast: SimpleNamespace, before: Deployment, after: Deployment, **asked: str) -> str:
    answer = ask(cast, before, after, **asked)
    assert answer.status_code == 200
    return re.sub("[\u2068\u2069]", "", words(answer))


def row(text: str, anchor: str) -> str:
    """What a page says in the row of an item."""
    return text.partition(f'<li id="c-{anchor}">')[2].partition("</li>")[0]


def chips(text: str) -> dict[str, int]:
    found = re.findall(r'<a class="chip" href="[^"]*"(?: aria-current="true")?> ([^<]+) <b>(\d+)</b>', text)
    return {label: int(count) for label, count in found}


def sign_twice(cast: SimpleNamespace, deployment: Deployment, *keys: str) -> None:
    for key in keys:
        casting.sign(item(deployment, key), cast.member)
        casting.sign(item(deployment, key), cast.reviewer)


def close(cast: SimpleNamespace, deployment: Deployment) -> Deployment:
    commands.cancel_deployment(deployment, by=again(cast.lead), reason="Not needed any more.")
    return Deployment.objects.get(pk=deployment.pk)
