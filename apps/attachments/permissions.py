"""Who may attach, run and take away what proves an item."""

from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.deployments import permissions as deployments
from apps.deployments.models import Deployment, Item

NOT_ASKED = "Nobody asks this probe: it waits for what is reported to it."


def take_archive(user: User, deployment: Deployment) -> Verdict:
    """Whoever may export takes all evidence of a deployment along, auditors included."""
    if not user.may(Capability.EXPORT, deployment.team_id):
        return deny("Your role cannot export. Ask an admin of the team for another role.")
    return ALLOW


def attach_evidence(user: User, item: Item) -> Verdict:
    """Members add proof and take it away and say what a machine asks, which counts as contributing."""
    return deployments.changes_item(user, item)


remove_evidence = replace_evidence = attach_probe = try_probe = attach_evidence


def attach_probes(user: User, deployment: Deployment) -> Verdict:
    """Members attach several at once; each item is asked about again."""
    return deployments.works_on(user, deployment)


def detach_probe(user: User, item: Item) -> Verdict:
    """Release managers take a probe away: what it said no longer blocks."""
    if item.probe_id is None:
        return not_now("This item has no probe.")
    if not user.may(Capability.RELEASE, item.deployment.team_id):
        return deny("Only a release manager may take a probe away, because it stops blocking. Ask one of them.")
    return deployments.changes_item(user, item)


def run_probes(user: User, deployment: Deployment) -> Verdict:
    """Members run probes; running one is not contributing."""
    return deployments.works_on(user, deployment)


def run_item_probe(user: User, item: Item) -> Verdict:
    """The same of the probe of one item, where it is one that is asked."""
    if item.probe and item.probe.is_passive:
        return not_now(NOT_ASKED)
    return run_probes(user, item.deployment)


def cancel_series(user: User, deployment: Deployment) -> Verdict:
    """Whoever runs probes calls off what nobody has begun."""
    return run_probes(user, deployment)


def set_baseline(user: User, item: Item) -> Verdict:
    """Members say what later runs are compared with, which is not contributing: it judges nothing."""
    if item.probe_id is None:
        return not_now("This item has no probe.")
    return run_probes(user, item.deployment)


def schedule_probe(user: User, item: Item) -> Verdict:
    """Members have probes run by the clock; running one is not contributing."""
    if item.probe_id is None:
        return not_now("This item has no probe.")
    return run_item_probe(user, item)
