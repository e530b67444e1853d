"""Everybody gets another name after a whole story: nothing that speaks of the past changes, on any page or in data."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from apps.accounts import commands as accounts
from apps.accounts.models import User
from apps.boards.selectors.board import sentences_since
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment
from apps.records.commands import request_record
from apps.records.document import build, machine_record, printed
from apps.records.models import Record
from apps.records.selectors import collect
from apps.sheets import commands as sheets
from apps.sheets.models import Sheet
from apps.teams import commands as teams
from apps.waivers import commands as waiving
from tests import cast as casting
from tests.cast import again, keyed, signed_in, words
from tests.house.routes import OF_A_TEAM
from tests.house.routes.stage import set_the_stage
from tests.house.test_names import name_beside, people_in_columns
from tests.ledger import histories
from tests.stages import Made, made_once
from tests.waivers import asking

pytestmark = pytest.mark.django_db

NEW = "Zoë"
# What pages and records say of now: who looks at them, who is here, who owns, who can do the next thing.
SAYS_NOW = (
    r'<a class="person".*?</a>',
    r'<tr id="member-.*?</tr>',  # who is in the team now, and the page of one of them
    r"[^<>]* in Payments · Keyturn</title>",
    r"<li>(<a[^>]*>People</a>)?</li> ?<li><bdi>[^<]*</bdi></li>",
    r'<li class="grant"> ?<p> ?<strong><bdi>.*?</strong>',
    r"<span class=.visually-hidden.>what was asked for .*?</span>",
    r"<h1>What may .*?</h1>",
    r"items assigned to <bdi>[^<]*</bdi>",
    r"> Remove [^<]* </button>",
    r'<p class="who">.*?</p>',
    r'<span class="avatar" title.*?</span></span>',
    r'<option value="[0-9a-f-]{36}"[^>]*>[^<]*</option>',  # to whom something can be given
    r'data-find="[^"]*"',
    r'value="(item|section)_\d+:[0-9a-f]+"',
    r'data-(live-)?shown="[^"]*"',
    r"</strong>( The sheet is not completed yet\.)?( They can turn it\.)? \u2068[^\u2069]*\u2069 can clear it\.",
    r"</bdi> ?<small>[^<]*</small> ?</p> ?</li>(?= ?(<li class=\"key-card|</ol>))",
    r"</strong>[^<>]* can turn it\.",
    r"<p>[^<>]*<small>verified, not turned yet</small>",
    r"<dt>Owner</dt><dd>.*?</dd>",
    r"<bdi>[^<]*</bdi> owns it\.",
    r'"who": ".*?"',
    r"nobody who has none: now .*? Whoever",
    r"could turn no such key: .*?</(p|small|span|li)>",
)
CHANGES_ALWAYS = (
    r"just now|\d+ (s|min) ago",
    r'data-now="[^"]*"',
    r'"X-CSRFToken":"[^"]*"',
    r'name="csrfmiddlewaretoken" value="[^"]*"',
    r'name="intent" value="[^"]*"',
)


def whole_story() -> SimpleNamespace:
    """Everything that people do, in deployments that ended and one that is open."""
    cast = set_the_stage()
    ended = asking.ask(cast.items[0], by=again(cast.member), justification="There is no time for it")
    waiving.end_waiver(ended, by=again(cast.reviewer), why="There is time")
    histories.attach_everything(cast, cast.items[4])
    casting.sign(cast.items[4], cast.member)
    histories.reject(cast, cast.items[4], "Which queue?")
    deployments.assign_items(cast.deployment, by=again(cast.lead), numbers=[1, 2], owner=cast.member)
    sheet = Sheet.objects.get(pk=cast.sheet.pk)
    shown = sheet.sign_off.digest
    sheets.verify_sheet(sheet, shown=shown, revision=sheet.sign_off.revision, **keyed(cast.reviewer, sheet.id))
    request_record(cast.ending, by=again(cast.auditor))
    deployments.cancel_deployment(cast.draft, by=again(cast.lead), reason="Superseded")
    return cast


@pytest.fixture(scope="module")
def story_of_file(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    yield from made_once(whole_story, django_db_blocker)


@pytest.fixture
def story(story_of_file: Made, db: None) -> SimpleNamespace:
    return story_of_file.copy()


def rename_everybody() -> None:
    for place, person in enumerate(User.objects.order_by("pk")):
        accounts.rename_person(person, by=person, full_name=f"{NEW} {'abcdefgh'[place] * 3}")


def pages(cast: SimpleNamespace) -> Iterator[tuple[str, str]]:
    """Every page of a team, its deployments and items as an auditor sees them, and what only others are shown."""
    reader, lead = signed_in(again(cast.auditor)), signed_in(again(cast.lead))
    for address in dict.fromkeys(_addresses(cast)):
        yield address, words(reader.get(address))
    for name in ("teams:people", "templates:list", "templates:template"):
        yield name, words(lead.get(reverse(name, kwargs=dict(OF_A_TEAM[name].arguments(cast)))))
    yield "invited", words(Client().get(reverse("accounts:accept_invitation", args=[cast.token])))


def _addresses(cast: SimpleNamespace) -> Iterator[str]:
    for name, route in OF_A_TEAM.items():
        if route.get != 200 or "download" in name or name == "deployments:follow":
            continue
        arguments = dict(route.arguments(cast))
        for number in (cast.deployment, cast.ending, cast.draft) if "number" in arguments else (None,):
            for item in range(1, 6) if "item" in arguments else (None,):
                chosen = {"number": number and number.number, "item": item}
                yield reverse(
                    name, kwargs=arguments | {key: value for key, value in chosen.items() if key in arguments}
                )


def past(page: str) -> str:
    for pattern in (*SAYS_NOW, *CHANGES_ALWAYS):
        page = re.sub(pattern, "", page, flags=re.DOTALL)
    return page


def stated(deployment: Deployment) -> tuple[str, str]:
    """(record.json, what the PDF prints) without what they say of now."""
    facts = collect(Record.objects.filter(deployment=deployment).latest("number"))
    blockers = [each._replace(who="") for each in facts.decision.blockers]
    sections = [
        section._replace(items=tuple(item._replace(owner=None) for item in section.items)) for section in facts.sections
    ]
    decision = facts.decision._replace(blockers=tuple(blockers))
    document = build(facts._replace(decision=decision, sections=tuple(sections)))
    return machine_record(document).decode(), printed(document)


def test_no_page_says_of_the_past_what_is_of_now(story):
    story.token = teams.invite_person(story.team, by=again(story.lead), role="member")
    before = {name: past(page) for name, page in pages(story)}
    rename_everybody()
    after = {name: past(page) for name, page in pages(story)}
    assert {name: page for name, page in after.items() if page != before[name]} == {}
    assert len(before) > 50
    assert not [name for name, page in after.items() if NEW in page]


def test_no_record_does_and_nothing_that_is_read_out(story):
    before = [stated(each) for each in (story.deployment, story.ending)]
    assert not [data for data, _ in before if {"\u2068", "\u2069"} & set(data)]
    rename_everybody()
    assert [stated(each) for each in (story.deployment, story.ending)] == before
    board: Any = SimpleNamespace(deployment=story.deployment, sentences={})
    assert NEW not in sentences_since(board, 0)


def test_owners_and_members_have_the_name_of_now(story):
    rename_everybody()
    client = signed_in(again(story.auditor))
    for name, args in (("deployments:board", [story.team.slug, 1]), ("teams:people", [story.team.slug])):
        assert NEW in words(client.get(reverse(name, args=args)))


def test_every_column_that_says_who_did_something_has_the_name_of_then_beside_it(story):
    names = set(User.objects.values_list("full_name", flat=True))
    seen = 0
    for model, field in people_in_columns():
        name = name_beside(model, field)
        rows = model._base_manager.exclude(**{field.name: None})
        found = set(rows.values_list(name, flat=True))
        assert found <= names, f"{model._meta.label}.{name} is not a name that somebody had"
        assert not model._base_manager.filter(Q(**{field.name: None}) & ~Q(**{name: ""})).exists()
        seen += bool(found)
    assert seen >= 15, "the story leaves out some of what people do"
