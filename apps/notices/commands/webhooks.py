"""Where a team has its word sent, and what is posted there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import Refusal, WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent
from apps.leases.models import UNHEARD
from apps.ledger import commands as ledger
from apps.notices import events, formats, permissions, selectors
from apps.notices.models import Delivery, Notice, Post, Webhook
from apps.notices.rules import CHANNEL_TITLES, OF_A_TEAM, Kind, Pace, Shape
from apps.probes.egress import Sent, policy_for
from apps.probes.rules import Target, TargetRefused, parse_target
from apps.secrets import commands as secrets
from apps.secrets.models import Secret
from apps.secrets.rules import SecretValue
from apps.zones.rules import Policy

ELSEWHERE = (
    "Its address was changed and leads to another place than {place}. Nothing is sent there: remove the webhook and "
    "make another one for that place."
)
MOST_WEBHOOKS = 20  # of a team; each is asked for every word


@dataclass(frozen=True)
class ReadyPost:
    """A post as it is about to leave; its path, which is the secret of it, is masked in whatever comes back."""

    target: Target
    policy: Policy
    sent: Sent
    title: str
    place: str


@transaction.atomic
def make_webhook(
    team: Team,
    *,
    by: User,
    name: str,
    shape: str,
    address: str,
    key: str = "",
    kinds: Sequence[str] = (),
    intent: UUID | None = None,
) -> Webhook:
    """Have a team's word of some kinds sent to an address, signed with a key where one is given.

    Address and key become secrets of the team, bound to the host of the address. One intent makes one.
    """
    team = Team.objects.lock(team.pk)
    require(permissions.make_webhook(by, team))
    pk = id_of_intent(intent, team.pk, by.pk, name)
    if known := Webhook.objects.filter(pk=pk).first():
        return known
    if team.webhooks.filter(removed_at=None).count() >= MOST_WEBHOOKS:
        raise WrongState(f"A team has {MOST_WEBHOOKS} webhooks at most. Remove one first.")
    target = _target(address)
    webhook = Webhook(id=pk, team=team, name=name, shape=Shape(shape), place=_place(target))
    webhook.kinds = [kind.value for kind in OF_A_TEAM if kind in kinds]
    webhook.made_by, webhook.made_by_name, webhook.made_at = by, by.full_name, timezone.now()
    webhook.secret, webhook.signing = _secrets(webhook, target, address, key, by=by)
    try:
        with transaction.atomic():
            webhook.save(force_insert=True)
    except IntegrityError:
        raise WrongState(f"The team has a webhook called “{name}” already. Choose another name.") from None
    event = events.WebhookMade(
        team=team.pk, webhook=pk, shape=webhook.shape, kinds=webhook.kinds, name=name, place=webhook.place
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=[webhook])
    return webhook


@transaction.atomic
def remove_webhook(webhook: Webhook, *, by: User) -> Webhook:
    """Send nothing there any more; its address and its key are destroyed."""
    webhook = Webhook.objects.lock(webhook.pk)
    require(permissions.remove_webhook(by, webhook))
    held = [secret for secret in (webhook.secret, webhook.signing) if secret]
    webhook.secret = webhook.signing = None
    webhook.removed_at = timezone.now()
    webhook.save(update_fields=["secret", "signing", "removed_at"])
    event = events.WebhookRemoved(team=webhook.team_id, webhook=webhook.pk, name=webhook.name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[webhook])
    for secret in held:
        secrets.remove_secret(Secret.objects.get(pk=secret.pk), by=by)
    return webhook


def post(notices: Iterable[Notice]) -> None:
    """Have what concerns a whole team posted to its webhooks: each word once, however many people hear it."""
    found = {(notice.kind, notice.about, notice.occasion): notice for notice in notices if notice.kind in OF_A_TEAM}
    teams = {notice.team_id for notice in found.values()}
    for webhook in Webhook.objects.active().filter(team__in=teams).order_by("pk"):
        for notice in found.values():
            if notice.team_id == webhook.team_id and notice.kind in webhook.kinds:
                _post(webhook, notice)


def _secrets(webhook: Webhook, target: Target, address: str, key: str, *, by: User) -> tuple[Secret, Secret | None]:
    """Address and key as secrets of the team that go to that host alone."""
    name, bound = f"webhook-{webhook.pk.hex[:8]}", [f"{target.scheme}://{target.host}:{target.port}"]
    secret = secrets.set_secret(webhook.team, by=by, name=name, value=address, bindings=bound)
    if not key:
        return secret, None
    return secret, secrets.set_secret(webhook.team, by=by, name=f"{name}-key", value=key, bindings=bound)


def _post(webhook: Webhook, notice: Notice) -> None:
    heard = {"kind": notice.kind, "about": notice.about, "occasion": notice.occasion}
    if Post.objects.filter(webhook=webhook, **heard).exists():
        return
    now = timezone.now()
    kind = Kind(notice.kind)
    title = CHANNEL_TITLES[kind].format(subject=notice.subject)
    delivery = Delivery.objects.create(
        team_id=webhook.team_id, pace=Pace.AT_ONCE, due_at=now, published_at=now - UNHEARD, subject=title[:320]
    )
    Post.objects.create(
        delivery=delivery,
        webhook=webhook,
        deployment_id=notice.deployment_id,
        path=notice.path,
        title=title[:350],
        actor_name=notice.actor_name,
        detail=notice.detail,
        at=notice.at,
        **heard,
    )


def _place(target: Target) -> str:
    """Host and port, as pages and the ledger show where it goes."""
    return f"{target.host}:{target.port}"


def _target(address: str) -> Target:
    """Where an address leads; refuses what no probe may ask either."""
    try:
        return parse_target(address)
    except TargetRefused as error:
        raise Refusal(str(error)) from error


def ready_post(delivery: Delivery, *, by: ledger.Actor) -> ReadyPost | None:
    """What a delivery posts, with the secrets that it takes; None where the webhook was removed.

    Refuses where its address cannot be read any more, or may not be sent to.
    """
    found = Post.objects.select_related("webhook__secret", "webhook__signing", "webhook__team", "deployment__team")
    post = found.get(delivery=delivery)
    webhook = post.webhook
    if webhook.removed_at or webhook.secret is None:
        return None
    bound = parse_target(f"{webhook.secret.bindings[0]}/")
    address = secrets.release(webhook.team_id, webhook.secret.name, by=by, to=bound)
    target = _target(address.reveal())
    if _place(target) != webhook.place or (target.scheme, _place(target)) != (bound.scheme, _place(bound)):
        raise Refusal(ELSEWHERE.format(place=webhook.place))
    shape = Shape(webhook.shape)
    body = formats.body_for(shape, selectors.posted_of(post))
    headers = [("Content-Type", "application/json"), ("Keyturn-Delivery", str(delivery.pk))]
    if webhook.signing:
        key = secrets.release(webhook.team_id, webhook.signing.name, by=by, to=target)
        moment = int(timezone.now().timestamp())
        headers.append(("Keyturn-Signature", formats.signature(key.reveal(), moment, body)))
    sent = Sent(headers=tuple(headers), body=body, secret=SecretValue(target.path))
    return ReadyPost(target, policy_for(), sent, post.title, webhook.place)
