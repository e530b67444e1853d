"""What the database refuses about deployments, and that the guard, nothing else, is what refuses it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from apps.accounts.models import Team, User
from apps.attachments import commands as attachments
from apps.deployments import commands as deployments
from apps.deployments.models import Attachment, Deployment, Item, Section, Waiver
from apps.evidence import commands as evidence
from apps.evidence.models import Evidence, Kind
from apps.probes import commands as probes
from apps.probes.models import Probe, Run
from apps.rollback.models import RollbackPlan
from apps.signoff import commands as signoff
from tests import cast as casting
from tests.cast import again
from tests.deployments.rows import one, own, stored_sign_off
from tests.ledger import histories
from tests.tampering import lifted, settle, sql
from tests.waivers import asking

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
DIGEST = "0" * 64


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SimpleNamespace]:
    """A deployment in review with one of everything, a closed one, and another team's; made once."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = casting.stage()
        cast.note = note(cast, cast.items[0])
        histories.probe(cast, cast.items[1], ["passed"])
        cast.waiver = asking.ask(cast.items[2], by=again(cast.member), justification="The robot does")
        casting.sign(cast.items[3], cast.member)
        cast.attached = note(cast, cast.items[4])
        casting.sign(cast.items[4], cast.member)
        cast.closed = casting.deploy(cast.team, cast.version, by=cast.lead)
        deployments.cancel_deployment(cast.closed, by=again(cast.lead), reason="No need")
        cast.closed_waiver, cast.closed_note = over(cast)
        cast.run = Run.objects.get(state="passed")
        settle()
        yield cast
        transaction.set_rollback(True)


def over(cast: SimpleNamespace) -> tuple[Waiver, object]:
    """A waiver that holds and evidence without a key, both of a deployment that was cancelled."""
    ended = casting.deploy(cast.team, cast.version, by=cast.lead)
    first, second = ended.items.filter(number__in=[1, 2]).order_by("number")
    waiver = asking.ask(first, by=again(cast.member), justification="The robot does")
    filed = note(cast, second)
    deployments.cancel_deployment(ended, by=again(cast.lead), reason="No need")
    return waiver, filed


@pytest.fixture
def cast(made: SimpleNamespace) -> Iterator[SimpleNamespace]:
    with transaction.atomic():
        yield made
        transaction.set_rollback(True)


def note(cast: SimpleNamespace, item: Item) -> object:
    return attachments.attach_evidence(item, by=again(cast.member), kind=Kind.NOTE, title="Note", text="Seen")


def begin(cast: SimpleNamespace, **values: object) -> None:
    """Store a deployment that is right in every field that `values` does not replace."""
    right = {
        "team": cast.team,
        "number": 4,
        "template_version": cast.version,
        "service": "s",
        "version": "1",
        "environment": "e",
        "created_by": cast.lead,
    }
    if not {"rollback_plan", "rollback_plan_id"} & values.keys():
        values["rollback_plan"] = RollbackPlan.objects.create(team=cast.team)
    Deployment.objects.create(**(right | values))


def begin_item(cast: SimpleNamespace, **values: object) -> None:
    sign_off: Any = values.pop("sign_off", None) or stored_sign_off(cast.team)
    first = Item.objects.get(pk=cast.items[0].pk)
    right = {"deployment": cast.deployment, "section_id": first.section_id, "number": 99, "title": "t", "keys": 2}
    own(Item(**(right | values)), sign_off).save(force_insert=True)


def ask(
    cast: SimpleNamespace, item: Item, *, required: int, contributor_keys: int = 0, contributed: bool = True
) -> None:
    """Store a waiver request by hand."""
    waiver = Waiver(item=item, justification="x", requested_by=cast.member, **asking.terms(cast.member))
    own(waiver, stored_sign_off(cast.team, required=required, contributor_keys=contributor_keys))
    if contributed:
        signoff.contribute(waiver.sign_off, by=cast.member)
    waiver.save(force_insert=True)


def attach(cast: SimpleNamespace, item: Item, *, team: Team | None = None, by: User | None = None) -> None:
    filed = evidence.file_evidence(team or cast.team, by=again(by or cast.member), kind=Kind.NOTE, title="x", text="x")
    Attachment.objects.create(item=item, evidence=filed, position=77)


def revise(
    cast: SimpleNamespace, *, by: User | None = None, gone: bool = True, kind: Kind = Kind.NOTE, **place: object
) -> None:
    """Store another revision of the note by hand, right in all but what is given."""
    content: dict[str, Any] = {"text": "y"} if kind == Kind.NOTE else {"url": "https://example.com/"}
    filed = evidence.file_evidence(cast.team, by=again(cast.member), kind=kind, title="y", **content)
    if gone:
        one(Attachment, cast.note.attachment, removed_at=filed.added_at, removed_by=by or cast.member)
    Attachment.objects.create(**{"item": cast.items[0], "evidence": filed, "position": 1, "revision": 2, **place})


def taken_away_before(cast: SimpleNamespace) -> None:
    one(Attachment, cast.note.attachment, removed_at=timezone.now(), removed_by=cast.member)
    revise(cast, gone=False)


