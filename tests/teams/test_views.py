"""The page of people, invitations and what one does from there, as a browser meets them."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Grant, Invitation, Membership, User
from apps.accounts.roles import Role
from apps.core.wording import day
from apps.teams import commands as teams
from tests.cast import BY_PASSWORD, PASSWORD, READS_UNTIL, again, basis, give, signed_in, words

pytestmark = pytest.mark.django_db
AUDITOR = {"role": "auditor", "reads_until": str(READS_UNTIL)}


@pytest.fixture
def cast(people):
    return people


def url(name, **kwargs):
    return reverse(f"teams:{name}", kwargs=kwargs)


def invite(client, **data):
    response = client.post(url("invite_person", team="pay"), {"note": "Nora", **AUDITOR} | data, follow=True)
    found = re.search(r"http://testserver(/join/[\w-]+/)", words(response))
    return response, found[1] if found else ""


def test_an_admin_makes_a_link_and_a_guest_joins_with_it(cast):
    response, link = invite(signed_in(cast.lead))
    assert response.status_code == 200
    assert "It is shown only now" in words(response)
    guest = Client()
    page = words(guest.get(link))
    assert "Lena Brandt" in page
    assert "auditor" in page
    response = guest.post(link, {"full_name": "Nora Lind", "username": "nora", "password": PASSWORD})
    assert response["Location"] == reverse("deployments:my_work", kwargs={"team": "pay"})
    assert "Nora Lind" in words(guest.get(reverse("accounts:account")))
    assert "used already" in words(Client().get(link))


def test_a_form_sent_twice_makes_one_invitation(cast):
    client = signed_in(cast.lead)
    intent = re.search(r'name="intent" value="([\w-]+)"', words(client.get(url("people", team="pay"))))[1]
    for _ in range(2):
        sent = client.post(url("invite_person", team="pay"), {"note": "Nora", **AUDITOR, "intent": intent})
        assert (sent.status_code, sent["Location"]) == (302, url("invited", team="pay"))
        assert f"/join/{intent}/" in words(client.get(sent["Location"]))
    assert Invitation.objects.filter(team=cast.team, accepted_at=None).count() == 1
    other, _ = invite(client, note="Jun", intent=intent)
    assert f"/join/{intent}/" not in words(other)
    assert Invitation.objects.filter(team=cast.team, accepted_at=None).count() == 2


def test_a_link_is_shown_to_the_browser_that_asked_for_it_only(cast):
    invite(signed_in(cast.lead))
    assert signed_in(cast.lead).get(url("invited", team="pay"))["Location"] == url("people", team="pay")


@pytest.mark.parametrize("role", ["owner", Role.ADMIN, Role.REVIEWER, ""])
def test_an_invitation_needs_a_name_and_is_for_a_member_or_an_auditor(cast, role):
    response, _ = invite(signed_in(cast.lead), role=role, note="")
    assert response.status_code == 422
    assert words(response).count("✕") == 2
    assert not Invitation.objects.filter(team=cast.team, accepted_at=None).exists()


def test_others_are_refused_with_a_reason(cast):
    response, _ = invite(signed_in(cast.reviewer))
    assert response.status_code == 403
    assert "Only an admin of the team manages its people." in words(response)


def test_a_refusal_for_htmx_goes_to_the_notices(cast):
    data = {"note": "Nora", "role": "member"}
    response = signed_in(cast.reviewer).post(url("invite_person", team="pay"), data, headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Retarget"]) == (403, "#notices")
    assert "<html" not in words(response)


def test_a_link_is_revoked_from_the_list(cast):
    client = signed_in(cast.lead)
    _, link = invite(client)
    assert "works until" in words(client.get(url("people", team="pay")))
    invitation = Invitation.objects.get(team=cast.team, accepted_at=None)
    response = client.post(url("revoke_invitation", team="pay", invitation=invitation.pk), follow=True)
    assert "its link no longer works" in words(response)
    assert "revoked" in words(Client().get(link))


def test_a_member_becomes_an_auditor_and_is_removed_from_their_page(cast):
    client, page = signed_in(cast.lead), url("member", team="pay", person=cast.member.pk)
    act = url("change_role", team="pay", person=cast.member.pk)
    response = client.post(act, {**AUDITOR, **basis(client, page, act)}, follow=True)
    assert f"佐藤 Mika is auditor until {day(READS_UNTIL)} now." in words(response)
    act = url("remove_member", team="pay", person=cast.member.pk)
    response = client.post(act, basis(client, page, act), follow=True)
    assert "佐藤 Mika is no longer in Payments." in words(response)
    assert not Membership.objects.filter(team=cast.team, user=cast.member).exists()


def test_a_role_that_does_not_exist_changes_nothing(cast):
    act = url("change_role", team="pay", person=cast.member.pk)
    for role in ("owner", Role.ADMIN):
        response = signed_in(cast.lead).post(act, {"role": role}, follow=True)
        assert "Nothing was changed. Choose member or auditor." in words(response)
    assert Membership.objects.get(team=cast.team, user=cast.member).role == Role.MEMBER


def test_who_leaves_lands_on_their_own_page(cast):
    client, act = signed_in(cast.member), url("remove_member", team="pay", person=cast.member.pk)
    response = client.post(act, basis(client, url("member", team="pay", person=cast.member.pk), act))
    assert response["Location"] == reverse("accounts:account")


def test_members_who_manage_nothing_see_the_list_without_its_levers(cast):
    page = words(signed_in(cast.auditor).get(url("people", team="pay")))
    assert "Lena Brandt" in page
    assert "Make a one-time link" not in page
    assert "Only an admin of the team manages its people." in page
    assert "<form" not in page.partition("<main")[2].replace('<form class="filters" role="search" method="get">', "")


def test_a_search_without_a_hit_says_how_to_go_on(cast):
    page = words(signed_in(cast.lead).get(url("people", team="pay") + "?q=zzz&sort=oops&page=-4"))
    assert "Nobody here is called “zzz”" in page


ACTS = ["invite_person", "change_role", "remove_member", "revoke_invitation", "ask_role", "grant_role", "end_role"]


@pytest.mark.parametrize("name", [*ACTS, "edit_team"])
def test_what_belongs_to_another_team_is_not_there(cast, name):
    """The stranger administers the instance, and the team has two admins: nothing of it waits for them."""
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    invitation = Invitation.objects.get(team=cast.team, accepted_at=None)
    mika = Membership.objects.get(team=cast.team, user=cast.member)
    (grant,) = teams.ask_role(mika, by=again(cast.lead), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="in person")
    one = {
        "invite_person": {}, "edit_team": {}, "revoke_invitation": {"invitation": invitation.pk},
        "grant_role": {"grant": grant.pk}, "end_role": {"grant": grant.pk},
    }.get(name, {"person": cast.member.pk})  # fmt: skip
    before = [list(model.objects.order_by("pk").values()) for model in (Membership, Grant, Invitation)]
    data = {**AUDITOR, "note": "x", "waiver_days": 9}
    assert signed_in(cast.stranger).post(url(name, team="pay", **one), data).status_code == 404
    if one:  # nor by way of their own team
        assert signed_in(cast.stranger).post(url(name, team="stores", **one), data).status_code == 404
    assert [list(model.objects.order_by("pk").values()) for model in (Membership, Grant, Invitation)] == before
    assert Invitation.objects.open(timezone.now()).get() == invitation


def test_the_people_of_another_team_are_not_listed(cast):
    client = signed_in(cast.stranger)
    for path in (url("people", team="pay"), url("member", team="pay", person=cast.member.pk)):
        assert client.get(path).status_code == 404


@pytest.mark.unrecorded
def test_hostile_names_stay_text(cast):
    hostile = '<img src=x onerror=alert(1)>"'
    User.objects.filter(pk__in=[cast.member.pk, cast.lead.pk]).update(full_name=hostile)
    asked = Membership.objects.get(team=cast.team, user=cast.reviewer)
    teams.ask_role(asked, by=again(cast.lead), evidence=BY_PASSWORD, role=Role.ADMIN, identity=hostile)
    member = url("member", team="pay", person=cast.member.pk)
    for path in (url("people", team="pay"), member, url("member", team="pay", person=cast.reviewer.pk)):
        page = words(signed_in(cast.lead).get(path))
        assert "<img" not in page
        assert "&lt;img src=x" in page


def test_pages_need_no_inline_script_or_style(cast):
    for path in (url("people", team="pay"), url("member", team="pay", person=cast.member.pk)):
        page = words(signed_in(cast.lead).get(path))
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page)
