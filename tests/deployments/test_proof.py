"""What a template asks for as proof blocks the verdict while it lacks, and again when it is too old, by the clock."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.core.errors import WrongState
from apps.deployments import selectors
from apps.deployments.models import Deployment, Item
from apps.deployments.states import ItemState
from apps.evidence.models import Kind
from apps.probes.kinds import PASSED
from apps.records.selectors import collect
from apps.sheets.models import Sheet
from tests import cast as casting
from tests.boards.desk import at, read
from tests.cast import again
from tests.deployments.templates import blank, fill, item, line, review
from tests.deployments.test_upgrades import following, upgrade
from tests.ledger import histories
from tests.records import making
from tests.signoff.subjects import signature

pytestmark = pytest.mark.django_db
Later = Callable[..., None]
CONTENTS: dict[str, dict[str, Any]] = {
    Kind.FILE: {"data": b"ok", "media_type": "text/plain"},
    Kind.LINK: {"url": "https://ci.example.com/1"},
    Kind.NOTE: {"text": "$ ./check\nok"},
}


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Calls it so much later from here on."""
    now = timezone.now

    def wait(**time: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(**time))

    return wait


def lay(cast: SimpleNamespace, deployment: Deployment, key: str, kind: Kind) -> None:
    about = item(deployment, key)
    attachments.attach_evidence(about, by=again(cast.member), kind=kind, title=f"A {kind}", **CONTENTS[kind])


def signed(cast: SimpleNamespace, deployment: Deployment, *keys: str) -> None:
    for key in keys:
        casting.sign(item(deployment, key), cast.member)
        casting.sign(item(deployment, key), cast.reviewer)


def standing(deployment: Deployment, key: str) -> tuple[ItemState, str]:
    """How it stands and why it blocks, as its page reads it and as boards do: always the same."""
    deployment = Deployment.objects.select_related("team").get(pk=deployment.pk)
    loaded = Item.objects.with_everything().get(deployment=deployment, key=key)
    [row] = selectors.summaries(deployment, [loaded.number])
    assert row.facts == loaded.facts
    return row.state, row.reason


def test_what_is_asked_for_and_missing_blocks_though_every_key_is_turned(cast: SimpleNamespace) -> None:
    deployment = review(cast, line("load", evidence_kinds=["file"]))
    lay(cast, deployment, "load", Kind.LINK)
    signed(cast, deployment, "load")
    assert standing(deployment, "load") == (ItemState.UNPROVEN, "It asks for a file, and has none.")
    assert [each.kind for each in selectors.readiness(deployment).blockers if each.item] == [ItemState.UNPROVEN]
    lay(cast, deployment, "load", Kind.FILE)
    signed(cast, deployment, "load")
    assert standing(deployment, "load") == (ItemState.VERIFIED, "")


@pytest.mark.parametrize("kind", CONTENTS)
def test_each_kind_of_evidence_is_read_alike_in_both_ways(cast: SimpleNamespace, kind: Kind) -> None:
    asked = {"file": ["file"], "link": ["link"], "command": ["command"], "any": []}
    lines = [line(key, evidence_kinds=kinds, max_age_days=None if kinds else 7) for key, kinds in asked.items()]
    deployment = review(cast, *lines)
    for key in asked:
        lay(cast, deployment, key, kind)
        signed(cast, deployment, key)
    met = {key for key in asked if standing(deployment, key)[0] is ItemState.VERIFIED}
    assert met == {"any", *{Kind.FILE: ["file", "command"], Kind.LINK: ["link"], Kind.NOTE: ["command"]}[kind]}


def test_a_filled_in_blank_and_a_probe_that_passed_are_proof_where_these_are_asked_for(cast: SimpleNamespace) -> None:
    field = line("took", evidence_kinds=["field"], max_age_days=1, fill_ins=[blank("Minutes")])
    deployment = review(cast, field, line("health", evidence_kinds=["probe"], max_age_days=1))
    fill(deployment, "took", "4", by=cast.member)
    signed(cast, deployment, "took", "health")
    assert standing(deployment, "took")[0] is ItemState.VERIFIED
    assert standing(deployment, "health") == (ItemState.UNPROVEN, "It asks for a probe run, and has none.")
    cast.deployment = deployment
    histories.probe(cast, item(deployment, "health"), [PASSED])
    signed(cast, deployment, "health")
    assert standing(deployment, "health")[0] is ItemState.VERIFIED


@pytest.mark.parametrize("kind", ["file", "field", "probe", ""])
def test_it_blocks_again_when_its_time_is_over_and_no_key_falls(cast: SimpleNamespace, later: Later, kind: str) -> None:
    blanks = [blank("Minutes")] if kind == "field" else []
    deployment = review(cast, line("load", evidence_kinds=[kind] if kind else [], max_age_days=14, fill_ins=blanks))
    cast.deployment = deployment
    match kind:
        case "file":
            lay(cast, deployment, "load", Kind.FILE)
        case "field":
            fill(deployment, "load", "4", by=cast.member)
        case "probe":
            histories.probe(cast, item(deployment, "load"), [PASSED])
    signed(cast, deployment, "load")
    later(days=13, hours=23)
    assert standing(deployment, "load")[0] is ItemState.VERIFIED
    later(days=14, seconds=5)
    assert standing(deployment, "load") == (
        ItemState.UNPROVEN, "Its proof is older than 14 days: a new one is needed.",
    )  # fmt: skip
    assert len(item(deployment, "load").sign_off.turned) == 2


