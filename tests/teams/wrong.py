"""Grants and memberships that break a rule, each as something done to the rows, and what the database answers.

The team of the cast is past its beginning: the lead was named by its founder, who left it, and is its only admin.
"""

from collections.abc import Callable
from types import SimpleNamespace

from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Grant, Membership, Team, User
from apps.accounts.roles import BY_TWO, Role
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams
from tests.cast import AUDITING, again, give, join, take
from tests.teams.rows import asked, ended, grant, held, seconded, stored

Cast = SimpleNamespace
Act = Callable[[], object]
BEGINS, CHANGES, NEVER = "accounts_grant_begins", "accounts_grant_changes", "accounts_grant_never_deleted"
MEMBERSHIP, LEAVES = "accounts_membership_changes", "accounts_membership_ends"
TWO = "two admins grant this role"
ASKS = "an admin of the team asks for a role"
GRANTS = "an admin of the team grants its roles"
FIRST = "a role is asked for first"
AS_ASKED = "a role is granted as it was asked for"
ONCE = "a role is granted once and ended once"
MEMBERS = "only members are granted a role"
STAYS = "who had which role stays"
STANDS = "who stops being a member holds no role any more"


def member_of(cast: Cast, person: User) -> Membership:
    return Membership.objects.get(team=cast.team, user=person)


def alone(cast: Cast, person: User, role: Role, by: User | None = None, team: Team | None = None) -> Act:
    """One admin asks and grants at once."""
    by = by or cast.lead
    return lambda: stored(grant(team or cast.team, person, role, by=by, granted_by=by))


def making(role: Role) -> Callable[[Cast], Act]:
    return lambda cast: alone(cast, cast.member, role)


def to_oneself(cast: Cast) -> Act:
    take(cast.team, cast.lead, Role.DECIDER, by=cast.lead)
    return alone(cast, cast.lead, Role.DECIDER)


def to_a_second_account(cast: Cast) -> Act:
    """Of their own making: invited alone, which takes no second person."""
    return alone(cast, second_account(cast), Role.ADMIN)


def second_account(cast: Cast) -> User:
    return join(cast.team, by=cast.lead, username="lena2", full_name="Lena Two", role=Role.MEMBER)


def by_a_second_account_at_once(cast: Cast) -> Act:
    second = second_account(cast)
    return lambda: stored(grant(cast.team, second, Role.REVIEWER, by=cast.lead, granted_by=second))


def by_a_second_account(cast: Cast) -> Act:
    row, second = asked(cast), second_account(cast)
    return lambda: seconded(row, second)


def begun(cast: Cast) -> tuple[User, User]:
    """The other team past its beginning: its founder named the first of these the second admin; the other is there."""
    nils, ida = (
        join(cast.other_team, by=cast.stranger, username=name.lower(), full_name=f"{name} Berg", role=Role.MEMBER)
        for name in ("Nils", "Ida")
    )
    give(cast.other_team, nils, Role.ADMIN, by=cast.stranger)
    return nils, ida


def by_the_founder_after_the_beginning(cast: Cast) -> Act:
    _, ida = begun(cast)
    return alone(cast, ida, Role.ADMIN, cast.stranger, cast.other_team)


def by_the_founder_after_the_second_admin_left(cast: Cast) -> Act:
    nils, ida = begun(cast)
    teams.remove_member(Membership.objects.get(team=cast.other_team, user=nils), by=again(nils))
    return alone(cast, ida, Role.ADMIN, cast.stranger, cast.other_team)


def to_the_second_admin_again(cast: Cast) -> Act:
    nils, _ = begun(cast)
    take(cast.other_team, nils, Role.DECIDER, by=cast.stranger)
    return alone(cast, nils, Role.DECIDER, cast.stranger, cast.other_team)


def to_the_founder_by_the_second_admin(cast: Cast) -> Act:
    nils, _ = begun(cast)
    take(cast.other_team, cast.stranger, Role.DECIDER, by=cast.stranger)
    return alone(cast, again(cast.stranger), Role.DECIDER, nils, cast.other_team)


def by_the_founder_before_the_beginning_to_no_admin(cast: Cast) -> Act:
    """Whoever begins a team names one other admin, and gives nobody else alone what takes two."""
    nils = join(cast.other_team, by=cast.stranger, username="nils", full_name="Nils Berg", role=Role.MEMBER)
    return alone(cast, nils, Role.REVIEWER, cast.stranger, cast.other_team)


