"""What commands of notices have in common: each thing apart, storing words, and counting what is open."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError

from apps.accounts.models import User
from apps.core.statements import fetched
from apps.deployments.models import Deployment
from apps.live import publish as live
from apps.notices.models import Notice
from apps.notices.rules import Word

from .sending import enclose
from .webhooks import post

Thing = TypeVar("Thing")
logger = logging.getLogger(__name__)

COUNT = """
UPDATE accounts_user SET news = (
  SELECT COUNT(*) FROM notices_notice n WHERE n.person_id = accounts_user.id AND n.done_at IS NULL
  AND (n.team_id IS NULL OR n.kind = 'grant' AND accounts_user.is_admin
    OR EXISTS (SELECT 1 FROM accounts_membership m WHERE m.team_id = n.team_id AND m.user_id = n.person_id))
) WHERE id = %s
"""


def each_apart(act: Callable[[Thing], int], things: Iterable[Thing]) -> int:
    """Do the same for each of some things, each in a transaction of its own; returns the sum of what came of it.

    What one of them cannot give is logged, is tried again the next time, and keeps nothing from the others. Where the
    database itself is away, the rest waits too.
    """
    count = 0
    for thing in things:
        try:
            count += act(thing)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("notices: nothing came of %s this time", thing)
    return count


def store(
    words: Sequence[Word], team: UUID | None, *, at: datetime, deployment: Deployment | None = None
) -> list[Notice]:
    """Store what was not said yet; returns what is new."""
    if not words:
        return []
    rows = [
        Notice(
            person_id=word.person,
            team_id=team,
            kind=word.kind,
            about=word.about,
            occasion=word.occasion,
            deployment=deployment,
            item_id=word.item,
            path=word.path,
            subject=word.subject[:320],
            actor_name=word.actor_name,
            detail=word.detail,
            at=at,
        )
        for word in words
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return list(Notice.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk"))


def tell(new: Sequence[Notice], settled: Iterable[UUID] = ()) -> None:
    """Say of what is new, and to whom something was settled: in inboxes, and by mail as each of them wants it."""
    tell_inboxes({*settled, *(notice.person_id for notice in new)})
    enclose(new)
    post(new)


def tell_inboxes(persons: Iterable[UUID]) -> None:
    """Count what is open for some people, and tell their open pages.

    Their rows are locked first, in one order: whoever counts later sees what whoever counted before has stored.
    """
    found = User.objects.filter(pk__in={*persons}).order_by("pk").select_for_update(no_key=True)
    for person in list(found.only("pk")):
        fetched(COUNT, person.pk)
        live.announce(f"inbox/{person.pk}")
