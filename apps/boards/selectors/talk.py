"""The comments on an item and its events: one stream, newest first."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q

from apps.accounts.models import User, initials
from apps.comments import permissions
from apps.comments.models import Comment
from apps.core.permissions import Verdict
from apps.deployments.models import Deployment, Item
from apps.ledger import selectors as ledger

from .history import HistoryEntry, in_history

LINES_SHOWN = 60
COMMENTS_SHOWN = 25
FEW = 8  # of the stream that are shown before the older ones fold away
WRITTEN = "comment.written"  # the comment itself stands there instead
VIEWS = {"": "All", "comments": "Comments", "events": "Events"}


@dataclass(frozen=True)
class CommentEntry:
    """A comment in the stream, and whether the viewer may withdraw it."""

    comment: Comment
    may_withdraw: Verdict

    @property
    def initials(self) -> str:
        """The face of whoever wrote it."""
        return initials(self.comment.by_name)

    @property
    def at(self) -> datetime:
        """When it was written."""
        return self.comment.at


def talk(deployment: Deployment, item: Item, viewer: User, *, view: str, find: str, page: str) -> dict[str, Any]:
    """The stream of an item: all of it as far back as it fits, its comments in pages, or its events alone.

    view: one of VIEWS. find: words that comments hold, each; without them all.
    """
    view = "comments" if find else view if view in VIEWS else ""
    shown: dict[str, Any] = {"view": view, "find": find, "pages": None, "views": _views(view), "is_cut": False}
    shown["is_comments"] = view == "comments"
    shown["query"] = f"?{urlencode({'talk': 'comments', 'words': find})}"
    written: list[CommentEntry | HistoryEntry] = []
    events: list[CommentEntry | HistoryEntry] = []
    if view != "events":
        comments = _comments(item, find)
        if view == "comments":
            pages = Paginator(comments, COMMENTS_SHOWN).get_page(page)
            comments, shown["pages"] = pages.object_list, pages
        written = [_entry_of(comment, item, viewer) for comment in comments[:LINES_SHOWN]]
    if view != "comments":
        lines = ledger.item_history(deployment.stream, item.id, LINES_SHOWN)
        events = [*in_history([line for line in lines if line.kind != WRITTEN], {})]
        shown["is_cut"] = len(lines) == LINES_SHOWN
    stream = sorted([*written, *events], key=attrgetter("at"), reverse=True)
    few = len(stream) if view == "comments" else FEW
    return shown | {"first": stream[:few], "older": stream[few:]}


def _comments(item: Item, find: str) -> Any:
    found = Comment.objects.filter(item=item).order_by("-at", "pk")
    for word in find.split():
        found = found.filter(Q(text__holds=word) | Q(by_name__holds=word))
    return found


def _entry_of(comment: Comment, item: Item, viewer: User) -> CommentEntry:
    comment.item = item
    return CommentEntry(comment, permissions.withdraw_comment(viewer, comment))


def _views(view: str) -> list[dict[str, Any]]:
    return [{"name": name, "label": label, "is_current": name == view} for name, label in VIEWS.items()]
