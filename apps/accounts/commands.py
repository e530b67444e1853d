"""Everything that changes people, teams and sign-ins. Each records itself in the instance's ledger."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import authenticate, hashers
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.errors import NotAllowed, WrongState
from apps.core.permissions import require
from apps.core.shown import require_same, require_unchanged, texts
from apps.core.wording import folded, plural
from apps.ledger import commands as ledger
from apps.live import publish as live

from . import events, permissions, rules
from .models import Invitation, Membership, SignInTries, TakenName, Team, User, token_digest
from .roles import Role

VALID_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Account:
    """What somebody chooses for a new account."""

    username: str
    full_name: str
    password: str | None  # None: nobody signs in with one
    email: str = ""


def sign_in(username: str, password: str, *, address: str, by: ledger.Actor, browser: str = "") -> User:
    """Return whose name and password these are, or refuse and say how long to wait.

    browser: what names a browser in which this name signed in before. It waits for its own wrong passwords only, also
    where somebody guesses the same name behind the same address.
    The try is counted before the password is looked at, so that many at once wait like many in a row.
    """
    where = browser or address
    tries, wait = _count_try(where, username, is_known=bool(browser))
    person = authenticate(username=username, password=password)
    rehashed = _rehashed(person, password) if isinstance(person, User) else ""
    with transaction.atomic():
        if isinstance(person, User):
            _forget_tries(where, username)
            person = _locked(person, rehashed)
            ledger.record(ledger.INSTANCE, events.SignedIn(), by=person, rows=[person])
            return person
        known = User.objects.called(username.strip()).values_list("username", flat=True).first()
        event = events.SignInFailed(tries=tries, username=known or "", address=address)
        ledger.record(ledger.INSTANCE, event, by=by)
    raise NotAllowed("Name or password is wrong." + (f" Next try in {plural(wait, 'second')}." if wait > 1 else ""))


def _rehashed(person: User, password: str) -> str:
    """The password hashed as settings ask for today; empty where it is stored so already."""
    today = hashers.get_hasher()
    is_of_today = hashers.identify_hasher(person.password).algorithm == today.algorithm
    return "" if is_of_today and not today.must_update(person.password) else hashers.make_password(password)


def _locked(found: User, rehashed: str) -> User:
    """The person as they are now, locked; a password that was `rehashed` is stored."""
    person = User.objects.select_for_update(no_key=True).get(pk=found.pk)
    if person.password != found.password:
        raise NotAllowed("Your password was changed a moment ago. Sign in with the new one.")
    if rehashed:
        person.password = rehashed
        person.save(update_fields=["password"])
    return person


@transaction.atomic
def sign_out(*, by: User) -> None:
    """Note that somebody signed out; the view ends the session."""
    require(permissions.sign_out(by))
    ledger.record(ledger.INSTANCE, events.SignedOut(), by=by)


@transaction.atomic
def become(person: User, *, by: ledger.Actor) -> User:
    """Let anyone be `person`, in a demo."""
    require(permissions.become(person))
    ledger.record(ledger.INSTANCE, events.Became(person=person.pk, name=person.full_name), by=by)
    return person


@transaction.atomic
def invite_first_person(*, by: ledger.Actor) -> str:
    """Return the token of a fresh link for the first person; earlier ones stop working."""
    if User.objects.exists():
        raise WrongState("Keyturn has people already. Ask a lead of your team for an invitation.")
    now = timezone.now()
    revoked = list(Invitation.objects.filter(team=None).open(now))
    for invitation in revoked:
        invitation.revoked_at = now
    Invitation.objects.bulk_update(revoked, ["revoked_at"])
    token, invitation = _invite(role=Role.LEAD)
    event = events.FirstPersonInvited(invitation=invitation.pk)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[invitation, *revoked])
    return token


def create_first_team(invitation: Invitation, *, by: ledger.Actor, account: Account, name: str, slug: str) -> User:
    """Make the first person, admin and lead of the first team."""
    require(permissions.create_first_team(invitation, timezone.now()))
    return _create_first_team(invitation, account, hashers.make_password(account.password), name, slug)


@transaction.atomic
def _create_first_team(invitation: Invitation, account: Account, hashed: str, name: str, slug: str) -> User:
    invitation = Invitation.objects.lock(invitation.pk)
    require(permissions.create_first_team(invitation, timezone.now()))
    person = _create_person(account, hashed, is_admin=True)
    team, membership = _create_team(name, slug, lead=person)
    _use(invitation, person)
    event = events.FirstTeamCreated(team=team.pk, slug=team.slug, team_name=name, person_name=person.full_name)
    rows = [person, team, membership, invitation, *_take_name(person, [team])]
    ledger.record(ledger.INSTANCE, event, by=person, rows=rows)
    return person


@transaction.atomic
def create_team(*, by: User, name: str, slug: str) -> Team:
    """Make another team, led by the admin who makes it."""
    require(permissions.create_team(by))
    team, membership = _create_team(name, slug, lead=by)
    event = events.TeamCreated(team=team.pk, slug=team.slug, name=name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[team, membership, *_take_name(by, [team])])
    return team


@transaction.atomic
def invite_person(team: Team, *, by: User, role: str, note: str = "", intent: str = "") -> str:
    """Return the token of a one-time link into the team, valid for seven days and kept only as a digest.

    `intent` becomes the token: a second click sends the same one, and gets the link that the first made.
    """
    team = Team.objects.lock(team.pk)
    require(permissions.invite_person(by, team))
    offer: dict[str, Any] = {"team": team, "role": role, "note": note, "invited_by": by}
    known = Invitation.objects.filter(token_digest=token_digest(intent)) if intent else Invitation.objects.none()
    if known.filter(**offer).open(timezone.now()).exists():
        return intent
    token, invitation = _invite("" if known.exists() else intent, **offer, invited_by_name=by.full_name)
    event = events.PersonInvited(team=team.pk, invitation=invitation.pk, role=role, note=note)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[invitation])
    return token


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Withdraw a link before anybody uses it."""
    invitation = Invitation.objects.lock(invitation.pk)
    require(permissions.revoke_invitation(by, invitation))
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    event = events.InvitationRevoked(team=invitation.destination.pk, invitation=invitation.pk, note=invitation.note)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[invitation])


