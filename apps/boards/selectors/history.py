"""The ledger of a deployment in sentences: the whole of it, or of one item."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator

from apps.core.wording import FIRST_ISOLATE, LAST_ISOLATE, folded
from apps.deployments.models import Deployment
from apps.ledger import selectors as ledger
from apps.ledger.selectors import EntryText

PER_PAGE = 50


@dataclass(frozen=True)
class HistoryEntry:
    """One entry as pages show it; `item` is the number of the item it names, where the page asks for it."""

    line: EntryText
    at: datetime
    who: str
    item: int | None = None

    @property
    def sentence(self) -> str:
        """What happened, ended by one full stop."""
        return f"{self.line.text.rstrip('.')}."


def in_history(lines: Iterable[EntryText], numbers: Mapping[UUID, int]) -> list[HistoryEntry]:
    """Entries with who did it, as they were called then."""
    return [
        HistoryEntry(line, datetime.fromisoformat(line.at), line.who, numbers.get(line.item) if line.item else None)
        for line in lines
    ]


def history_page(deployment: Deployment, *, find: str, page: str) -> dict[str, Any]:
    """Everything templates/boards/history.html needs: the newest entries, or those that contain the words of `find`.

    Searching reads the whole chain, hundreds of entries a query: texts lie beside the entries, not in them.
    """
    entries = ledger.history(deployment.stream).order_by("-sequence")
    words = folded(find).split()
    if words:
        every = ledger.lines(ledger.whole_history(deployment.stream))[::-1]
        matching = [entry for entry in _entries(deployment, every) if _matches(entry, words)]
        found = Paginator(matching, PER_PAGE).get_page(page)
        return _page(deployment, found, list(found), find)
    pages = Paginator(entries, PER_PAGE).get_page(page)
    return _page(deployment, pages, _entries(deployment, ledger.lines(pages)), find)


def _page(deployment: Deployment, page: Page[Any], entries: list[HistoryEntry], find: str) -> dict[str, Any]:
    head = ledger.head(deployment.stream)
    return {"deployment": deployment, "page": page, "entries": entries, "find": find, "head": head}


def _entries(deployment: Deployment, lines: list[EntryText]) -> list[HistoryEntry]:
    numbers = dict(deployment.items.values_list("pk", "number")) if any(line.item for line in lines) else {}
    return in_history(lines, numbers)


def _matches(entry: HistoryEntry, words: list[str]) -> bool:
    isolates = str.maketrans("", "", FIRST_ISOLATE + LAST_ISOLATE)
    text = folded(f"{entry.line.sequence} {entry.who} {entry.line.text} {entry.line.digest}".translate(isolates))
    return all(word in text for word in words)
