"""What several commands have in common, also those of the floors above; each is called within one that records."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import Membership, User
from apps.deployments.models import CarriedItem, Deployment, Item, ItemAddress
from apps.deployments.states import Outcome
from apps.probes import commands as probes
from apps.probes.models import Probe
from apps.signoff import commands as signoff
from apps.signoff.models import Signature
from apps.signoff.rules import Cause, content_digest

CLOSING = ["state", "outcome", "closing_reason", "closed_at", "closed_by", "closed_by_name"]


def lock_item(found: Item | ItemAddress, *, evidence: bool = True) -> Item:
    """The item with all that signing reads, its deployment locked first; `Item.DoesNotExist` if the address is empty.

    An address spares reading the item twice, once to find it and once more under the lock (docs/decisions/0013).
    """
    if isinstance(found, ItemAddress):
        Deployment.objects.hold(team=found.team, number=found.deployment)
        items = Item.objects.filter(deployment__team=found.team, deployment__number=found.deployment)
        item = items.for_signing().get(number=found.number)
    else:
        Deployment.objects.hold(pk=found.deployment_id)
        item = Item.objects.for_signing(evidence=evidence).get(pk=found.pk)
    if item.probe_id:
        item.probe = Probe.objects.select_related("latest_run").get(pk=item.probe_id)
    return item


def of_item(item: Item) -> dict[str, Any]:
    """What every event of an item says of it."""
    return {"item": item.id, "number": item.number}


def of_key(signature: Signature) -> dict[str, Any]:
    """What every event of a turned key says of it."""
    return {"meaning": signature.meaning, "slot": signature.slot, "name": signature.name}


def revise(
    item: Item,
    *,
    by: User,
    cause: Cause,
    concerns: str = "",
    saving: Collection[str] = (),
    evidence: Iterable[str] | None = None,
) -> int:
    """Start a new revision of the item's content and remember the contributor. Returns how many keys that invalidated.

    The sign-off moves first: the database refuses to change what turned keys cover. So `evidence`, where it changes,
    are the digests of what will be attached.
    """
    digest = content_digest(item.content(pinned=None, evidence=evidence))
    signoff.contribute(item.sign_off, by=by)
    invalidated = signoff.revise(item.sign_off, by=by, digest=digest, cause=cause, concerns=concerns)
    item.pinned_run = None
    touch(item, *saving, "pinned_run")
    return invalidated


def reopen(item: Item, *, by: User) -> CarriedItem:
    """Let an item that is carried over be done here, without what was written where it was signed.

    Returns the row that says so; the caller saves `result` and `fill_ins`. Nobody contributes by this.
    """
    carried = item.carried
    carried.opened_at, carried.opened_by, carried.opened_by_name = timezone.now(), by, by.full_name
    carried.save(update_fields=["opened_at", "opened_by", "opened_by_name"])
    item.result = ""
    item.fill_ins = [{**fill, "value": ""} for fill in item.fill_ins]
    return carried


def touch(item: Item, *fields: str) -> None:
    """Save `fields` and outdate cached renderings of the row."""
    item.version += 1
    item.save(update_fields=[*fields, "version"])


def close(deployment: Deployment, *, by: User, outcome: Outcome, reason: str = "") -> list[Model]:
    """Freeze every sign-off of the deployment, then the deployment itself. Returns the rows, to be proved."""
    closed_at = timezone.now()
    frozen = [*signoff.close_all(deployment.stream, closed_at), *_name_owners(deployment)]
    deployment.outcome, deployment.closing_reason = outcome, reason
    deployment.closed_at, deployment.closed_by, deployment.closed_by_name = closed_at, by, by.full_name
    deployment.save(update_fields=CLOSING)
    probes.let_secrets_go(deployment.items.exclude(probe=None).values_list("probe", flat=True))
    return [deployment, *frozen]


def open_again(deployment: Deployment) -> list[Model]:
    """Open again what has ended, and what was frozen with it; its new state is set. Returns the rows, to be proved.

    Secrets that its probes let go stay gone: an admin gives them once more.
    """
    closed_at = deployment.closed_at
    assert closed_at is not None  # its table lets nothing end without
    deployment.outcome = deployment.closing_reason = deployment.closed_by_name = ""
    deployment.closed_at = deployment.closed_by = None
    deployment.save(update_fields=CLOSING)
    owned = [*deployment.items.exclude(owner_name="")]
    deployment.items.exclude(owner_name="").update(owner_name="")
    for item in owned:
        item.owner_name = ""
    plan = deployment.rollback_plan
    plan.owner_name = ""
    plan.save(update_fields=["owner_name"])
    return [deployment, plan, *owned, *signoff.open_again(deployment.stream, closed_at)]


def _name_owners(deployment: Deployment) -> list[Model]:
    """Write down who owned what in the end, as they were called; whoever left before owned nothing. Returns the rows.

    Afterwards people leave and are renamed, and pages and records still show who it was.
    """
    members = Membership.objects.filter(team=deployment.team_id)
    names = dict(members.values_list("user", "user__full_name"))
    for owner in deployment.items.filter(owner__in=names).values_list("owner", flat=True).distinct():
        deployment.items.filter(owner=owner).update(owner_name=names[owner])
    plan = deployment.rollback_plan
    if plan.owner_id in names:
        plan.owner_name = names[plan.owner_id]
        plan.save(update_fields=["owner_name"])
    return [plan, *deployment.items.exclude(owner_name="")]
