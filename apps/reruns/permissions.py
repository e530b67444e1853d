"""Who may run a deployment again, and who may open what is carried over."""

from apps.accounts.models import User
from apps.core.permissions import Verdict, not_now
from apps.deployments import permissions as deployments
from apps.deployments.models import Deployment, Item


def rerun_deployment(user: User, deployment: Deployment) -> Verdict:
    """Members run again what has ended: until then its keys may fall out, and with them what is carried over."""
    if not deployment.is_over:
        return not_now(f"{deployment.code} has not ended, so its keys may still fall out. Run it again once it has.")
    return deployments.create_deployment(user, deployment.team)


def reopen_item(user: User, item: Item) -> Verdict:
    """Members open an item that is carried over; nobody carries it over again."""
    if not item.is_carried:
        return not_now("This item is not carried over, so it is open already.")
    return deployments.works_on(user, item.deployment)
