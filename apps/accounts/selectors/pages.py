"""What the pages about people show, and the frame of every page."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import permissions
from apps.accounts.models import Grant, Invitation, Team, User
from apps.accounts.roles import DESCRIPTIONS, Role, in_words
from apps.core.http import address
from apps.core.statements import Folded
from apps.ledger.commands import Actor

SECTIONS = (
    ("My work", "deployments:my_work"),
    ("Deployments", "deployments:list"),
    ("Templates", "templates:list"),
    ("People", "teams:people"),
)
OF_THE_TEAM = ("secrets", "programs", "notices")  # whose pages the page of people leads to


@dataclass(frozen=True)
class MenuLink:
    """An entry of a menu."""

    label: str
    url: str
    current: bool = False


class Navigation:
    """The frame of a page: where one can go. Asks the database at most once, and only if it is rendered."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.demo = bool(settings.KEYTURN_DEMO)
        self.home, self.account = address("home"), address("accounts:account")
        self.inbox = address("notices:inbox")

    @cached_property
    def teams(self) -> list[Team]:
        """The teams of whoever looks, by name."""
        user = getattr(self.request, "user", None)
        return user.teams if isinstance(user, User) else []

    @cached_property
    def team(self) -> Team | None:
        """The team of this page, otherwise the first."""
        match = self.request.resolver_match
        slug = match.kwargs.get("team") if match else None
        return next((team for team in self.teams if team.slug == slug), self.teams[0] if self.teams else None)

    @cached_property
    def links(self) -> list[MenuLink]:
        """The main menu of the team."""
        if self.team is None:
            return []
        match = self.request.resolver_match
        is_of_the_team = match is not None and match.namespace in OF_THE_TEAM and "team" in match.kwargs
        here = address("teams:people", self.team.slug) if is_of_the_team else self.request.path
        urls = [(label, address(name, self.team.slug)) for label, name in SECTIONS]
        nearest = max((url for _, url in urls if here.startswith(url)), key=len, default="")
        return [MenuLink(label, url, current=url == nearest) for label, url in urls]

    @cached_property
    def other_teams(self) -> list[MenuLink]:
        """The other teams' deployments."""
        others = [team for team in self.teams if team != self.team]
        return [MenuLink(team.name, address("deployments:list", team.slug)) for team in others]


def navigation(request: HttpRequest) -> dict[str, Navigation]:
    """The context processor of base.html: `nav`."""
    return {"nav": Navigation(request)}


def sign_in_page() -> dict[str, Any]:
    """The cast of a demo, with what each is in their first team as `.part`; otherwise nobody is named."""
    found = (
        User.objects.filter(is_active=True)
        .order_by("joined_at", Folded("full_name"))
        .prefetch_related("memberships", Prefetch("grants", Grant.objects.held()))
    )
    people = list(found) if settings.KEYTURN_DEMO else []
    for person in people:
        first = next(iter(person.memberships.all()), None)
        granted = [grant.role for grant in person.grants.all() if first and grant.team_id == first.team_id]
        person.part = in_words([first.role, *granted]) if first else "in no team"  # type: ignore[attr-defined]
    return {"cast": people, "sso": sso_name()}


def sso_name() -> str:
    """What the sign-in service is called that people are sent to; empty where none is configured."""
    return settings.KEYTURN_OIDC_NAME if settings.KEYTURN_OIDC_ISSUER else ""


def start_page(invitation: Invitation) -> dict[str, Any]:
    """Whether the first person's link still works."""
    return {"may_start": permissions.create_first_team(invitation, timezone.now())}


def invitation_page(invitation: Invitation, holder: Actor) -> dict[str, Any]:
    """What an invitation is for, and whether it still works for whoever holds it."""
    return {
        "invitation": invitation,
        "does": DESCRIPTIONS[invitation.role],
        "may_accept": permissions.accept_invitation(holder, invitation, timezone.now()),
        "sso": sso_name(),
    }


def account_page(person: User) -> dict[str, Any]:
    """A person's own teams and what they may do in each."""
    mine = person.memberships.select_related("team").order_by(Folded("team__name"), "pk")
    roles = person.roles_by_team
    return {
        "memberships": [
            (membership, in_words(held), [DESCRIPTIONS[role] for role in Role if role in held])
            for membership in mine
            for held in [roles.get(membership.team_id, frozenset({membership.role}))]
        ],
        "may_create_team": permissions.create_team(person),
        "sso": sso_name(),
    }
