"""The pages of secrets: nobody reads a value there, whatever went wrong."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from apps.core import lists
from apps.secrets import commands
from apps.secrets.models import Secret
from tests.canaries import PLANTED
from tests.cast import again, signed_in

pytestmark = pytest.mark.django_db
VALUE = PLANTED[34]
HOSTS = "https://metrics.example.com"
HERE = SimpleNamespace(scheme="https", host="metrics.example.com", port=443)


@pytest.fixture
def secret(people):
    return commands.set_secret(people.team, by=again(people.lead), name="metrics", value=VALUE, bindings=[HOSTS])


def url(people, name, *rest):
    return reverse(f"secrets:{name}", args=[people.team.slug, *rest])


def test_a_lead_sets_a_secret_and_no_page_shows_it(people):
    browser = signed_in(again(people.lead))
    typed = {"name": "metrics", "secret_value": VALUE, "bindings": HOSTS}
    done = browser.post(url(people, "set_secret"), typed, follow=True)
    assert done.status_code == 200
    for page in (done, browser.get(url(people, "list"))):
        text = page.content.decode()
        assert "metrics" in text
        assert HOSTS in text
        assert VALUE not in text
    assert Secret.objects.get().bindings == [HOSTS]


@pytest.mark.parametrize(
    "wrong",
    [{"name": "No"}, {"bindings": "ftp://x"}, {"bindings": ""}, {"secret_value": " lost-blank"}, {"name": "metrics"}],
)
def test_a_value_is_not_shown_again_after_a_mistake(people, secret, wrong):
    typed = {"name": "other", "secret_value": VALUE, "bindings": HOSTS} | wrong
    answer = signed_in(again(people.lead)).post(url(people, "set_secret"), typed)
    assert answer.status_code in (409, 422)
    text = answer.content.decode()
    assert typed["secret_value"] not in text
    assert "Type the value again" in text or "secret_value" in wrong
    assert Secret.objects.count() == 1


def test_a_refused_or_late_form_says_to_type_the_value_again(people, secret):
    typed = {"name": "other", "secret_value": VALUE, "bindings": HOSTS}
    answer = signed_in(again(people.auditor)).post(url(people, "set_secret"), typed)
    assert answer.status_code == 403
    assert VALUE not in answer.content.decode()
    assert "type the value again" in answer.content.decode()
    late = signed_in(again(people.lead)).post(
        url(people, "rotate_secret", secret.pk), {"secret_value": PLANTED[35], "basis": "version:0"}
    )
    assert late.status_code == 409
    assert "Type the value again" in late.content.decode()
    assert PLANTED[35] not in late.content.decode()


def test_a_session_that_ended_carries_no_value_on(people, client):
    answer = client.post(url(people, "set_secret"), {"name": "other", "secret_value": VALUE, "bindings": HOSTS})
    text = answer.content.decode()
    assert answer.status_code == 401
    assert VALUE not in text
    assert "type the value again" in text


def test_a_value_is_typed_into_a_field_that_no_browser_fills_in(people, secret):
    browser = signed_in(again(people.lead))
    for page in (url(people, "list"), url(people, "secret", secret.pk)):
        text = browser.get(page).content.decode()
        (field,) = [part for part in text.split("<input") if 'name="secret_value"' in part]
        assert 'type="password"' in field
        assert 'autocomplete="off"' in field
        assert "value=" not in field.partition(">")[0]


def test_others_of_the_team_see_what_there_is_and_whom_to_ask(people, secret):
    browser = signed_in(again(people.member))
    for page in (url(people, "list"), url(people, "secret", secret.pk)):
        text = browser.get(page).content.decode()
        assert "metrics" in text
        assert "Only an admin of the team sets secrets. Ask one to do it." in text
        assert 'name="secret_value"' not in text


def test_secrets_are_searched_sorted_and_paged_by_a_fixed_number_of_queries(
    people, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(lists, "PER_PAGE", 25)
    browser, lead = signed_in(again(people.lead)), again(people.lead)
    empty = browser.get(url(people, "list")).content.decode()
    assert "No secrets yet" in empty
    for place in range(30):
        commands.set_secret(people.team, by=lead, name=f"s{place:02}", value=VALUE, bindings=[HOSTS])
    first = browser.get(url(people, "list"))
    assert [each.name for each in first.context["page"]] == [f"s{place:02}" for place in range(25)]
    last = browser.get(url(people, "list"), {"sort": "changed", "page": "2"}).context["page"]
    assert [each.name for each in last] == [f"s{place:02}" for place in range(4, -1, -1)]
    commands.release(people.team.pk, "s07", by=lead, to=HERE)
    assert browser.get(url(people, "list"), {"sort": "used"}).context["page"][0].name == "s07"
    assert [each.name for each in browser.get(url(people, "list"), {"q": "S1 9"}).context["page"]] == ["s19"]
    assert "No secret matches" in browser.get(url(people, "list"), {"q": "none"}).content.decode()
    with django_assert_num_queries(7):
        browser.get(url(people, "list"))


def test_a_removed_secret_leads_back_to_the_list(people, secret):
    browser = signed_in(again(people.lead))
    basis = browser.get(url(people, "secret", secret.pk)).context["basis"]
    done = browser.post(url(people, "remove_secret", secret.pk), {"basis": basis}, follow=True)
    assert "is removed for good" in done.content.decode()
    assert not Secret.objects.exists()
