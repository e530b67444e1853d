"""What the pages about people show, and the frame of every page."""

from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import permissions
from apps.accounts.models import Invitation, Membership, Team, User
from apps.accounts.roles import DESCRIPTIONS, Role
from apps.core.http import address
from apps.core.shown import fingerprint, texts
from apps.core.statements import Folded
from apps.ledger.commands import Actor

PEOPLE_PER_PAGE = 25
SORTS = (("name", "Name"), ("role", "Role"), ("since", "Newest"))
PARTS: dict[str, str] = {
    Role.LEAD: "lead",
    Role.REVIEWER: "reviewer",
    Role.MEMBER: "member",
    Role.AUDITOR: "auditor, reads only",
}
SECTIONS = (
    ("My work", "deployments:my_work"),
    ("Deployments", "deployments:list"),
    ("Templates", "templates:list"),
    ("People", "accounts:people"),
)
OF_THE_TEAM = ("secrets", "programs")  # whose pages the page of people leads to


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
        is_of_the_team = match is not None and match.namespace in OF_THE_TEAM
        here = address("accounts:people", self.team.slug) if is_of_the_team else self.request.path
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


def people_page(team: Team, viewer: User, *, q: str = "", sort: str = "", page: int | str = 1) -> dict[str, Any]:
    """Members and open invitations of a team; `q` searches names and mail, `sort` is name, role or since."""
    sort = sort if sort in dict(SORTS) else "name"
    members = Paginator(_sorted(_found(team, q), sort), PEOPLE_PER_PAGE).get_page(page)
    may_invite = permissions.invite_person(viewer, team)
    invitations = Invitation.objects.filter(team=team).open(timezone.now()).select_related("invited_by")
    return {
        "team": team,
        "page": members,
        "rows": _rows(members, team, viewer),
        "q": q,
        "sorts": [MenuLink(label, key, key == sort) for key, label in SORTS],
        "may_invite": may_invite,
        "may_edit_team": permissions.edit_team(viewer, team),
        "team_shown": fingerprint(team.standing),
        "invitations": list(invitations.order_by("expires_at")) if may_invite else [],
        "roles": Role.choices,
        "is_alone": members.paginator.count == 1 and not q,
    }


def sign_in_page() -> dict[str, Any]:
    """The cast of a demo, with what each is in their first team as `.part`; otherwise nobody is named."""
    found = (
        User.objects.filter(is_active=True).order_by("joined_at", Folded("full_name")).prefetch_related("memberships")
    )
    people = list(found) if settings.KEYTURN_DEMO else []
    for person in people:
        roles = [PARTS[membership.role] for membership in person.memberships.all()]
        person.part = roles[0] if roles else "in no team"  # type: ignore[attr-defined]
    return {"cast": people}


def start_page(invitation: Invitation) -> dict[str, Any]:
    """Whether the first person's link still works."""
    return {"may_start": permissions.create_first_team(invitation, timezone.now())}


def invitation_page(invitation: Invitation, holder: Actor) -> dict[str, Any]:
    """What an invitation is for, and whether it still works for whoever holds it."""
    return {
        "invitation": invitation,
        "does": DESCRIPTIONS[invitation.role],
        "may_accept": permissions.accept_invitation(holder, invitation, timezone.now()),
    }


def account_page(person: User) -> dict[str, Any]:
    """A person's own teams and what they may do in each."""
    mine = person.memberships.select_related("team").order_by(Folded("team__name"), "pk")
    return {
        "memberships": [(membership, DESCRIPTIONS[membership.role]) for membership in mine],
        "may_create_team": permissions.create_team(person),
    }


def _found(team: Team, q: str) -> QuerySet[Membership]:
    members = Membership.objects.filter(team=team).select_related("user")
    for word in q.split():
        members = members.filter(
            Q(user__full_name__holds=word) | Q(user__username__holds=word) | Q(user__email__holds=word)
        )
    return members


def _sorted(members: QuerySet[Membership], sort: str) -> QuerySet[Membership]:
    if sort == "since":
        return members.order_by("-since", "pk")
    if sort == "role":
        ranks = [When(role=role, then=Value(rank)) for rank, role in enumerate(Role.values)]
        return members.order_by(Case(*ranks, output_field=IntegerField()), Folded("user__full_name"), "pk")
    return members.order_by(Folded("user__full_name"), "pk")


def _rows(members: Page[Membership], team: Team, viewer: User) -> list[SimpleNamespace]:
    """Each membership, and what the viewer may do with it."""
    leads = team.leads()
    return [
        SimpleNamespace(
            membership=membership,
            may_change=permissions.change_role(viewer, membership, leads=leads),
            may_remove=permissions.remove_member(viewer, membership, leads=leads),
            shown=fingerprint(texts(role=membership.role)),
            is_viewer=membership.user_id == viewer.pk,
        )
        for membership in members
    ]
