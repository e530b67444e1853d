"""One person at an item page: what they open, what they send, what the page offers them to sign."""

import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.deployments.models import Item
from tests.cast import PASSWORD, basis

HTMX = {"HX-Request": "true", "HX-Target": "item-detail"}
HIDDEN = re.compile(r'<input type="hidden" name="(shown|intent|slot|revision)" value="([^"]+)">')


def address(item: Item, name: str = "item", **more: Any) -> str:
    """The URL of an item's page or of one of its acts."""
    deployment = item.deployment
    where = {"team": deployment.team.slug, "number": deployment.number, "item": item.number}
    return reverse(f"deployments:{name}", kwargs=where | more)


def at(person: User) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(person)
    return client


def read(person: User, item: Item, name: str = "item", **headers: str) -> str:
    """The item's page as they see it."""
    answer = at(person).get(address(item, name), headers=headers)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def send(person: User, item: Item, name: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
    """Their form, sent without JavaScript; the answer to it."""
    return at(person).post(address(item, name, **more), data or {})


def shown(person: User, item: Item, name: str, **more: Any) -> dict[str, str]:
    """What that form of the item's page brings along of what it showed."""
    return basis(at(person), address(item), address(item, name, **more))


def send_htmx(person: User, item: Item, name: str, data: dict[str, Any] | None = None, *, on: str = "") -> Any:
    """Their form as htmx sends it from the page `on`, redirects followed as a browser does."""
    headers = HTMX | {"HX-Current-URL": f"http://testserver{on or address(item)}"}
    return at(person).post(address(item, name), data or {}, headers=headers, follow=True)


def offered(page: str, form: str = "sign") -> dict[str, str]:
    """What the page offers to sign: the hidden fields of its form, and the confirmation."""
    start = page.index(f'id="{form}-password"')
    found = HIDDEN.findall(page[page.rindex("<form", 0, start) : start])
    return {**dict(found), "password": PASSWORD}


def turn_key(person: User, item: Item) -> Any:
    """Open the page, read it, confirm, turn the key."""
    return send(person, item, "sign_item", offered(read(person, item)))


ROW = re.compile(r'name="condition_(?:value|limit)"\s+value="([^"]*)"|<option value="([^"]+)" selected>')


def rows_of(page: str) -> list[list[str]]:
    """The rows of conditions that a page shows: value, sign, limit and "warns", as far as each has them."""
    shown = page.partition('id="condition-rows"')[2].partition("</ol>")[0]
    return [[unescape(value or chosen) for value, chosen in ROW.findall(row)] for row in shown.split("</li>")[:-1]]


def conditions_of(page: str) -> str:
    """The same, a line each."""
    return "\n".join(" ".join(filter(None, row)) for row in rows_of(page))
