"""The pages about people, as a browser meets them: with and without a session, right and wrong."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from apps.accounts import commands
from apps.accounts.models import Membership, User
from apps.accounts.roles import Role
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams
from tests.cast import PASSWORD, again, signed_in, words

pytestmark = pytest.mark.django_db

SIGN_IN = "/sign-in/"


@pytest.fixture
def cast(people):
    return people


def url(name, **kwargs):
    return reverse(f"accounts:{name}", kwargs=kwargs)


# Signing in and out


def test_pages_are_closed_to_strangers_and_remember_where_one_wanted_to_go(client, cast):
    response = client.get("/t/pay/people/")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/t/pay/people/"
    assert 'value="/t/pay/people/"' in words(client.get(response["Location"]))


def test_signing_in_leads_where_one_wanted_to_go(client, cast):
    data = {"username": "lena", "password": PASSWORD, "next": "/t/pay/people/"}
    assert client.post(SIGN_IN, data)["Location"] == "/t/pay/people/"
    assert client.get("/t/pay/people/").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_never_leads_elsewhere(client, cast, elsewhere):
    response = client.post(SIGN_IN, {"username": "lena", "password": PASSWORD, "next": elsewhere})
    assert response["Location"] == "/"


def test_a_wrong_password_says_so_and_never_repeats_it(client, cast):
    response = client.post(SIGN_IN, {"username": "lena", "password": "hunter2hunter2"})
    assert response.status_code == 403
    assert "Name or password is wrong." in words(response)
    assert "hunter2" not in words(response)
    assert 'value="lena"' in words(response)


def test_waiting_is_told_in_seconds(client, cast):
    for _ in range(4):
        response = client.post(SIGN_IN, {"username": "lena", "password": "wrong"})
    assert response.status_code == 409
    assert "Too many tries. Next try in 1 second." in words(response)


def test_an_empty_sign_in_is_told_what_is_missing(client, cast):
    response = client.post(SIGN_IN, {"username": "lena"})
    assert response.status_code == 422
    assert "Fill this in: Password." in words(response)


def test_signing_out_ends_the_session(cast):
    client = signed_in(cast.lead)
    assert client.get(url("sign_out")).status_code == 405
    assert client.post(url("sign_out"))["Location"] == SIGN_IN
    assert client.get(url("account")).status_code == 302


def test_a_demo_is_marked_on_every_page_and_lets_anyone_be_anyone(client, cast):
    with override_settings(KEYTURN_DEMO=True):
        page = words(client.get(SIGN_IN))
        assert "DEMO: anyone can be anyone here" in page
        assert "Become <bdi>عمر الحداد</bdi>" in page
        assert client.post(url("become"), {"person": cast.member.pk})["Location"] == "/"
        page = words(client.get(url("account")))
        assert "佐藤 Mika" in page
        assert "No signature proves anything." in page


def test_nobody_becomes_anybody_outside_a_demo(client, cast):
    page = client.get(SIGN_IN)
    assert "DEMO" not in words(page)
    assert "Mika" not in words(page)
    assert client.post(url("become"), {"person": cast.member.pk}).status_code == 403
    assert "_auth_user_id" not in client.session


def test_becoming_nobody_shows_the_choice_again(client, cast):
    with override_settings(KEYTURN_DEMO=True):
        response = client.post(url("become"), {"person": "00000000-0000-0000-0000-000000000000"})
    assert response.status_code == 409
    assert "Choose one of these." in words(response)


# The first person

START = {"full_name": "Nora Lind", "username": "nora", "password": PASSWORD, "name": "Payments", "slug": "PAY"}


def test_the_first_person_goes_from_the_terminal_to_their_team(client, capsys):
    call_command("first_person", base_url="https://keyturn.example/")
    link = capsys.readouterr().out.strip().splitlines()[-1]
    assert link.startswith("https://keyturn.example/start/")
    path = link.removeprefix("https://keyturn.example")
    assert "Set up Keyturn" in words(client.get(path))
    assert client.post(path, START)["Location"] == "/"
    assert Membership.objects.get().team.slug == "pay"
    assert "Nora Lind" in words(client.get(url("account")))
    assert "This link does nothing now." in words(Client().get(path))
    assert Client().post(path, START | {"username": "eve"}).status_code in (409, 422)
    assert User.objects.count() == 1


def test_a_keyturn_with_people_prints_no_link(cast):
    with pytest.raises(CommandError, match="has people already"):
        call_command("first_person")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("password", "short", "at least 12 characters"),
        ("password", "q1w2e3r4t5y6", "too common"),
        ("password", "nora lind nora", "too similar"),
        ("username", "nora lind", "letters, digits"),
        ("slug", "1", "letter"),
        ("slug", "has space", "letter"),
        ("name", "", "Fill this in: Team name."),
    ],
)
def test_the_first_person_is_told_what_to_mend(client, field, value, message):
    token = commands.invite_first_person(by=SYSTEM)
    response = client.post(url("create_first_team", token=token), START | {field: value})
    assert response.status_code == 422
    assert message in words(response)
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["create_first_team", "accept_invitation"])
def test_an_invented_link_is_not_found(client, cast, name):
    assert client.get(url(name, token="x" * 43)).status_code == 404


def test_a_team_link_is_no_first_link(client, cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    assert client.get(url("create_first_team", token=token)).status_code == 404


# Invitations


def invited(cast):
    """The path of a link into the team."""
    return url("accept_invitation", token=teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER))


def test_a_guest_reads_what_to_mend_and_keeps_what_they_typed(cast):
    link = invited(cast)
    response = Client().post(link, {"full_name": "Nora Lind", "username": "lena", "password": PASSWORD})
    assert response.status_code == 422
    assert "“lena” is taken" in words(response)
    assert 'value="Nora Lind"' in words(response)
    assert PASSWORD not in words(response)


def test_a_name_that_is_taken_is_told_on_the_form_itself(cast):
    """Asked by the command, which a form cannot ask: what was typed stays where it can be mended."""
    link = invited(cast)
    response = Client().post(link, {"full_name": "Lena Brandt", "username": "nora", "password": PASSWORD})
    assert response.status_code == 409
    assert "Not joined." in words(response)
    assert 'name="username" value="nora"' in words(response)
    renamed = signed_in(cast.lead).post(url("rename_person"), {"full_name": "Ruth Okafor"})
    assert renamed.status_code == 409
    assert 'name="full_name" value="Ruth Okafor"' in words(renamed)


def test_somebody_signed_in_joins_as_herself(cast):
    link = invited(cast)
    client = signed_in(cast.stranger)
    assert "You are signed in as" in words(client.get(link))
    client.post(link)
    assert Membership.objects.filter(team=cast.team, user=cast.stranger).exists()


# Every page


@pytest.mark.unrecorded
def test_hostile_names_stay_text(cast):
    User.objects.filter(pk=cast.member.pk).update(full_name='<img src=x onerror=alert(1)>"')
    page = words(signed_in(again(cast.member)).get(url("account")))
    assert "<img" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("name", ["account", "sign_in"])
def test_pages_need_no_inline_script_or_style(cast, name):
    page = words(signed_in(cast.lead).get(url(name)))
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page)


def test_an_unknown_address_is_a_page_of_ours(cast):
    response = signed_in(cast.lead).get("/t/pay/nowhere/")
    assert response.status_code == 404
    assert "There is nothing here" in words(response)
    assert "My work" in words(response)


def test_an_outdated_form_is_explained(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.lead)
    response = client.post(url("rename_person"), {"full_name": "X"})
    assert response.status_code == 403
    assert "This page was too old" in words(response)