def other_probe(cast: SimpleNamespace) -> object:
    return probes.define_probe(
        cast.other_team,
        by=again(cast.stranger),
        name="x",
        kind="http",
        config={"url": "https://example.com/"},
        stream="instance",
    )


def other_plan(cast: SimpleNamespace) -> RollbackPlan:
    return RollbackPlan.objects.create(team=cast.other_team)


# References are checked at commit: whoever names a row first and stores it afterwards must not get past a rule.


def probe_to_come(cast: SimpleNamespace) -> None:
    later = Probe(team=cast.other_team, name="x", kind="http", config={}, created_by=cast.stranger)
    one(Item, cast.items[0], probe_id=later.pk)
    later.save(force_insert=True)


def evidence_to_come(cast: SimpleNamespace) -> None:
    later = Evidence(
        team=cast.other_team, kind="note", title="t", text="x", sha256=DIGEST, size=1, added_by=cast.stranger
    )
    Attachment.objects.create(item=cast.items[0], evidence_id=later.pk, position=77)
    later.save(force_insert=True)


def plan_to_come(cast: SimpleNamespace) -> None:
    later = RollbackPlan(team=cast.other_team)
    begin(cast, rollback_plan_id=later.pk)
    later.save(force_insert=True)


FIXED = "a deployment keeps its team and number"
COVERED = "what signatures cover is fixed"
PLACE = "an item keeps its place, its keys and its conditions"
UNDER = "what turned keys cover cannot change under them"
WRONG = {
    "a number is left out": (lambda c: begin(c, number=6), "without a gap"),
    "another team's checklist": (
        lambda c: begin(c, template_version=c.other_deployment.template_version),
        "the checklist belongs to another team",
    ),
    "another team's rollback plan": (
        lambda c: begin(c, rollback_plan=other_plan(c)),
        "the rollback plan belongs to another team",
    ),
    "it begins in review": (lambda c: begin(c, state="in_review"), "a deployment begins as a draft"),
    "a closed one is renamed": (lambda c: one(Deployment, c.closed, closing_reason="x"), "stays as it is"),
    "a closed one is reopened": (
        lambda c: one(Deployment, c.closed, state="in_review", outcome="", closed_at=None, closed_by=None),
        "what has ended is reopened by two people",
    ),
    "it moves to another team": (lambda c: one(Deployment, c.deployment, team=c.other_team, number=9), FIXED),
    "it gets another number": (lambda c: one(Deployment, c.deployment, number=9), FIXED),
    "it gets another creator": (lambda c: one(Deployment, c.deployment, created_by=c.member), FIXED),
    "it gets another plan": (
        lambda c: one(Deployment, c.deployment, rollback_plan=RollbackPlan.objects.create(team=c.team)),
        FIXED,
    ),
    "another version goes out": (lambda c: one(Deployment, c.deployment, version="9"), COVERED),
    "another service goes out": (lambda c: one(Deployment, c.deployment, service="x"), COVERED),
    "it goes elsewhere": (lambda c: one(Deployment, c.deployment, environment="x"), COVERED),
    "the review is taken back": (
        lambda c: one(Deployment, c.deployment, state="draft"),
        "only as its table of states says",
    ),
    "a section is renamed": (
        lambda c: Section.objects.update(title="x"),
        "a section follows the version of its deployment",
    ),
    "a section becomes another": (lambda c: Section.objects.update(key="x"), "a section keeps its place and its key"),
    "an item with another team's sign-off": (
        lambda c: begin_item(c, sign_off=stored_sign_off(c.other_team)),
        "an item is signed by its own team",
    ),
    "an item that asks for fewer keys than it says": (
        lambda c: begin_item(c, sign_off=stored_sign_off(c.team, required=1)),
        "with its own number of keys",
    ),
    "an item that begins with a stranger": (lambda c: begin_item(c, owner=c.stranger), "is a member of its team"),
    "an item is given to a stranger": (
        lambda c: one(Item, c.items[0], owner=c.stranger),
        "the owner of an item is a member of its team",
    ),
    "an item is no longer critical": (lambda c: one(Item, c.items[0], critical=False), PLACE),
    "an item moves": (lambda c: one(Item, c.items[0], number=50), PLACE),
    "an item needs one key": (lambda c: one(Item, c.items[4], keys=1), PLACE),
    "an item changes its sign-off": (
        lambda c: one(Item, c.items[0], sign_off=own(Item(), stored_sign_off(c.team)).sign_off),
        PLACE,
    ),
    "an item of a closed deployment changes": (
        lambda c: one(Item, c.closed.items.get(number=1), result="x"),
        "the items of a closed deployment stay as they are",
    ),
    "a title under turned keys": (lambda c: one(Item, c.items[3], title="x"), UNDER),
    "a text under turned keys": (lambda c: one(Item, c.items[3], text="x"), UNDER),
    "a command under turned keys": (lambda c: one(Item, c.items[3], commands=["x"]), UNDER),
    "a result under turned keys": (lambda c: one(Item, c.items[3], result="x"), UNDER),
    "a run under turned keys": (lambda c: one(Item, c.items[3], pinned_run=c.run), UNDER),
    "another team's probe": (
        lambda c: one(Item, c.items[0], probe=other_probe(c)),
        "the probe belongs to another team",
    ),
    "another team's evidence": (
        lambda c: attach(c, c.items[0], team=c.other_team, by=c.stranger),
        "the evidence belongs to another team",
    ),
    "evidence slipped under turned keys": (lambda c: attach(c, c.items[3]), "cannot be slipped under turned keys"),
    "evidence for a closed deployment": (
        lambda c: attach(c, c.closed.items.get(number=1)),
        "a closed deployment takes no more evidence",
    ),
    "evidence moves to another item": (
        lambda c: one(Attachment, c.note.attachment, item=c.items[1]),
        "an attachment is only ever taken away",
    ),
    "evidence taken from under turned keys": (
        lambda c: one(Attachment, c.attached.attachment, removed_at=timezone.now(), removed_by=c.lead),
        "cannot be taken from under turned keys",
    ),
    "a revision of what was taken away before": (taken_away_before, "takes the place of the one before it"),
    "a revision that somebody else made room for": (
        lambda c: revise(c, by=c.lead),
        "takes the place of the one before",
    ),
    "a revision of another kind": (lambda c: revise(c, kind=Kind.LINK), "takes the place of the one before it"),
    "a revision that leaves one out": (lambda c: revise(c, revision=3), "takes the place of the one before it"),
    "a revision of what another item has": (
        lambda c: revise(c, item=c.items[1]),
        "takes the place of the one before it",
    ),
    "a waiver its requester could approve": (
        lambda c: ask(c, c.items[0], required=2, contributor_keys=1),
        "others approve a waiver",
    ),
    "one approval for a critical item": (lambda c: ask(c, c.items[0], required=1), "two of them for a critical item"),
    "a waiver nobody asked for": (
        lambda c: ask(c, c.items[0], required=2, contributed=False),
        "whoever asks for a waiver never approves it",
    ),
    "a waiver in a closed deployment": (
        lambda c: ask(c, c.closed.items.get(number=1), required=2),
        "nothing of a closed deployment is waived",
    ),
    "a waiver of a closed deployment ends": (
        lambda c: one(Waiver, c.closed_waiver, ended_at=timezone.now(), ended_by=c.lead, ended_why="x"),
        "the waivers of a closed deployment stay",
    ),
    "evidence taken from a closed deployment": (
        lambda c: one(Attachment, c.closed_note.attachment, removed_at=timezone.now(), removed_by=c.lead),
        "the evidence of a closed deployment stays",
    ),
    "another justification": (
        lambda c: one(Waiver, c.waiver, justification="x"),
        "a waiver is only ever ended",
    ),
    "another requester": (lambda c: one(Waiver, c.waiver, requested_by=c.lead), "a waiver is only ever ended"),
    "an item for a closed deployment": (
        lambda c: begin_item(c, deployment=c.closed),
        "a closed deployment takes no more items",
    ),
    "a section for a closed deployment": (
        lambda c: Section.objects.create(deployment=c.closed, position=99, title="x"),
        "a closed deployment takes no more sections",
    ),
    "another team's probe, named before it is there": (probe_to_come, "the probe belongs to another team"),
    "another team's evidence, named before it is there": (evidence_to_come, "the evidence belongs to another team"),
    "another team's plan, named before it is there": (plan_to_come, "the rollback plan belongs to another team"),
}
NEVER = {model._meta.db_table: model for model in (Attachment, Waiver, Section, Item, Deployment)}


