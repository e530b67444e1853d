"""What somebody can do who holds the application's database role: SECURITY.md, sentence by sentence.

On PostgreSQL these tests act under a role that is granted what `migrate` grants the application's; on SQLite, where
there are no roles, as a program that opens the file and leaves the guards where they are.
"""

import re
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Invitation, Membership, User
from apps.accounts.roles import Role
from apps.core.wording import timestamp
from apps.deployments import commands as deployments
from apps.deployments.events import ReviewOpened
from apps.evidence.models import Blob, Evidence
from apps.ledger import chain, selectors
from apps.ledger import commands as ledger
from apps.ledger.models import Entry, Opening, Stream
from apps.signoff.models import Signature
from apps.teams.events import RoleChanged
from project import verification
from project.management.commands.migrate import grant
from tests import cast as casting
from tests.cast import again
from tests.house.source import ROOT
from tests.ledger.cases import UNPROVED
from tests.signoff.subjects import proved_series
from tests.tampering import settle

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

ROLE = "keyturn_app"
LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def role(django_db_setup: None, engine: str) -> None:
    """The application's role, where there are roles."""
    if engine == "postgresql":
        settings = connection.settings_dict
        with psycopg.connect(host=settings["HOST"], dbname="postgres", user="postgres", autocommit=True) as server:
            server.execute(f"CREATE ROLE {ROLE}")
            server.execute(f"GRANT {ROLE} TO {settings['USER']}")


@pytest.fixture
def inside(role: None, undone: SimpleNamespace, engine: str) -> SimpleNamespace:
    """The history with one more deployment in review, seen by whoever holds the application's role."""
    undone.fresh = casting.deploy(undone.team, undone.version, by=undone.lead, version="3.0")
    undone.item = undone.fresh.items.get(number=1)
    settle()
    if engine == "postgresql":
        grant(connection, ROLE)
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {ROLE}")
    return undone


def found(*held: selectors.Head) -> list[str]:
    """What verify_ledger says; `held` are heads on paper."""
    return [str(fault) for fault in verification.verify(held).faults]


def refused(act: Any) -> str:
    """What the database says to it."""

    def once() -> None:
        with transaction.atomic():
            act()
            settle()

    with pytest.raises(DatabaseError) as error:
        once()
    return str(error.value)


# What nothing finds


def test_a_key_is_turned_in_anybodys_name_and_nothing_finds_it(inside):
    paper = selectors.head(inside.fresh.stream)
    casting.sign(inside.item, inside.member)
    casting.sign(inside.item, inside.reviewer)
    assert found(paper) == []
    # What was printed before is still a part of the chain, and shows that they were not there then.
    assert (
        list(Entry.objects.filter(kind="item.signed", stream=inside.fresh.stream, sequence__lte=paper.sequence)) == []
    )


def test_it_may_be_dated_long_ago_and_only_its_entry_says_when_it_came(inside, monkeypatch):
    with monkeypatch.context() as clock:
        clock.setattr("apps.signoff.commands.timezone.now", lambda: LONG_AGO)
        casting.sign(inside.item, inside.member)
    assert found() == []
    assert Signature.objects.get(sign_off=inside.item.sign_off_id).signed_at == LONG_AGO
    assert Entry.objects.get(stream=inside.fresh.stream, kind="item.signed").at > timestamp(LONG_AGO)


def test_whatever_a_person_may_do_is_done_in_their_name_and_stands_in_their_history(inside):
    deployments.edit_item(inside.item, by=again(inside.member), title="Softer", text="")
    casting.give(inside.team, inside.member, Role.MANAGER, by=inside.lead)
    accounts.change_password(again(inside.reviewer), by=again(inside.reviewer), password="known to somebody else")
    assert found() == []
    kinds = {"item.edited": inside.member, "role.granted": inside.lead, "password.changed": inside.reviewer}
    for kind, person in kinds.items():
        assert Entry.objects.filter(kind=kind).latest("id").actor == person.pk


def test_a_session_is_planted_and_nothing_finds_it(inside):
    before = Session.objects.count()
    SessionStore().save(must_create=True)
    assert Session.objects.count() == before + 1
    assert found() == []


def test_a_chain_is_begun_that_belongs_to_nothing_and_no_page_shows_it(inside):
    ledger.record(f"deployment/{uuid.uuid4()}", ReviewOpened(), by=again(inside.lead))
    assert found() == []


# What is refused


@pytest.mark.parametrize("model", [Entry, Opening, Signature, Blob, Evidence], ids=lambda model: model.__name__)
def test_what_is_written_once_is_neither_changed_nor_deleted(inside, model: type[models.Model]):
    row: Any = model._base_manager.order_by("pk").first()
    this = model._base_manager.filter(pk=row.pk)
    column = next(field.attname for field in model._meta.concrete_fields if not field.primary_key)
    assert refused(lambda: this.update(**{column: getattr(row, column)}))
    assert refused(lambda: this._raw_delete("default"))


def test_a_chain_is_neither_cut_nor_moved_nor_taken_away(inside, engine):
    stream = Stream.objects.filter(pk=inside.fresh.stream)
    last = Entry.objects.filter(stream=inside.fresh.stream).latest("sequence")
    why = refused(lambda: Entry.objects.filter(pk=last.pk)._raw_delete("default"))
    assert ("permission denied" if engine == "postgresql" else "append-only") in why
    assert "one entry at a time" in refused(lambda: stream.update(length=last.sequence, head=last.previous))
    assert refused(lambda: stream._raw_delete("default"))