def by_the_founder_to_an_admin_whom_two_made(cast: Cast) -> Act:
    """Nobody was named by one alone, and a second admin is there: past the beginning all the same."""
    nils = join(cast.other_team, by=cast.stranger, username="nils", full_name="Nils Berg", role=Role.MEMBER)
    accounts.change_administrator(cast.reviewer, by=SYSTEM, is_admin=True)
    seconded(stored(grant(cast.other_team, nils, Role.ADMIN, by=cast.stranger)), cast.reviewer)
    return alone(cast, nils, Role.REVIEWER, cast.stranger, cast.other_team)


def empty_team(cast: Cast) -> Team:
    """A team without a grant, which no command leaves."""
    team = Team.objects.create(name="Own", slug="own")
    Membership.objects.create(team=team, user=cast.member, role=Role.MEMBER)
    return team


def to_whoever_is_first_but_no_admin(cast: Cast) -> Act:
    return alone(cast, cast.member, Role.REVIEWER, cast.member, empty_team(cast))


def to_another_where_nobody_is_admin(cast: Cast) -> Act:
    return alone(cast, cast.member, Role.ADMIN, cast.stranger, empty_team(cast))


def asking(cast: Cast, by: User, person: User | None = None) -> Act:
    return lambda: stored(grant(cast.team, person or cast.member, Role.MANAGER, by=by))


def asking_when_no_admin_any_more(cast: Cast) -> Act:
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    take(cast.team, cast.lead, Role.ADMIN, by=cast.reviewer)
    return asking(cast, cast.lead)


def asking_with_a_closed_account(cast: Cast) -> Act:
    User.objects.filter(pk=cast.lead.pk).update(is_active=False)
    return asking(cast, cast.lead)


def born_ended(cast: Cast) -> Act:
    by, now = cast.lead, timezone.now()
    end = {"ended_by": by, "ended_by_name": by.full_name, "ended_at": now}
    return lambda: stored(grant(cast.team, cast.member, Role.MANAGER, by=by, **end))


def granting(cast: Cast, by: User, *, others: bool = False) -> Act:
    """Somebody grants what the lead asked for, in a team with another admin or without one."""
    if others:
        give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    row = asked(cast)
    return lambda: seconded(row, by)


def granting_with_a_closed_account(cast: Cast) -> Act:
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    row = asked(cast)
    User.objects.filter(pk=cast.reviewer.pk).update(is_active=False)
    return lambda: seconded(row, cast.reviewer)


def granting_as_an_administrator_with_a_closed_account(cast: Cast) -> Act:
    row = asked(cast)
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    return lambda: seconded(row, cast.stranger)


