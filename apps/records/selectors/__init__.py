"""Questions about records, each answered in a fixed number of queries."""

from .facts import collect
from .lists import RecordsPage, Row, record_row, records_page

__all__ = ["RecordsPage", "Row", "collect", "record_row", "records_page"]
