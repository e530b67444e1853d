"""The list of deployments and my work."""

from apps.core.lists import PER_PAGE
from bench.figures import figure
from bench.measures import Bench
from bench.site import Ask

ALL = 200


@figure("list of deployments, first page ÷ raw", 2.5)
def first_page(bench: Bench) -> float:
    """As its address alone gives it."""
    team = bench.stage.long_list
    ours, theirs = Ask(f"/t/{team.slug}/deployments/"), Ask(f"/bench/list/{team.pk}/{PER_PAGE}/")
    return bench.ratio(ours, theirs, bench.admin)


@figure("list of deployments, each of 200 shown ÷ raw", 6)
def every_page(bench: Bench) -> float:
    """Page after page, as long as there is one, beside one raw page of all."""
    team = bench.stage.long_list
    ours = 0.0
    for number in range(1, ALL // PER_PAGE + 1):
        ours += bench.site.cpu(bench.admin, Ask(f"/t/{team.slug}/deployments/?page={number}"))
    return ours / bench.site.bare(bench.admin, Ask(f"/bench/list/{team.pk}/{ALL}/"), 5)


@figure("my work with {} active deployments of 250 ÷ raw", {1: 3, 10: 3, 100: 3})
def my_work(bench: Bench, active: int) -> float:
    """What waits for somebody who owns a third of all items."""
    team = bench.stage.busy_team(active)
    return bench.ratio(Ask(f"/t/{team.slug}/"), Ask(f"/bench/work/{team.pk}/"), bench.admin, times=2)
