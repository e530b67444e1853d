"""What people do to items: own, write, sign, reject."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F

from apps.accounts.models import User
from apps.core.errors import Stale, WrongState
from apps.core.permissions import require
from apps.deployments import permissions
from apps.deployments.events import ItemEdited, ItemFilledIn, ItemRejected, ItemsAssigned, ItemSigned
from apps.deployments.models import Address, Deployment, Item
from apps.deployments.rules import PINNED, content_digest
from apps.ledger import commands as ledger
from apps.probes.models import Probe
from apps.signoff import commands as signoff
from apps.signoff.rules import REJECTED, Meaning

RUNS_COMPARED = 5


@transaction.atomic
def assign_items(deployment: Deployment, *, by: User, numbers: Collection[int], owner: User | None) -> int:
    """Give items to one person, or to nobody. Returns how many changed hands."""
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.assign_items(by, deployment))
    if owner and not owner.memberships.filter(team=deployment.team).exists():
        raise WrongState(f"{owner.full_name} is not in {deployment.team.name}. Invite them first.")
    items = deployment.items.filter(number__in=numbers).exclude(owner=owner).order_by("number")
    changed = list(items.values_list("id", "number"))
    if not changed:
        return 0
    deployment.items.filter(id__in=[pk for pk, _ in changed]).update(owner=owner, version=F("version") + 1)
    assigned = ItemsAssigned(
        items=[str(pk) for pk, _ in changed],
        numbers=[number for _, number in changed],
        owner=owner.id if owner else None,
        owner_name=owner.full_name if owner else "",
    )
    ledger.record(deployment.stream, assigned, by=by)
    return len(changed)


@transaction.atomic
def edit_item(item: Item, *, by: User, title: str, text: str) -> Item:
    """Change what an item says. Keys turned before fall out."""
    item = lock_item(item)
    require(permissions.edit_item(by, item))
    if (item.title, item.text) == (title, text):
        return item
    old = item.sign_off.digest
    item.title, item.text = title, text
    fell = revise(item, by=by, why=f"{by.full_name} changed the text", saving=["title", "text"])
    edited = ItemEdited(
        item=item.id,
        number=item.number,
        rev=item.sign_off.revision,
        rev_digest=item.sign_off.digest,
        fell=fell,
        old_digest=old,
        title=title,
        body=text,
    )
    ledger.record(item.deployment.stream, edited, by=by)
    _revise_waiver(item, by=by)
    return item


@transaction.atomic
def fill_in_item(item: Item, *, by: User, result: str, values: Sequence[str]) -> Item:
    """Write an item's result and the values of its blanks. Keys turned before fall out."""
    item = lock_item(item)
    require(permissions.fill_in_item(by, item))
    fill_ins = [{**fill, "value": value} for fill, value in zip(item.fill_ins, values, strict=True)]
    if (item.result, item.fill_ins) == (result, fill_ins):
        return item
    old = item.sign_off.digest
    item.result, item.fill_ins = result, fill_ins
    fell = revise(item, by=by, why=f"{by.full_name} changed the result", saving=["result", "fill_ins"])
    filled = ItemFilledIn(
        item=item.id,
        number=item.number,
        rev=item.sign_off.revision,
        rev_digest=item.sign_off.digest,
        fell=fell,
        old_digest=old,
        result=result,
        fill_ins=[{"label": fill["label"], "value": fill["value"]} for fill in fill_ins],
    )
    ledger.record(item.deployment.stream, filled, by=by)
    return item


@transaction.atomic
def sign_item(found: Item | Address, *, by: User, shown: str, intent: UUID, slot: int | None = None) -> Item:
    """Turn the next key of an item over the content whose digest was shown.

    Key 1 pins the latest probe run, so that both keys cover the same one. The same intent
    twice is one signature. `slot` is the key that was offered: another one means something else.
    """
    item = lock_item(found)
    if any(key.intent == intent and key.signer_id == by.id for key in item.sign_off.signatures.all()):
        return item
    require(permissions.sign_item(by, item))
    _require_fresh(item, shown=shown, slot=slot)
    _pin_run(item, by=by, digest=shown)
    meaning = Meaning.VERIFIED if item.sign_off.turned else Meaning.PERFORMED
    signature = signoff.sign(item.sign_off, by=by, shown=shown, meaning=meaning, intent=intent)
    touch(item)
    signed = ItemSigned(
        item=item.id,
        number=item.number,
        rev=signature.revision,
        rev_digest=signature.digest,
        meaning=meaning,
        slot=signature.slot,
        required=item.sign_off.required,
        signature=signature.id,
        signed_at=signature.signed_at,
        pinned_run=str(item.pinned_run_id or ""),
        name=signature.name,
    )
    ledger.record(item.deployment.stream, signed, by=by)
    return item