def granting_when_no_admin_any_more(cast: Cast) -> Act:
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    give(cast.team, cast.other_reviewer, Role.ADMIN, by=cast.lead)
    row = asked(cast)
    take(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    return lambda: seconded(row, cast.reviewer)


def granting_an_ended_one(cast: Cast) -> Act:
    row = asked(cast)
    teams.end_role(row, by=again(cast.lead))
    return lambda: seconded(row, cast.stranger)


def granting_again(cast: Cast) -> Act:
    row = held(cast, cast.reviewer, Role.REVIEWER)
    return lambda: seconded(row, cast.stranger)


def granted_no_more(cast: Cast) -> Act:
    row = Grant.objects.filter(pk=held(cast, cast.reviewer, Role.REVIEWER).pk)
    return lambda: row.update(granted_by=None, granted_by_name="", granted_at=None)


def ended_again(cast: Cast) -> Act:
    row = asked(cast)
    teams.end_role(row, by=again(cast.lead))
    return lambda: ended(row, cast.stranger)


def ended_no_more(cast: Cast) -> Act:
    row = held(cast, cast.reviewer, Role.REVIEWER)
    take(cast.team, cast.reviewer, Role.REVIEWER, by=cast.lead)
    return lambda: Grant.objects.filter(pk=row.pk).update(ended_by=None, ended_by_name="", ended_at=None)


def changing(cast: Cast, **values: object) -> Act:
    row = asked(cast)
    return lambda: Grant.objects.filter(pk=row.pk).update(**values)


def deleting(cast: Cast) -> Act:
    row = held(cast, cast.reviewer, Role.REVIEWER)
    return lambda: Grant.objects.filter(pk=row.pk)._raw_delete("default")


def leaving_with_a_role(cast: Cast) -> Act:
    return lambda: Membership.objects.filter(pk=member_of(cast, cast.reviewer).pk)._raw_delete("default")


def leaving_with_what_waits(cast: Cast) -> Act:
    asked(cast)
    return lambda: Membership.objects.filter(pk=member_of(cast, cast.member).pk)._raw_delete("default")


def reading_only_with_a_role(cast: Cast, person: User) -> Act:
    return lambda: Membership.objects.filter(pk=member_of(cast, person).pk).update(**AUDITING)


def reading_only_with_what_waits(cast: Cast) -> Act:
    asked(cast)
    return reading_only_with_a_role(cast, cast.member)


# What is done, the guard that refuses it, and its words.
WRONG: dict[str, tuple[Callable[[Cast], Act], str, str]] = {
    **{f"one admin makes somebody {role}": (making(role), BEGINS, TWO) for role in BY_TWO},
    "to oneself": (to_oneself, BEGINS, TWO),
    "to a second account": (to_a_second_account, BEGINS, TWO),
    "by a second account at once": (by_a_second_account_at_once, BEGINS, FIRST),
    "by a second account": (by_a_second_account, CHANGES, GRANTS),
    "by the founder after the beginning": (by_the_founder_after_the_beginning, BEGINS, TWO),
    "by the founder after the second admin left": (by_the_founder_after_the_second_admin_left, BEGINS, TWO),
    "to the second admin again": (to_the_second_admin_again, BEGINS, TWO),
    "to the founder by the second admin": (to_the_founder_by_the_second_admin, BEGINS, TWO),
    "by the founder to an admin whom two made": (by_the_founder_to_an_admin_whom_two_made, BEGINS, TWO),
    "by the founder to no admin": (by_the_founder_before_the_beginning_to_no_admin, BEGINS, TWO),
    "to whoever is first but no admin": (to_whoever_is_first_but_no_admin, BEGINS, TWO),
    "to another where nobody is admin": (to_another_where_nobody_is_admin, BEGINS, ASKS),
    "for an auditor": (lambda c: asking(c, c.lead, c.auditor), BEGINS, MEMBERS),
    "for a stranger": (lambda c: asking(c, c.lead, c.stranger), BEGINS, MEMBERS),
    "asked by a stranger, who administers the instance": (lambda c: asking(c, c.stranger), BEGINS, ASKS),
    "asked by a member": (lambda c: asking(c, c.member), BEGINS, ASKS),
    "asked by a reviewer": (lambda c: asking(c, c.reviewer), BEGINS, ASKS),
    "asked when no admin any more": (asking_when_no_admin_any_more, BEGINS, ASKS),
    "asked with a closed account": (asking_with_a_closed_account, BEGINS, ASKS),
    "born ended": (born_ended, BEGINS, ONCE),
    "granted by who asked": (lambda c: granting(c, c.lead), CHANGES, TWO),
    "granted by who asked, beside another admin": (lambda c: granting(c, c.lead, others=True), CHANGES, TWO),
    "granted by a member": (lambda c: granting(c, c.member), CHANGES, GRANTS),
    "granted by a reviewer": (lambda c: granting(c, c.reviewer), CHANGES, GRANTS),
    "granted by an auditor": (lambda c: granting(c, c.auditor), CHANGES, GRANTS),
    "granted by an administrator of the instance although there is another admin":
        (lambda c: granting(c, c.stranger, others=True), CHANGES, GRANTS),
    "granted with a closed account": (granting_with_a_closed_account, CHANGES, GRANTS),
    "granted by an administrator with a closed account":
        (granting_as_an_administrator_with_a_closed_account, CHANGES, GRANTS),
    "granted when no admin any more": (granting_when_no_admin_any_more, CHANGES, GRANTS),
    "granted after it ended": (granting_an_ended_one, CHANGES, ONCE),
    "granted twice": (granting_again, CHANGES, ONCE),
    "granted no more": (granted_no_more, CHANGES, ONCE),
    "ended twice": (ended_again, CHANGES, ONCE),
    "ended no more": (ended_no_more, CHANGES, ONCE),
    "for another person": (lambda c: changing(c, person=c.auditor), CHANGES, AS_ASKED),
    "for another role": (lambda c: changing(c, role=Role.DECIDER), CHANGES, AS_ASKED),
    "in another team": (lambda c: changing(c, team=c.other_team), CHANGES, AS_ASKED),
    "asked by another": (lambda c: changing(c, asked_by=c.stranger), CHANGES, AS_ASKED),
    "asked by another name": (lambda c: changing(c, asked_by_name="Nobody"), CHANGES, AS_ASKED),
    "asked at another time": (lambda c: changing(c, asked_at=timezone.now()), CHANGES, AS_ASKED),
    "made sure of otherwise": (lambda c: changing(c, identity="by mail"), CHANGES, AS_ASKED),
    "deleted": (deleting, NEVER, STAYS),
    "leaving with a role": (leaving_with_a_role, LEAVES, STANDS),
    "leaving with what waits": (leaving_with_what_waits, LEAVES, STANDS),
    "reading only with a role": (lambda c: reading_only_with_a_role(c, c.reviewer), MEMBERSHIP, STANDS),
    "reading only with what waits": (reading_only_with_what_waits, MEMBERSHIP, STANDS),
}  # fmt: skip
