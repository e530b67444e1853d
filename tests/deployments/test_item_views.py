"""The item page through the client: what it says, what its forms do, and what it refuses."""

import uuid

import pytest
from django.urls import reverse

from tests import cast as casting

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def cast(db):
    """Payments with a deployment of five items in review."""
    return casting.stage()


def url(item, name="item", **more):
    deployment = item.deployment
    return reverse(
        f"deployments:{name}",
        kwargs={"team": deployment.team.slug, "number": deployment.number, "item": item.number, **more},
    )


def test_smoke(cast, client):
    item = cast.items[1]
    client.force_login(cast.member)
    page = client.get(url(item))
    assert page.status_code == 200
    print(page.content.decode())
