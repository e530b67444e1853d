"""What people do to items: own, write, sign, withdraw, reject."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Model, Q

from apps.accounts.models import User
from apps.checklists.rules.fill_ins import answer
from apps.core.errors import Changed, Stale, WrongState
from apps.core.permissions import require
from apps.core.shown import changed_since, require_same, require_unchanged, texts
from apps.core.wording import isolated, plural
from apps.deployments import permissions
from apps.deployments.events import ItemEdited, ItemFilledIn, ItemKeyWithdrawn, ItemRejected, ItemsAssigned
from apps.deployments.models import Deployment, Item, blank_of
from apps.deployments.rules import owners_of
from apps.deployments.selectors.summaries import item_keys
from apps.factors.commands import Proof
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.rules import Cause, content_digest

from .conditions import judge_again
from .parts import lock_item, of_item, revise, touch
from .signing import what_changed

NAMED = 5  # items that a refusal names
NOT_ASSIGNED = "Nothing was assigned: look at who owns what, then assign again."


@transaction.atomic
def assign_items(
    deployment: Deployment,
    *,
    by: User,
    owner: User | None,
    numbers: Collection[int] = (),
    sections: Collection[int] = (),
    shown: str | None = None,
) -> int:
    """Give items, single ones and those of sections, to one person, or to nobody.

    None of them where one has another owner than was `shown`. Returns how many changed hands.
    """
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.assign_items(by, deployment))
    if owner and not owner.memberships.filter(team=deployment.team).exists():
        raise WrongState(f"{owner.full_name} is not in {deployment.team.name}. Invite them first.")
    _require_owners(deployment, numbers, sections, owner, shown)
    chosen = deployment.items.filter(Q(number__in=numbers) | Q(section__in=sections)).exclude(owner=owner)
    changed = list(chosen.order_by("number").values_list("id", "number"))
    if not changed:
        return 0
    deployment.items.filter(id__in=[pk for pk, _ in changed]).update(owner=owner, version=F("version") + 1)
    assigned = ItemsAssigned(
        items=[str(pk) for pk, _ in changed],
        numbers=[number for _, number in changed],
        owner=owner.id if owner else None,
        owner_name=owner.full_name if owner else "",
    )
    rows = deployment.items.filter(id__in=[pk for pk, _ in changed])
    ledger.record(deployment.stream, assigned, by=by, rows=rows)
    return len(changed)


@transaction.atomic
def edit_item(item: Item, *, by: User, title: str, text: str, shown: str | None = None) -> Item:
    """Change what an item says, unless that changed since it was `shown`. Keys turned before fall out."""
    item = lock_item(item)
    require(permissions.edit_item(by, item))
    require_unchanged(shown, text_of(item.title, item.text), text_of(title, text))
    if (item.title, item.text) == (title, text):
        return item
    before: dict[str, Any] = {"title_before": item.title, "body_before": item.text}
    item.title, item.text = title, text
    if item.waiver:  # before the text: the database wants to know first who wrote what a waiver covers
        signoff.contribute(item.waiver.sign_off, by=by)
    invalidated = revise(item, by=by, cause=Cause.TEXT_EDITED, saving=["title", "text"])
    edited = ItemEdited(**of_item(item), invalidated=invalidated, title=title, body=text, **before)
    rows = [item, *item.sign_off.changes, *_revise_waiver(item, by=by)]
    ledger.record(item.deployment.stream, edited, by=by, rows=rows)
    if item.waiver:  # without its approvals the item answers again
        judge_again(item, by=by)
    return item


@transaction.atomic
def fill_in_item(item: Item, *, by: User, result: str, values: Sequence[str], shown: str | None = None) -> Item:
    """Write an item's result and the values of its blanks, unless they changed since. Keys turned before fall out."""
    item = lock_item(item)
    require(permissions.fill_in_item(by, item))
    now = result_of(item.result, [fill["value"] for fill in item.fill_ins])
    require_unchanged(shown, now, result_of(result, values))
    fill_ins = [{**fill, "value": _answer(fill, value)} for fill, value in zip(item.fill_ins, values, strict=True)]
    if (item.result, item.fill_ins) == (result, fill_ins):
        return item
    before: dict[str, Any] = {"result_before": item.result, "fill_ins_before": _blanks(item.fill_ins)}
    item.result, item.fill_ins = result, fill_ins
    invalidated = revise(item, by=by, cause=Cause.RESULT_WRITTEN, saving=["result", "fill_ins"])
    after: dict[str, Any] = {"result": result, "fill_ins": _blanks(fill_ins)}
    filled = ItemFilledIn(**of_item(item), invalidated=invalidated, **after, **before)
    ledger.record(item.deployment.stream, filled, by=by, rows=[item, *item.sign_off.changes])
    judge_again(item, by=by)
    return item


