"""Questions about records, each answered in a fixed number of queries."""

from .facts import collect
from .lists import record_row, records_page
