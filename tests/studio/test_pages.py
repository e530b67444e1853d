"""The studio's pages by plain requests: all of it works without scripts, and htmx gets what changed."""

import re

import pytest
from django.urls import reverse

from apps.core.shown import fingerprint
from apps.studio import rules, selectors
from tests.cast import again, signed_in
from tests.studio.drafts import draft

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def nothing_is_rendered():
    selectors.forget()


@pytest.fixture
def version(people):
    return draft(people)


@pytest.fixture
def client(people):
    return signed_in(again(people.member))


def at(version, name, *more):
    return reverse(f"studio:{name}", args=[version.template.team.slug, version.template_id, *more])


def seen(**values):
    return fingerprint(rules.texts_of(values))


def test_the_draft_is_a_page_with_all_its_items(version, client):
    text = client.get(at(version, "draft")).content.decode()
    for title in ("Take a backup", "Restore it elsewhere", "Migrate the database", "Dashboards are green"):
        assert title in text
    assert re.findall(r'id="item-([\w-]+)"', text) == [row["key"] for row in content_items(version)]


def content_items(version):
    return [item.own() for item in version.items.order_by("section__position", "position")]


def test_an_item_is_edited_by_a_plain_form(version, client):
    page = client.get(at(version, "item", "tell-support")).content.decode()
    assert "Tell support" in page
    item = version.items.get(key="tell-support")
    sent = {"title": "Tell everybody", "keys": "3", "basis": seen(**item.own()), "text": "By mail."}
    answer = client.post(at(version, "edit_draft_item", "tell-support"), sent)
    assert (answer.status_code, answer["Location"]) == (302, at(version, "item", "tell-support"))
    item.refresh_from_db()
    assert (item.title, item.keys, item.text) == ("Tell everybody", 3, "By mail.")
