"""Ways to tamper with who may turn keys, and under which name: memberships, roles, accounts."""

from apps.accounts.models import Membership, Team, User
from apps.accounts.roles import Role
from apps.ledger.chain import INSTANCE
from apps.ledger.models import Entry
from tests.ledger import forging
from tests.ledger.ways import GONE, UNTOLD, place, update, way

JOINED = "invitation.accepted"


def told_of(person: User, kind: str = JOINED) -> str:
    """The place of the entry in which she joined."""
    return place(Entry.objects.get(stream=INSTANCE, kind=kind, actor=person.pk))


@way(": the role in the tables")
def a_role_raised(cast):
    update(Membership.objects.filter(user=cast.auditor), role=Role.LEAD)
    return told_of(cast.auditor)


@way(UNTOLD)
def a_membership_by_fiat(cast):
    Membership.objects.create(team=cast.team, user=cast.stranger, role=Role.REVIEWER)
    return f"{INSTANCE}: the membership of {cast.stranger.full_name} in {cast.team.name} "


@way(GONE)
def a_membership_deleted(cast):
    Membership.objects.get(user=cast.reviewer).delete()
    return told_of(cast.reviewer)


@way(": the name in the tables")
def a_person_called_like_another(cast):
    update(User.objects.filter(pk=cast.member.pk), full_name=cast.reviewer.full_name)
    return told_of(cast.member)


@way(": the name in the tables")
def the_first_person_renamed(cast):
    update(User.objects.filter(pk=cast.stranger.pk), full_name="Nobody")
    return told_of(cast.stranger, "first_team.created")


@way(UNTOLD)
def an_account_by_fiat(cast):
    User.objects.create(username="ghost", full_name="Ghost Writer")
    return f"{INSTANCE}: the account of Ghost Writer"


@way(": the right to administer in the tables")
def an_administrator_by_fiat(cast):
    update(User.objects.filter(pk=cast.lead.pk), is_admin=True)
    return told_of(cast.lead)


@way(": the slug in the tables")
def a_team_at_another_address(cast):
    update(Team.objects.filter(pk=cast.team.pk), slug="other")
    return told_of(cast.stranger, "team.created")


@way("do not follow from each other")
def a_team_taken_out_of_the_instance_chain(cast):
    forging.rewrite(INSTANCE, lambda bodies: [body for body in bodies if body["type"] != "team.created"])
    return f"{INSTANCE}: "
