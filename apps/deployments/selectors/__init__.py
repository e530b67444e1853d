"""Questions about deployments, each answered in a fixed number of queries."""

from .numbers import number_faults
from .readiness import Readiness, readiness
from .sheet import page_digest, sheet_content, sheet_page
from .summaries import ItemSummary, summaries

__all__ = [
    "ItemSummary",
    "Readiness",
    "number_faults",
    "page_digest",
    "readiness",
    "sheet_content",
    "sheet_page",
    "summaries",
]
