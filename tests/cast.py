"""The people every test shares, and the deployment they work on. All of it is made by real commands.

`people()` is the cast without a deployment; `stage()` adds a published checklist and a deployment in review.
"""

from types import SimpleNamespace

from django.test import override_settings

from apps.accounts import commands as accounts
from apps.accounts.commands import Account
from apps.accounts.models import Invitation, Membership, Team, User
from apps.accounts.roles import Role
from apps.ledger.commands import SYSTEM

PASSWORD = "correct horse battery staple"
CHEAP = ["django.contrib.auth.hashers.MD5PasswordHasher", "django.contrib.auth.hashers.Argon2PasswordHasher"]


def people() -> SimpleNamespace:
    """Two teams: Payments with a lead, two reviewers, a member and an auditor; Stores with a stranger.

    The stranger is the instance's administrator, so whatever she does not see, no stranger sees.
    """
    with override_settings(PASSWORD_HASHERS=CHEAP):
        stranger = _found_instance("sol", "Sol Varga", "Stores", "stores")
        team = accounts.create_team(by=stranger, name="Payments", slug="pay")
        lead = join(team, by=stranger, username="lena", full_name="Lena Brandt", role=Role.LEAD)
        accounts.remove_member(Membership.objects.get(team=team, user=stranger), by=lead)
        cast = SimpleNamespace(
            team=team,
            lead=lead,
            reviewer=join(team, by=lead, username="ruth", full_name="Ruth Okafor", role=Role.REVIEWER),
            other_reviewer=join(team, by=lead, username="omar", full_name="عمر الحداد", role=Role.REVIEWER),
            member=join(team, by=lead, username="mika", full_name="佐藤 Mika", role=Role.MEMBER),
            auditor=join(team, by=lead, username="aude", full_name="Aude Laurent", role=Role.AUDITOR),
            stranger=again(stranger),
            other_team=Team.objects.get(slug="stores"),
        )
    return cast


def join(team: Team, *, by: User, username: str, full_name: str, role: Role) -> User:
    """Somebody new who accepted an invitation into `team`."""
    token = accounts.invite_person(team, by=again(by), role=role)
    account = Account(username=username, full_name=full_name, password=PASSWORD, email=f"{username}@example.com")
    invitation = Invitation.objects.with_token(token).get()
    return accounts.accept_invitation(invitation, by=SYSTEM, account=account).user


def again(person: User) -> User:
    """The same person as a next request would load her: nothing remembered about her roles."""
    return User.objects.get(pk=person.pk)


def _found_instance(username: str, full_name: str, team_name: str, slug: str) -> User:
    token = accounts.invite_first_person(by=SYSTEM)
    invitation = Invitation.objects.with_token(token).get()
    account = Account(username=username, full_name=full_name, password=PASSWORD)
    return accounts.create_first_team(invitation, by=SYSTEM, account=account, name=team_name, slug=slug)
