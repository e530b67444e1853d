"""Lists of rows that have names: searched, sorted and paged, all of it kept in the address."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

from .statements import Folded

PER_PAGE = 25
# By the word in the address: what people call the order, and what puts rows in it; it may also leave some out.
Sorts = Mapping[str, tuple[str, Callable[[Any], Any]]]


def by_name(rows: Any) -> Any:
    """Alphabetically, whatever the case, alike on both engines."""
    return rows.order_by(Folded("name"), "pk")


def named_page(
    rows: QuerySet[Any], sorts: Sorts, *, q: str = "", sort: str = "", page: int | str = 1
) -> dict[str, Any]:
    """What templates/ui/_named_list.html shows: one page of the rows whose names hold every word of `q`; two queries.

    sort: a word of `sorts`; the first one stands for all others.
    """
    sort = sort if sort in sorts else next(iter(sorts))
    label, order = sorts[sort]
    found = rows
    for word in q.split():
        found = found.filter(name__holds=word)
    return {
        "page": Paginator(order(found), PER_PAGE).get_page(page),
        "q": q,
        "sort": sort,
        "sorts": [(name, called) for name, (called, _) in sorts.items()],
        "sort_label": label,
        "total": rows.count(),
    }
