"""A view belongs in its address, and acts return to it: whoever filters a list and acts on it sees the same list."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction

from apps.boards.selectors import rendered
from tests.house import test_walk
from tests.house.test_saving import PAGES, Page, act

made, stage, no_broker = test_walk.made, test_walk.stage, test_walk.no_broker  # its fixtures
pytestmark = pytest.mark.django_db

VIEW = {"q": "e", "show": "open", "sort": "role"}


@pytest.mark.parametrize("name", PAGES)
def test_an_act_on_a_filtered_page_leads_back_to_the_same_rows(stage, name):
    page = Page(stage, name, 5)
    answer = page.client.get(page.url, page.query | VIEW)
    if answer.streaming or 'name="q"' not in answer.content.decode():
        return
    for form in page.read(answer):
        rendered.forget()
        with transaction.atomic():
            sent = page.client.post(form.action, form.sent(**act(stage, form)[1]))
            where = urlsplit(sent.get("Location", ""))
            if sent.status_code == 302 and where.path == page.url:
                found = {key: values[0] for key, values in parse_qs(where.query).items()}
                assert found.items() >= {(key, VIEW[key]) for key in ("q", "show" if "show" in form.action else "sort")}
            transaction.set_rollback(True)
        rendered.forget()
