"""Said then, shown as then: renaming a person rewrites no history, on the page, for screen readers or on paper."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.boards.selectors.board import sentences_since
from apps.ledger.models import Opening
from apps.ledger.selectors import history as ledger_history
from apps.records.commands import request_record
from apps.records.document import chapters
from apps.records.selectors.facts import collect
from tests import cast as casting
from tests.cast import again, signed_in, words
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


@pytest.fixture
def renamed(stage: SimpleNamespace) -> SimpleNamespace:
    """Ruth turned a key, is called otherwise since, and turned another one."""
    casting.sign(stage.items[4], stage.reviewer)
    ruth = again(stage.reviewer)
    accounts.rename_person(ruth, by=ruth, full_name="Ruth Okafor-Lind")
    casting.sign(stage.items[2], stage.reviewer)
    return stage


def page(cast: SimpleNamespace, name: str, *args: object, **query: str) -> str:
    address = reverse(f"deployments:{name}", args=[cast.team.slug, cast.deployment.number, *args])
    return words(signed_in(cast.lead).get(address, query))


def test_the_history_of_a_deployment_names_people_as_they_were_called(renamed):
    shown = page(renamed, "history")
    assert shown.count("Ruth Okafor-Lind") == shown.count("Ruth Okafor") - shown.count("Ruth Okafor<")
    assert "Ruth Okafor<" in shown
    assert "Ruth Okafor-Lind<" in shown


def test_searching_the_history_finds_them_under_the_name_of_then(renamed):
    assert "turned key 1 of 2 of item 5" in page(renamed, "history", q="okafor")
    assert "turned key 1 of 2 of item 5" not in page(renamed, "history", q="okafor-lind")


def test_the_page_of_an_item_and_what_is_read_out_name_them_so_too(renamed):
    shown = page(renamed, "item", 5)
    assert "Ruth Okafor-Lind" not in shown.partition('id="history"')[2]
    board: Any = SimpleNamespace(deployment=renamed.deployment, sentences={})
    heard = sentences_since(board, 0)
    assert "Ruth Okafor turned key 1 of 2 of item 5" in heard
    assert "Ruth Okafor-Lind turned key 1 of 1 of item 3" in heard


def test_a_record_names_them_as_they_acted_with_their_account(renamed):
    stated = collect(request_record(renamed.deployment, by=again(renamed.lead)))
    texts = [entry.text for entry in stated.ledger.entries]
    assert any(text.startswith("Ruth Okafor turned key 1 of 2 of item 5") for text in texts)
    assert any(text.startswith("Ruth Okafor-Lind turned key 1 of 1 of item 3") for text in texts)
    ruth = next(person for person in stated.people if person.account == "ruth")
    assert (ruth.name, ruth.earlier) == ("Ruth Okafor-Lind", ("Ruth Okafor",))
    rows = {row.name: row.account for row in chapters.people_rows(stated)}
    assert rows["Ruth Okafor-Lind"] == "ruth, earlier as Ruth Okafor"
    assert rows["Lena Brandt"] == "lena"


@pytest.mark.unrecorded
def test_whoever_has_no_name_in_an_entry_any_more_is_nameless_there_and_never_called_as_now(renamed):
    """Their texts were taken away from the chain: what they are called now is not what they were called then."""
    with lifted():
        theirs = Opening.objects.filter(entry__actor=renamed.reviewer.pk, path="actor_name")
        theirs.filter(value="Ruth Okafor")._raw_delete("default")
        assert _ruth(renamed) == ("Ruth Okafor-Lind", (), "ruth")
        theirs._raw_delete("default")
        assert _ruth(renamed) == ("Somebody", (), "ruth")
    rows = {row.account: row.name for row in chapters.people_rows(_stated(renamed))}
    assert rows["ruth"] == "Somebody"


@pytest.mark.unrecorded
def test_whoever_acted_is_among_the_people_of_a_record_without_an_account_too(renamed):
    with lifted(), transaction.atomic():
        entry = ledger_history(renamed.deployment.stream).filter(actor=renamed.reviewer.pk).first()
        ghost = uuid4()
        type(entry).objects.filter(pk=entry.pk).update(actor=ghost)
        found = {person.id: person for person in _stated(renamed).people}
    assert (found[str(ghost)].name, found[str(ghost)].account) == ("Ruth Okafor", "")


def _stated(cast: SimpleNamespace) -> Any:
    return collect(request_record(cast.deployment, by=again(cast.lead)))


def _ruth(cast: SimpleNamespace) -> tuple[str, tuple[str, ...], str]:
    [ruth] = [person for person in _stated(cast).people if person.id == str(cast.reviewer.pk)]
    return ruth.name, ruth.earlier, ruth.account


def test_every_entry_commits_to_the_name_and_none_shows_it(renamed):
    openings = Opening.objects.filter(entry__stream=renamed.deployment.stream, path="actor_name")
    assert {opening.value for opening in openings} >= {"Ruth Okafor", "Ruth Okafor-Lind", "Lena Brandt"}
    bodies = "".join(ledger_history(renamed.deployment.stream).values_list("body", flat=True))
    assert "Ruth" not in bodies
