from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.core.permissions import ALLOW, Verdict, deny
from apps.deployments.models import Deployment
from apps.ledger.commands import Actor


def request_record(user: User, deployment: Deployment) -> Verdict:
    """Whoever may export, auditors included, at any time: a record of an open deployment says that it is open."""
    if not user.may(Capability.EXPORT, deployment.team_id):
        return deny("Your role cannot export. Ask an admin of the team for another role.")
    return ALLOW


def file_record(actor: Actor) -> Verdict:
    """Only a worker files what it has made."""
    return ALLOW if actor.kind == "system" else deny("Records are filed by the worker that made them. Ask for one.")