def test_board_page_record_and_list_of_what_blocks_say_so(cast: SimpleNamespace, later: Later) -> None:
    deployment = review(cast, line("load", evidence_kinds=["file"], max_age_days=1))
    lay(cast, deployment, "load", Kind.FILE)
    signed(cast, deployment, "load")
    board = f"/t/pay/deployments/{deployment.number}/"
    assert "proof older than" not in at(cast.lead).get(board).content.decode()
    assert "becomes too old" in read(cast.lead, item(deployment, "load"))
    later(hours=25)
    assert "✕ proof older than 24 h" in at(cast.lead).get(board).content.decode(), "without any act in between"
    why = "Its proof is older than 24 h: a new one is needed."
    blocking = at(cast.lead).get(f"{board}blockers/").json()["blockers"]
    assert why in [each["reason"] for each in blocking]
    page = read(cast.lead, item(deployment, "load"))
    assert "became too old" in page
    assert why.rstrip(".") in page
    cast.deployment = deployment
    stated = collect(making.asked(cast))
    assert stated.sections[0].items[0].state == "unproven"
    assert why in [each.reason for each in stated.decision.blockers]
    assert why in at(cast.member).get("/t/pay/").content.decode() or not item(deployment, "load").owner_id


def ready(cast: SimpleNamespace, *, laid: bool = True, **asks: Any) -> Sheet:
    """A sheet that one person completed while the verdict was GO; with a file, unless nothing is laid before it."""
    cast.deployment = review(cast, line("load", **asks))
    if laid:
        lay(cast, cast.deployment, "load", Kind.FILE)
    casting.make_ready(cast)
    return casting.complete(cast)


def test_the_sheet_is_not_verified_once_proof_became_too_old(cast: SimpleNamespace, later: Later) -> None:
    sheet = ready(cast, evidence_kinds=["file"], max_age_days=1)
    later(hours=25)
    with pytest.raises(WrongState, match="NO-GO"):
        casting.verify(cast, sheet)


def verify_by_hand(cast: SimpleNamespace, **moment: float) -> None:
    """Close the deployment without asking the application."""
    sheet = Sheet.objects.select_related("sign_off").get(deployment=cast.deployment)
    signature(sheet.sign_off, cast.reviewer, slot=2, meaning="verified").save(force_insert=True)
    closed = {"state": "closed", "outcome": "completed", "closed_by": cast.reviewer}
    rows = Deployment.objects.filter(pk=cast.deployment.pk)
    rows.update(**closed, closed_at=timezone.now() + timedelta(**moment))


@pytest.mark.unrecorded
@pytest.mark.parametrize(
    "asks", [{"evidence_kinds": ["file"], "max_age_days": 1}, {"max_age_days": 1}, {"max_age_days": 1, "laid": False}]
)
def test_the_database_completes_nothing_whose_proof_is_too_old(cast: SimpleNamespace, asks: dict[str, Any]) -> None:
    ready(cast, **asks)
    refused = pytest.raises(IntegrityError, match="nothing is completed while an item blocks it")
    with refused, transaction.atomic():
        verify_by_hand(cast, days=1, seconds=5)
    verify_by_hand(cast, hours=23)


@pytest.mark.unrecorded
@pytest.mark.parametrize(
    ("kinds", "met"), [(["link"], False), (["probe"], False), (["field"], False), (["command"], True), (["file"], True)]
)
def test_the_database_completes_nothing_without_the_proof_that_is_asked_for(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, kinds: list[str], met: bool
) -> None:
    with monkeypatch.context() as blind:
        blind.setattr("apps.deployments.rules.judge", lambda *_, **__: None)
        ready(cast, evidence_kinds=kinds)
    if met:
        verify_by_hand(cast)
        return
    refused = pytest.raises(IntegrityError, match="nothing is completed while an item blocks it")
    with refused, transaction.atomic():
        verify_by_hand(cast)


@pytest.mark.unrecorded
def test_nobody_loosens_what_is_asked_for_on_a_board(cast: SimpleNamespace) -> None:
    deployment = review(cast, line("load", evidence_kinds=["file"], max_age_days=1))
    version = following(cast, deployment, edit={"load": {"max_age_days": 30, "evidence_kinds": ["file"]}})
    items = Item.objects.filter(deployment=deployment)
    with pytest.raises(IntegrityError, match="an item keeps its place"), transaction.atomic():
        items.update(max_age_days=30)
    Deployment.objects.filter(pk=deployment.pk).update(template_version=version)
    changes: tuple[dict[str, Any], ...] = ({"max_age_days": None}, {"max_age_days": 90}, {"evidence_kinds": ["link"]})
    for change in changes:
        with pytest.raises(IntegrityError, match="asks for the proof that its checklist"), transaction.atomic():
            items.update(checklist_version=2, **{"max_age_days": 30} | change)
    items.update(checklist_version=2, max_age_days=30)


def test_a_newer_version_that_asks_for_more_costs_no_key_and_is_judged(cast: SimpleNamespace) -> None:
    deployment = review(cast, line("load"))
    signed(cast, deployment, "load")
    upgrade(cast, deployment, following(cast, deployment, edit={"load": {"evidence_kinds": ["link"]}}))
    assert len(item(deployment, "load").sign_off.turned) == 2
    assert standing(deployment, "load") == (ItemState.UNPROVEN, "It asks for a link, and has none.")
