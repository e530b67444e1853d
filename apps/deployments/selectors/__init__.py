"""Questions about deployments, each answered in a fixed number of queries."""

from .readiness import Readiness, readiness
from .rows import Row, load_rows
from .sheet import page_digest, sheet_content, sheet_page

__all__ = ["Readiness", "Row", "load_rows", "page_digest", "readiness", "sheet_content", "sheet_page"]
