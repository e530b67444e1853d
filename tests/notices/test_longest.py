"""The longest names that people, teams and items can have: everybody hears of them, and of everything else."""

import pytest
from django.db import DataError, OperationalError
from django.db.models import CharField, Model

from apps.accounts import commands as accounts
from apps.accounts.models import User
from apps.core.wording import FOR, LONGEST_FOR_ANOTHER
from apps.deployments.models import Deployment, Item
from apps.imports import commands as imports
from apps.notices import commands
from apps.notices.commands import deriving
from apps.notices.models import Delivery, Notice, Post
from apps.notices.rules import OF_A_TEAM
from tests import cast
from tests.cast import again
from tests.notices.heard import derived, kinds

pytestmark = pytest.mark.django_db

TITLE = "How long it takes " * 11
SOURCE = f"# R\n\n- [ ] **Critical:** {TITLE} <!-- keyturn key=x keys=3 -->\n- [ ] two <!-- keyturn key=y keys=2 -->\n"


def renamed(person: User, letter: str) -> None:
    longest = (f"{letter}uvwxyz " * 16)[:120].strip()
    name = longest + letter * (120 - len(longest))
    accounts.rename_person(again(person), by=again(person), full_name=name)


def with_the_longest_names(people) -> Deployment:
    """Two keys of three are turned on an item, the second one by somebody for another."""
    for person, letter in ((people.member, "M"), (people.reviewer, "R"), (people.lead, "L")):
        renamed(person, letter)
    started = imports.start_import(people.team, by=again(people.lead), source=SOURCE, file_name="r.md")
    (draft,) = imports.draft_import(started, by=again(people.lead))
    longest = {"service": "s" * 100, "version": "v" * 100, "environment": "e" * 60}
    deployment = cast.deploy(people.team, cast.published(draft, by=people.lead), by=people.lead, **longest)
    cast.hand_over(people.team, of=people.reviewer, to=people.member)
    for person in (people.lead, people.member):
        cast.sign(item_of(deployment), again(person))
    return deployment


def item_of(deployment: Deployment) -> Item:
    return deployment.items.get(number=1)


def too_long(model: type[Model]) -> list[str]:
    """Columns of a table that hold more than they may: PostgreSQL refuses it, SQLite does not look."""
    fields = [field for field in model._meta.concrete_fields if isinstance(field, CharField) and field.max_length]
    return [
        f"{model.__name__}.{field.name}: {getattr(row, field.name)}"
        for row in model._default_manager.all()
        for field in fields
        if len(getattr(row, field.name)) > (field.max_length or 0)
    ]


def test_the_longest_names_fit_into_whatever_is_heard(people):
    kinds_of_all = [kind.value for kind in OF_A_TEAM]
    address = "https://hooks.example.com/x"
    commands.make_webhook(
        people.team, by=again(people.lead), name="all", shape="slack", address=address, kinds=kinds_of_all
    )
    with_the_longest_names(people)
    derived()
    asked = Notice.objects.filter(person=people.other_reviewer, kind="verify").get()
    assert len(asked.actor_name) == 2 * 120 + len(FOR)
    assert Post.objects.filter(actor_name=asked.actor_name).exists()
    assert [each for model in (Notice, Post, Delivery) for each in too_long(model)] == []


def test_what_is_called_by_two_names_has_room_for_the_longest():
    longest = User._meta.get_field("full_name").max_length or 0
    assert 2 * longest + len(FOR) <= LONGEST_FOR_ANOTHER


def test_a_chain_that_the_database_refuses_keeps_no_other_from_being_read(stage, monkeypatch, caplog):
    derived()
    before = deriving._read_deployment
    other = cast.deploy(stage.team, stage.deployment.template_version, by=stage.lead)

    def refused(entries, facts, reading):
        if facts.deployment == stage.deployment:
            raise DataError("value too long for type character varying(120)")
        before(entries, facts, reading)

    monkeypatch.setattr(deriving, "_read_deployment", refused)
    for deployment in (stage.deployment, other):
        cast.sign(deployment.items.get(number=4), stage.member)
    derived()
    assert kinds(stage.reviewer).count("verify") == 1
    assert f"deployment/{stage.deployment.pk}" in caplog.text
    monkeypatch.setattr(deriving, "_read_deployment", before)
    derived()
    assert kinds(stage.reviewer).count("verify") == 2


def test_where_the_database_is_away_nothing_more_is_tried(stage, monkeypatch):
    tried = []

    def away(stream: str) -> int:
        tried.append(stream)
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(deriving, "_read_all", away)
    cast.deploy(stage.team, stage.deployment.template_version, by=stage.lead)
    with pytest.raises(OperationalError):
        derived()
    assert len(tried) == 1
