"""What people choose for themselves. The columns are those of their account, which every page reads already."""

from django.db import transaction

from apps.accounts.models import User
from apps.core.clock import time_zones
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import require_unchanged
from apps.ledger import commands as ledger

from . import events, permissions


@transaction.atomic
def edit_preferences(person: User, *, by: User, time_zone: str, letter_keys: bool, shown: str | None = None) -> User:
    """Say in which zone somebody reads times beside UTC, and whether single letters act, unless that changed since."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require(permissions.edit_preferences(by, person))
    if time_zone and time_zone not in time_zones():
        raise WrongState(f"“{time_zone}” is no time zone that this Keyturn knows. Choose one of the list.")
    before = person.preferences
    person.time_zone, person.letter_keys = time_zone, letter_keys
    require_unchanged(shown, before, person.preferences)
    if person.preferences == before:
        return person
    person.save(update_fields=["time_zone", "letter_keys"])
    event = events.PreferencesEdited(letter_keys=letter_keys, time_zone=time_zone)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[person])
    return person
