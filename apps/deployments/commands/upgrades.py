"""A running deployment takes over a newer version of its checklist, whole or not at all."""

from django.db import transaction
from django.db.models import Model, prefetch_related_objects
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.models import TemplateItem, TemplateVersion
from apps.core import bulk
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import require_same
from apps.core.statements import joined
from apps.deployments import permissions
from apps.deployments.events import DeploymentUpgraded
from apps.deployments.models import CarriedItem, Deployment, Item, Section
from apps.deployments.selectors.applying import conditions_of
from apps.deployments.selectors.upgrades import ItemUpgrade, Upgrade, upgrade_of
from apps.evidence import commands as evidence
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.rules import Cause, content_digest

from .conditions import judge_new
from .copying import TAKEN_OVER, item_of, section_of
from .parts import reopen

LEFT = "Version {number} of the checklist no longer has it."
ENDS = "Version {number} of the checklist changed what this let through."


@transaction.atomic
def upgrade_deployment(
    deployment: Deployment, *, by: User, version: TemplateVersion, shown: str | None = None
) -> Deployment:
    """Take over `version` whole: keys on what it leaves as it is stay, all others fall out.

    Unless keys were turned, or another version was published, since it was `shown`.
    """
    deployment = Deployment.objects.lock(deployment.pk, "team")
    require(permissions.upgrade_deployment(by, deployment))
    upgrade = upgrade_of(deployment, by)
    if upgrade is None or upgrade.version != version:
        raise WrongState(
            "Another version is the newest by now, or this one runs already. Reload the page to see which."
        )
    require_same(shown, upgrade.shown, "upgrade it")
    before = upgrade.before
    evidence.require_room(deployment.team, max(0, upgrade.version.size - before.size), is_locked=True)
    deployment.template_version = version
    deployment.save(update_fields=["template_version"])
    sections = _sections(upgrade)
    waivers = _end_waivers(upgrade, by)
    rows = [deployment, *sections.values(), *waivers, *_items(upgrade, sections, by=by)]
    ledger.record(deployment.stream, _upgraded(upgrade, before), by=by, rows=rows)
    return deployment


def _upgraded(upgrade: Upgrade, before: TemplateVersion) -> DeploymentUpgraded:
    return DeploymentUpgraded(
        version=upgrade.version.pk,
        before=before.number,
        after=upgrade.version.number,
        invalidated=upgrade.keys_that_fall,
        stayed=upgrade.keys_that_stay,
        added=len(upgrade.come),
        left=len(upgrade.leave),
        changed=len([each for each in upgrade.items if each.is_changed]),
    )


def _sections(upgrade: Upgrade) -> dict[str, Section]:
    """The sections by key, stored as the new version says them: those that are there already, new ones behind them."""
    deployment = upgrade.deployment
    known = {each.item.section.key: each.item.section for each in upgrade.items if each.item}
    if any(source.key not in known for source in upgrade.sections):  # sections may hold no item
        known = {section.key: section for section in deployment.sections.order_by("position")}
    made: list[Section] = []
    changed: list[Section] = []
    for source in upgrade.sections:
        if source.key not in known:
            made.append(section_of(deployment, source, len(known) + len(made) + 1, upgrade.filling))
        elif texts := upgrade.reads_otherwise(known[source.key], source):
            section = known[source.key]
            section.title, section.parent = texts["title"], texts["parent"]
            section.guidance, section.commands = texts["guidance"], texts["commands"]
            section.checklist_version = upgrade.version.number
            changed.append(section)
    bulk.update_all(changed, ["title", "parent", "guidance", "commands", "checklist_version"])
    bulk.insert_all(made)
    return known | {section.key: section for section in made}


def _end_waivers(upgrade: Upgrade, by: User) -> list[Model]:
    """End the waivers of items that change or leave: what they let through is not there any more."""
    gone = [each.item for each in upgrade.items if each.item and (each.is_changed or each.line is None)]
    ended = [waiver for item in gone if (waiver := item.waiver)]
    signoff.close(*(waiver.sign_off for waiver in ended))
    for waiver in ended:
        waiver.ended_at, waiver.ended_by, waiver.ended_by_name = timezone.now(), by, by.full_name
        waiver.ended_why = ENDS.format(number=upgrade.version.number)
    bulk.update_all(ended, ["ended_at", "ended_by", "ended_by_name", "ended_why"])
    return [*ended, *(row for waiver in ended for row in waiver.sign_off.changes)]


