"""Zones are made by administrators, and opened by two of them."""

import json
import uuid
from ipaddress import ip_address

import pytest

from apps.accounts import commands as accounts
from apps.core.errors import NotAllowed, Refusal, Stale, WrongState
from apps.core.shown import fingerprint
from apps.core.wording import without_isolates
from apps.ledger.commands import SYSTEM
from apps.ledger.events import sentence
from apps.ledger.models import Entry
from apps.zones import commands, selectors
from apps.zones.models import Zone
from tests.cast import again

pytestmark = pytest.mark.django_db
NETWORK = "10.20.0.0/16:5432"


def last_sentence(kind):
    entry = Entry.objects.filter(kind=kind).latest("pk")
    found = {opening.path: opening.value for opening in entry.openings.all()}
    return without_isolates(sentence(json.loads(entry.body), found))


def terms(cast):
    return selectors.terms_of(["factory"])["factory"]


def refuses(cast, address="10.20.1.1", port=5432):
    return bool(terms(cast).policy.refusal(ip_address(address), port))


@pytest.mark.parametrize("who", ["lead", "member", "auditor"])
def test_only_administrators_make_and_open_zones(cast, who):
    person = again(getattr(cast, who))
    with pytest.raises(NotAllowed, match="Only an administrator"):
        commands.create_zone(by=person, queue="dmz", name="DMZ")
    with pytest.raises(NotAllowed, match="Only an administrator"):
        commands.edit_zone(cast.zone, by=person, name="Other", description="")
    with pytest.raises(NotAllowed, match=r"python manage\.py administrator"):
        commands.propose_widening(cast.zone, by=person, allow=NETWORK)
    proposed = commands.propose_widening(cast.zone, by=cast.admin, allow=NETWORK)
    with pytest.raises(NotAllowed, match="Only an administrator"):
        commands.confirm_widening(proposed, by=person, shown=proposed.digest)
    with pytest.raises(NotAllowed, match="Only an administrator"):
        commands.end_widening(proposed, by=person)


def test_a_zone_is_made_once_and_keeps_its_queue_to_itself(cast):
    made = {"queue": "dmz", "name": "DMZ", "description": ""}
    assert commands.create_zone(by=cast.admin, **made) == commands.create_zone(by=cast.admin, **made)
    assert Zone.objects.count() == 2
    for other in ({"queue": "dmz", "name": "Other"}, {"queue": "other", "name": "dMZ"}):
        with pytest.raises(WrongState, match="Another zone has that queue or that name"):
            commands.create_zone(by=cast.second, **other)
    with pytest.raises(Refusal, match="a queue of Keyturn itself"):
        commands.create_zone(by=cast.admin, queue="probes", name="Mine")


def test_a_zone_opens_with_the_second_administrator(cast):
    proposed = commands.propose_widening(cast.zone, by=cast.admin, allow=" 10.20.0.0/16:5432 ")
    assert refuses(cast)
    assert cast.load().version == 1
    with pytest.raises(NotAllowed, match="another administrator confirms"):
        commands.confirm_widening(proposed, by=cast.admin, shown=proposed.digest)
    with pytest.raises(Stale, match="did not say what it showed"):
        commands.confirm_widening(proposed, by=cast.second, shown="0" * 64)
    assert refuses(cast)
    confirmed = commands.confirm_widening(proposed, by=cast.second, shown=proposed.digest)
    assert (confirmed.since, confirmed.alone, cast.load().version) == (2, False, 2)
    assert not refuses(cast)
    assert refuses(cast, port=5433)
    assert refuses(cast, "10.21.1.1")
    opened = "confirmed that the zone “Factory” opens port 5432 of 10.20.0.0/16: version 2"
    assert last_sentence("widening.confirmed") == opened
    assert commands.confirm_widening(proposed, by=cast.second, shown=proposed.digest).since == 2  # a second click


