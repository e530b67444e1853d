"""What there is to hear of a change in how somebody gets in."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Delegation, User
from apps.core.clock import Clock
from apps.core.http import address
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.ledger.selectors import lines
from apps.notices.rules import NOT_YOU, SECURITY_WORDS, SUSPENDING, Kind, Word, shortened


def words_of_security(entry: Entry) -> Iterator[tuple[UUID | None, Word]]:
    """(team, word) of an entry: to whoever's account it is, of no team; and to the admins of each of their teams.

    Whoever did it hears of it too: it need not have been them.
    """
    if entry.kind not in SECURITY_WORDS:
        return
    person = User.objects.filter(pk=_whose(entry), is_active=True).first()
    if person is None:
        return
    [line] = lines([entry])
    about = f"person:{person.pk.hex}"
    heard: dict[str, Any] = {"about": about, "occasion": f"{entry.stream_id}:{entry.sequence}"}
    what = SECURITY_WORDS[entry.kind]
    yield None, Word(
        person=person.pk, kind=Kind.SECURITY, path=address("factors:factors"), subject=what, detail=NOT_YOU, **heard
    )  # fmt: skip
    until = person.signing_suspended_until
    if until is None or until <= timezone.now() or not _suspends(entry):
        return
    for team in person.teams:
        path = address("teams:member", team.slug, person.pk)
        for admin in sorted(team.admins() - {person.pk}):
            detail = f"until {Clock(_zone_of(admin)).beside(until)}: {what}"
            yield team.pk, Word(
                person=admin, kind=Kind.SUSPENDED, path=path, subject=f"{person.full_name} · {team.name}",
                actor_name=line.who, detail=shortened(detail), **heard,
            )  # fmt: skip


def _whose(entry: Entry) -> UUID:
    """Whose account an entry is about: of keys that are handed over, whoever hands them over."""
    data = json.loads(entry.body)["data"]
    if "delegation" in data:
        return Delegation.objects.values_list("delegator", flat=True).get(pk=data["delegation"])
    return UUID(data["person"])


def _suspends(entry: Entry) -> bool:
    """Whether signing was suspended because of it."""
    knew_it = entry.kind == "password.changed" and entry.actor != SYSTEM.id
    return entry.kind in SUSPENDING and not knew_it


def _zone_of(person: UUID) -> str:
    return User.objects.values_list("time_zone", flat=True).get(pk=person)
