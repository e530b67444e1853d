"""An invitation that is mailed: its own link, what joins by it, and what the inviter sees of it."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Invitation, User
from apps.accounts.roles import Role
from apps.core.errors import Refusal
from apps.letters import selectors
from apps.letters.models import Letter
from apps.teams import commands as teams
from tests.cast import again, signed_in
from tests.instance import last_line
from tests.letters.posted import links_in, send_due
from tests.mailbox import mailbox_served

pytestmark = pytest.mark.django_db
NORA = "nora@example.org"
JOINS = {"full_name": "Nora Voss", "username": "nora", "password": "three calm herons wade"}


@pytest.fixture
def mailbox(people):
    with mailbox_served() as mailbox:
        yield mailbox


def invited(people, email=NORA):
    return teams.invite_person(people.team, by=again(people.lead), role=Role.MEMBER, note="Nora", email=email)


def standing(people):
    return [(each.is_open, each.standing, each.why) for each in selectors.invitations_of(people.team)]


def test_an_invitation_is_mailed_and_its_inviter_sees_the_link_too(people, mailbox):
    browser = signed_in(people.lead)
    typed = {"note": "Nora", "role": "member", "email": NORA}
    shown = browser.post("/t/pay/people/invite/", typed, follow=True).content.decode()
    assert last_line().text == f"invited Nora as member, by mail to {NORA}"
    assert NORA in shown
    send_due()
    assert mailbox.recipients == [[NORA]]
    [link] = links_in(mailbox.taken[0])
    assert link not in shown
    assert "Lena Brandt invites you" in str(mailbox.taken[0]["Subject"])
    assert standing(people) == [(True, "", "")]
    guest = Client()
    assert "Join" in guest.get(link).content.decode()
    assert guest.post(link, JOINS)["Location"] == "/t/pay/"
    assert User.objects.get(username="nora").email == NORA
    assert standing(people) == []


def test_whoever_joins_by_the_link_that_the_inviter_saw_has_no_address_by_that(people, mailbox):
    token = invited(people)
    Client().post(f"/join/{token}/", JOINS)
    assert User.objects.get(username="nora").email == ""
    send_due()
    assert mailbox.taken == [], "what was accepted already is not mailed"


def test_whoever_is_here_already_keeps_their_address(people, mailbox):
    invited(people)
    token = Invitation.objects.get(address=NORA).mailed_token
    signed_in(people.stranger).post(f"/join/{token}/")
    assert again(people.stranger).email != NORA
    assert Invitation.objects.get(address=NORA).accepted_at is not None


def test_both_links_are_one_invitation(people, mailbox):
    token = invited(people)
    mailed = Invitation.objects.get(address=NORA).mailed_token
    Client().post(f"/join/{mailed}/", JOINS)
    second = Client().post(f"/join/{token}/", {**JOINS, "username": "nora2", "full_name": "Nora Second"})
    assert second.status_code == 409
    assert not User.objects.filter(username="nora2").exists()


def test_the_page_says_that_one_came_back_ran_out_or_was_taken_back(people, mailbox):
    invited(people)
    assert standing(people) == [(True, "being sent", "")]
    mailbox.replies["RCPT"] = b"550 no such user"
    send_due()
    [(is_open, word, why)] = standing(people)
    assert (is_open, word) == (True, "came back")
    assert "550 no such user" in why
    page = signed_in(people.lead).get("/t/pay/people/").content.decode()
    assert "came back" in page
    assert "550 no such user" in page
    Invitation.objects.filter(address=NORA).update(expires_at=timezone.now())
    assert standing(people) == [(False, "ran out", "")]
    teams.revoke_invitation(Invitation.objects.get(address=NORA), by=again(people.lead))
    assert standing(people) == [(False, "taken back", "")]


def test_without_mail_nothing_asks_for_an_address(people):
    page = signed_in(people.lead).get("/t/pay/people/").content.decode()
    assert 'name="email"' not in page
    with pytest.raises(Refusal, match="sends no mail"):
        invited(people)
    assert not Letter.objects.exists()


def test_nobody_is_mailed_again_and_again(people, mailbox):
    for _ in range(3):
        invited(people)
    page = signed_in(people.lead).post("/t/pay/people/invite/", {"note": "Nora", "role": "member", "email": NORA})
    assert page.status_code == 409
    assert "too often" in page.content.decode()
    assert Invitation.objects.filter(address=NORA).count() == 3