def delete_all(table: str) -> None:
    """Delete every row of a table, as the ORM never would."""
    NEVER[table].objects.all()._raw_delete("default")


@pytest.mark.parametrize("what", WRONG)
def test_the_database_refuses_that(cast, what):
    act, answer = WRONG[what]
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        act(cast)


def test_a_revision_that_takes_the_place_of_the_one_before_is_stored(cast):
    revise(cast)


def test_two_revisions_of_a_piece_never_stand_at_once(cast):
    with pytest.raises(IntegrityError), transaction.atomic(), lifted():
        revise(cast, gone=False)


@pytest.mark.parametrize("what", WRONG)
def test_without_the_guards_nothing_would_refuse_it(cast, what):
    act, _ = WRONG[what]
    with lifted():
        act(cast)


@pytest.mark.parametrize("table", NEVER)
def test_nothing_is_deleted(cast, table):
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic():
        delete_all(table)


@pytest.mark.parametrize("table", ["deployments_attachment", "deployments_waiver"])
def test_without_the_guards_it_would_be(cast, table):
    with lifted():
        delete_all(table)


@pytest.mark.parametrize("table", NEVER)
def test_nothing_is_replaced_or_truncated(cast, table):
    statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    if connection.vendor == "postgresql":
        statement = f"TRUNCATE {table} CASCADE"
        settle()
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(statement)


def test_what_is_right_goes_through(cast):
    begin(cast)
    begin_item(cast, owner=cast.member)
    ask(cast, cast.items[0], required=2)
    attach(cast, cast.items[0])
