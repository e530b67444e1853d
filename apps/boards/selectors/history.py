"""The ledger of a deployment in sentences: the whole of it, or of one item."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.core.paginator import Paginator

from apps.core.comparing import PartChange, changed_parts
from apps.deployments.models import Deployment
from apps.ledger import selectors as ledger
from apps.ledger.models import Entry
from apps.ledger.selectors import EntryText

PER_PAGE = 50
BEFORE = "_before"  # of a text that an entry commits to: what stood there before it
CALLED = {"body": "text", "fill_ins": "blanks"}


@dataclass(frozen=True)
class HistoryEntry:
    """One entry as pages show it; `item` is the number of the item it names, where the page asks for it."""

    line: EntryText
    at: datetime
    who: str
    item: int | None = None
    changes: Sequence[PartChange] = ()

    comment: ClassVar[None] = None  # what people said stands beside these in one stream

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
    """Everything templates/boards/history.html needs: the newest entries, or those that contain the words of `find`."""
    found = ledger.search_history(deployment.stream, find) if find else ledger.history(deployment.stream)
    pages = Paginator(found.order_by("-sequence"), PER_PAGE).get_page(page)
    return {
        "deployment": deployment,
        "page": pages,
        "entries": _with_changes(_entries(deployment, ledger.lines(pages)), pages),
        "find": find,
        "head": ledger.head(deployment.stream),
    }


def _with_changes(shown: list[HistoryEntry], entries: Iterable[Entry]) -> list[HistoryEntry]:
    """The same with what each changed, where it commits to what stood there before."""
    return [replace(one, changes=changes_of(ledger.texts(entry))) for one, entry in zip(shown, entries, strict=True)]


def changes_of(texts: Mapping[str, Any]) -> list[PartChange]:
    """What an entry changed, by the texts that it commits to."""
    names = {name.removesuffix(BEFORE): name for name in texts if name.endswith(BEFORE)}
    before = {CALLED.get(name, name): texts[there] for name, there in names.items()}
    return changed_parts(before, {CALLED.get(name, name): texts.get(name) for name in names})


def _entries(deployment: Deployment, lines: list[EntryText]) -> list[HistoryEntry]:
    numbers = dict(deployment.items.values_list("pk", "number")) if any(line.item for line in lines) else {}
    return in_history(lines, numbers)
