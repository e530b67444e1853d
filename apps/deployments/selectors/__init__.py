"""Questions about deployments, each answered in a fixed number of queries."""

from .board import blockers_data, board_page, board_rows, said_since, with_probe_versions
from .history import history_page
from .items import item_page
from .lists import deployments_page, my_work_page
from .readiness import Readiness, readiness
from .rollback import rollback_page, section_about_rollback, steps_of
from .rows import Row, load_rows
from .sheet import page_digest, sheet_content, sheet_page
from .starting import chosen, start_page, variables_to_fill

__all__ = [
    "Readiness",
    "Row",
    "blockers_data",
    "board_page",
    "board_rows",
    "chosen",
    "deployments_page",
    "history_page",
    "item_page",
    "load_rows",
    "my_work_page",
    "page_digest",
    "readiness",
    "rollback_page",
    "said_since",
    "section_about_rollback",
    "sheet_content",
    "sheet_page",
    "start_page",
    "steps_of",
    "variables_to_fill",
    "with_probe_versions",
]
