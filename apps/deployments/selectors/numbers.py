"""Whether a team's deployments are numbered through: the one thing that tells of a deployment that left no trace."""

from collections.abc import Iterator

from django.db.models import Count, Max, Min

from apps.deployments.models import Deployment
from apps.ledger.chain import Fault


def number_faults() -> Iterator[Fault]:
    """Teams whose deployments are not numbered from one without a gap: one vanished with its rows and its chain."""
    teams = Deployment.objects.values("team", "team__name")  # two teams may have one name
    teams = teams.annotate(least=Min("number"), most=Max("number"), all=Count("id"))
    for team in teams.order_by("team__name", "team"):
        if (team["least"], team["most"]) != (1, team["all"]):
            what = f"{team['team__name']} has {team['all']} deployments numbered up to {team['most']}: one is gone"
            yield Fault("the tables", None, what)
