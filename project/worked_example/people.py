"""The cast of the worked example. Nobody here exists, and nobody has a password."""

from types import SimpleNamespace

from apps.accounts import commands as accounts
from apps.accounts.commands import Account
from apps.accounts.models import Invitation, Team, User
from apps.accounts.roles import Role
from apps.ledger.commands import SYSTEM

TEAM_NAME = "Marlow Payments"
SLUG = "pay"


NAMES = {
    "anna": ("Anna Moreau", Role.LEAD),
    "priya": ("Priya Raman", Role.LEAD),
    "jun": ("Jun Kim", Role.REVIEWER),
    "rei": ("Rei Sato", Role.REVIEWER),
    "layla": ("ليلى حداد", Role.REVIEWER),
    "tomasz": ("Tomasz Wiśniewski-Kowalczyk", Role.MEMBER),
    "olu": ("Olu Bankole", Role.AUDITOR),
}


class Cast(SimpleNamespace):
    """The `team`, and its people by the names above."""


def assemble() -> Cast:
    """Let Anna found the team and invite the others, as any team begins."""
    token = accounts.invite_first_person(by=SYSTEM)
    anna = accounts.create_first_team(
        _invitation(token), by=SYSTEM, account=_account("anna"), name=TEAM_NAME, slug=SLUG
    )
    team = Team.objects.get(slug=SLUG)
    for name, (_, role) in NAMES.items():
        if name != "anna":
            token = accounts.invite_person(team, by=anna, role=role)
            accounts.accept_invitation(_invitation(token), by=SYSTEM, account=_account(name))
    # Loaded again, so that each user object knows its role.
    return Cast(team=team, **{name: User.objects.get(username=name) for name in NAMES})


def _account(name: str) -> Account:
    return Account(username=name, full_name=NAMES[name][0], password=None, email=f"{name}@marlow.example")


def _invitation(token: str) -> Invitation:
    return Invitation.objects.with_token(token).get()
