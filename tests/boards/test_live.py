"""What open boards hear: the same that they would fetch, each person their own, and nobody who may not look."""

import base64
import gzip
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.accounts.models import Membership, User
from apps.boards import selectors
from apps.boards.selectors import rendered
from apps.ledger import selectors as ledger
from apps.teams import commands as teams
from tests import cast

pytestmark = pytest.mark.django_db
PARTS = re.compile(
    r'(?=<(?:a|nav|section|ul|p)[^>]* id="(?:verdict|sections|blocks|follow-ups|announcer)")|(?=<ul><li class="item")'
)


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def listener(made: SimpleNamespace, person: User, client: Client | None = None) -> selectors.Listener:
    """An open board of this person."""
    session = str((client or browser(person)).session.session_key)
    return selectors.Listener(cast.again(person), session, made.deployment.pk, made.team.pk, made.deployment.stream)


def newest(made: SimpleNamespace) -> int:
    return ledger.head(made.deployment.stream).sequence


def parts(made: SimpleNamespace, *listeners: selectors.Listener) -> list[str]:
    """What each of them hears of the newest entry, which turned the first key of item 1; empty for nothing."""
    sequence = newest(made)
    found = selectors.parts_for(listeners, sequence, [str(made.items[0].id)], sequence - 1)
    return [gzip.decompress(base64.b64decode(found.get(each, ""))).decode() for each in listeners]


@pytest.fixture
def signed(made: SimpleNamespace) -> SimpleNamespace:
    cast.sign(made.items[0], made.member)
    return made


@pytest.mark.parametrize("who", ["lead", "reviewer", "auditor"])
def test_what_goes_along_is_what_would_be_fetched(signed: SimpleNamespace, who: str) -> None:
    person = getattr(signed, who)
    [heard] = parts(signed, listener(signed, person))
    asked = {"items": str(signed.items[0].id), "since": str(newest(signed) - 1)}
    url = reverse("deployments:rows", args=[signed.team.slug, signed.deployment.number])
    fetched = browser(person).get(url, asked).content.decode()
    assert sorted(part.strip() for part in PARTS.split(heard)) == sorted(part.strip() for part in PARTS.split(fetched))
    assert "first key turned by 佐藤 Mika" in heard
    assert "turned key 1 of 2 of item 1" in heard


def test_everybody_hears_what_waits_for_them(signed: SimpleNamespace) -> None:
    reviewers, auditors = parts(signed, listener(signed, signed.reviewer), listener(signed, signed.auditor))
    assert "Waiting for you" in reviewers
    assert "Waiting for you" not in auditors


def leave(made: SimpleNamespace, client: Client, way: str) -> None:
    match way:
        case "the team":
            teams.remove_member(Membership.objects.get(user=made.reviewer), by=cast.again(made.lead))
        case "the session":
            client.session.flush()
        case "in time":
            client.session.model.objects.update(expire_date="2026-01-01T00:00:00Z")  # type: ignore[attr-defined]
        case "the password":
            accounts.change_password(made.reviewer, by=cast.again(made.reviewer), password="another long password")
        case "for good":
            User.objects.filter(pk=made.reviewer.pk).update(is_active=False)


@pytest.mark.unrecorded
@pytest.mark.parametrize("way", ["the team", "the session", "in time", "the password", "for good"])
def test_whoever_left_hears_nothing(signed: SimpleNamespace, way: str) -> None:
    client = browser(signed.reviewer)
    reviewers, leads = listener(signed, signed.reviewer, client), listener(signed, signed.lead)
    assert reviewers.may_listen()
    leave(signed, client, way)
    sequence = newest(signed)
    found = selectors.parts_for([reviewers, leads], sequence, [], sequence - 1)
    assert reviewers not in found
    assert not reviewers.may_listen()
    assert way == "in time" or leads in found


def test_all_listeners_are_asked_about_together_and_the_board_is_read_once(
    signed: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    people = (signed.lead, signed.member, signed.reviewer, signed.other_reviewer, signed.auditor)
    everybody = [listener(signed, person) for person in people]
    parts(signed, everybody[0])
    sequence, items = newest(signed), [str(signed.items[0].id)]
    for listeners in (everybody[:1], everybody):
        with django_assert_num_queries(2):
            selectors.parts_for(listeners, sequence, items, sequence - 1)


def test_a_board_from_before_the_entry_is_read_again(made: SimpleNamespace) -> None:
    leads = listener(made, made.lead)
    parts(made, leads)
    cast.sign(made.items[0], made.member)
    assert "first key turned by" in parts(made, leads)[0]
    rendered.forget()
    assert "first key turned by" in parts(made, leads)[0]


def test_a_stream_brings_parts_to_the_pages_that_ask_for_them(signed: SimpleNamespace) -> None:
    client, url = browser(signed.reviewer), reverse("deployments:follow", args=[signed.deployment.pk])
    board, item_page = client.get(url, {"parts": "", "after": "1"}), client.get(url, {"after": "1"})
    assert board.along == (selectors.parts_for, listener(signed, signed.reviewer, client))  # type: ignore[attr-defined]
    assert item_page.along is None  # type: ignore[attr-defined]