def _items(upgrade: Upgrade, sections: dict[str, Section], *, by: User) -> list[Model]:
    """Store what becomes of every item. Returns the rows."""
    new = _new_items(upgrade, sections)
    opened = _open_again(upgrade, by)
    for each in upgrade.items:
        _take_over(each, upgrade, sections)
    judge_new(upgrade.deployment, [item for item in (*upgrade.every, *new) if not item.left_in])
    changed = [each.item for each in upgrade.items if each.item and each.is_changed]
    prefetch_related_objects(changed, joined(Item, "attachments", "evidence"))  # which keys cover
    for item in changed:
        item.sign_off.passkey = item.passkey
    revised = [(item.sign_off, content_digest(item.content(pinned=None)), item.keys) for item in changed]
    known = {item.sign_off_id for item in upgrade.every if item.contributed}
    why = f"version {upgrade.version.number}"
    rows = signoff.revise_all(revised, by=by, contributed=known, cause=Cause.UPGRADED, concerns=why)
    for item in upgrade.every:
        item.checklist_version = upgrade.version.number
        item.version += 1
    bulk.update_all(upgrade.every, STORED)
    bulk.insert_all([item.sign_off for item in new])
    bulk.insert_all(new)
    return [*rows, *opened, *upgrade.every, *new, *(item.sign_off for item in new)]


def _open_again(upgrade: Upgrade, by: User) -> list[CarriedItem]:
    """Items that are carried over and change are no longer what was signed: they are done here. Returns the rows."""
    changed = [each.item for each in upgrade.items if each.item and each.is_changed and each.item.is_carried]
    opened = [reopen(item, by=by) for item in changed]
    if opened:
        bulk.update_all(changed, ["result"])
    return opened


def _new_items(upgrade: Upgrade, sections: dict[str, Section]) -> list[Item]:
    deployment = upgrade.deployment
    lines = [(each.line, section) for each, section in _with_sections(upgrade, sections) if each.item is None]
    is_open, pks = deployment.takes_keys, bulk.new_ids(len(lines))
    return [
        item_of(
            deployment,
            section,
            line,
            upgrade.last_number + place,
            upgrade.filling,
            pk=pk,
            version=upgrade.version.number,
            is_open=is_open,
        )
        for place, ((line, section), pk) in enumerate(zip(lines, pks, strict=True), 1)
        if line
    ]


def _with_sections(upgrade: Upgrade, sections: dict[str, Section]) -> list[tuple[ItemUpgrade, Section]]:
    return [(each, sections[upgrade.homes[each.line.key]]) for each in upgrade.items if each.line]


def _take_over(each: ItemUpgrade, upgrade: Upgrade, sections: dict[str, Section]) -> None:
    """Let the item say what the new version does, in memory."""
    item, line = each.item, each.line
    if item is None:
        return
    if line is None:
        item.left_in = item.left_in or upgrade.version.number
        item.applies, item.inapplicable = False, LEFT.format(number=item.left_in)
        return
    item.left_in = None
    item.section = sections[upgrade.homes[line.key]]
    for name in TAKEN_OVER:
        setattr(item, name, getattr(line, name))
    item.conditions = conditions_of(line)
    if each.is_changed:
        _say(item, each, line)


def _say(item: Item, each: ItemUpgrade, line: TemplateItem) -> None:
    """What keys cover, as the new version says it; answers stay where their question does."""
    after = each.after
    item.title, item.text, item.commands = after["title"], after["text"], after["commands"]
    item.critical, item.keys, item.passkey = after["critical"], after["keys"], after["passkey"]
    answers = {fill["label"]: fill["value"] for fill in item.fill_ins}
    item.fill_ins = [
        {**blank, "label": label, "value": answers.get(label, "")}
        for blank, label in zip(line.fill_ins, after["labels"], strict=True)
    ]
    item.pinned_run = None


STORED = (
    "section", "title", "text", "commands", "critical", "keys", "passkey", "fill_ins", "conditions", "applies",
    "inapplicable", "left_in", "checklist_version", "pinned_run", "version", *TAKEN_OVER,
)  # fmt: skip