@transaction.atomic
def reject_item(item: Item, *, by: User, reason: str) -> Item:
    """Send an item back with a reason; its keys fall out and whoever worked on it may verify the next round."""
    item = lock_item(item)
    require(permissions.reject_item(by, item))
    fell = len(item.sign_off.turned)
    rejection = signoff.reject(item.sign_off, by=by, reason=reason)
    touch(item)
    rejected = ItemRejected(
        item=item.id,
        number=item.number,
        rev=rejection.revision + 1,
        rejection=rejection.id,
        rejected_at=rejection.rejected_at,
        fell=fell,
        name=rejection.name,
        reason=reason,
    )
    ledger.record(item.deployment.stream, rejected, by=by)
    return item


def lock_item(found: Item | Address) -> Item:
    """The item with all that signing reads, its deployment locked first; `Item.DoesNotExist` if the address is empty.

    An address spares reading the item twice, once to find it and once more under the lock (docs/decisions/0013).
    """
    if isinstance(found, Address):
        Deployment.objects.hold(team=found.team, number=found.deployment)
        items = Item.objects.filter(deployment__team=found.team, deployment__number=found.deployment)
        item = items.for_signing().get(number=found.number)
    else:
        Deployment.objects.hold(pk=found.deployment_id)
        item = Item.objects.for_signing().get(pk=found.pk)
    if item.probe_id:
        item.probe = Probe.objects.select_related("latest_run").get(pk=item.probe_id)
    return item


def revise(item: Item, *, by: User, why: str, saving: Collection[str] = ()) -> int:
    """Start a new revision of the item's content and remember the contributor. Returns how many keys fell out.

    The sign-off moves first: the database refuses to change what turned keys cover.
    """
    digest = content_digest(item.content(pinned=None))
    fell = signoff.revise(item.sign_off, by=by, digest=digest, why=why)
    signoff.contribute(item.sign_off, by=by)
    item.pinned_run = None
    touch(item, *saving, "pinned_run")
    return fell


def touch(item: Item, *fields: str) -> None:
    """Save `fields` and tell kept renderings of the row that they are old."""
    item.version += 1
    item.save(update_fields=[*fields, "version"])


def _require_fresh(item: Item, *, shown: str, slot: int | None) -> None:
    """Refuse to sign what she did not see, and say what changed since."""
    turned = item.sign_off.turned
    if content_digest(item.content(pinned=item.run_to_pin)) != shown:
        raise Stale(f"{_what_changed(item, shown)} Look at the item again, then turn your key.")
    if slot is not None and slot != len(turned) + 1:
        told = f"{turned[-1].name} turned key {len(turned)} meanwhile" if turned else "The keys fell out meanwhile"
        raise Stale(f"{told}, so your key means something else now. Look at the item again, then turn your key.")


def _what_changed(item: Item, shown: str) -> str:
    """What happened to an item after the content of digest `shown` was on somebody's screen."""
    runs = item.probe.runs.exclude(digest="").order_by("-queued_at")[:RUNS_COMPARED] if item.probe else ()
    if any(content_digest(item.content(pinned=run)) == shown for run in (None, *runs)):
        return "Its probe gave a new result after you opened it."
    last = item.sign_off.revisions.exclude(why=PINNED).order_by("-number").first()
    if last is None:
        return "This changed after you opened it."
    if last.why == REJECTED:
        return f"{last.by.full_name} rejected it after you opened it."
    return f"This changed after you opened it: {last.why}."


def _pin_run(item: Item, *, by: User, digest: str) -> None:
    """Lay the latest probe run under the first key, so that every key covers the same one."""
    if item.sign_off.turned:
        return
    run = item.run_to_pin
    signoff.revise(item.sign_off, by=by, digest=digest, why=PINNED)
    if item.pinned_run_id != (run.pk if run else None):
        item.pinned_run = run
        item.save(update_fields=["pinned_run"])


def _revise_waiver(item: Item, *, by: User) -> None:
    waiver = item.waiver
    if waiver:
        signoff.revise(
            waiver.sign_off,
            by=by,
            digest=content_digest(waiver.content()),
            why=f"{by.full_name} changed the item’s text",
        )
        signoff.contribute(waiver.sign_off, by=by)