def test_it_closes_with_one(cast):
    widening = cast.widen(allow=NETWORK)
    shown = fingerprint(widening.standing)
    with pytest.raises(Stale):
        commands.end_widening(widening, by=cast.second, shown="other")
    ended = commands.end_widening(widening, by=cast.second, shown=shown)
    assert (ended.until, cast.load().version) == (3, 3)
    assert refuses(cast)
    with pytest.raises(WrongState, match="closed already"):
        commands.end_widening(ended, by=cast.admin)
    with pytest.raises(WrongState, match="withdrawn or closed"):
        commands.confirm_widening(ended, by=cast.second, shown=ended.digest)


def test_a_proposal_is_withdrawn_and_opens_nothing(cast):
    proposed = commands.propose_widening(cast.zone, by=cast.admin, allow=NETWORK)
    withdrawn = commands.end_widening(proposed, by=cast.admin)
    assert (withdrawn.until, cast.load().version) == (None, 1)
    with pytest.raises(WrongState, match="withdrawn or closed"):
        commands.confirm_widening(proposed, by=cast.second, shown=proposed.digest)


def test_a_team_uses_a_zone_once_two_administrators_say_so(cast):
    assert cast.team.pk not in terms(cast).teams
    proposed = commands.propose_widening(cast.zone, by=cast.admin, team=cast.team)
    assert cast.team.pk not in terms(cast).teams
    commands.confirm_widening(proposed, by=cast.second, shown=proposed.digest)
    assert terms(cast).teams == {cast.team.pk}
    assert list(Zone.objects.of_team(cast.team.pk)) == [cast.zone]
    with pytest.raises(WrongState, match="open or proposed already"):
        commands.propose_widening(cast.zone, by=cast.second, team=cast.team)


def test_people_see_the_zones_of_their_teams(cast):
    assert not Zone.objects.visible_to(again(cast.member)).exists()
    assert Zone.objects.visible_to(cast.admin).exists()
    cast.widen(team=cast.team)
    assert Zone.objects.visible_to(again(cast.member)).exists()


def test_the_only_administrator_confirms_alone_and_the_ledger_says_so(cast):
    accounts.change_administrator(cast.second, by=SYSTEM, is_admin=False)
    proposed = commands.propose_widening(cast.zone, by=cast.admin, allow=NETWORK)
    confirmed = commands.confirm_widening(proposed, by=cast.admin, shown=proposed.digest)
    assert confirmed.alone
    assert last_sentence("widening.confirmed") == (
        "as the only administrator, without a second person, confirmed that the zone “Factory” opens "
        "port 5432 of 10.20.0.0/16: version 2"
    )


def test_sent_twice_it_is_proposed_once(cast):
    intent = uuid.uuid4()
    first, second = (
        commands.propose_widening(cast.zone, by=cast.admin, allow=NETWORK, intent=intent) for _ in range(2)
    )
    assert first == second
    assert cast.zone.widenings.count() == 1
    with pytest.raises(WrongState, match="open or proposed already"):
        commands.propose_widening(cast.zone, by=cast.second, allow=NETWORK)


@pytest.mark.parametrize("allow", ["", "169.254.169.254:80", "somewhere", "10.0.0.0/8:99999"])
def test_what_cannot_be_listed_is_refused(cast, allow):
    with pytest.raises(Refusal):
        commands.propose_widening(cast.zone, by=cast.admin, allow=allow)


def test_metadata_and_own_data_stay_closed_whatever_is_listed(cast):
    cast.widen(allow="0.0.0.0/0")
    assert refuses(cast, "169.254.169.254", 80)
    assert refuses(cast, "100.100.100.200", 80)
    assert not refuses(cast, "10.1.1.1", 25)


def test_a_zone_is_renamed_against_what_was_shown(cast):
    shown = fingerprint(cast.zone.standing)
    commands.edit_zone(cast.zone, by=cast.admin, name="Plant", description="", shown=shown)
    with pytest.raises(Stale):
        commands.edit_zone(cast.zone, by=cast.second, name="Works", description="x", shown=shown)
    with pytest.raises(NotAllowed):
        commands.edit_zone(cast.zone, by=again(cast.lead), name="Works", description="")
    assert cast.load().name == "Plant"
