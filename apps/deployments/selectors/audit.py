"""What the chains and the tables say of deployments as such: keys turned in review alone, numbers without a gap."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Count, Max, Min

from apps.core.statements import Folded
from apps.deployments.models import Deployment
from apps.deployments.states import LIMITS, State
from apps.ledger.chain import Fault
from apps.ledger.selectors import StoredEntry
from apps.signoff.models import Rejection, Signature, SignOff

TURNED = tuple(f"{model._meta.label_lower}/" for model in (Signature, Rejection))
SIGN_OFF = f"{SignOff._meta.label_lower}/"


class ReviewHistory:
    """Follows the state of each deployment: a sign-off says itself when it was open, and its team; this compares."""

    def __init__(self) -> None:
        self.deployments: dict[str, Mapping[str, Any]] = {}
        self.faults: list[Fault] = []

    def read(self, entry: StoredEntry) -> None:
        """Follow one entry; keys count in the state that the entries before it left."""
        if not entry.stream.startswith("deployment/"):
            return
        before = self.deployments.get(entry.stream, {})
        proved = entry.rows.get(f"{Deployment._meta.label_lower}/{entry.stream.rpartition('/')[2]}")
        now = self.deployments[entry.stream] = proved["facts"] if proved else before
        in_review = before and not LIMITS[State(before.get("state", State.DRAFT))].keys
        for key, statement in entry.rows.items():
            if key.startswith(TURNED) and not in_review:
                self.faults.append(entry.fault(f"{key} was written while the deployment was not in review"))
            if key.startswith(SIGN_OFF) and statement["facts"]["team_id"] != now.get("team_id"):
                self.faults.append(entry.fault(f"{key} is of another team than the deployment"))


def number_faults() -> Iterator[Fault]:
    """Teams whose deployments are not numbered from one without a gap: one vanished with its rows and its chain."""
    teams = Deployment.objects.values("team", "team__name")  # two teams may have one name
    teams = teams.annotate(least=Min("number"), most=Max("number"), all=Count("id"))
    for team in teams.order_by(Folded("team__name"), "team"):
        if (team["least"], team["most"]) != (1, team["all"]):
            what = f"{team['team__name']} has {team['all']} deployments numbered up to {team['most']}: one is gone"
            yield Fault("the tables", None, what)
