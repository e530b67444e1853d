"""The probe of an item through the client: attached, run, taken away, and all of a deployment at once."""

from types import SimpleNamespace

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from tests import cast as casting
from tests.boards.desk import address, at, read, send, shown
from tests.cast import basis

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def test_a_probe_is_attached_run_and_taken_away(made: SimpleNamespace) -> None:
    item = made.items[0]
    probe = {"name": "Health", "url": "https://gateway.example/health", "conditions": "latency < 300 ms"}
    assert send(made.member, item, "attach_probe", probe).status_code == 302
    assert "It has no result yet" in read(made.member, item)
    assert send(made.member, item, "run_item_probe").status_code == 302
    page = read(made.member, item)
    assert "Running…" in page
    assert "Waiting for a worker" in page
    reason = {"reason": "The endpoint is gone for good."}
    assert send(made.member, item, "detach_probe", reason).status_code == 403
    reason |= shown(made.lead, item, "detach_probe")
    assert send(made.lead, item, "detach_probe", reason).status_code == 302
    assert casting.load(item).probe is None


def test_a_kind_nobody_knows_is_refused_and_a_probe_keeps_its_kind(made: SimpleNamespace) -> None:
    item = made.items[0]
    probe = {"name": "Health", "url": "https://gateway.example/health"}
    assert send(made.member, item, "attach_probe", probe | {"kind": "smoke"}).status_code == 409
    assert 'name="kind" value="http"' in read(made.member, item, "attach_probe")
    send(made.member, item, "attach_probe", probe | {"kind": "http"})
    probe |= basis(at(made.member), address(item, "attach_probe"), address(item, "attach_probe"))
    assert send(made.member, item, "attach_probe", probe | {"kind": "smoke", "name": "Later"}).status_code == 302
    changed = casting.load(item).probe
    assert (changed.kind, changed.name) == ("http", "Later")


def test_running_all_probes_says_how_many_are_asked_for_and_how_many_were_under_way(made: SimpleNamespace) -> None:
    for item in made.items[:2]:
        send(made.member, item, "attach_probe", {"name": f"Probe {item.number}", "url": "https://gateway.example/"})
    where = f"/t/{made.team.slug}/deployments/{made.deployment.number}/probes/run/"

    def message(address: str, browser: Client) -> str:
        (text,) = get_messages(browser.post(address).wsgi_request)
        return str(text)

    assert message(where, at(made.member)) == "2 probes are asked for; results appear on their items."
    send(made.member, made.items[2], "attach_probe", {"name": "Third", "url": "https://gateway.example/"})
    both = "1 probe is asked for; results appear on their items. 2 probes are under way already."
    assert message(where, at(made.member)) == both
    assert message(where, at(made.member)) == "3 probes are under way already."
    one = address(made.items[0], "run_item_probe")
    assert message(one, at(made.member)) == "The probe is under way already; its result appears here."
