"""Every address, asked by nobody, by a stranger, by an auditor and by the right person."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from apps.boards.selectors import rendered
from apps.catalog.selectors import template as templates
from apps.core import queue
from apps.imports.models import reading as importing
from apps.ledger import selectors as ledger
from apps.ledger.models import Entry
from apps.live import notes
from apps.signoff.models import Signature
from tests import recorded
from tests.cast import again
from tests.house.routes import OF_A_TEAM, OPEN, PERSONAL, ROUTES
from tests.house.routes.route import nothing
from tests.house.routes.stage import set_the_stage
from tests.house.test_heavy import LIMITED
from tests.tampering import settle

# What reads, searches or renders everything of its kind.
COSTLY = ((importing, "read"), (rendered, "_read"), (ledger, "search_history"), (templates, "_on_page"))
pytestmark = pytest.mark.django_db
# What to do about an act that the walk cannot do.
WORKS = "let set_the_stage hold what it acts on, and its row in routes say what its form sends, the basis too"


def addresses(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[str]:
    """The names of every address of the resolver."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"
        else:
            yield from addresses(pattern.url_patterns, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SimpleNamespace]:
    """One stage for the whole walk; every request is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        stage = set_the_stage()
        settle()
        with recorded.standing():
            yield stage
        transaction.set_rollback(True)


@pytest.fixture
def stage(made: SimpleNamespace) -> Iterator[SimpleNamespace]:
    with transaction.atomic():
        yield made
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is committed in the walk, so nothing is published either."""
    monkeypatch.setattr(queue.transaction, "on_commit", lambda *arguments, **options: None)
    monkeypatch.setattr(notes, "note", lambda name, what, *, seconds: True)


class Asking:
    """One person's requests to one address."""

    def __init__(self, stage: SimpleNamespace, name: str, who: str | None) -> None:
        self.route, self.stage, self.client = ROUTES[name], stage, Client(raise_request_exception=True)
        query = urlencode(self.route.query(stage))
        self.url = reverse(name, kwargs=dict(self.route.arguments(stage))) + (f"?{query}" if query else "")
        if who:
            self.client.force_login(again(getattr(stage, who)))

    def get(self) -> int:
        return self.client.get(self.url).status_code

    def post(self) -> int:
        body = self.route.body or nothing
        return self.client.post(self.url, dict(body(self.stage))).status_code


def test_every_address_has_a_row_and_every_row_an_address():
    lacking, idle = {*addresses()} - {*ROUTES}, {*ROUTES} - {*addresses()}
    assert not lacking, f"tests/house/routes has no row for {sorted(lacking)}"
    assert not idle, f"tests/house/routes has rows for {sorted(idle)}, which no urls.py names"
    assert sorted(addresses()) == sorted(ROUTES), "two addresses have one name"


@pytest.mark.parametrize("name", PERSONAL | OF_A_TEAM)
def test_who_is_not_signed_in_is_asked_to(stage, name):
    entries = Entry.objects.count()
    asking = Asking(stage, name, None)
    for response in (asking.client.get(asking.url), asking.client.post(asking.url)):
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in/")
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("name", PERSONAL | OF_A_TEAM)
def test_a_token_signs_nothing_and_opens_no_address_but_its_own(stage, name):
    """A token is no person: with it, as without, whoever asks for anything else is asked to sign in."""
    before = (Entry.objects.count(), Signature.objects.count())
    asking = Asking(stage, name, None)
    asking.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {stage.token_text}"
    body = (asking.route.body or nothing)(stage)
    for response in (asking.client.get(asking.url), asking.client.post(asking.url, dict(body))):
        assert response.status_code in (302, 401)
        assert "sign-in" in response.get("Location", "") or b"sign-in" in response.content
    assert (Entry.objects.count(), Signature.objects.count()) == before


@pytest.mark.parametrize("name", OF_A_TEAM)
def test_a_stranger_finds_nothing(stage, name):
    entries = Entry.objects.count()
    asking = Asking(stage, name, "stranger")
    found = {asking.get(), asking.post()}
    assert found <= {404, 405}
    assert 404 in found
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("name", OF_A_TEAM)
def test_the_stranger_finds_nothing_by_htmx_either(stage, name):
    asking = Asking(stage, name, "stranger")
    asking.client.defaults["HTTP_HX_REQUEST"] = "true"
    assert {asking.get(), asking.post()} <= {404, 405}


@pytest.fixture
def limited(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What costs the more the more is stored is read only where one person has few such pages at once."""
    found: list[str] = []
    importing.READINGS.clear()
    rendered.forget()

    def noting(function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any, **options: Any) -> Any:
            found.append(function.__name__)
            return function(*arguments, **options)

        return noted

    for place, costly in COSTLY:
        monkeypatch.setattr(place, costly, noting(getattr(place, costly)))
    yield
    assert not found or name in LIMITED, f"{name} calls {found}: mark its view as heavy, and list it in test_heavy.py"


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("name", PERSONAL | OF_A_TEAM)
def test_the_same_request_by_the_right_person_succeeds(stage, name):
    route = ROUTES[name]
    asking = Asking(stage, name, route.by)
    opened = asking.client.get(asking.url)
    assert opened.status_code == (route.get or 405)
    assert route.get or b"only takes what a form on another page sends" in opened.content
    entries = Entry.objects.count()
    if route.body is None:
        assert Asking(stage, name, route.by).post() == 405
        return
    done = Asking(stage, name, route.by).post()
    assert done in (200, 302), f"{name} answers {done}: {WORKS}"
    assert (Entry.objects.count() > entries) is route.records


@pytest.mark.parametrize("name", OF_A_TEAM)
def test_an_auditor_reads_everything_and_changes_nothing(stage, name):
    route = ROUTES[name]
    asking = Asking(stage, name, "auditor")
    assert asking.get() == (route.get or 405)
    if route.body is not None:
        entries = Entry.objects.count()
        done = asking.post()
        assert done == route.auditor, f"an auditor who asks {name} is answered {done}: {WORKS}"
        assert (Entry.objects.count() == entries) is (route.auditor == 403 or not route.records)


@pytest.mark.parametrize("name", OF_A_TEAM)
def test_a_member_of_another_team_who_writes_our_numbers_finds_only_their_own(stage, name):
    """Numbers repeat between teams: the same numbers below the stranger's own team never lead to ours."""
    arguments = dict(ROUTES[name].arguments(stage))
    if "team" not in arguments or len(arguments) == 1:
        return
    url = reverse(name, kwargs=arguments | {"team": stage.other_team.slug})
    client = Client()
    client.force_login(again(stage.stranger))
    for response in (client.get(url), client.post(url, dict((ROUTES[name].body or nothing)(stage)))):
        assert "payments-api" not in response.content.decode(errors="replace") if not response.streaming else True


@pytest.mark.parametrize("name", OPEN)
def test_open_addresses_need_nobody(stage, name):
    assert Asking(stage, name, None).get() != 302


@pytest.mark.parametrize("name", ["accounts:create_first_team", "accounts:accept_invitation"])
def test_a_token_nobody_was_given_leads_nowhere(stage, name):
    for who in (None, "stranger", "lead"):
        asking = Asking(stage, name, who)
        assert {asking.get(), asking.post()} == {404}


def test_nobody_becomes_anybody_outside_a_demo(stage):
    response = Client().post(reverse("accounts:become"), {"person": str(stage.lead.pk)})
    assert response.status_code == 403
