"""Published versions that say whatever a test wants them to say, and deployments of them."""

from types import SimpleNamespace
from typing import Any

from django.db import transaction

from apps.accounts.models import Team, User
from apps.checklists.commands import parts
from apps.checklists.events import TemplateCreated
from apps.checklists.models import TemplateVersion
from apps.checklists.rules.contents import empty_content
from apps.deployments import commands
from apps.deployments.models import Deployment, Item
from apps.ledger import commands as ledger
from tests import cast as casting
from tests.cast import again

BLANK = {
    "text": "", "depth": 0, "commands": [], "fill_ins": [], "critical": False, "keys": 2, "passkey": False,
    "evidence_kinds": [], "max_age_days": None, "probe": None, "conditions": [], "tiers": [],
    "owner_role": "", "controls": [], "links": [], "minutes": None, "paths": [], "attributes": [],
}  # fmt: skip


def line(key: str, **values: Any) -> dict[str, Any]:
    """An item of a template; its title is its key unless `values` say another."""
    return {**BLANK, "key": key, "title": key, **values}


def blank(label: str, kind: str = "text", *options: str, unit: str = "") -> dict[str, Any]:
    """A fill-in of a template's item."""
    return {"label": label, "kind": kind, "options": list(options), "unit": unit}


def where(subject: str, *values: str, name: str = "", is_not: bool = False) -> dict[str, Any]:
    """A condition as it is stored."""
    return {"subject": subject, "name": name, "is_not": is_not, "values": list(values)}


def publish(team: Team, *lines: dict[str, Any], by: User, **says: Any) -> TemplateVersion:
    """A published version with these items; `says` are fields of the version itself."""
    content = {**empty_content("Release"), **says}
    content["sections"][0]["items"] = list(lines)
    with transaction.atomic():
        version, rows = parts.make_template(team, content, by=again(by))
        event = TemplateCreated(**parts.facts(version), origin="empty")
        ledger.record(version.template.stream, event, by=again(by), rows=rows)
    return casting.published(TemplateVersion.objects.for_signing().get(pk=version.pk), by=by)


def start(
    cast: SimpleNamespace, *lines: dict[str, Any], says: dict[str, Any] | None = None, **fields: Any
) -> Deployment:
    """A draft of a deployment of such a version."""
    version = publish(cast.team, *lines, by=cast.lead, **(says or {}))
    values = {"service": "api", "version": "2.4.1", "environment": "production"} | fields
    return commands.create_deployment(cast.team, by=again(cast.lead), template_version=version, **values)


def review(cast: SimpleNamespace, *lines: dict[str, Any], **fields: Any) -> Deployment:
    """The same with its review open."""
    return commands.open_review(start(cast, *lines, **fields), by=again(cast.lead))


def item(deployment: Deployment, key: str) -> Item:
    """The item of that key as it is now."""
    return Item.objects.for_signing().select_related("deployment__team").get(deployment=deployment, key=key)


def fill(deployment: Deployment, key: str, *values: str, by: User) -> Item:
    """Write into an item's blanks."""
    return commands.fill_in_item(item(deployment, key), by=again(by), result="", values=values)
