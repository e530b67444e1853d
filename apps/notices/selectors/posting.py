"""Where a team has its word sent, what is posted there, and what was."""

from typing import Any

from django.db.models import Q

from apps.accounts.models import Team, User
from apps.core.lists import Shows, Sorts, by, by_name, counted_by, filtered_page, named_page, searched_by
from apps.core.wording import timestamp
from apps.notices import permissions
from apps.notices.formats import Posted
from apps.notices.models import Delivery, Post, Webhook
from apps.notices.rules import CHANNEL_LABELS, Kind
from apps.notices.states import PLAN, State

from .sending import url_of

BY_NAME: Sorts = {
    "name": ("Name", by_name),
    "new": ("Newest", by("-made_at", "pk")),
}
LOG_SHOWS: Shows = {
    "all": ("All", Q()),
    "waiting": ("Waiting", Q(delivery__state__in=PLAN.live)),
    "sent": ("Sent", Q(delivery__state=State.SENT)),
    "failed": ("Not sent", Q(delivery__state=State.GIVEN_UP)),
}
LOG_SORTS: Sorts = {"new": ("Newest", by("-at", "pk")), "old": ("Oldest", by("at", "pk"))}


def place_of(delivery: Delivery) -> str:
    """Host and port of the webhook that a delivery goes to; empty for a mail."""
    return Post.objects.filter(delivery=delivery).values_list("webhook__place", flat=True).first() or ""


def posted_of(post: Post) -> Posted:
    """What a webhook is told; reads its team and deployment."""
    deployment = post.deployment
    facts = {
        "id": str(post.delivery_id),
        "kind": post.kind,
        "actor": post.actor_name,
        "team": post.webhook.team.slug,
        "deployment": deployment.code if deployment else "",
        "about": post.about,
        "at": timestamp(post.at),
    }
    detail = ": ".join(filter(None, (post.actor_name, post.detail)))
    where = f"{deployment.code} {deployment}" if deployment else post.webhook.team.name
    return Posted(post.title, detail, where, url_of(post.path), tuple(facts.items()))


def webhooks_page(team: Team, viewer: User, **asked: Any) -> dict[str, Any]:
    """The webhooks of a team, without their addresses; asked: as `named_page` takes it."""
    listed = named_page(Webhook.objects.active().filter(team=team), BY_NAME, **asked)
    return listed | {"team": team, "may_make": permissions.make_webhook(viewer, team)}


def webhook_page(webhook: Webhook, viewer: User, *, q: str, show: str, sort: str, page: str) -> dict[str, Any]:
    """One webhook, and what was posted there, waits, or could not be. Four queries."""
    found = searched_by(webhook.posts.all(), q, ["title", "detail", "delivery__reason"])
    rows = found.select_related("delivery")
    count, total = counted_by(found, LOG_SHOWS), webhook.posts.count()
    listed = filtered_page(rows, LOG_SORTS, LOG_SHOWS, count=count, total=total, q=q, show=show, sort=sort, page=page)
    return listed | {
        "team": webhook.team,
        "webhook": webhook,
        "kinds": [CHANNEL_LABELS[Kind(kind)] for kind in webhook.kinds],
        "may_remove": permissions.remove_webhook(viewer, webhook),
    }
