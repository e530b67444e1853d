"""The cast of the worked example. Nobody here exists, and nobody has a password."""

from types import SimpleNamespace

from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.commands import Account
from apps.accounts.models import Invitation, Membership, Team, User
from apps.accounts.roles import LONGEST_READING, Role
from apps.factors.commands import Evidence
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams

TEAM_NAME = "Marlow Payments"
SLUG = "pay"


# What each is called, and is beside a member: Priya, the second admin, everything; Olu only reads.
NAMES: dict[str, tuple[str, tuple[Role, ...]]] = {
    "anna": ("Anna Moreau", ()),
    "priya": ("Priya Raman", (Role.ADMIN,)),
    "jun": ("Jun Kim", (Role.REVIEWER,)),
    "rei": ("Rei Sato", (Role.REVIEWER, Role.AUTHOR)),
    "layla": ("ليلى حداد", (Role.REVIEWER, Role.MANAGER)),
    "tomasz": ("Tomasz Wiśniewski-Kowalczyk", ()),
    "olu": ("Olu Bankole", ()),
}
ONLY_READS = {"olu"}
SEEN = {"jun": "in person", "rei": "by video", "layla": "in person", "priya": "in person"}


class Cast(SimpleNamespace):
    """The `team`, and its people by the names above."""


def assemble() -> Cast:
    """Let Anna found the team and invite the others, as any team begins."""
    token = accounts.invite_first_person(by=SYSTEM)
    anna = accounts.create_first_team(
        _invitation(token), by=SYSTEM, account=_account("anna"), name=TEAM_NAME, slug=SLUG
    )
    team = Team.objects.get(slug=SLUG)
    for name in [name for name in NAMES if name != "anna"]:
        base = Role.AUDITOR if name in ONLY_READS else Role.MEMBER
        until = timezone.now().date() + LONGEST_READING if name in ONLY_READS else None
        token = teams.invite_person(team, by=_again(anna), role=base, reads_until=until)
        accounts.accept_invitation(_invitation(token), by=SYSTEM, account=_account(name))
    for name, (_, roles) in NAMES.items():
        for role in roles:
            _grant(team, name, role)
    # Loaded again, so that each user object knows its role.
    return Cast(team=team, **{name: User.objects.get(username=name) for name in NAMES})


def _account(name: str) -> Account:
    return Account(username=name, full_name=NAMES[name][0], password=None, email=f"{name}@marlow.example")


def _invitation(token: str) -> Invitation:
    return Invitation.objects.with_token(token).get()


def _grant(team: Team, name: str, role: Role) -> None:
    """Anna asks for a role, and Priya grants it where it takes two."""
    member = Membership.objects.get(team=team, user__username=name)
    anna, priya = (User.objects.get(username=each) for each in ("anna", "priya"))
    for grant in teams.ask_role(member, by=anna, evidence=Evidence(), role=role, identity=SEEN[name]):
        if not grant.granted_at:
            teams.grant_role(grant, by=priya, evidence=Evidence())


def _again(person: User) -> User:
    """The same person as a next request would load them."""
    return User.objects.get(pk=person.pk)
