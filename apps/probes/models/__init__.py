"""Tables of probes: what is asked, the breakers of targets, and every run with the series that it was ordered in."""

from .probes import LONGEST_INTERVAL, SHORTEST_INTERVAL, Approvable, Breaker, BreakerQuerySet, Probe, ProbeQuerySet
from .runs import RESULT, STANDING, WORKED, Run, RunQuerySet, Series, SeriesQuerySet, of_queue, ready
