"""People measure: a run like others, by name; who measured contributed and verifies nothing."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.core.errors import NotAllowed, Unreadable, WrongState
from apps.deployments import permissions as deployments
from apps.ledger.models import Entry
from apps.probes import commands as probes
from apps.probes.models import Run
from apps.reporting import commands
from apps.signoff.models import Contribution
from tests.boards.desk import address, at, read
from tests.boards.desk import send as post
from tests.cast import again, load, sign
from tests.reporting.conftest import MANUAL

pytestmark = pytest.mark.django_db


@pytest.fixture
def critical(stage: SimpleNamespace) -> SimpleNamespace:
    """An item of two keys that people measure."""
    attachments.attach_probe(stage.items[0], by=again(stage.lead), name="First token", kind="manual", config=MANUAL)
    stage.item = load(stage.items[0])
    return stage


def measure(made: SimpleNamespace, person: str = "member", value: str = "226") -> Run:
    return commands.measure(load(made.item), by=again(getattr(made, person)), value=value, how="Ten prompts")


@pytest.mark.parametrize(("value", "state"), [("226", "passed"), ("300", "failed")])
def test_a_measurement_is_a_run_by_name(critical, value, state):
    run = measure(critical, value=value)
    assert (run.state, run.value, run.unit, run.limit) == (state, value, "ms", "300")
    assert (run.worker, run.response["how"], run.digest) == (
        critical.member.full_name,
        "Ten prompts",
        run.computed_digest(),
    )
    assert load(critical.item).facts.probe_blocks is (state == "failed")


def test_the_entry_stands_under_the_name_of_who_measured(critical):
    measure(critical)
    entry = Entry.objects.filter(stream=critical.deployment.stream).latest("sequence")
    assert (entry.kind, entry.actor) == ("probe.reported", critical.member.pk)


def test_who_measured_contributed_and_does_not_verify(critical):
    measure(critical, "lead")
    sign(load(critical.item), critical.lead)
    measure(critical, "reviewer")
    item = load(critical.item)
    assert len(item.sign_off.turned) == 1
    assert "somebody else must verify" in deployments.sign_item(again(critical.reviewer), item).reason
    assert deployments.sign_item(again(critical.other_reviewer), item)


def test_who_verified_does_not_measure(critical):
    measure(critical)
    sign(load(critical.item), critical.member)
    sign(load(critical.item), critical.reviewer)
    with pytest.raises(WrongState, match="You verified this item"):
        measure(critical, "reviewer")
    assert measure(critical, value="400").state == "failed"


def recorded(made: SimpleNamespace, person: str) -> Run:
    """The same past the command that asks and remembers."""
    item, by = load(made.item), again(getattr(made, person))
    settings: Any = item.probe.settings
    outcome = settings.outcome(settings.reading(value="1", how="By hand"), by=by.full_name)
    terms = {"by": by, "person": by, "stream": made.deployment.stream, "item": item.pk}
    return probes.record_report(item.probe, outcome, at=timezone.now(), **terms)


def test_the_database_takes_no_measurement_of_who_did_not_contribute(critical):
    with pytest.raises(IntegrityError, match="who measures contributes"), transaction.atomic():
        recorded(critical, "other_reviewer")


def test_the_database_takes_no_measurement_of_who_verified(critical):
    measure(critical)
    sign(load(critical.item), critical.member)
    sign(load(critical.item), critical.reviewer)

    @transaction.atomic
    def planted():
        sign_off = load(critical.item).sign_off
        Contribution.objects.create(sign_off=sign_off, round=1, person=again(critical.reviewer), name="Ruth")
        recorded(critical, "reviewer")

    with pytest.raises(IntegrityError, match="who verified an item does not measure"):
        planted()


def test_an_auditor_measures_nothing(critical):
    with pytest.raises(NotAllowed):
        measure(critical, "auditor")


def test_only_a_manual_probe_is_measured(made):
    with pytest.raises(WrongState, match="measured by people"):
        commands.measure(made.pushed, by=again(made.member), value="1", how="By hand")


def test_what_is_no_number_is_refused(critical):
    with pytest.raises(Unreadable, match="one number"):
        measure(critical, value="fast")


def test_sent_twice_it_is_one_run(critical):
    data = {"value": "226", "how": "Ten prompts", "intent": "6f9619ff-8b86-4011-b42d-00c04fc964ff"}
    for _ in range(2):
        assert post(again(critical.member), critical.item, "measure", data).status_code == 302
    assert Run.objects.filter(probe=critical.item.probe).count() == 1


def test_a_number_with_a_comma_and_a_link_are_taken_on_the_page(critical):
    data = {"value": "0,25", "how": "Ten prompts", "link": "https://ci.example.com/7"}
    assert post(again(critical.member), critical.item, "measure", data).status_code == 302
    page = read(again(critical.lead), critical.item, "probe")
    assert all(text in page for text in ("0.25 ms", "https://ci.example.com/7", "佐藤 Mika"))


def test_what_was_typed_comes_again_with_what_is_wrong(critical):
    answer = post(again(critical.member), critical.item, "measure", {"value": "fast", "how": "Ten prompts"})
    assert answer.status_code == 422
    assert "Write one number" in answer.content.decode()
    assert "Ten prompts" in answer.content.decode()


@pytest.mark.parametrize("name", ["item", "probe"])
def test_both_pages_offer_to_measure_and_neither_to_run(critical, name):
    page = read(again(critical.member), critical.item, name)
    assert 'name="how"' in page
    assert "Run probe now" not in page
    assert 'name="how"' not in read(again(critical.auditor), critical.item, name)


def test_what_somebody_reports_was_reported_and_not_asked(critical):
    measure(critical)
    for name in ("probe", "item"):
        words = " ".join(re.sub(r"<[^>]+>", " ", read(again(critical.member), critical.item, name)).split())
        assert " Reported " in words
        assert not re.search(r"\basked\b", words, re.IGNORECASE), re.findall(r".{40}asked.{20}", words)


def test_nobody_orders_a_run_of_it(critical):
    member = again(critical.member)
    answer = at(member).post(f"/t/pay/deployments/{critical.deployment.number}/items/1/probe/run/")
    assert answer.status_code == 409
    assert "waits for what is reported" in answer.content.decode()
    with pytest.raises(WrongState, match="waits for what is reported"):
        attachments.run_probes(critical.deployment, by=member)


def test_who_runs_all_is_told_of_those_that_wait(critical):
    config = {"url": "https://gateway.example/health"}
    attachments.attach_probe(critical.items[2], by=again(critical.lead), name="Health", kind="http", config=config)
    url = f"/t/pay/deployments/{critical.deployment.number}/probes/run/"
    page = at(again(critical.member)).post(url, follow=True).content.decode()
    assert "1 probe is asked for; results appear on their items. 1 probe waits for its report." in page


def test_who_measures_on_the_page_of_the_probe_stays_there(critical):
    """A form that asks htmx there would put the item into the page of its probe."""
    page = address(critical.item, "probe")
    assert "hx-post" not in read(critical.member, critical.item, "probe")
    wrong = at(critical.member).post(f"{page}measure/?back=probe", {"value": "many", "how": "Ten prompts"})
    assert (wrong.status_code, "boards/probe.html" in [each.name for each in wrong.templates]) == (422, True)
    assert 'value="many"' in wrong.content.decode()
    stored = at(critical.member).post(f"{page}measure/?back=probe", {"value": "226", "how": "Ten prompts"})
    assert (stored.status_code, stored.headers["Location"]) == (302, page)
