"""Turning the keys of items: of one, or of several in one series, all or none."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import OtherDigest, Refusal, Stale, WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.deployments import permissions
from apps.deployments.events import ItemSigned
from apps.deployments.models import Deployment, Item, ItemAddress
from apps.deployments.rules import cause_in_words
from apps.factors.commands import Proof
from apps.factors.rules import MOST_TURNS
from apps.ledger import commands as ledger
from apps.probes.models import Probe
from apps.signoff import commands as signoff
from apps.signoff.rules import Cause, Meaning, content_digest

from .parts import lock_item, of_item, of_key, touch

RUNS_COMPARED = 5
SEVERAL = f"A series turns 1 to {MOST_TURNS} keys, each of another item."


class Offered(NamedTuple):
    """A key as a page offered it: of which item, which of its keys from 1, over which digest."""

    number: int
    slot: int
    shown: str


class SeriesStopped(Stale):
    """No key of a series was turned: one of them could not be. `number` is its item, `why` what stands against it."""

    def __init__(self, number: int, why: Refusal) -> None:
        super().__init__(f"No key of this series was turned, because of item {number}. {why}")
        self.number, self.why = number, why
        self.status = why.status


@transaction.atomic
def sign_item(found: Item | ItemAddress, *, by: User, shown: str, intent: UUID, proof: Proof, slot: int) -> Item:
    """Turn the next key of an item over the content whose digest was shown.

    Key 1 pins the latest probe run, so that both keys cover the same one. The same intent
    twice is one signature. `slot` is the key that was offered, from 1: another one means something else.
    """
    return _turn(lock_item(found), by=by, shown=shown, intent=intent, proof=proof, slot=slot)


@transaction.atomic
def sign_items(
    deployment: Deployment, *, by: User, offered: Sequence[Offered], intent: UUID, proof: Proof
) -> list[Item]:
    """Turn one key of each of these items over the content whose digest was shown: all of them, or none.

    One proof stands for all, and each is a signature and an entry of its own. The first that cannot be turned stops
    the series. The same intent twice is one signature of each.
    """
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.sign_items(by, deployment))
    keys = {each.number: each for each in offered}
    if not 0 < len(keys) == len(offered) <= MOST_TURNS:
        raise WrongState(SEVERAL)
    items = _items(deployment, keys)
    for number in sorted(keys.keys() - items.keys()):
        raise SeriesStopped(number, Stale("It is not there any more."))
    for number, item in items.items():
        key, own = keys[number], id_of_intent(intent, item.pk)
        with _stopping(number):
            _turn(item, by=by, shown=key.shown, intent=own, proof=proof, slot=key.slot)
    return [*items.values()]


def _items(deployment: Deployment, numbers: Iterable[int]) -> dict[int, Item]:
    """The items by number and in that order, with all that signing reads; their deployment is locked."""
    found = deployment.items.for_signing().filter(number__in=[*numbers]).order_by("number")
    items = {item.number: item for item in found}
    asked = [item.probe_id for item in items.values() if item.probe_id]
    probes = Probe.objects.select_related("latest_run").in_bulk(asked) if asked else {}
    for item in items.values():
        item.deployment = deployment
        if item.probe_id:
            item.probe = probes[item.probe_id]
    return items


@contextmanager
def _stopping(number: int) -> Iterator[None]:
    """Whatever stands against one key stands against the series."""
    try:
        yield
    except Refusal as why:
        raise SeriesStopped(number, why) from why


def _turn(item: Item, *, by: User, shown: str, intent: UUID, proof: Proof, slot: int) -> Item:
    """Turn the next key of an item that is locked; see `sign_item`."""
    if item.sign_off.has_turned(by, intent):
        return item
    _require_standing(item, shown=shown, slot=slot)
    require(permissions.sign_item(by, item))
    _require_fresh(item, shown=shown, slot=slot)
    pinned = _pin_run(item, by=by, digest=shown)
    meaning = Meaning.VERIFIED if item.sign_off.turned else Meaning.PERFORMED
    signature = signoff.sign(item.sign_off, by=by, shown=shown, meaning=meaning, intent=intent, proof=proof)
    touch(item)
    signed = ItemSigned(**of_item(item), **of_key(signature), required=item.sign_off.required)
    ledger.record(item.deployment.stream, signed, by=by, rows=[*pinned, *item.sign_off.changes])
    return item


def _require_standing(item: Item, *, shown: str, slot: int) -> None:
    """Refuse a later key where those before it fell out: it would say something else, over something else perhaps."""
    if slot == 1 or item.sign_off.turned:
        return
    if content_digest(now := item.content(pinned=item.run_to_pin)) != shown:
        raise OtherDigest(f"{what_changed(item, shown)} {_other_meaning('The keys fell out')}", now)
    raise Stale(_other_meaning("The keys fell out meanwhile"))


def _require_fresh(item: Item, *, shown: str, slot: int) -> None:
    """Refuse to sign what was not on the screen, and say what changed since."""
    turned = item.sign_off.turned
    if content_digest(now := item.content(pinned=item.run_to_pin)) != shown:
        raise OtherDigest(f"{what_changed(item, shown)} Look at the item again, then turn your key.", now)
    if turned and slot != len(turned) + 1:
        raise Stale(_other_meaning(f"{turned[-1].name} turned key {len(turned)} meanwhile"))


def _other_meaning(change: str) -> str:
    return f"{change}, so your key means something else now. Look at the item again, then turn your key."


def what_changed(item: Item, shown: str) -> str:
    """What happened to an item after the content of digest `shown` was on somebody's screen."""
    runs = item.probe.runs.exclude(digest="").order_by("-queued_at")[:RUNS_COMPARED] if item.probe else ()
    if any(content_digest(item.content(pinned=run)) == shown for run in (None, *runs)):
        return "Its probe gave a new result after you opened it."
    last = item.sign_off.revisions.exclude(cause=Cause.RUN_PINNED).order_by("-number").first()
    if last is None:
        return "This changed after you opened it."
    if last.cause == Cause.REJECTED:
        return f"{last.name} rejected it after you opened it."
    why = cause_in_words(last.cause, name=last.name, concerns=last.concerns)
    return f"This changed after you opened it: {why}."


def _pin_run(item: Item, *, by: User, digest: str) -> list[Item]:
    """Lay the latest probe run under the first key, so that every key covers the same one.

    Returns the item if that changed it.
    """
    if item.sign_off.turned:
        return []
    run = item.run_to_pin
    signoff.revise(item.sign_off, by=by, digest=digest, cause=Cause.RUN_PINNED)
    if item.pinned_run_id == (run.pk if run else None):
        return []
    item.pinned_run = run
    item.save(update_fields=["pinned_run"])
    return [item]
