"""What takes a passkey: an item by its template, a role by its team. It is signed, said beforehand, and enforced."""

import pytest
from django.db import IntegrityError, transaction

from apps.checklists import commands as checklists
from apps.core.errors import NotAllowed
from apps.deployments import commands
from apps.deployments.commands.signing import Offered, SeriesStopped
from apps.factors.commands import prove
from apps.factors.rules import Means
from apps.ledger.models import Entry
from apps.signoff.models import Signature, SignOff
from apps.signoff.rules import Meaning, content_digest, turn_of
from apps.teams import commands as teams
from project import verification
from tests import cast as casting
from tests.cast import again, keyed, signed_in, words
from tests.deployments.templates import item, line, review
from tests.deployments.test_upgrades import following, upgrade
from tests.factors.people import answered, asked, give_passkey

# A passkey of these tests comes without the day that its owner would wait, which the judge finds and nobody asks here.
pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
WAITS = "what somebody proves themselves by changed, and they went on signing"
REFUSED = "this key takes a passkey"


def faults():
    return [fault.what for fault in verification.verify().faults if fault.what != WAITS]


def shown_of(one):
    return content_digest(one.content(pinned=one.run_to_pin))


def turn(one, person, **proof):
    now = casting.load(one)
    given = keyed(person) | proof
    return commands.sign_item(now, shown=shown_of(now), slot=len(now.sign_off.turned) + 1, **given)


def by_passkey(one, person, meaning=Meaning.PERFORMED):
    """That it is them, by a passkey that they were just given, over the next key of the item."""
    phone, now, by = give_passkey(person), casting.load(one), again(person)
    named = turn_of(now.sign_off_id, shown_of(now), len(now.sign_off.turned) + 1, meaning)
    return {"by": by, "proof": prove(by=by, purpose="one", **answered(asked(by, named), phone))}


def keys_of(one):
    return Signature.objects.filter(sign_off=one.sign_off_id)


def page(person, one):
    where = f"/t/pay/deployments/{one.deployment.number}/items/{one.number}/"
    return words(signed_in(person).get(where))


@pytest.fixture
def one(people):
    """An item whose keys take a passkey."""
    return item(review(people, line("a", passkey=True), line("b")), "a")


def test_it_is_part_of_what_is_signed(people, one):
    other = item(one.deployment, "b")
    assert (one.sign_off.passkey, other.sign_off.passkey) == (True, False)
    assert (one.content(pinned=None)["passkey"], other.content(pinned=None)["passkey"]) == (True, False)


def test_no_password_turns_its_key_and_a_passkey_does(people, one):
    before = Entry.objects.count()
    with pytest.raises(NotAllowed, match=REFUSED):
        turn(one, people.member)
    assert not keys_of(one).exists()
    assert Entry.objects.count() == before
    turn(one, people.member, **by_passkey(one, people.member))
    assert keys_of(one).get().means == Means.PASSKEY
    turn(one, people.reviewer, **by_passkey(one, people.reviewer, Meaning.VERIFIED))
    assert casting.load(one).sign_off.is_settled
    assert faults() == []


def test_its_page_says_so_before_and_offers_nothing_else(people, one):
    without = page(people.member, one)
    assert "This key takes a passkey, and you have none." in without
    assert "Add a passkey</a> under your account" in without
    assert 'name="password"' not in without
    give_passkey(people.member)
    with_one = page(people.member, one)
    assert "This key takes a passkey." in with_one
    assert "data-sign-passkey" in with_one
    assert 'name="password"' not in with_one
    assert 'name="password"' in page(people.lead, item(one.deployment, "b"))


def test_one_that_takes_a_passkey_stops_a_series_by_password(people, one):
    keys = [Offered(each.number, 1, shown_of(each)) for each in (one, item(one.deployment, "b"))]
    with pytest.raises(SeriesStopped, match=REFUSED):
        commands.sign_items(one.deployment, offered=keys, **keyed(people.member))
    assert not keys_of(one).exists()
    series = words(signed_in(people.member).get(f"/t/pay/deployments/{one.deployment.number}/series/?item=1&item=2"))
    assert "This key takes a passkey, and you have none." in series


def test_a_team_asks_it_of_a_role_at_once_and_of_no_other_key(people):
    made = review(people, line("a"))
    one = item(made, "a")
    teams.edit_team(people.team, by=again(people.lead), two_publish=True, passkey_roles="reviewer")
    turn(one, people.member)  # a first key is nobody's by role
    with pytest.raises(NotAllowed, match=REFUSED):
        turn(one, people.reviewer)
    assert "This key takes a passkey, and you have none." in page(people.reviewer, one)
    turn(one, people.reviewer, **by_passkey(one, people.reviewer, Meaning.VERIFIED))
    assert casting.load(one).sign_off.is_settled
    assert faults() == []


def test_who_sets_it_sees_who_would_be_without(people):
    give_passkey(people.reviewer)
    lead = signed_in(people.lead)
    text = words(lead.get("/t/pay/people/"))
    reviewers = text.partition('value="reviewer"')[2].partition("</div>")[0]
    assert people.other_reviewer.full_name in reviewers
    assert people.reviewer.full_name not in reviewers
    basis = casting.basis(lead, "/t/pay/people/", "/t/pay/people/team/?")
    sent = {"two_publish": "on", "waiver_days": "30", "passkey_roles": ["reviewer", "decider"], **basis}
    assert lead.post("/t/pay/people/team/", sent).status_code == 302
    people.team.refresh_from_db()
    assert people.team.passkey_roles == "decider reviewer"


def test_a_version_that_asks_for_it_lets_keys_fall_out_and_one_that_no_longer_does_lifts_it(people):
    made = review(people, line("a"))
    turn(item(made, "a"), people.member)
    upgrade(people, made, following(people, made, edit={"a": {"passkey": True}}))
    now = item(made, "a")
    assert (now.passkey, now.sign_off.passkey, now.sign_off.turned) == (True, True, [])
    with pytest.raises(NotAllowed, match=REFUSED):
        turn(now, people.member)
    made.refresh_from_db()
    upgrade(people, made, following(people, made, edit={"a": {"passkey": False}}))
    turn(item(made, "a"), people.member)
    assert faults() == []


def test_the_database_takes_it_off_no_open_sign_off(one):
    with pytest.raises(IntegrityError, match="a sign-off keeps"), transaction.atomic():
        SignOff.objects.filter(pk=one.sign_off_id).update(passkey=False)


def test_the_studio_names_who_could_not_sign_it(people, one):
    give_passkey(people.member)
    version = one.deployment.template_version
    draft = checklists.start_draft(version.template, by=again(people.lead))
    page = words(signed_in(people.lead).get(f"/t/pay/templates/{draft.template_id}/draft/items/a/"))
    warning = page.partition("it is signed by nobody who has none: now")[2][:400]
    assert people.reviewer.full_name in warning
    assert people.member.full_name not in warning