def accept_invitation(invitation: Invitation, *, by: ledger.Actor, account: Account | None = None) -> Membership:
    """Join the team of an invitation, as the person signed in or with the new `account`."""
    require(permissions.accept_invitation(by, invitation, timezone.now()))
    return _accept_invitation(invitation, by, account, hashers.make_password(account.password) if account else "")


@transaction.atomic
def _accept_invitation(invitation: Invitation, by: ledger.Actor, account: Account | None, hashed: str) -> Membership:
    invitation = Invitation.objects.lock(invitation.pk)
    require(permissions.accept_invitation(by, invitation, timezone.now()))
    people = User.objects.select_for_update(no_key=True)
    person = people.get(pk=by.pk) if isinstance(by, User) else _create_person(account, hashed)
    membership = Membership.objects.create(team=invitation.destination, user=person, role=invitation.role)
    names = _take_name(person, [invitation.destination])
    _use(invitation, person)
    event = events.InvitationAccepted(
        team=invitation.destination.pk,
        invitation=invitation.pk,
        role=invitation.role,
        is_new=account is not None and not isinstance(by, User),
        name=person.full_name,
    )
    ledger.record(ledger.INSTANCE, event, by=person, rows=[person, membership, invitation, *names])
    live.announce(live.PEOPLE)
    return membership


@transaction.atomic
def change_role(membership: Membership, *, by: User, role: str, shown: str | None = None) -> Membership:
    """Give a member another role, unless they have another than was `shown`; the team keeps at least one lead."""
    Team.objects.lock(membership.team_id)  # two leads demoting each other take turns
    membership = Membership.objects.select_related("user", "team").get(pk=membership.pk)
    require(permissions.change_role(by, membership, role, leads=membership.team.leads()))
    require_unchanged(shown, texts(role=membership.role), texts(role=role))
    if membership.role == role:
        return membership
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    event = events.RoleChanged(
        team=membership.team_id, person=membership.user_id, before=before, after=role, name=membership.user.full_name
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=[membership])
    live.announce(live.PEOPLE)
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: User, shown: str | None = None) -> None:
    """Take a member out of the team, unless their role is another than was `shown`. What they signed stays."""
    Team.objects.lock(membership.team_id)
    membership = Membership.objects.select_related("user", "team").get(pk=membership.pk)
    require(permissions.remove_member(by, membership, leads=membership.team.leads()))
    require_same(shown, texts(role=membership.role), "remove them")
    event = events.MemberRemoved(
        team=membership.team_id, person=membership.user_id, role=membership.role, name=membership.user.full_name
    )
    ledger.record(ledger.INSTANCE, event, by=by, removed=[membership])
    membership.delete()
    live.announce(live.PEOPLE)


def change_password(person: User, *, by: ledger.Actor, password: str, old: str | None = None) -> User:
    """Set a new password; every other session of this person ends.

    old: what somebody at a page types as the password so far; as in a sign-in, the try is counted before it is read.
    """
    if old is not None:
        _confirm_password(person, old, by=by)
    return _set_password(person, by=by, hashed=hashers.make_password(password))


def _confirm_password(person: User, old: str, *, by: ledger.Actor) -> None:
    tries, wait = _count_confirmation(person)
    is_right = User.objects.get(pk=person.pk).check_password(old)
    with transaction.atomic():
        if is_right:
            SignInTries.objects.filter(key=rules.password_key(person.pk)).delete()
            return
        ledger.record(ledger.INSTANCE, events.PasswordRefused(person=person.pk, tries=tries), by=by)
    raise NotAllowed("This is not your password now." + (f" Next try in {plural(wait, 'second')}." if wait > 1 else ""))


