"""A person's account and name."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from apps.accounts import events, permissions, rules
from apps.accounts.models import TakenName, Team, User
from apps.core.errors import NotAllowed, WrongState
from apps.core.permissions import require
from apps.core.shown import require_unchanged, texts
from apps.core.wording import folded
from apps.ledger import commands as ledger
from apps.live import publish as live


@dataclass(frozen=True)
class Account:
    """What somebody chooses for a new account."""

    username: str
    full_name: str
    password: str | None  # None: nobody signs in with one
    email: str = ""  # only one that is known to be theirs


@transaction.atomic
def rename_person(person: User, *, by: User, full_name: str, shown: str | None = None) -> User:
    """Change a name, unless it changed since; signatures keep the name they were printed with."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require(permissions.rename_person(by, person))
    require_unchanged(shown, texts(full_name=person.full_name), texts(full_name=full_name))
    before, person.full_name = person.full_name, full_name
    person.save(update_fields=["full_name"])
    rows = [person, *take_name(person, Team.objects.filter(memberships__user=person))]
    ledger.record(ledger.INSTANCE, events.PersonRenamed(before=before, after=full_name), by=by, rows=rows)
    live.announce(live.PEOPLE)
    return person


@transaction.atomic
def change_administrator(person: User, *, by: ledger.Actor, is_admin: bool) -> User:
    """Make somebody an administrator of this Keyturn, or no longer one; the last one stays."""
    everybody = User.objects.select_for_update(no_key=True)
    administrators = list(everybody.filter(is_admin=True, is_active=True).order_by("pk"))
    person = everybody.get(pk=person.pk)
    require(permissions.change_administrator(by, person, is_admin=is_admin, administrators=len(administrators)))
    if person.is_admin != is_admin:
        person.is_admin = is_admin
        person.save(update_fields=["is_admin"])
        event = events.AdministratorChanged(person=person.pk, is_admin=is_admin, name=person.full_name)
        ledger.record(ledger.INSTANCE, event, by=by, rows=[person])
    return person


def create_person(account: Account | None, hashed: str, *, is_admin: bool = False) -> User:
    """A new person, unless their user name is taken or reads like another one; `hashed` is stored as their password."""
    if account is None:
        raise NotAllowed("Sign in first, or choose a name and a password for a new account.")
    _require_own_username(account.username)
    person = User(username=account.username, full_name=account.full_name, email=account.email, is_admin=is_admin)
    person.password = hashed
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        raise WrongState(f"The user name “{account.username}” is taken. Choose another.") from None
    return person


def take_name(person: User, teams: Iterable[Team]) -> list[TakenName]:
    """Take the name of a person in teams for good, or refuse one that reads like another's there, who may have left.

    Both would be printed beside keys, and read as one person. Returns the rows, to be proved.
    """
    if why := rules.why_no_name(person.full_name):
        raise WrongState(why)
    keys = rules.name_keys(person.full_name)
    wanted = {(team.pk, key): team for team in teams for key in sorted(keys)}
    for taken in TakenName.objects.filter(team__in=set(wanted.values()), key__in=keys).select_related("team"):
        if taken.user_id != person.pk:
            raise WrongState(
                f"Somebody else in {taken.team} is or was called “{taken.name}”, and keys are told apart by name. "
                "Add what tells you apart, such as a second name."
            )
        del wanted[taken.team_id, taken.key]
    rows = [TakenName(team=team, user=person, name=person.full_name, key=key) for (_, key), team in wanted.items()]
    try:
        with transaction.atomic():
            return TakenName.objects.bulk_create(rows)
    except IntegrityError:
        raise WrongState("Somebody took a name that reads like this one a moment ago. Choose another.") from None


def _require_own_username(username: str) -> None:
    """Refuse a user name that reads like another one: records print it beside the name of whoever turned a key."""
    keys = rules.name_keys(username)
    others = User.objects.exclude(username_folded=folded(username)).values_list("username", flat=True)
    if rules.reads_as_system(username) or any(not keys.isdisjoint(rules.name_keys(other)) for other in others):
        raise WrongState(f"The user name “{username}” reads like another one. Choose another.")
