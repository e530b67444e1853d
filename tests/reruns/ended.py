"""A deployment that has ended with an item in each state that counts, to be run again."""

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

from apps.checklists.models import TemplateVersion
from apps.checklists.rules.contents import empty_content
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item
from apps.reruns import commands
from apps.reruns.selectors import newest_version
from apps.waivers import commands as waiving
from tests import cast as casting
from tests.cast import again, keyed
from tests.deployments.templates import blank, fill, item, line, review
from tests.waivers import asking

MODEL = {"name": "model", "label": "Model", "kind": "text", "options": []}
BEFORE = [
    line("backup", text="Both copies."),
    line("tests", critical=True, fill_ins=[blank("Passed", "number")], commands=["make test"]),
    line("pinned", title="<model> is pinned", keys=1),
]
AFTER = [line("alerts", keys=1, max_age_days=7), line("mail"), line("late")]


def checklist() -> dict[str, Any]:
    """Two sections, "items" and "after", and one variable."""
    first = empty_content("Release")["sections"][0]
    second = deepcopy(first) | {"key": "after", "title": "After", "items": deepcopy(AFTER)}
    return {"variables": [MODEL], "sections": [first, second]}


def add_ended(cast: SimpleNamespace) -> None:
    """The same as `parent`."""
    cast.parent = ended(cast)


def ended(cast: SimpleNamespace) -> Deployment:
    """Signed, in order: backup, tests, pinned, alerts; mail was waived, and late was never done."""
    deployment = review(cast, *deepcopy(BEFORE), says=checklist(), variables={"model": "aria-4"})
    fill(deployment, "tests", "204", by=cast.member)
    sign(cast, deployment, "backup", "tests", "pinned", "alerts")
    mail = item(deployment, "mail")
    waiver = asking.ask(mail, by=again(cast.member), justification="The robot tells them all")
    shown = waiver.sign_off.digest
    waiving.approve_waiver(waiver, **keyed(cast.reviewer), shown=shown)
    return close(cast, deployment)


def sign(cast: SimpleNamespace, deployment: Deployment, *keys: str) -> None:
    """Turn every key of these items."""
    for key in keys:
        for person in (cast.member, cast.reviewer)[: item(deployment, key).keys]:
            casting.sign(item(deployment, key), person)


def close(cast: SimpleNamespace, deployment: Deployment) -> Deployment:
    """Cancel it, so that it has ended."""
    deployments.cancel_deployment(deployment, by=again(cast.lead), reason="Superseded by the next one")
    return fresh(deployment)


def fresh(deployment: Deployment) -> Deployment:
    """The deployment as a next request loads it."""
    return Deployment.objects.select_related("team", "template_version").get(pk=deployment.pk)


def rerun(cast: SimpleNamespace, parent: Deployment, **fields: Any) -> Deployment:
    """Run it again for the next model, with the model as it was."""
    values = {"version": "2.5.0", "change": "Other weights", "variables": {"model": "aria-4"}} | fields
    version: TemplateVersion = values.pop("template_version", None) or newest_version(parent)
    return commands.rerun_deployment(parent, by=again(cast.lead), template_version=version, **values)


def carried(deployment: Deployment) -> set[str]:
    """The keys of the items that are carried over now."""
    found = Item.objects.filter(deployment=deployment).select_related("carried")
    return {each.key for each in found if each.is_carried}