def test_an_entry_is_laid_nowhere_but_at_the_end(inside):
    first = Entry.objects.filter(stream=inside.fresh.stream).earliest("sequence")
    values = {"stream_id": first.stream_id, "kind": "item.signed", "at": first.at, "actor": first.actor, "body": "{}"}
    inserted = Entry(**values, sequence=1, previous=first.digest, digest="0" * 64)
    assert "follows the head" in refused(lambda: inserted.save(force_insert=True))


def test_a_key_that_the_rule_of_two_persons_forbids_is_refused(inside):
    deployments.edit_item(inside.item, by=again(inside.reviewer), title="Mine", text="")
    casting.sign(inside.item, inside.other_reviewer)
    sign_off = casting.load(inside.item).sign_off
    why = {
        inside.other_reviewer: "unique",  # has a key, and may verify but for that
        inside.reviewer: "who contributed cannot verify",
        inside.member: "only people with the role verify",
        inside.auditor: "only active members of the team sign",
        inside.stranger: "only active members of the team sign",
    }
    for signer, words in why.items():
        assert words in refused(lambda signer=signer: key(sign_off, 2, signer).save(force_insert=True)).lower()


# What is found


def test_a_key_that_no_entry_tells_of_is_found(inside):
    key(casting.load(inside.item).sign_off, 1, inside.member).save(force_insert=True)
    assert any("signature" in fault and UNPROVED in fault for fault in found())


@pytest.mark.parametrize("plant", ["membership", "invitation", "account"])
def test_an_account_a_membership_or_an_invitation_that_is_planted_is_found(inside, plant: str):
    now = timezone.now()
    if plant == "membership":
        Membership.objects.create(team=inside.team, user=inside.stranger, role=Role.MEMBER)
    elif plant == "account":
        User.objects.create(username="mallory", full_name="Mallory")
    else:
        Invitation.objects.create(
            team=inside.team,
            role=Role.MEMBER,
            invited_by=inside.lead,
            token_digest="0" * 64,
            expires_at=now + timedelta(days=1),
        )
    assert any(plant in fault.replace("user", "account") and UNPROVED in fault for fault in found())


def test_a_role_that_is_given_by_somebody_who_may_not_is_found(inside):
    membership = Membership.objects.get(user=inside.auditor)
    membership.role, membership.reads_until = Role.MEMBER, None
    membership.save()
    event = RoleChanged(
        team=inside.team.pk, person=inside.auditor.pk, before=Role.AUDITOR, after=Role.MEMBER, name="Aude Laurent"
    )
    ledger.record(ledger.INSTANCE, event, by=again(inside.auditor), rows=[membership])
    assert len(found()) == 1


def test_a_key_that_its_entry_says_somebody_else_turned_is_found(inside):
    sign_off = casting.load(inside.item).sign_off
    forged = key(sign_off, 1, inside.member)
    forged.save(force_insert=True)
    event = ReviewOpened()
    ledger.record(inside.fresh.stream, event, by=again(inside.auditor), rows=[forged])
    assert any("a key was turned in another’s name" in fault for fault in found())


def test_a_password_that_is_swapped_is_found(inside):
    User.objects.filter(pk=inside.lead.pk).update(password="md5$$0")
    assert len(found()) == 1


def test_an_entry_that_says_what_no_row_shows_is_found(inside):
    forged = key(casting.load(inside.item).sign_off, 1, inside.member)
    ledger.record(inside.fresh.stream, ReviewOpened(), by=again(inside.member), rows=[forged])
    assert any("gone from the tables" in fault for fault in found())


@pytest.mark.parametrize("days", [-1, 1])
def test_an_entry_that_is_dated_before_the_one_before_it_or_after_today_is_found(inside, days: int):
    append(inside.fresh.stream, at=timestamp(timezone.now() + timedelta(days=days)))
    assert found() != []


def key(sign_off: Any, slot: int, signer: User) -> Signature:
    """A key that nobody turned."""
    return Signature(
        sign_off=sign_off, revision=sign_off.revision, slot=slot, signer=signer, name=signer.full_name,
        meaning="performed" if slot == 1 else "verified", digest=sign_off.digest,
        signed_at=timezone.now(), intent=uuid.uuid4(), means="password", series=proved_series(signer),
    )  # fmt: skip


def append(name: str, at: str) -> None:
    """An entry that follows its chain in everything but its date."""
    stream, instance = Stream.objects.get(pk=name), Stream.objects.get(pk=chain.INSTANCE)
    last = Entry.objects.filter(stream=name).latest("sequence")
    raw = chain.encode({
        **{key: value for key, value in chain.decode(last.body).items() if key not in ("rows", "item")},
        "seq": stream.length, "prev": stream.head, "at": at, "type": "review.opened", "data": {}, "commit": {},
        "instance": {"length": instance.length, "head": instance.head},
    })  # fmt: skip
    Entry.objects.create(
        stream=stream, sequence=stream.length, kind="review.opened", at=at, actor=last.actor,
        previous=stream.head, digest=chain.digest(raw), body=raw.decode(),
    )  # fmt: skip


# The document


def test_every_test_that_security_names_exists():
    text = (ROOT / "SECURITY.md").read_text()
    named = re.findall(r"`(test_\w+)`", text)
    files = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(named) > 10
    assert [name for name in named if not any(f"def {name}(" in source for source in files)] == []
