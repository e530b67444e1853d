"""Two clicks without JavaScript send a form twice: whatever it makes is made once."""

import re
import secrets
import uuid
from collections import Counter
from types import SimpleNamespace

import pytest
from django.apps import apps

from apps.core.statements import fetched
from tests.house.routes import OF_A_TEAM, PERSONAL, ROUTES
from tests.house.test_walk import WORKS, Asking, made, no_broker, stage  # noqa: F401  # fixtures

pytestmark = pytest.mark.django_db
SENT = sorted(name for name, route in (PERSONAL | OF_A_TEAM).items() if route.body is not None)
# What tells of tries, of what a passkey was asked, and of who is here.
NOT_MADE = {"ledger.", "sessions.", "accounts.SignInTries", "factors.Challenge", "factors.Tries", "factors.LastUse"}
NOT_MADE |= {"sso.Asked"}
LINK = {"teams:invite_person": secrets.token_urlsafe(32)}  # an intent that becomes a link is no number


COUNTED = " UNION ALL ".join(
    f"SELECT '{model._meta.label}', COUNT(*) FROM {model._meta.db_table}"
    for model in apps.get_models()
    if not model._meta.label.startswith(tuple(NOT_MADE))
)


def rows() -> Counter[str]:
    """How many rows each table has."""
    return Counter(dict(fetched(COUNTED)))


@pytest.mark.parametrize("name", SENT)
def test_a_form_that_is_sent_twice_makes_one_row(name: str, stage: SimpleNamespace) -> None:  # noqa: F811
    route = ROUTES[name]
    asking = Asking(stage, name, route.by)
    assert route.body
    body = {"intent": LINK.get(name, uuid.uuid4()), **route.body(stage)}
    first = asking.client.post(asking.url, body).status_code
    assert first in (200, 302), f"{name} answers {first}: {WORKS}"
    once = rows()
    asking.client.post(asking.url, body)
    made_twice = dict(rows() - once)
    assert not made_twice, f"{name} makes {made_twice} again: its form inherits from Create, its id is id_of_intent"


@pytest.mark.parametrize(
    ("page", "sends"),
    [
        ("deployments:item", "evidence/attach/"),
        ("imports:start_import", "import/"),
        ("deployments:create_deployment", ""),
        ("teams:people", "invite/"),
    ],
)
def test_a_page_gives_its_form_what_a_second_click_is_known_by(page: str, sends: str, stage: SimpleNamespace) -> None:  # noqa: F811
    asking = Asking(stage, page, "lead")
    text = asking.client.get(asking.url).content.decode()
    forms = re.findall(rf'<form(?=[^>]*method="post")[^>]*{sends}.*?</form>', text, re.S)
    assert [form for form in forms if not re.search(r'name="intent" value="[\w-]{36,}"', form)] == []
    assert forms
