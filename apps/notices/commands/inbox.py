"""What somebody does with their own notices."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.permissions import require
from apps.notices import permissions
from apps.notices.models import Notice
from apps.notices.rules import WAITING

from .parts import tell_inboxes


@transaction.atomic
def finish_notice(notice: Notice, *, by: User) -> Notice:
    """Say that one is done with something there was to know."""
    notice = Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)
    require(permissions.finish_notice(by, notice))
    if notice.done_at is None:
        notice.done_at = timezone.now()
        notice.save(update_fields=["done_at"])
        tell_inboxes([notice.person_id])
    return notice


@transaction.atomic
def reopen_notice(notice: Notice, *, by: User) -> Notice:
    """Take that back."""
    notice = Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)
    require(permissions.reopen_notice(by, notice))
    if notice.done_at is not None:
        notice.done_at = None
        notice.save(update_fields=["done_at"])
        tell_inboxes([notice.person_id])
    return notice


@transaction.atomic
def finish_all(*, by: User, until: datetime) -> int:
    """Be done with all that there was to know until a moment; what waits stays. Returns how many."""
    require(permissions.finish_all(by))
    found = Notice.objects.visible_to(by).open().filter(heard_at__lte=until).exclude(kind__in=WAITING)
    count = found.update(done_at=timezone.now())
    tell_inboxes([by.pk])
    return count
