"""An address counts once whoever is signed in opened the link that was mailed there."""

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.permissions import require
from apps.ledger import commands as ledger
from apps.letters import events, permissions
from apps.letters.models import Letter
from apps.letters.rules import Kind

from .parts import end_links, write


@transaction.atomic
def verify_address(token: str, *, by: User) -> User:
    """Let the address of a letter count from now on; the one from before is told that it does no more."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    found = Letter.objects.with_token(Kind.VERIFY, token)
    require(permissions.verify_address(by, found, timezone.now()))
    assert found is not None
    letter, person = found
    before, person.email = person.email, letter.address
    person.save(update_fields=["email"])
    end_links(person, Kind.VERIFY)
    if before and before != person.email:
        write(Kind.MOVED, before, person=person)
    event = events.AddressVerified(person=person.pk, address=person.email, name=person.full_name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[person])
    return person
