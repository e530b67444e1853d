"""Questions about deployments, each answered in a fixed number of queries."""

from .audit import ReviewHistory, number_faults
from .readiness import Readiness, readiness
from .summaries import ItemSummary, summaries
