"""A new password by a link that is mailed. It never signs in, never signs, and never takes a factor away."""

from django.contrib.auth import hashers
from django.db import transaction
from django.utils import timezone

from apps.accounts.commands.parts import end_sessions, suspend_signing
from apps.accounts.models import User
from apps.accounts.rules import Suspension
from apps.core.permissions import require
from apps.ledger import commands as ledger
from apps.letters import events, permissions
from apps.letters.models import Letter
from apps.letters.rules import Kind

from .parts import count_asking, write


@transaction.atomic
def ask_reset(email: str, *, by: ledger.Actor, address: str) -> Letter:
    """Have a link mailed to whoever has that mail address; the same is done, and said, where nobody has it.

    Who that is is found by the worker that sends it. address: where whoever asks is, which waits like the mail address
    after several.
    """
    now = timezone.now()
    require(permissions.ask_reset(None, now))
    count_asking(email, address, now)
    return write(Kind.RESET, email)


def reset_password(token: str, password: str, *, by: ledger.Actor) -> User:
    """Set the password of whoever holds a link that was mailed. Their sessions end, and they sign nothing for a day.

    One-time codes and passkeys are asked for at signing in as before.
    """
    require(permissions.reset_password(Letter.objects.with_token(Kind.RESET, token), timezone.now()))
    return _reset(token, hashers.make_password(password))


@transaction.atomic
def _reset(token: str, hashed: str) -> User:
    found = Letter.objects.with_token(Kind.RESET, token)
    if found:  # as they are once nobody else holds them: a link that was used meanwhile fits no more
        User.objects.select_for_update(no_key=True).get(pk=found[1].pk)
        found = Letter.objects.with_token(Kind.RESET, token)
    require(permissions.reset_password(found, timezone.now()))
    assert found is not None
    person = found[1]
    person.password = hashed
    person.save(update_fields=["password"])
    suspend_signing(person, Suspension.PASSWORD_SET)
    end_sessions(person)
    event = events.PasswordReset(person=person.pk, name=person.full_name)
    ledger.record(ledger.INSTANCE, event, by=person, rows=[person])
    return person
