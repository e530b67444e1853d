"""What an answer costs before anything is in it."""

import statistics
import time

from bench.figures import figure
from bench.measures import Bench
from bench.site import Ask, Visitor

NOBODY = Visitor()


@figure("/healthz ÷ bare view", 1.5, served=True)
def healthz(bench: Bench) -> float:
    """An answer of a few bytes on a kept connection, beside gunicorn's."""
    return bench.ratio(Ask("/healthz"), Ask("/bench/bare/"), NOBODY, times=100)


@figure("small answer on a kept connection, wall − CPU", 3, unit="ms", served=True)
def waiting(bench: Bench) -> float:
    """How much longer the sign-in page takes than it computes: the median of 20."""
    ask, walls = Ask("/sign-in/"), []
    cpu = bench.site.cpu(NOBODY, ask, 20)
    for _ in range(20):
        begun = time.perf_counter()
        bench.served.web.send(NOBODY, ask)
        walls.append(time.perf_counter() - begun)
    return (statistics.median(walls) - cpu) * 1000
