"""Whoever runs the server sets a new password, and the ledger tells of it."""

import pytest
from django.core.management import CommandError, call_command

from apps.ledger import selectors as ledger
from apps.ledger.chain import INSTANCE
from project import verification
from tests.cast import again

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(people):
    return people


def typing(monkeypatch, *answers):
    given = iter(answers)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(given))


def test_a_new_password_is_set_and_recorded(cast, monkeypatch, capsys):
    typing(monkeypatch, "quite another battery", "quite another battery")
    call_command("changepassword", "MIKA")
    assert again(cast.member).check_password("quite another battery")
    assert ledger.lines(ledger.history(INSTANCE))[-1].text == f"changed the password of {cast.member.full_name}"
    assert "signs in with the new password" in capsys.readouterr().out
    assert verification.verify().faults == []


@pytest.mark.parametrize(
    ("username", "answers", "refusal"),
    [
        ("nobody", (), "Nobody signs in as"),
        ("mika", ("quite another battery", "quite another batterie"), "The two differ"),
        ("mika", ("mika", "mika"), "too short|similar"),
    ],
)
def test_what_cannot_be_set_changes_nothing(cast, monkeypatch, username, answers, refusal):
    typing(monkeypatch, *answers)
    before = again(cast.member).password
    with pytest.raises(CommandError, match=refusal):
        call_command("changepassword", username)
    assert again(cast.member).password == before
