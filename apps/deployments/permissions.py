"""Who may, and why not: one function per command, of the same name."""

from apps.accounts.models import Team, User
from apps.accounts.roles import READS_ONLY, Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.signoff import permissions as signoff

from .models import Deployment, Item
from .states import MOVES

CARRIED = "This item is carried over as it was signed before. Open it again first, then work on it here."


def create_deployment(user: User, team: Team) -> Verdict:
    """Members start deployments."""
    return ALLOW if user.may(Capability.EDIT, team.id) else deny(READS_ONLY)


def open_review(user: User, deployment: Deployment) -> Verdict:
    """Members open a draft for review."""
    before, after = MOVES["open_review"]
    if deployment.state == after:
        return not_now("The review is open already.")
    if deployment.state not in before:
        standing = deployment.get_state_display().lower()
        return not_now(deployment.limits.work or f"A review is opened from a draft; this deployment is {standing}.")
    return create_deployment(user, deployment.team)


def upgrade_deployment(user: User, deployment: Deployment) -> Verdict:
    """Members take over a newer version of the checklist; it counts as contributing to what changes by that."""
    return works_on(user, deployment)


def cancel_deployment(user: User, deployment: Deployment) -> Verdict:
    """A release manager gives a deployment up."""
    if why := deployment.limits.work:
        return not_now(why)
    if not user.may(Capability.RELEASE, deployment.team_id):
        return deny("Only a release manager may cancel a deployment. Ask one of them.")
    return ALLOW


def add_item(user: User, deployment: Deployment) -> Verdict:
    """A release manager adds an item that is not in the template."""
    if why := deployment.limits.work:
        return not_now(why)
    if not user.may(Capability.RELEASE, deployment.team_id):
        return deny("Only a release manager may add an item to a board. Ask one of them.")
    return ALLOW


def edit_item(user: User, item: Item) -> Verdict:
    """Members correct an item's text and write results and blanks; it counts as contributing."""
    return changes_item(user, item)


fill_in_item = edit_item


def sign_item(user: User, item: Item) -> Verdict:
    """Whether they may turn the next key of the item."""
    if not (review := takes_keys(item.deployment)):
        return review
    if not (here := signed_here(item)):
        return here
    if item.is_waived:
        return not_now("This item is waived. End the waiver first if it is done after all.")
    if item.open_fill_ins and not item.sign_off.turned:
        return not_now(f"Fill in “{item.open_fill_ins[0]}” first; a signature covers it.")
    return signoff.sign(user, item.sign_off)


def sign_items(user: User, deployment: Deployment) -> Verdict:
    """Members turn several keys in one series while the review is open; each key asks `sign_item` once more."""
    if not (review := takes_keys(deployment)):
        return review
    return ALLOW if user.may(Capability.EDIT, deployment.team_id) else deny(READS_ONLY)


def reject_item(user: User, item: Item) -> Verdict:
    """Reviewers send a performed item back."""
    if not (review := takes_keys(item.deployment)):
        return review
    if not (here := signed_here(item)):
        return here
    if not item.sign_off.turned:
        return not_now("No key is turned yet, so there is nothing to reject.")
    return signoff.reject(user, item.sign_off)


def withdraw_key(user: User, item: Item) -> Verdict:
    """Whoever turned a key of the item takes it back, until the deployment has ended."""
    review = takes_keys(item.deployment)
    return review and signoff.withdraw(user, item.sign_off)


def works_on(user: User, deployment: Deployment) -> Verdict:
    """Members change what belongs to a deployment until it has ended."""
    if why := deployment.limits.work:
        return not_now(why)
    return ALLOW if user.may(Capability.EDIT, deployment.team_id) else deny(READS_ONLY)


def changes_item(user: User, item: Item) -> Verdict:
    """The same of what an item's keys cover; what is carried over stays as it was signed."""
    may = works_on(user, item.deployment)
    return not_now(CARRIED) if may and item.is_carried else may


# Members move the window, say who does what and until when, and write the way back.
edit_deployment = assign_items = plan_items = fill_in_rollback_plan = works_on


def signed_here(item: Item) -> Verdict:
    """Nobody signs or waives what does not apply, or what is carried over, until that changes."""
    if not item.applies:
        return not_now(f"This item does not apply, so nothing is signed here. {item.inapplicable}")
    return not_now(CARRIED) if item.is_carried else ALLOW


def takes_keys(deployment: Deployment) -> Verdict:
    """Keys are turned while the review is open."""
    why = deployment.limits.keys
    return not_now(why) if why else ALLOW