@transaction.atomic
def _count_confirmation(person: User) -> tuple[int, int]:
    """Count one try of the password so far, or refuse while it waits; returns the tries and the seconds to wait."""
    now, key = timezone.now(), rules.password_key(person.pk)
    row = _tries([key], now)[key]
    require(permissions.sign_in(row.waits_until, now))
    _count(row, now, rules.FREE_TRIES, rules.LONGEST_WAIT)
    row.save()
    return row.tries, int((row.waits_until - now).total_seconds())


@transaction.atomic
def _set_password(person: User, *, by: ledger.Actor, hashed: str) -> User:
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require(permissions.change_password(by, person))
    person.password = hashed
    person.save(update_fields=["password"])
    event = events.PasswordChanged(person=person.pk, name=person.full_name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[person])
    live.announce(live.PEOPLE)
    return person


@transaction.atomic
def rename_person(person: User, *, by: User, full_name: str, email: str, shown: str | None = None) -> User:
    """Change a name and a mail address, unless they changed since; signatures keep the name they were printed with."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require(permissions.rename_person(by, person))
    now = texts(full_name=person.full_name, email=person.email)
    require_unchanged(shown, now, texts(full_name=full_name, email=email))
    before, person.full_name, person.email = person.full_name, full_name, email
    person.save(update_fields=["full_name", "email"])
    rows = [person, *_take_name(person, Team.objects.filter(memberships__user=person))]
    ledger.record(ledger.INSTANCE, events.PersonRenamed(before=before, after=full_name), by=by, rows=rows)
    live.announce(live.PEOPLE)
    return person


@transaction.atomic
def _count_try(address: str, username: str, *, is_known: bool) -> tuple[int, int]:
    """Count one try under all its keys, or refuse while one of them waits.

    Returns how many tries of the name from there it makes, and the seconds until the next one. Where the name signed
    in before, it waits for its own tries only: those from elsewhere, or of other names from the same office, could
    lock its owner out for ever.
    """
    now, limits = timezone.now(), rules.limits(address, username)
    rows = _tries(limits, now)
    mine = rows[rules.tries_key(address, username)]
    counted = [mine] if is_known or mine.was_right else list(rows.values())
    require(permissions.sign_in(max(row.waits_until for row in counted), now))
    for row in counted:
        _count(row, now, *limits[row.key])
    SignInTries.objects.bulk_update(counted, ["tries", "last_at", "waits_until"])
    return mine.tries, int((max(row.waits_until for row in counted) - now).total_seconds())


def _tries(keys: Collection[str], now: datetime) -> dict[str, SignInTries]:
    """The counters of these keys, locked, by key; new ones begin now."""
    fresh = [SignInTries(key=key, last_at=now, waits_until=now) for key in sorted(keys)]
    SignInTries.objects.bulk_create(fresh, ignore_conflicts=True)
    return {row.key: row for row in SignInTries.objects.lock(keys)}


def _count(row: SignInTries, now: datetime, free: int, longest: int) -> None:
    if now - row.last_at > timedelta(seconds=rules.FORGOTTEN_AFTER):
        row.tries = 0
    row.tries += 1
    row.last_at = now
    row.waits_until = now + timedelta(seconds=rules.wait_after(row.tries, free=free, longest=longest))


def _forget_tries(address: str, username: str) -> None:
    """Begin to count anew after a right password. Of the address only this try is taken back: it counts wrong ones."""
    all_of_it, here = rules.tries_key(address), rules.tries_key(address, username)
    rows = {row.key: row for row in SignInTries.objects.lock([here, rules.tries_key("", username), all_of_it])}
    if rows[here].was_right:
        del rows[all_of_it]  # which did not count it, and may go on waiting for somebody else's
    for row in rows.values():
        row.tries, row.waits_until = max(0, row.tries - 1) if row.key == all_of_it else 0, row.last_at
        row.was_right = row.key != all_of_it
    SignInTries.objects.bulk_update(rows.values(), ["tries", "waits_until", "was_right"])


def _take_name(person: User, teams: Iterable[Team]) -> list[TakenName]:
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


def _create_person(account: Account | None, hashed: str, *, is_admin: bool = False) -> User:
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


def _create_team(name: str, slug: str, *, lead: User) -> tuple[Team, Membership]:
    try:
        with transaction.atomic():
            team = Team.objects.create(name=name, slug=slug)
    except IntegrityError:
        raise WrongState(f"Another team uses the code “{slug.upper()}”. Choose another.") from None
    return team, Membership.objects.create(team=team, user=lead, role=Role.LEAD)


def _invite(token: str = "", **offer: Any) -> tuple[str, Invitation]:
    """An invitation and the token of its link, which is stored nowhere."""
    token = token or secrets.token_urlsafe(32)
    until = timezone.now() + VALID_FOR
    return token, Invitation.objects.create(token_digest=token_digest(token), expires_at=until, **offer)


def _use(invitation: Invitation, person: User) -> None:
    invitation.accepted_at, invitation.accepted_by = timezone.now(), person
    invitation.accepted_by_name = person.full_name
    invitation.save(update_fields=["accepted_at", "accepted_by", "accepted_by_name"])