@transaction.atomic
def reject_item(item: Item, *, by: User, reason: str, shown: str | None = None) -> Item:
    """Send an item back with a reason, unless its keys are others than were `shown`.

    They fall out, and something changes before the next one.
    """
    item = lock_item(item)
    require(permissions.reject_item(by, item))
    require_same(shown, item.sign_off.standing, "reject it")
    invalidated = len(item.sign_off.turned)
    rejection = signoff.reject(item.sign_off, by=by, reason=reason)
    touch(item)
    rejected = ItemRejected(**of_item(item), invalidated=invalidated, name=rejection.name, reason=reason)
    ledger.record(item.deployment.stream, rejected, by=by, rows=item.sign_off.changes)
    return item


@transaction.atomic
def withdraw_key(item: Item, *, by: User, reason: str, shown: str, revision: int, intent: UUID, proof: Proof) -> Item:
    """Take one's own key back, for a reason; every key falls out, so that everybody signs again.

    shown, revision: the digest and the revision on which the page showed the key to be turned. The same intent twice
    withdraws once.
    """
    item = lock_item(item)
    if item.sign_off.has_withdrawn(by, intent):
        return item
    require(permissions.withdraw_key(by, item))
    if (revision, shown) != (item.sign_off.revision, item.sign_off.digest):
        raise Stale(f"{_what_invalidated(item, shown)} Nothing was withdrawn: look at what stands there now.")
    invalidated = len(item.sign_off.turned)
    withdrawal = signoff.withdraw(item.sign_off, by=by, reason=reason, intent=intent, proof=proof)
    touch(item)
    withdrawn = ItemKeyWithdrawn(
        **of_item(item), invalidated=invalidated, slot=withdrawal.signature.slot, name=withdrawal.name, reason=reason
    )
    ledger.record(item.deployment.stream, withdrawn, by=by, rows=item.sign_off.changes)
    return item


def _require_owners(
    deployment: Deployment, numbers: Collection[int], sections: Collection[int], owner: User | None, shown: str | None
) -> None:
    """Refuse to take items from somebody who was not shown as their owner; None asks for nothing."""
    if shown is None:
        return
    owners = {number: name or "" for number, _, _, name in item_keys(deployment)}
    boxes = {f"item_{number}": [number] for number in sorted(numbers)}
    rows = deployment.items.filter(section__in=sections).order_by("number").values_list("section", "number")
    for section, number in rows if sections else ():
        boxes.setdefault(f"section_{section}", []).append(number)
    now: dict[str, str] = {}
    typed: dict[str, str] = {}
    for box, under in boxes.items():
        now |= owners_of(box, [owners[number] for number in under])
        typed |= owners_of(box, [owner.full_name if owner else ""] * len(under))
    if changed := changed_since(shown, now, typed):
        raise Changed(now, changed, _whose(changed, now))


def _whose(changed: Sequence[str], now: Mapping[str, str]) -> str:
    """Which items changed hands, in a sentence."""
    items = [box for box in changed if box.startswith("item_")]
    named = [f"{box.replace('_', ' ')} belongs to {isolated(now[box]) or 'nobody'} now" for box in items[:NAMED]]
    if len(items) > NAMED:
        named.append(f"and {plural(len(items) - NAMED, 'more has another owner', 'more have other owners')}")
    words = ", ".join(named) or "items of that section have other owners now"
    return f"This changed after you opened it: {words}. {NOT_ASSIGNED}"


def text_of(title: str, text: str) -> dict[str, str]:
    """What the form of an item's text edits."""
    return texts(title=title, text=text)


def result_of(result: str, values: Sequence[str]) -> dict[str, str]:
    """What the form of an item's result edits."""
    return texts(result=result, **{f"value_{place}": value for place, value in enumerate(values)})


def _blanks(fill_ins: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What blanks ask and what they hold, as an entry tells it."""
    return [{"label": fill["label"], "value": fill["value"]} for fill in fill_ins]


def _answer(fill: Mapping[str, Any], value: str) -> str:
    """What a blank holds from now on: empty, or an answer of its kind; a text stays as it was typed."""
    asked = blank_of(fill)
    if asked.kind == "text" or not value.strip():
        return value
    try:
        return answer(asked, value)
    except ValueError as error:
        raise WrongState(str(error)) from error


def _what_invalidated(item: Item, shown: str) -> str:
    """What happened to the keys of an item that turned them over content of digest `shown`."""
    if shown != item.sign_off.digest:
        return what_changed(item, shown)
    return "The keys you saw fell out after you opened it, and were turned again."


def _revise_waiver(item: Item, *, by: User) -> list[Model]:
    """Approvals of a waiver cover the item's text too. Returns the rows that changed."""
    waiver = item.waiver
    if waiver is None:
        return []
    signoff.revise(waiver.sign_off, by=by, digest=content_digest(waiver.content()), cause=Cause.TEXT_EDITED)
    return waiver.sign_off.changes
