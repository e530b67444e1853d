"""How somebody wants to be reached."""

from collections.abc import Mapping

from django.db import transaction

from apps.accounts.models import User
from apps.core.permissions import require
from apps.core.shown import require_unchanged
from apps.ledger import commands as ledger
from apps.notices import events, permissions
from apps.notices.models import Reach
from apps.notices.rules import CHOSEN, PACES


@transaction.atomic
def edit_reach(
    person: User,
    *,
    by: User,
    paces: Mapping[str, str],
    quiet_from: int,
    quiet_to: int,
    digest_at: int,
    shown: str | None = None,
) -> Reach:
    """Say of what somebody is mailed and how soon, in which hours not, and when the digest comes."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require(permissions.edit_reach(by, person))
    reach = Reach.objects.filter(person=person).first() or Reach(person=person)
    before = reach.standing
    reach.paces = {kind.value: paces[kind] for kind in CHOSEN if paces.get(kind, PACES[kind]) != PACES[kind]}
    reach.quiet_from, reach.quiet_to, reach.digest_at = quiet_from, quiet_to, digest_at
    require_unchanged(shown, before, reach.standing)
    if reach.standing == before:
        return reach
    reach.save()
    event = events.ReachEdited(paces=reach.paces, quiet_from=quiet_from, quiet_to=quiet_to, digest_at=digest_at)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[reach])
    return reach
