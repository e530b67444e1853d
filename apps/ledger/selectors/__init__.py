"""Reading the ledger: histories for people, changes for open pages, faults for auditors."""

from .chains import AHEAD, UNREADABLE, StoredEntry, anchors, batched, chain_faults, faults
from .history import (
    NAMELESS,
    EntryText,
    Head,
    events_since,
    head,
    history,
    item_history,
    items_changed_since,
    lines,
    search_history,
    texts,
    unanchored,
    whole_history,
)
from .rows import RowProofs
