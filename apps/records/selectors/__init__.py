"""Questions about records, each answered in a fixed number of queries."""

from .facts import collect
from .lists import RecordRow, RecordsPage, record_row, records_page

__all__ = ["RecordRow", "RecordsPage", "collect", "record_row", "records_page"]
