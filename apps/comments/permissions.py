"""Who may say something about an item, and who may withdraw what was said."""

from apps.accounts.models import User
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.deployments.models import Item
from apps.deployments.permissions import works_on

from .models import Comment


def write_comment(user: User, item: Item) -> Verdict:
    """Members say something until the deployment has ended. It is no contribution, so it bars nobody from a key."""
    return works_on(user, item.deployment)


def withdraw_comment(user: User, comment: Comment) -> Verdict:
    """Whoever said it withdraws it, once."""
    if comment.withdrawn_at:
        return not_now("This comment is withdrawn already.")
    if comment.by_id != user.id:
        return deny("Only whoever wrote a comment withdraws it.")
    may = works_on(user, comment.item.deployment)
    return may if not may else ALLOW
