"""Asks an address as each of the people of `permissions.py`, and says what their answer was."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.accounts.models import Membership, Team, User
from apps.accounts.roles import BASES, Role
from apps.core.errors import NotAllowed
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams
from apps.zones import commands as zones
from apps.zones.models import Zone
from tests.cast import again, give, join, session_of
from tests.house.permissions import ACTS, MAY, OF_THE_TEAM, OPEN, OTHERS, PAGES, PEOPLE, REFUSED, group_of
from tests.house.routes import ROUTES
from tests.house.routes.route import nothing
from tests.house.routes.stage import set_the_stage

READS = ("GET", "HEAD")
ASKED = ("GET", "POST")  # by everybody
FEW = ("anonymous", "member", "auditor", "member elsewhere", "administrator")
METHODS = (*READS, "OPTIONS", "PUT", "PATCH", "DELETE", "POST")
SIGN_IN, DONE, REFUSED_WITH_A_REASON, MISSING, METHOD = "sign in", "done", "refused", "not there", "wrong method"
STATUSES = {200: DONE, 302: DONE, 401: SIGN_IN, 403: REFUSED_WITH_A_REASON, 404: MISSING, 405: METHOD}
NO_FACTS = {
    "django_session",
    "factors_tries",
    "factors_challenge",
    "sso_asked",
}  # who is here, and what was tried or asked


def set_the_matrix() -> SimpleNamespace:
    """The stage of all addresses, with everybody who asks, their sessions, and a zone that the team's probes use."""
    with transaction.atomic():
        stage = set_the_stage()
        stranger = stage.stranger
        opened = zones.propose_widening(stage.zone, by=again(stranger), team=stage.team)
        zones.confirm_widening(opened, by=again(stranger), shown=opened.digest)
        stage.zone = Zone.objects.get(pk=stage.zone.pk)
        who = {"administrator": _gone(stage.other_team, "administrator", by=stranger)}
        accounts.change_administrator(who["administrator"], by=SYSTEM, is_admin=True)
        who |= {name: _with_role(stage.team, name, by=stage.lead) for name in OF_THE_TEAM}
        who |= {f"{name} elsewhere": _with_role(stage.other_team, name, by=stranger) for name in OF_THE_TEAM}
        who["removed"] = _gone(stage.team, "removed", by=stage.lead)
        stage.who = {name: again(person) for name, person in who.items()}
        stage.sessions = {name: session_of(person) for name, person in stage.who.items()}
        return stage


def _with_role(team: Team, name: str, *, by: User) -> User:
    """Somebody new in a team who holds that role and no other beside member."""
    role = Role(name)
    person = join(
        team,
        by=by,
        username=f"{name}-{team.slug}",
        full_name=f"{name.title()} {team.slug}",
        role=role if role in BASES else Role.MEMBER,
    )
    if role not in BASES:
        give(team, person, role, by=by)
    return person


def _gone(team: Team, name: str, *, by: User) -> User:
    """Somebody new who was a member of a team and was removed."""
    person = join(team, by=by, username=f"{name}-once", full_name=f"Once {name}", role=Role.MEMBER)
    teams.remove_member(Membership.objects.get(team=team, user=person), by=again(by))
    return person


class Matrix:
    """One browser that is everybody in turn, at one address."""

    browser = Client(raise_request_exception=True)

    def __init__(self, stage: SimpleNamespace, name: str) -> None:
        self.stage, self.name, self.route = stage, name, ROUTES[name]
        query = urlencode(self.route.query(stage))
        self.url = reverse(name, kwargs=dict(self.route.arguments(stage))) + (f"?{query}" if query else "")

    def body_of(self, who: str) -> dict[str, Any]:
        """What the form sends; of a form about oneself, filled with what it shows to whoever asks."""
        person = self.stage.who.get(who)
        mine = SimpleNamespace(**vars(self.stage) | {"lead": person}) if person and self.is_own else self.stage
        return dict((self.route.body or nothing)(mine))

    @property
    def is_own(self) -> bool:
        """Whether what it leads to belongs to whoever asks."""
        return group_of(ACTS, self.name) == "own"

    def ask(self, who: str, method: str) -> Any:
        """The response to one request."""
        session = self.stage.sessions.get(who)
        self.browser.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: session} if session else {})
        # To a method that no address takes and to people from elsewhere the sentence alone is answered, as htmx asks
        # for it: whole pages of it would be most of what all cells cost. The walk asks for those.
        is_short = who in OTHERS if method == "POST" else method not in READS
        sentence = {"HX-Request": "true"} if is_short else {}
        if method == "POST":
            return self.browser.post(self.url, self.body_of(who), headers=sentence)
        return self.browser.generic(method, self.url, headers=sentence)


def answer_of(response: Any) -> str:
    """What a response means to whoever gets it."""
    if response.status_code == 302 and response["Location"].startswith("/sign-in/"):
        return SIGN_IN
    return meaning(response.status_code)


def meaning(status: int) -> str:
    """The word for a status; one that no cell expects, as a number."""
    return STATUSES.get(status, f"{status}")


def expected(name: str, who: str, method: str) -> str:
    """What the table says that a cell answers."""
    if name in OPEN:
        by_get, by_post, by_others = OPEN[name]
        return meaning(by_get if method in READS else by_post if method == "POST" else by_others)
    if who == "anonymous":
        return SIGN_IN
    groups = PAGES if method in READS else ACTS if method == "POST" else {}
    if not (group := group_of(groups, name)):
        return METHOD
    if who in MAY[group]:
        return DONE
    return REFUSED_WITH_A_REASON if who in REFUSED.get(group, OF_THE_TEAM) else MISSING


def right(name: str, who: str, method: str, found: str) -> bool:
    """Whether that is what the table says; HEAD may also be no method of a page."""
    return found == expected(name, who, method) or (method == "HEAD" and found == METHOD)


def cells(name: str, methods: tuple[str, ...] = METHODS) -> list[tuple[str, str]]:
    """(who, method) of all cells of an address; by methods that none has, a few people ask, one of each standing."""
    return [(who, method) for who in PEOPLE for method in methods if method in ASKED or who in FEW]


def acts(name: str, who: str, method: str) -> bool:
    """Whether the cell may change something."""
    return name not in OPEN and method == "POST" and expected(name, who, method) == DONE


@contextmanager
def noting_reasons() -> Iterator[list[str]]:
    """Yields the sentences of all refusals of somebody who may not, as they are made in here."""
    found: list[str] = []

    def note(refusal: NotAllowed, message: str) -> None:
        found.append(message)
        Exception.__init__(refusal, message)

    with mock.patch.object(NotAllowed, "__init__", note):
        yield found


def shows(response: Any, sentence: str) -> bool:
    """Whether the page says that sentence."""
    return sentence in html.unescape(response.content.decode())


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows_of_all() -> dict[str, int]:
    """How many rows each table has, but sessions."""
    tables = sorted({model._meta.db_table for model in apps.get_models()} - NO_FACTS)
    counted = " UNION ALL ".join(
        f"SELECT '{table}', COUNT(*) FROM {connection.ops.quote_name(table)}" for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(counted)
        return dict(cursor.fetchall())
