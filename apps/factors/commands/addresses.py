"""Another mail address: whoever reads it can set a password, so it takes the proof that a factor takes."""

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.permissions import require
from apps.factors import events, permissions
from apps.ledger import commands as ledger
from apps.letters.commands.parts import count_asking, end_links, write
from apps.letters.rules import Kind, normal

from .confirming import Evidence, confirm


def change_address(email: str, evidence: Evidence, *, by: User) -> User:
    """Have a link mailed to another address, which counts once it is opened; by an empty one no address counts now."""
    email = normal(email)
    require(permissions.change_address(by, email))
    confirm(evidence, by=by)
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
        require(permissions.change_address(person, email))
        end_links(person, Kind.VERIFY)
        if email:
            _ask(person, email, by=by)
        else:
            _remove(person, by=by)
    return person


def _ask(person: User, email: str, *, by: User) -> None:
    count_asking(email, by.address, timezone.now())
    write(Kind.VERIFY, email, person=person)
    event = events.AddressAsked(person=person.pk, address=email, name=person.full_name)
    ledger.record(ledger.INSTANCE, event, by=by)


def _remove(person: User, *, by: User) -> None:
    before, person.email = person.email, ""
    person.save(update_fields=["email"])
    write(Kind.MOVED, before, person=person)
    event = events.AddressRemoved(person=person.pk, address=before, name=person.full_name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[person])
