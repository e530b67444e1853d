"""Questions about deployments, each answered in a fixed number of queries."""

from .board import blockers_data, board_page, board_rows, said_since, with_probe_versions
from .items import item_page
from .lists import deployments_page, my_work_page
from .readiness import Readiness, readiness
from .rows import Row, load_rows
from .sheet import sheet_content, sheet_page

__all__ = [
    "Readiness",
    "Row",
    "blockers_data",
    "board_page",
    "board_rows",
    "deployments_page",
    "item_page",
    "load_rows",
    "my_work_page",
    "readiness",
    "said_since",
    "sheet_content",
    "sheet_page",
    "with_probe_versions",
]
