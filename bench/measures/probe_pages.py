"""The pages of probes."""

from bench.figures import figure
from bench.measures import Bench
from bench.site import Ask


@figure("probes page of 204 ÷ raw", 2)
def probes(bench: Bench) -> float:
    """Each with a result, and every row rendered before."""
    board = bench.stage.answered
    ours = Ask(f"/t/{board.team.slug}/deployments/{board.number}/probes/")
    bench.site.cpu(bench.lead, ours)
    return bench.ratio(ours, Ask(f"/bench/probes/{board.pk}/"))


@figure("probe page with a history of 10,000 runs ÷ 100", 2)
def long_history(bench: Bench) -> float:
    """What it shows of the runs is the same."""
    items = [bench.stage.ran(times) for times in (10_000, 100)]
    long, short = (
        Ask(f"/t/{item.deployment.team.slug}/deployments/{item.deployment.number}/items/1/probe/") for item in items
    )
    return bench.ratio(long, short)
