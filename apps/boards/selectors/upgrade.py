"""Which keys fall if a deployment takes over the newest version of its checklist?"""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from apps.accounts.models import User
from apps.core.comparing import named_pieces
from apps.core.shown import fingerprint
from apps.core.wording import agreeing, isolated, plural
from apps.deployments import permissions
from apps.deployments.models import Deployment
from apps.deployments.rules import verdict
from apps.deployments.selectors.readiness import readiness
from apps.deployments.selectors.upgrades import ItemUpgrade, Upgrade, upgrade_of

IN_WORDS = {"text": "Its guidance changes.", "commands": "Its command changes.", "labels": "What is filled in changes."}


def upgrade_page(deployment: Deployment, user: User) -> dict[str, Any]:
    """What becomes of every item, ordered by what it costs; nothing to decide where it runs the newest version."""
    upgrade = upgrade_of(deployment)
    page = {
        "deployment": deployment,
        "version": deployment.template_version,
        "may": permissions.upgrade_deployment(user, deployment),
        "template_url": reverse(
            "templates:template", args=[deployment.team.slug, deployment.template_version.template_id]
        ),
    }
    if upgrade is None:
        return page
    return page | {
        "newer": upgrade.version,
        "keys_fall": upgrade.keys_that_fall,
        "keys_stay": upgrade.keys_that_stay,
        "sections": upgrade.sections_changed,
        "groups": SimpleLazyObject(lambda: list(_groups(upgrade))),  # whoever sent the form is not shown them
        "same": len(upgrade.items)
        - sum(len(own) for own in (upgrade.fall, upgrade.come, upgrade.change, upgrade.leave)),
        "shown": fingerprint(upgrade.shown),
        "verdicts": SimpleLazyObject(lambda: list(_verdicts(upgrade))),
    }


def _verdicts(upgrade: Upgrade) -> Iterator[tuple[str, str, str]]:
    """The verdict now and after the upgrade, its tone, and how many conditions are not met, in words."""
    now = readiness(upgrade.deployment).blockers
    blocked = {blocker.item for blocker in now if blocker.item}
    yield *_tag(len(now)), f"now: {plural(len(now), 'condition blocks', 'conditions block')}"
    asked = [each for each in upgrade.items if each.line and each.blocks_then(blocked)]
    open_ones = [each for each in asked if each.applies_as_now]
    then = len(now) - len(blocked) + len(open_ones)
    words = f"after: {then or 'none'} would"
    if judged := len(asked) - len(open_ones):
        words += (
            f", and up to {judged} more, {agreeing(judged, 'whose condition is', 'whose conditions are')} judged then"
        )
    yield *_tag(then), words


def _tag(blocking: int) -> tuple[str, str]:
    answer = verdict(blocking)
    return answer, answer.lower()


def _groups(upgrade: Upgrade) -> Iterator[dict[str, Any]]:
    fall = f"{plural(upgrade.keys_that_fall, 'key falls', 'keys fall')} out", "because what they signed changes"
    if not upgrade.keys_that_fall:  # but a waiver ends, or what is carried over is open again
        fall = plural(len(upgrade.fall), "item opens again", "items open again"), "because what was agreed to changes"
    titles = (
        (upgrade.fall, *fall),
        (upgrade.come, plural(len(upgrade.come), "item comes", "items come"), ""),
        (upgrade.change, plural(len(upgrade.change), "item changes", "items change"), "before anybody signed it"),
        (upgrade.leave, plural(len(upgrade.leave), "item leaves", "items leave"), "their keys stay on record"),
    )
    for own, title, why in titles:
        if own:
            yield {"title": title, "why": why, "rows": [_row(each, upgrade) for each in own]}


def _row(each: ItemUpgrade, upgrade: Upgrade) -> dict[str, Any]:
    """One item: its keys before and after, its title word by word, and in sentences what else changes."""
    before, after = str(each.before.get("title", "")), str(each.after.get("title", ""))
    item = each.item
    now = [(key.initials, "half") for key in item.sign_off.turned] if item else []
    needed = int(each.after.get("keys") or (item.keys if item else 1))
    stay = [] if each.is_changed else now
    return {
        "number": item.number if item else "",
        "title": named_pieces(before or after, after or before),
        "before": (now + _open(len(now), item.keys)) if item else [],
        "after": stay + _open(len(stay), needed) if each.line else [],
        "names": [key.name for key in item.sign_off.turned] if item else [],
        "why": list(_why(each, upgrade)),
    }


def _open(turned: int, needed: int) -> list[tuple[str, str]]:
    return [(str(slot), "") for slot in range(turned + 1, needed + 1)]


def _why(each: ItemUpgrade, upgrade: Upgrade) -> Iterator[str]:
    item = each.item
    if item is None:
        yield f"Not in version {upgrade.before.number}."
    elif each.line is None:
        yield f"Not in version {upgrade.version.number}. Its keys stay on record, and it blocks nothing."
    elif each.is_changed:
        if each.turned:
            names = ", ".join(isolated(key.name) for key in item.sign_off.turned)
            yield f"{names} signed another text."
        yield from (IN_WORDS[name] for name in each.fields if name in IN_WORDS)
        if "critical" in each.fields:
            yield "Critical from now on." if each.after["critical"] else "No longer critical."
        if "keys" in each.fields:
            yield f"It takes {plural(each.after['keys'], 'key')} instead of {each.before['keys']}."
        if item.waiver:
            yield "Its waiver ends, because what it lets through changes."
        if item.is_carried:
            yield "It is no longer carried over, because what was signed changes."
