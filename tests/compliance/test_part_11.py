"""21 CFR 11, subpart B, electronic records: a test by the name of each clause that is software.

`docs/compliance.md` says of each clause what Keyturn does, which of these tests shows it and what is left to do.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.checklists.models import TemplateVersion
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.core.wording import exact, timestamp
from apps.deployments import commands as deployments
from apps.deployments.models import Item
from apps.ledger import selectors as ledger
from apps.ledger.models import Entry, Opening
from apps.probes.models import Run
from apps.records.models import Record
from apps.reporting.rules import id_of_token, new_token
from apps.sheets.models import Sheet
from apps.signoff.models import Signature
from project import verification
from tests import cast as casting
from tests.boards.desk import read
from tests.cast import again, keyed, signed_in
from tests.checklists.publishing import publish
from tests.house.source import ROOT
from tests.records import making
from tests.reporting import conftest as reporting
from tests.signoff.subjects import signature
from tests.stages import fixtures_on_top
from tests.studio.drafts import draft
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


def file_record(stage: SimpleNamespace) -> None:
    """Every key turned, the deployment closed, its record printed."""
    casting.make_ready(stage)
    casting.close(stage)
    stage.record = making.filed(stage)


made_of_file, filed = fixtures_on_top("stage", file_record)


def faults() -> list[str]:
    return [str(fault) for fault in verification.verify().faults]


def whole(record: Any) -> dict[str, Any]:
    """The record as programs read it."""
    found: dict[str, Any] = json.loads(bytes(record.data_blob.data))
    return found


def on_paper(record: Any) -> str:
    """The text of its PDF, runs of whitespace as one space."""
    command = ["pdftotext", "-raw", "-", "-"]
    done = subprocess.run(command, input=bytes(record.blob.data), capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


# 11.10, controls for closed systems


ALTERED: dict[str, tuple[type[models.Model], dict[str, Any]]] = {
    "what an item says": (Item, {"title": "Take no backup"}),
    "how far it was": (Item, {"result": "Done by somebody"}),
    "who signed": (Signature, {"name": "Somebody Else"}),
    "when it was signed": (Signature, {"signed_at": datetime(2020, 1, 1, tzinfo=UTC)}),
    "how it was decided": (Sheet, {"issues": "None at all"}),
    "which digest the record has": (Record, {"head_digest": "0" * 64}),
    "what the trail says": (Opening, {"value": '"something else"'}),
    "when something happened": (Entry, {"at": "2020-01-01T00:00:00.000Z"}),
}


@pytest.mark.parametrize("what", ALTERED)
def test_11_10_a_a_record_that_was_altered_is_found(filed: SimpleNamespace, what: str) -> None:
    model, change = ALTERED[what]
    assert faults() == []
    row = model._base_manager.exclude(**change).order_by("-pk")[:1].get()
    with lifted():
        model._base_manager.filter(pk=row.pk).update(**change)
    assert faults() != []


def test_11_10_b_a_copy_is_complete_to_read_and_for_programs(filed: SimpleNamespace) -> None:
    data, paper = whole(filed.record), on_paper(filed.record)
    items = {item["number"]: item for section in data["facts"]["sections"] for item in section["items"]}
    assert {*items} == {item.number for item in filed.items}
    for item in map(casting.load, filed.items):
        assert item.title in paper
        assert items[item.number]["title"] == item.title
        turned = [(key.slot, key.name, key.meaning, timestamp(key.signed_at)) for key in item.sign_off.turned]
        printed = [(key["slot"], key["name"], key["meaning"], key["at"]) for key in items[item.number]["signatures"]]
        assert printed == turned != []


@pytest.mark.parametrize("model", [Entry, Signature], ids=lambda model: model.__name__)
def test_11_10_c_what_was_recorded_is_not_deleted(filed: SimpleNamespace, model: type[models.Model]) -> None:
    rows = model._base_manager.all()
    count = rows.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows._raw_delete("default")
    assert rows.count() == count > 0


@pytest.mark.parametrize(("name", "numbers"), [("records", []), ("download_pdf", [1]), ("download_json", [1])])
def test_11_10_d_only_people_of_the_team_reach_a_record(filed: SimpleNamespace, name: str, numbers: list[int]) -> None:
    page = reverse(f"records:{name}", args=[filed.team.slug, filed.deployment.number, *numbers])
    assert signed_in(filed.auditor).get(page).status_code == 200
    assert signed_in(filed.stranger).get(page).status_code == 404
    nobody = Client().get(page)
    assert (nobody.status_code, nobody["Location"].partition("?")[0]) == (302, reverse("accounts:sign_in"))


def test_11_10_e_the_trail_says_who_when_and_obscures_nothing(stage: SimpleNamespace) -> None:
    item, before = stage.items[1], timestamp(timezone.now())
    for result in ("Took long", "Took longer"):
        casting.fill_in(item, stage.member, result=result)
    entries = [entry for entry in ledger.history(stage.deployment.stream) if entry.kind == "item.filled_in"]
    assert [ledger.texts(entry)["result"] for entry in entries] == ["Took long", "Took longer"]
    assert {entry.actor for entry in entries} == {stage.member.pk}
    assert all(before <= entry.at <= timestamp(timezone.now()) for entry in entries)
    history = reverse("deployments:history", args=[stage.team.slug, stage.deployment.number])
    assert "wrote down the result of item 2" in casting.words(signed_in(stage.auditor).get(history))
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entries[0].pk).update(body=entries[1].body)


def test_11_10_f_steps_are_done_in_their_order(stage: SimpleNamespace) -> None:
    new = deployments.create_deployment(
        stage.team, by=again(stage.lead), template_version=stage.version, service="stock", version="1",
        environment="production",
    )  # fmt: skip
    with pytest.raises(WrongState, match="Open the review first"):
        casting.sign(new.items.get(number=1), stage.member)
    with pytest.raises(WrongState):
        casting.complete(stage)  # production-ready, while keys are missing
    item = casting.load(stage.items[0])
    with pytest.raises(Stale, match="your key means something else"):
        deployments.sign_item(item, shown=item.sign_off.digest, slot=2, **keyed(stage.reviewer))  # before the first key
    casting.sign(item, stage.member)
    deployments.reject_item(casting.load(item), by=again(stage.reviewer), reason="The log shows a retry")
    with pytest.raises(WrongState, match="Nothing changed since this was sent back"):
        casting.sign(item, stage.member)
    deployments.edit_item(item, by=again(stage.member), title="Take two backups", text="")
    casting.make_ready(stage)
    assert casting.close(stage)
    with pytest.raises(WrongState, match="closed"):
        casting.sign(stage.items[0], stage.lead)


def test_11_10_g_who_signs_holds_the_role_for_it(stage: SimpleNamespace) -> None:
    item = stage.items[0]
    for name in ("auditor", "stranger"):
        with pytest.raises(NotAllowed):
            casting.sign(item, getattr(stage, name))
    casting.sign(item, stage.lead)
    with pytest.raises(NotAllowed, match="Only a reviewer"):
        casting.sign(item, stage.member)
    casting.sign(item, stage.reviewer)
    casting.make_ready(stage)
    sheet = casting.complete(stage)
    casting.take(stage.team, stage.reviewer, by=stage.lead)
    with pytest.raises(NotAllowed, match="Only a decider"):
        casting.verify(stage, sheet, by=stage.reviewer)


def test_11_10_h_a_report_without_a_known_token_is_no_result(stage: SimpleNamespace) -> None:
    reporting.add_probes(stage)
    named = id_of_token(stage.token)
    assert named
    for token in ("", "of-nobody", new_token(named)):
        assert reporting.send(token).status_code == 401
    assert not Run.objects.exists()
    assert reporting.send(stage.token).status_code == 201
    assert Run.objects.count() == 1


def test_11_10_h_a_key_names_the_browser_it_was_turned_in(stage: SimpleNamespace) -> None:
    browsers = []
    for item, browser in zip(stage.items, ("one", "one", "two"), strict=False):
        if item.number == 2:
            casting.fill_in(item, stage.member)
        person = again(stage.member)
        person.browser = browser
        now = casting.load(item)
        given = casting.keyed(stage.member) | {"by": person}
        signed = deployments.sign_item(now, shown=now.sign_off.digest, slot=1, **given)
        browsers.append(casting.load(signed).sign_off.turned[0].browser)
    assert browsers[0] == browsers[1] != browsers[2] != ""


def test_11_10_k_a_checklist_has_versions_that_two_people_make_and_nobody_changes(stage: SimpleNamespace) -> None:
    version = TemplateVersion.objects.for_signing().get(pk=stage.version.pk)
    author, second = version.sign_off.turned
    assert (version.number, author.signer, second.signer) == (1, stage.lead, version.published_by)
    assert version.published_at is not None
    with pytest.raises(IntegrityError, match="a published checklist is kept as it is"), transaction.atomic():
        TemplateVersion.objects.filter(pk=version.pk).update(note="another note")
    with pytest.raises(WrongState, match="A second person publishes it"):
        publish(draft(stage, by=stage.lead), stage.lead, note="Quickly")


# 11.30, controls for open systems


def test_11_30_production_speaks_https_alone() -> None:
    asked = "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"
    program = f"from project import settings\nprint(*[getattr(settings, name) for name in {asked}])"
    production = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql://keyturn_app@127.0.0.1/keyturn",
        "REDIS_URL": "redis://127.0.0.1/0",
        "KEYTURN_SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
        "KEYTURN_ALLOWED_HOSTS": "keyturn.example.org",
    }
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=production, cwd=ROOT, capture_output=True, check=True, text=True)
    assert done.stdout.split() == ["True", "31536000", "True", "True"]


# 11.50, what a signature shows


def test_11_50_a_a_signature_has_name_moment_and_meaning(stage: SimpleNamespace) -> None:
    before = timezone.now()
    (key,) = casting.load(casting.sign(stage.items[0], stage.member)).sign_off.turned
    assert (key.name, key.meaning) == (stage.member.full_name, "performed")
    assert before <= key.signed_at <= timezone.now()
    accounts.rename_person(stage.member, by=again(stage.member), full_name="Mika Lind")
    assert Signature.objects.get(pk=key.pk).name == stage.member.full_name
    for lacking in ({"name": ""}, {"signed_at": None}, {"meaning": ""}, {"meaning": "glanced"}):
        with lifted("signoff_two_person_rule"), pytest.raises(IntegrityError), transaction.atomic():
            signature(stage.items[3].sign_off, stage.member, **lacking).save(force_insert=True)


def test_11_50_b_page_and_paper_show_all_three(filed: SimpleNamespace) -> None:
    page, paper = read(filed.auditor, filed.items[0]), on_paper(filed.record)
    keys = casting.load(filed.items[0]).sign_off.turned
    assert [key.meaning for key in keys] == ["performed", "verified"]
    for key in keys:
        for text in (page, paper):
            assert exact(key.signed_at) in text
            assert key.meaning in text.lower()
        assert key.name in page
    assert keys[1].name in paper


# 11.70, a signature and its record are one


def test_11_70_a_signature_moved_to_another_item_is_found(stage: SimpleNamespace) -> None:
    casting.sign(stage.items[0], stage.member)
    (key,) = casting.load(stage.items[0]).sign_off.turned
    other = casting.load(stage.items[3]).sign_off
    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.filter(pk=key.pk).update(sign_off=other)
    with lifted():
        Signature.objects.filter(pk=key.pk).update(sign_off=other, digest=other.digest)
    assert faults()


def test_11_70_a_signature_holds_for_what_was_signed_alone(stage: SimpleNamespace) -> None:
    item = stage.items[0]
    casting.sign(item, stage.member)
    signed = casting.load(item)
    assert signed.sign_off.turned[0].digest == signed.sign_off.digest
    deployments.edit_item(signed, by=again(stage.lead), title="Take two backups", text="")
    edited = casting.load(item)
    assert edited.sign_off.digest != signed.sign_off.digest
    assert edited.sign_off.turned == []
    assert Signature.objects.filter(pk=signed.sign_off.turned[0].pk).exists()
