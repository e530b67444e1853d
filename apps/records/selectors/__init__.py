"""Questions about records, each answered in a fixed number of queries."""

from .enclosed import contents, enclosing
from .facts import collect
from .lists import record_row, records_page
