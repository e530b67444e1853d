"""Acts of people at the same moment: who holds a team or an account keeps nobody waiting who only refers to it."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from apps.accounts import commands as accounts
from apps.accounts.commands import Account
from apps.accounts.models import Invitation
from apps.imports import commands as imports
from apps.ledger import commands as ledger
from apps.ledger import selectors
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams
from tests import cast as casting
from tests.cast import PASSWORD, again

Act = Callable[[SimpleNamespace], Any]


def import_text(made: SimpleNamespace) -> Any:
    return imports.start_import(made.team, by=again(made.member), source="- [ ] one")


def rename(made: SimpleNamespace) -> Any:
    return accounts.rename_person(made.lead, by=again(made.lead), full_name="Lena Brandt-Holm")


def invite(made: SimpleNamespace) -> Any:
    return teams.invite_person(made.team, by=again(made.lead), role="member")


def join(made: SimpleNamespace) -> Any:
    new = Account(username="nora", full_name="Nora Voss", email="", password=PASSWORD)
    return accounts.accept_invitation(made.invitation, by=SYSTEM, account=new)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("locks", "refers"), [(import_text, join), (rename, invite)])
def test_what_refers_to_a_row_that_somebody_holds_is_no_deadlock(
    monkeypatch: pytest.MonkeyPatch, locks: Act, refers: Act
) -> None:
    """PostgreSQL asks for the row that a foreign key names at the end of a transaction, behind the ledger's lock."""
    made = casting.stage()
    token = teams.invite_person(made.team, by=again(made.lead), role="member")
    made.invitation = Invitation.objects.with_token(token).get()
    holds, errors, record = threading.Event(), [], ledger.record

    def slowly(*args: Any, **kwargs: Any) -> Any:
        """Let the other one come as far as it can before this one asks for the ledger."""
        if threading.current_thread() is first:
            holds.set()
            time.sleep(0.5)
        return record(*args, **kwargs)

    def run(act: Act) -> None:
        try:
            if act is refers:
                assert holds.wait(10)
            act(made)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(ledger, "record", slowly)
    first, second = (threading.Thread(target=run, args=(act,)) for act in (locks, refers))
    for thread in (first, second):
        thread.start()
    for thread in (first, second):
        thread.join(30)
    assert errors == []
    assert not list(selectors.faults())
