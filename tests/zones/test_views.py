"""The pages of zones and workers, as administrators and as people of a team see them."""

import html
import re
import time

import pytest
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.core import lists
from apps.ledger.commands import SYSTEM
from apps.live import notes
from apps.zones import commands, selectors
from apps.zones.models import Widening, Zone
from apps.zones.rules import WORKERS
from tests.cast import again, signed_in

pytestmark = pytest.mark.django_db
NETWORK = "10.20.0.0/16:5432"


def text(answer) -> str:
    plain = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<head.*?</head>", "", answer.content.decode()))
    return " ".join(html.unescape(plain).split())


@pytest.fixture(autouse=True)
def workers(monkeypatch):
    """What workers noted: {name: (queues, seconds since)}, None for a broker that is away."""
    noted: dict = {}

    def among(group):
        about = {"busy": 1, "size": 2, "version": "1"}
        now = time.time()
        return group == WORKERS and {
            name: about | {"queues": queues, "seen": now - age} for name, (queues, age) in noted.items()
        }

    monkeypatch.setattr(notes, "noted_among", among)
    return noted


def page(cast, by=None, zone="factory"):
    return text(signed_in(again(by or cast.admin)).get(reverse("zones:zone", args=[zone])))


def listed(cast, by=None, query=""):
    return text(signed_in(again(by or cast.admin)).get(reverse("zones:list") + query))


def post(cast, act, *args, by=None, **body):
    return signed_in(again(by or cast.admin)).post(reverse(f"zones:{act}", args=args), body)


def test_from_making_a_zone_to_its_first_version(cast):
    assert post(cast, "create_zone", name="DMZ", queue="dmz", description="").status_code == 302
    post(cast, "propose_widening", "dmz", allow="10.20.0.0/16:5432\n:9090")
    assert "another administrator confirms it" in page(cast, zone="dmz")
    widening = Widening.objects.get()
    seen = signed_in(again(cast.second)).get(reverse("zones:zone", args=["dmz"])).content.decode()
    assert f'value="{widening.digest}"' in seen
    post(cast, "confirm_widening", "dmz", widening.pk, by=cast.second, shown=widening.digest)
    shown = page(cast, zone="dmz")
    assert "port 5432 of 10.20.0.0/16" in shown
    assert "port 9090 of every public address" in shown
    assert "since version 2" in shown
    assert Zone.objects.get(pk="dmz").version == 2


def test_people_of_a_team_see_its_zones_and_change_none(cast):
    assert "Factory" not in listed(cast, cast.member)
    assert signed_in(again(cast.member)).get(reverse("zones:zone", args=["factory"])).status_code == 404
    cast.widen(team=cast.team)
    assert "Factory" in listed(cast, cast.member)
    shown = page(cast, cast.member)
    assert "Only an administrator changes zones" in shown
    assert "Propose networks" not in shown
    assert post(cast, "propose_widening", "factory", by=cast.member, allow=NETWORK).status_code == 403
    assert post(cast, "create_zone", by=cast.member, name="x", queue="x").status_code == 403


def test_no_other_team_is_named_to_people_of_one(cast):
    cast.widen(team=cast.team)
    cast.widen(team=cast.other_team)
    assert cast.other_team.name not in page(cast, cast.member)
    assert cast.other_team.name not in listed(cast, cast.member)
    assert cast.other_team.name in page(cast)


def test_the_only_administrator_is_shown_that_nobody_confirms(cast):
    accounts.change_administrator(cast.second, by=SYSTEM, is_admin=False)
    proposed = commands.propose_widening(cast.zone, by=cast.admin, allow=NETWORK)
    assert "You are the only administrator" in page(cast)
    assert "Confirm alone" in page(cast)
    assert "Waits for a second person" not in page(cast)
    assert "1 proposal is not confirmed yet." in listed(cast)
    post(cast, "confirm_widening", "factory", proposed.pk, shown=proposed.digest)
    assert "confirmed alone: there was no second administrator" in page(cast)


