"""What does the change touch, if a deployment that has ended is run again?"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User, initials
from apps.checklists.models import TemplateVersion
from apps.checklists.rules.variables import readable
from apps.checklists.selectors import sections_of
from apps.core.wording import agreeing, day, in_hours, plural
from apps.deployments.models import Deployment, Item
from apps.reruns import permissions
from apps.reruns.rules import TOUCHED
from apps.reruns.selectors import Rerun, RerunItem, RerunSection, rerun_of

from .listed import url_of
from .rows import KeyIcon

FEW = 12  # items of a checklist whose sections need no folding
MOST_TICKS = 300  # items that a spine can show


def keys_of(version: TemplateVersion) -> tuple[list[str], list[str]]:
    """The keys of its sections and of its items."""
    sections = sections_of(version)
    return [section.key for section in sections], [line.key for section in sections for line in section.lines]


def rerun_page(
    parent: Deployment,
    viewer: User,
    version: TemplateVersion,
    answers: Mapping[str, str],
    *,
    sections: Collection[str],
    items: Collection[str],
) -> dict[str, Any]:
    """What becomes of every item with what was ticked and typed so far; nothing to decide before the parent ended."""
    page = {"deployment": parent, "may": permissions.rerun_deployment(viewer, parent), "version": version}
    if not parent.is_over:
        return page
    rerun = rerun_of(parent, version, answers, sections=sections, items=items, now=timezone.now())
    carried = rerun.origins.values()
    open_items = rerun.open
    return page | {
        "total": len(rerun.items),
        "open": len(open_items),
        "carried": len(carried),
        "keys_open": sum(each.line.keys for each in open_items),
        "keys_carried": sum(len(each.sign_off.turned) for each in carried),
        "takes": in_hours(sum(each.line.minutes or 0 for each in open_items)).replace(" ", "\u00a0"),
        "spine": [_spine(section) for section in rerun.sections] if len(rerun.items) <= MOST_TICKS else (),
        "sections": list(_sections(rerun)),
        "notes": list(_notes(rerun)),
    }


def _notes(rerun: Rerun) -> Iterator[str]:
    """What of the parent does not come along."""
    code, added = rerun.parent.code, sum(1 for item in rerun.left if not item.key)
    if gone := len(rerun.left) - added:
        yield f"{plural(gone, 'item')} of {code} {agreeing(gone, 'is', 'are')} no longer in the checklist."
    if added:
        one = agreeing(added, "it does", "they do")
        yield (
            f"{plural(added, 'item')} of {code} {agreeing(added, 'was', 'were')} added on its board and not in the "
            f"template, so {one} not come along. Add {agreeing(added, 'it', 'them')} again where that is of use."
        )


def _sections(rerun: Rerun) -> Iterator[dict[str, Any]]:
    number = 0
    for section in rerun.sections:
        count, carried = len(section.items), section.carried
        yield {
            "key": section.key,
            "title": readable(section.title),
            "is_touched": section.is_touched,
            "words": _in_words(count, carried),
            "spine": [_spine(section)] if count <= MOST_TICKS else (),
            "is_open": 0 < carried < count or len(rerun.items) <= FEW,
            "rows": [_row(each, number + n, section, rerun.parent) for n, each in enumerate(section.items, 1)],
        }
        number += count


def _in_words(count: int, carried: int) -> str:
    if not count:
        return "no items"
    if carried == count:
        return f"all {count} carried" if count > 1 else "carried"
    if not carried:
        return f"all {count} re-open" if count > 1 else "re-opens"
    return f"{carried} carried, {count - carried} {agreeing(count - carried, 're-opens', 're-open')}"


def _spine(section: RerunSection) -> list[tuple[bool, str]]:
    return [(each.line.critical, "carried" if each.is_carried else "") for each in section.items]


def _row(each: RerunItem, number: int, section: RerunSection, parent: Deployment) -> dict[str, Any]:
    """One item: its keys there or to turn here, why it is open, and whether its box can be ticked."""
    turned = each.origin.sign_off.turned if each.origin and each.is_carried else []
    slots = [(initials(key.name), "") for key in turned]
    slots = slots or [(str(slot), "") for slot in range(1, each.line.keys + 1)]
    names = f", {', '.join(key.name for key in turned)}" if turned else ""
    return {
        "key": each.line.key,
        "number": number,
        "title": readable(each.title),
        "critical": each.line.critical,
        "keys": KeyIcon("carried" if each.is_carried else "", tuple(slots)),
        "names": names,
        "from": f"{_code(each.origin, parent)}, {day(turned[-1].signed_at)}" if each.origin and turned else "",
        "reason": each.reason,
        "is_open": not each.is_carried,
        "is_fixed": section.is_touched or each.reason not in (None, TOUCHED),
    }


def _code(origin: Item, parent: Deployment) -> str:
    return parent.code if origin.deployment_id == parent.pk else f"{parent.team.code}-{origin.deployment.number}"


def lineage(deployment: Deployment) -> dict[str, Any]:
    """What it runs again, and what runs it again, each with its address; no query for what is neither."""
    found: dict[str, Any] = {"parent": None, "reruns": []}
    if deployment.parent_id:
        [number] = Deployment.objects.filter(pk=deployment.parent_id).values_list("number", flat=True)
        found["parent"] = _named(deployment, number)
    if deployment.is_over:
        numbers = [*deployment.reruns.order_by("number").values_list("number", flat=True)]
        found["reruns"] = named_each(deployment, numbers)
    return found


def named_each(deployment: Deployment, numbers: Collection[int]) -> list[dict[str, str]]:
    """Other deployments of its team by number, each with its address."""
    return [_named(deployment, number) for number in numbers]


def _named(deployment: Deployment, number: int) -> dict[str, str]:
    slug = deployment.team.slug
    older, newer = sorted((deployment.number, number))
    return {
        "code": f"{deployment.team.code}-{number}",
        "url": reverse("deployments:board", args=[slug, number]),
        "compare": f"{reverse('deployments:compare', args=[slug])}?from={older}&to={newer}",
    }


def carried_of(item: Item) -> dict[str, Any] | None:
    """Where an item was signed that is or was carried over, as its page says it; at most three queries."""
    carried = getattr(item, "carried", None)
    if carried is None:
        return None
    origin = Item.objects.for_signing().select_related("deployment__team").get(pk=carried.origin_id)
    return {
        "origin": origin,
        "url": f"{url_of(origin.deployment)}items/{origin.number}/",
        "keys": origin.sign_off.turned,
        "evidence": plural(len(origin.evidence), "piece of evidence", "pieces of evidence") if origin.evidence else "",
        "opened": carried if carried.opened_at else None,
    }
