"""A newer revision takes the place of a piece of evidence: what keys cover then, and what stays to be read."""

import json
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from apps.attachments import commands
from apps.core.errors import NotAllowed, TooLarge, WrongState
from apps.deployments.models import Attachment, Item
from apps.evidence.models import Evidence, Kind
from apps.ledger import selectors as ledger
from apps.ledger.models import Entry
from apps.signoff.rules import content_digest
from tests import cast as casting
from tests.cast import again

pytestmark = pytest.mark.django_db


def note(stage: SimpleNamespace, item: Item, text: str = "It works.") -> Evidence:
    return commands.attach_evidence(item, by=again(stage.member), kind=Kind.NOTE, title="Log", text=text)


def replace(stage: SimpleNamespace, item: Item, older: Evidence, text: str, by: str = "member", **more) -> Evidence:
    content = {"kind": Kind.NOTE, "title": "Log", "text": text, **more}
    return commands.replace_evidence(item, by=again(getattr(stage, by)), evidence=older, **content)


def revisions(item: Item) -> list[tuple[int, int, bool]]:
    """(piece, revision, whether it stands) of all that was ever attached."""
    rows = Attachment.objects.filter(item=item).order_by("position", "revision")
    return [(each.position, each.revision, not each.removed_at) for each in rows]


def test_keys_cover_exactly_the_newest_revision_of_each_piece_in_its_place(stage: SimpleNamespace) -> None:
    item = stage.items[0]
    first, second = note(stage, item, "One"), note(stage, item, "Two")
    newer = replace(stage, item, first, "One, again")
    newest = replace(stage, item, newer, "One, once more", by="lead")
    now = casting.load(item)
    assert now.evidence == [newest, second]
    assert now.content(pinned=None)["evidence"] == [newest.sha256, second.sha256]
    assert now.sign_off.digest == content_digest(now.content(pinned=None))
    assert revisions(item) == [(1, 1, False), (1, 2, False), (1, 3, True), (2, 1, True)]
    assert Evidence.objects.get(pk=first.pk).text == "One"
    commands.remove_evidence(item, by=again(stage.member), evidence=newest)
    assert casting.load(item).evidence == [second]
    assert note(stage, item, "Three").attachment.position == 3


def test_both_keys_fall_out_and_the_entry_names_the_piece_and_the_revision(stage: SimpleNamespace) -> None:
    item = stage.items[0]
    filed = note(stage, item)
    casting.sign(item, stage.lead)
    casting.sign(item, stage.reviewer)
    newer = replace(stage, item, filed, "It works better.")
    assert casting.load(item).sign_off.turned == []
    line = ledger.item_history(stage.deployment.stream, item.id)[0].text
    assert line == "replaced “Log” of item 1 by revision 2; 2 keys fell out"
    data = json.loads(Entry.objects.filter(stream=stage.deployment.stream).latest("sequence").body)["data"]
    assert (data["evidence"], data["replaced"]) == (str(newer.pk), str(filed.pk))


def test_whoever_wrote_a_revision_verifies_nothing_also_once_a_newer_one_stands(stage: SimpleNamespace) -> None:
    item = stage.items[0]
    filed = commands.attach_evidence(item, by=again(stage.reviewer), kind=Kind.NOTE, title="Log", text="Mine")
    replace(stage, item, filed, "Theirs", by="lead")
    casting.sign(item, stage.member)
    with pytest.raises(NotAllowed, match="You contributed to this"):
        casting.sign(item, stage.reviewer)


def test_sent_twice_it_is_one_revision(stage: SimpleNamespace) -> None:
    item, intent = stage.items[0], uuid4()
    filed = note(stage, item)
    newer = replace(stage, item, filed, "Again", intent=intent)
    assert replace(stage, item, filed, "Again", intent=intent) == newer
    assert revisions(item) == [(1, 1, False), (1, 2, True)]


def test_what_is_replaced_stands_is_of_its_kind_and_says_something_else(stage: SimpleNamespace) -> None:
    item = stage.items[0]
    filed, gone = note(stage, item), note(stage, item, "Wrong")
    commands.remove_evidence(item, by=again(stage.member), evidence=gone)
    with pytest.raises(WrongState, match="replaced or taken away meanwhile"):
        replace(stage, item, gone, "Right")
    with pytest.raises(WrongState, match="replaced or taken away meanwhile"):
        replace(stage, stage.items[1], filed, "Right")
    with pytest.raises(WrongState, match="A note is replaced by a note"):
        replace(stage, item, filed, "", kind=Kind.LINK, url="https://ci.example.com/7")
    casting.sign(item, stage.member)
    with pytest.raises(WrongState, match="says the same as revision 1, byte by byte"):
        replace(stage, item, filed, "It works.")
    newer = replace(stage, item, filed, "It works well.")
    with pytest.raises(WrongState, match="replaced or taken away meanwhile"):
        replace(stage, item, filed, "It works badly.")
    assert casting.load(item).evidence == [newer]


def test_what_is_refused_costs_no_key_and_files_nothing(stage: SimpleNamespace) -> None:
    item = stage.items[0]
    filed = note(stage, item)
    casting.sign(item, stage.member)
    for text in ("It works.", ""):
        with pytest.raises((WrongState, IntegrityError)), transaction.atomic():
            replace(stage, item, filed, text)
    with pytest.raises(NotAllowed, match="Ask"):
        replace(stage, item, filed, "Mine", by="auditor")
    assert len(casting.load(item).sign_off.turned) == 1
    assert Evidence.objects.filter(attachment=None).count() == 0


def test_a_piece_has_so_many_revisions_and_no_more(stage: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MOST_REVISIONS", 2)
    newer = replace(stage, stage.items[0], note(stage, stage.items[0]), "Two")
    with pytest.raises(TooLarge, match="at most 2 revisions"):
        replace(stage, stage.items[0], newer, "Three")
