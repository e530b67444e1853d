"""Nobody waits for a lock while somebody else's text is read, their record collected, their password hashed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.db import connection, connections

from apps.accounts import commands as accounts
from apps.accounts.commands import Account
from apps.accounts.models import Invitation
from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.checklists.markdown import content
from apps.checklists.markdown.document import Correction, LineType
from apps.deployments import commands as deployments
from apps.evidence.models import Kind
from apps.imports import commands as imports
from apps.imports.models import reading as importing
from apps.imports.rules import Decision
from apps.ledger import chain
from apps.ledger.commands import SYSTEM
from apps.records import commands as records
from apps.records.document import building
from apps.records.selectors import collect, facts
from apps.teams import commands as teams
from tests import cast as casting
from tests.cast import PASSWORD, again
from tests.records import making

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "# One\n\n- [ ] one\n- [ ] two, in 3 seconds at most\n"


@pytest.fixture
def made() -> SimpleNamespace:
    """A deployment of which a record is asked for."""
    importing.READINGS.clear()
    stage = casting.stage()
    stage.record = making.asked(stage)
    return stage


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what takes long, as it is called; it fails inside a transaction."""
    called: list[str] = []

    def watch(owner: Any, name: str) -> None:
        function = getattr(owner, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            assert not connection.in_atomic_block, f"{name} is called while others wait"
            called.append(name)
            return function(*arguments, **options)

        monkeypatch.setattr(owner, name, watched)

    watch(importing, "read")
    watch(content, "content")
    watch(importing, "contents")
    watch(hashers.MD5PasswordHasher, "encode")
    watch(chain.Digested, "__new__")
    watch(building, "build")
    watch(facts, "_ledger")
    return called


def text_of_a_team(stage: SimpleNamespace) -> None:
    """Import a text, correct it, replace it, take what is proposed, undo that, make a draft of it."""
    member = again(stage.member)
    imported = imports.start_import(stage.team, by=member, source=TEXT)
    imported = imports.correct_import(imported, by=member, chosen={3: Correction(LineType.GUIDANCE)})
    imported = imports.correct_import(imported, by=member, source=TEXT + "- [ ] three\n")
    imported = imports.correct_import(imported, by=member, chosen={4: Correction(LineType.ITEM, critical=True)})
    [finding] = imported.result().findings
    imports.decide_findings(imported, by=member, which=[finding.id], decision=Decision.TAKEN)
    imports.undo_import_step(imported, by=member)
    assert len(imports.draft_import(imported, by=again(stage.lead))) == 1


def passwords_of_a_person(stage: SimpleNamespace) -> None:
    """Join, sign in, get the password wrong, change it."""
    token = teams.invite_person(stage.team, by=again(stage.lead), role=Role.MEMBER)
    account = Account(username="nora", full_name="Nora Lind", password=PASSWORD)
    invitation = Invitation.objects.with_token(token).get()
    person = accounts.accept_invitation(invitation, by=SYSTEM, account=account).user
    accounts.sign_in("nora", PASSWORD, address="10.0.0.9", by=SYSTEM)
    accounts.change_password(person, by=person, password="another long one", old=PASSWORD)


def files_of_a_team(stage: SimpleNamespace) -> None:
    """Attach a file, file a record, give another one up."""
    file: dict[str, Any] = {"kind": Kind.FILE, "data": b"proof", "media_type": ""}
    attachments.attach_evidence(stage.items[0], by=again(stage.member), title="a.txt", **file)
    record = records.claim_record(stage.record.pk, 1, by=SYSTEM)
    records.file_record(record.pk, 1, making.SMALL, by=SYSTEM)
    given_up = records.claim_record(making.asked(stage).pk, 1, by=SYSTEM)
    records.fail_record(given_up.pk, 1, why="It did not fit.", by=SYSTEM)
    given_up.refresh_from_db()
    assert given_up.data_blob


STORIES: dict[Callable[[SimpleNamespace], None], set[str]] = {
    text_of_a_team: {"read", "content", "contents"},
    passwords_of_a_person: {"encode"},
    files_of_a_team: {"__new__", "build", "_ledger"},
}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_what_takes_long_is_done_before_anything_is_locked(
    made: SimpleNamespace, slow: list[str], story: Callable[[SimpleNamespace], None]
) -> None:
    story(made)
    assert set(slow) == STORIES[story]


def writing(stage: SimpleNamespace) -> None:
    """What somebody else does to the same deployment and team, on a connection of their own."""
    start = datetime(2026, 12, 1, 10, tzinfo=UTC)
    try:
        deployments.edit_deployment(stage.deployment, by=again(stage.lead), window_start=start, window_end=None)
        teams.invite_person(stage.team, by=again(stage.lead), role=Role.MEMBER)
    finally:
        connections.close_all()


def during(owner: Any, name: str, monkeypatch: pytest.MonkeyPatch, write: Callable[[], None]) -> list[bool]:
    """Have somebody else write while `name` is called for the first time."""
    function, done = getattr(owner, name), [False]

    def slowly(*arguments: Any, **options: Any) -> Any:
        if not done[0]:
            done[0] = True
            with ThreadPoolExecutor(1) as others:
                others.submit(write).result(timeout=10)
        return function(*arguments, **options)

    monkeypatch.setattr(owner, name, slowly)
    return done


def test_somebody_else_writes_while_a_text_is_read(made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    written = during(importing, "read", monkeypatch, lambda: writing(made))
    imports.start_import(made.team, by=again(made.member), source=TEXT)
    assert written == [True]


def test_a_record_states_the_moment_at_which_it_began_and_nobody_waits_for_it(
    made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = collect(made.record).ledger.head
    written = during(facts, "_people", monkeypatch, lambda: writing(made))
    found = collect(made.record)
    assert written == [True]
    assert (found.ledger.head, found.deployment.window_start) == (before, None)
    assert found.ledger.faults == ()
    assert collect(made.record).ledger.head.sequence > before.sequence


def test_an_import_that_changed_while_it_was_read_is_read_again(
    made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = imports.start_import(made.team, by=again(made.member), source=TEXT)

    def correct() -> None:
        try:
            imports.correct_import(imported, by=again(made.lead), chosen={3: Correction(LineType.GUIDANCE)})
        finally:
            connections.close_all()

    written = during(content, "content", monkeypatch, correct)
    (version,) = imports.draft_import(imported, by=again(made.lead))
    assert written == [True]
    assert [item.title for section in version.sections.all() for item in section.items.all()] == [
        "two, in 3 seconds at most"
    ]
