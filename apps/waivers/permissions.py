"""Who may ask for a waiver, approve it and end it."""

from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.core.permissions import Verdict, deny, not_now
from apps.deployments import permissions as deployments
from apps.deployments.models import Item, Waiver
from apps.deployments.states import ItemState
from apps.signoff import permissions as signoff


def request_waiver(user: User, item: Item) -> Verdict:
    """Members ask to go without an item that is not signed."""
    if not (review := deployments.takes_keys(item.deployment)):
        return review
    if not (here := deployments.signed_here(item)):
        return here
    if item.waiver and not item.is_waiver_past:
        return not_now("A waiver is asked for already. End it before you ask again.")
    if item.state == ItemState.VERIFIED:
        return not_now("All keys are turned; there is nothing to waive.")
    return deployments.works_on(user, item.deployment)


def approve_waiver(user: User, waiver: Waiver) -> Verdict:
    """Reviewers other than the requester approve."""
    if not (review := deployments.takes_keys(waiver.item.deployment)):
        return review
    if waiver.ended_at:
        return not_now("This waiver has ended. A new one has to be asked for.")
    if waiver.item.is_waiver_past:
        return not_now("This waiver expired before it was approved. A new one has to be asked for.")
    if not (here := deployments.signed_here(waiver.item)):
        return here
    if waiver.item.state == ItemState.VERIFIED:
        return not_now("All keys of the item were turned meanwhile; there is nothing to waive.")
    if waiver.requested_by_id == user.id:
        return deny("You asked for this waiver, so somebody else must approve it.")
    return signoff.sign(user, waiver.sign_off)


def end_waiver(user: User, waiver: Waiver) -> Verdict:
    """The requester withdraws, a reviewer refuses or revokes."""
    if waiver.ended_at:
        return not_now("This waiver has ended already.")
    if waiver.requested_by_id != user.id and not user.may(Capability.REVIEW, waiver.item.deployment.team_id):
        return deny("Only a reviewer or whoever asked may end a waiver.")
    return deployments.works_on(user, waiver.item.deployment)
