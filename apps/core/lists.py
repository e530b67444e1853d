"""Lists of rows: filtered, searched, sorted and paged, all of it kept in the address."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet

from .statements import Folded

PER_PAGE = 100
# By the word in the address: what people call the order, and what puts rows in it; it may also leave some out.
Sorts = Mapping[str, tuple[str, Callable[[Any], Any]]]
# By the word in the address: what people call the filter, and what it shows.
Shows = Mapping[str, tuple[str, Q]]


def by(*order: Any) -> Callable[[Any], Any]:
    """Rows in the order of these fields or expressions."""
    return lambda rows: rows.order_by(*order)


by_name = by(Folded("name"), "pk")  # alphabetically, whatever the case, alike on both engines


def searched_by(rows: QuerySet[Any], q: str, fields: Iterable[str]) -> QuerySet[Any]:
    """Those rows that hold every word of `q`, each in one of their `fields`."""
    for word in q.split():
        holds = Q()
        for field in fields:
            holds |= Q(**{f"{field}__holds": word})
        rows = rows.filter(holds)
    return rows


def counted_by(rows: QuerySet[Any], shows: Shows) -> dict[str, int]:
    """How many rows each filter shows; one query."""
    count: dict[str, int] = rows.aggregate(**{name: Count("pk", filter=which) for name, (_, which) in shows.items()})
    return count


def filtered_page(
    found: QuerySet[Any],
    sorts: Sorts,
    shows: Shows,
    *,
    count: Mapping[str, int],
    total: int,
    q: str,
    show: str,
    sort: str,
    page: int | str,
) -> dict[str, Any]:
    """What templates/ui/_named_list.html shows: one page of what was found, with its filters; one query.

    sort, show: words of `sorts` and `shows`; the first one stands for all others. count: how many rows of `found` each
    filter shows. total: how many there are, found or not.
    """
    sort = sort if sort in sorts else next(iter(sorts))
    show = show if show in shows else next(iter(shows))
    rows = sorts[sort][1](found.filter(shows[show][1]))
    paginator = Paginator(rows, PER_PAGE)
    paginator.count = count[show]  # counted already, for the filters
    chips: list[dict[str, Any]] = [
        {"name": name, "label": label, "count": count[name]} for name, (label, _) in shows.items()
    ]
    return {
        "page": paginator.get_page(page),
        "q": q,
        "show": show,
        "shows": chips if len(chips) > 1 else [],
        "shown": f"{shows[show][0].lower()} " if show != next(iter(shows)) else "",
        "elsewhere": None if count[show] else max(chips, key=lambda chip: chip["count"]),
        "sort": sort,
        "sorts": [(name, called) for name, (called, _) in sorts.items()],
        "sort_label": sorts[sort][0],
        "total": total,
    }


def named_page(
    rows: QuerySet[Any], sorts: Sorts, *, q: str = "", sort: str = "", page: int | str = 1
) -> dict[str, Any]:
    """The same of rows that have names and no filters: those whose names hold every word of `q`; three queries.

    The order may leave some out, so it is counted what that leaves.
    """
    found = searched_by(rows, q, ["name"])
    sort = sort if sort in sorts else next(iter(sorts))
    count, total = {"": sorts[sort][1](found).count()}, rows.count()
    return filtered_page(found, sorts, {"": ("", Q())}, count=count, total=total, q=q, show="", sort=sort, page=page)
