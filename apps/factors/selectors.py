"""What somebody proves themselves by, and the series of signings they are in."""

from datetime import datetime

from apps.accounts.models import User

from .models import Factor, Series
from .rules import Known


def known(person: User) -> Known:
    """What they have: one query, beside their own row."""
    types = [*Factor.objects.filter(user=person).values_list("type", flat=True)]
    return Known(
        password=person.has_usable_password(),
        codes=Factor.Type.TOTP in types,
        passkeys=types.count(Factor.Type.WEBAUTHN),
    )


def passkeys(person: User) -> list[Factor]:
    """Their passkeys, oldest first."""
    return [*Factor.objects.filter(user=person, type=Factor.Type.WEBAUTHN).order_by("pk")]


def codes(person: User) -> Factor | None:
    """What their one-time codes are made from."""
    return Factor.objects.filter(user=person, type=Factor.Type.TOTP).first()


def open_series(person: User, session: str, now: datetime) -> Series | None:
    """The series that goes on in this session, if one does."""
    return Series.objects.filter(person=person, session=session, ends_at__gt=now).order_by("ends_at").last()
