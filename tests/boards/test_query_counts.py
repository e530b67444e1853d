"""How many questions a page asks the database: the same number for five items and for 204.

Counted over the whole request, session and user included, with nothing kept from earlier requests.
"""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.boards.selectors import rendered
from apps.imports import commands as imports
from apps.signoff.rules import content_digest
from tests import cast as casting
from tests.cast import PASSWORD, again
from tests.ledger import histories

pytestmark = pytest.mark.django_db

BOARD = 12
ITEM_PAGE = 26
SIGNING = 27  # of which eight prove who signs
BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET CONSTRAINTS")


def deployment_of(cast, items):
    """A deployment in review with so many items, signed, waived, probed and left alone."""
    lines = "\n".join(f"- [ ] Check number {n}" for n in range(1, items + 1))
    imported = imports.start_import(cast.team, by=again(cast.lead), source=f"# Long\n\n## Part\n\n{lines}\n")
    (version,) = imports.draft_import(imported, by=again(cast.lead))
    cast.deployment = casting.deploy(cast.team, casting.published(version, by=cast.lead), by=cast.lead)
    first, second, third, *_ = cast.deployment.items.order_by("number")
    casting.sign(first, cast.member)
    histories.waive(cast, second)
    histories.probe(cast, third, ["passed"])
    return cast.deployment


def questions(ask):
    """The queries of one request after everything kept is forgotten, transaction bookkeeping left out."""
    rendered.forget()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = ask()
    assert response.status_code in (200, 302)
    return [query["sql"] for query in captured if not query["sql"].startswith(BOOKKEEPING)]


@pytest.fixture
def cast(people):
    return people


@pytest.mark.parametrize("items", [5, 204])
def test_a_board_takes_a_fixed_number_of_queries(cast, client, items):
    deployment = deployment_of(cast, items)
    client.force_login(cast.reviewer)
    url = reverse("deployments:board", args=["pay", deployment.number])
    client.get(url)
    asked = questions(lambda: client.get(url))
    assert len(asked) <= BOARD, "\n".join(asked)
    assert len(asked) == len(questions(lambda: client.get(url)))


def test_the_number_does_not_depend_on_the_items(cast, client):
    client.force_login(cast.reviewer)
    counts = set()
    for items in (5, 60):
        url = reverse("deployments:board", args=["pay", deployment_of(cast, items).number])
        client.get(url)
        counts.add(len(questions(lambda url=url: client.get(url))))
    assert len(counts) == 1


def test_an_unchanged_board_asks_less(cast, client):
    url = reverse("deployments:board", args=["pay", deployment_of(cast, 20).number])
    client.force_login(cast.reviewer)
    cold = questions(lambda: client.get(url))
    with CaptureQueriesContext(connection) as warm:
        client.get(url)
    assert len(warm) < len(cold)


@pytest.mark.parametrize("key", [1, 2])
def test_turning_a_key_takes_at_most_so_many(cast, client, key):
    deployment = deployment_of(cast, 204)
    item = deployment.items.get(number=1 if key == 2 else 9)
    now = casting.load(item)
    shown, slot = content_digest(now.content(pinned=now.run_to_pin)), len(now.sign_off.turned) + 1
    body = {"shown": shown, "slot": slot, "intent": uuid.uuid4(), "password": PASSWORD}
    client.force_login(cast.reviewer)
    url = reverse("deployments:sign_item", args=["pay", deployment.number, item.number])
    asked = questions(lambda: client.post(url, body))
    assert casting.load(item).sign_off.turned[-1].slot == key
    assert len(asked) <= SIGNING, "\n".join(asked)


def test_turning_the_key_of_an_item_with_a_probe_takes_at_most_so_many(cast, client):
    deployment = deployment_of(cast, 20)
    item = deployment.items.get(number=3)
    now = casting.load(item)
    shown, slot = content_digest(now.content(pinned=now.run_to_pin)), len(now.sign_off.turned) + 1
    body = {"shown": shown, "slot": slot, "intent": uuid.uuid4(), "password": PASSWORD}
    client.force_login(cast.member)
    url = reverse("deployments:sign_item", args=["pay", deployment.number, item.number])
    asked = questions(lambda: client.post(url, body))
    assert casting.load(item).pinned_run is not None
    assert len(asked) <= SIGNING, "\n".join(asked)


def test_an_item_page_takes_a_fixed_number_of_queries(cast, client):
    deployment = deployment_of(cast, 20)
    client.force_login(cast.reviewer)
    for number in (1, 2, 3, 4):
        url = reverse("deployments:item", args=["pay", deployment.number, number])
        asked = questions(lambda url=url: client.get(url))
        assert len(asked) <= ITEM_PAGE, "\n".join(asked)
