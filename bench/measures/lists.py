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


@figure("inbox of 1000 notices, first page ÷ raw", 2)
def inbox(bench: Bench) -> float:
    """Keys of a thousand items wait for somebody; raw has as many rows as a page."""
    bench.stage.noticed(1000)
    return bench.ratio(Ask("/inbox/"), Ask(f"/bench/inbox/{PER_PAGE}/"), bench.reviewer)


@figure("inbox of 1000 notices ÷ all of it raw", 1)
def whole_inbox(bench: Bench) -> float:
    """The same beside a raw page of all thousand."""
    bench.stage.noticed(1000)
    return bench.ratio(Ask("/inbox/"), Ask("/bench/inbox/1000/"), bench.reviewer)


@figure("my work with {} active deployments of 250 ÷ raw", {1: 3, 10: 3, 100: 3})
def my_work(bench: Bench, active: int) -> float:
    """What waits for somebody who owns a third of all items."""
    team = bench.stage.busy_team(active)
    return bench.ratio(Ask(f"/t/{team.slug}/"), Ask(f"/bench/work/{team.pk}/"), bench.admin, times=2)
