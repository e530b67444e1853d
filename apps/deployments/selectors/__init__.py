"""Questions about deployments, each answered in a fixed number of queries."""

from .applying import limits_used
from .audit import ReviewHistory, condition_faults, number_faults
from .carried import carried_faults, load_origins
from .readiness import Readiness, members, missing_of_plan, plan_owner, readiness
from .summaries import ItemSummary, item_keys, summaries