def test_who_serves_a_zone(cast, workers):
    assert "✕ no worker" in page(cast)
    assert "celery -A project.celery worker -Q factory" in page(cast)
    workers["factory@host-1"] = (["factory", "dmz"], 3)
    workers["factory@host-2"] = (["factory"], 600)
    shown = page(cast)
    assert "✓ 1 worker 1 of 2 busy" in shown
    assert "factory@host-2 ✕ gone" in shown
    assert "✓ 1 worker 1 of 2 busy" in listed(cast)


def test_workers_of_keyturns_own_queues(cast, workers, settings):
    assert "runs approved commands" not in listed(cast)
    settings.KEYTURN_COMMANDS = True
    workers["probes@host"] = (["keyturn", "probes"], 3)
    shown = listed(cast)
    assert re.search(r"probes asks from this Keyturn’s own network ✓ 1 worker", shown)
    assert re.search(r"commands runs approved commands ✕ no worker", shown)


def test_a_broker_that_is_away_leaves_them_unknown(cast, monkeypatch):
    monkeypatch.setattr(notes, "noted_among", lambda group: None)
    assert "The broker does not answer" in listed(cast)
    assert "✕ no worker" not in listed(cast)
    assert "not known now" in page(cast)


def test_a_worker_of_yesterday_is_forgotten(cast, workers):
    workers["old@host"] = (["factory"], 90_000)
    assert selectors.workers(time.time()) == []


def test_the_list_is_searched_and_sorted_by_its_address(cast, monkeypatch):
    monkeypatch.setattr(lists, "PER_PAGE", 25)
    for number in range(30):
        commands.create_zone(by=cast.admin, queue=f"z{number}", name=f"Zone {number:02}")
    assert "Zone 07" in listed(cast, query="?q=07")
    assert "Zone 08" not in listed(cast, query="?q=07")
    assert "No zone matches" in listed(cast, query="?q=nothing")
    assert listed(cast, query="?sort=newest").index("Zone 29") < listed(cast, query="?sort=newest").index("Zone 28")
    assert "Zone 29" in listed(cast, query="?page=2")
    assert "Zone 00" not in listed(cast, query="?page=2")


@pytest.mark.parametrize("many", [1, 12])
def test_pages_ask_a_fixed_number_of_queries(cast, many, django_assert_max_num_queries):
    for number in range(many):
        cast.widen(allow=f"10.{number}.0.0/16")
        commands.create_zone(by=cast.admin, queue=f"z{number}", name=f"Zone {number:02}")
    client = signed_in(again(cast.admin))
    with django_assert_max_num_queries(12):
        client.get(reverse("zones:list"))
    with django_assert_max_num_queries(12):
        client.get(reverse("zones:zone", args=["factory"]))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"name": "x", "queue": "Factory!"}, "small letters"),
        ({"name": "x", "queue": "probes"}, "a queue of Keyturn itself"),
        ({"name": "FACTORY", "queue": "other"}, "Another zone has that queue or that name"),
        ({"name": "", "queue": "other"}, "Fill this in"),
    ],
)
def test_what_is_wrong_with_a_new_zone_is_said_beside_it(cast, body, says):
    answer = post(cast, "create_zone", **body)
    assert answer.status_code in (409, 422)
    assert says in text(answer)
    assert Zone.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"allow": ""}, "Write what to open"),
        ({"team": ""}, "Write what to open"),
        ({"allow": "somewhere"}, "is not an address or a network"),
        ({"allow": "169.254.169.254"}, "can never be listed"),
    ],
)
def test_what_is_wrong_with_a_proposal_is_said_beside_it(cast, body, says):
    answer = post(cast, "propose_widening", "factory", **body)
    assert answer.status_code == 422
    assert says in text(answer)
    assert not Widening.objects.exists()


def test_what_stands_already_is_not_proposed_again(cast):
    cast.widen(allow=NETWORK)
    answer = post(cast, "propose_widening", "factory", allow=NETWORK)
    assert answer.status_code == 409
    assert "open or proposed already" in text(answer)


def test_a_page_that_says_nothing_confirms_nothing(cast):
    proposed = commands.propose_widening(cast.zone, by=cast.admin, allow=NETWORK)
    answer = post(cast, "confirm_widening", "factory", proposed.pk, by=cast.second)
    assert answer.status_code == 409
    assert not Widening.objects.in_effect().exists()
