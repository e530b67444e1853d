"""What people say about an item: it costs no key, stays as it was said, and mentions people."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.comments import commands
from apps.comments.models import Comment
from apps.core.errors import NotAllowed, TooLarge, WrongState
from apps.deployments import commands as deployments
from apps.ledger.models import Entry
from tests import cast as casting
from tests.boards.desk import address, at, read, send
from tests.cast import again
from tests.deployments.rows import one
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


def write(stage: SimpleNamespace, text: str = "It stops at 15:20.", number: int = 4) -> Comment:
    return commands.write_comment(stage.items[number - 1], by=again(stage.member), text=text, intent=uuid4())


def test_no_key_falls_out_and_nobody_contributes(stage: SimpleNamespace) -> None:
    casting.sign(stage.items[3], stage.reviewer)
    before = casting.load(stage.items[3])
    commands.write_comment(before, by=again(stage.lead), text="Which region?", intent=uuid4())
    after = casting.load(stage.items[3])
    assert len(after.sign_off.turned) == 1
    assert after.sign_off.revision == before.sign_off.revision
    assert stage.lead.id not in after.sign_off.contributors
    casting.sign(stage.items[3], stage.lead)


def test_who_is_mentioned_is_in_the_entry_for_whoever_tells_them(stage: SimpleNamespace) -> None:
    written = write(stage, "@Lena Brandt and @omar: the picture stops at 15:20. @sol is no member.")
    assert written.mentions == [[str(stage.lead.pk), "Lena Brandt"], [str(stage.other_reviewer.pk), "omar"]]
    entry = Entry.objects.get(kind="comment.written")
    assert entry.item == stage.items[3].pk
    assert entry.body.count(str(stage.lead.pk)) == 1
    assert "picture" not in entry.body, "the text is committed"
    page = read(stage.reviewer, stage.items[3])
    assert '<bdi class="at">@Lena Brandt</bdi>' in " ".join(page.split())


def test_comments_and_events_are_one_stream_newest_first(stage: SimpleNamespace) -> None:
    write(stage, "First words")
    casting.sign(stage.items[3], stage.member)
    write(stage, "Last words")
    page = read(stage.reviewer, stage.items[3]).partition('id="talk"')[2]
    assert page.index("Last words") < page.index("turned key 1") < page.index("First words")
    assert page.count("First words") == 1, "the comment stands for its entry"
    events = at(stage.reviewer).get(address(stage.items[3]), {"talk": "events"}).content.decode()
    assert "First words" not in events
    comments = at(stage.reviewer).get(address(stage.items[3]), {"talk": "comments"}).content.decode()
    assert "First words" in comments
    assert "turned key 1" not in comments.partition('id="talk"')[2]


def test_comments_are_found_and_in_pages(stage: SimpleNamespace) -> None:
    for number in range(30):
        write(stage, f"Words of number {number}.")
    page = at(stage.lead).get(address(stage.items[3]), {"talk": "comments"}).content.decode()
    assert ("number 29." in page, "number 4." in page, "Page 1 of 2" in page) == (True, False, True)
    page = at(stage.lead).get(address(stage.items[3]), {"talk": "comments", "comments": "2"}).content.decode()
    assert ("number 29." in page, "number 4." in page) == (False, True)
    page = at(stage.lead).get(address(stage.items[3]), {"words": "NUMBER 4."}).content.decode()
    assert ("number 4." in page, "number 5." in page) == (True, False)
    page = at(stage.lead).get(address(stage.items[3]), {"words": "nowhere"}).content.decode()
    assert "No comment holds these words" in page


def test_only_whoever_said_it_withdraws_it_and_it_says_so(stage: SimpleNamespace) -> None:
    comment = write(stage, "Read in the wrong region")
    with pytest.raises(NotAllowed):
        commands.withdraw_comment(comment, by=again(stage.lead))
    assert "withdraw/" not in read(stage.lead, stage.items[3])
    assert "withdraw/" in read(stage.member, stage.items[3])
    assert send(stage.member, stage.items[3], "withdraw_comment", comment=comment.pk).status_code == 302
    page = read(stage.lead, stage.items[3])
    assert ("withdrawn" in page, "Read in the wrong region" in page) == (True, True)
    with pytest.raises(WrongState, match="withdrawn already"):
        commands.withdraw_comment(comment, by=again(stage.member))
    assert Entry.objects.filter(kind="comment.withdrawn").count() == 1


def test_it_is_written_on_the_page_and_nothing_typed_is_lost(stage: SimpleNamespace) -> None:
    assert send(stage.member, stage.items[3], "write_comment", {"text": "From the page"}).status_code == 302
    assert "From the page" in read(stage.lead, stage.items[3])
    long = "x" * 5_001
    refused = send(stage.member, stage.items[3], "write_comment", {"text": long})
    assert refused.status_code == 422
    assert long in refused.content.decode()


def test_the_same_click_twice_says_it_once(stage: SimpleNamespace) -> None:
    intent = uuid4()
    first, second = (
        commands.write_comment(stage.items[3], by=again(stage.member), text="Once", intent=intent) for _ in range(2)
    )
    assert first.pk == second.pk
    assert Comment.objects.count() == 1


def test_who_only_reads_says_nothing_and_what_ended_takes_no_more(stage: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        commands.write_comment(stage.items[3], by=again(stage.auditor), text="Hm")
    comment = write(stage)
    deployments.cancel_deployment(stage.deployment, by=again(stage.lead), reason="No need")
    with pytest.raises(WrongState):
        write(stage)
    with pytest.raises(WrongState):
        commands.withdraw_comment(comment, by=again(stage.member))
    assert comment.text in read(stage.lead, stage.items[3])


def test_another_team_finds_no_comment(stage: SimpleNamespace) -> None:
    comment = write(stage)
    other = stage.other_deployment.items.select_related("deployment__team").get(number=1)
    assert send(stage.stranger, other, "withdraw_comment", comment=comment.pk).status_code == 404
    assert send(stage.stranger, stage.items[3], "write_comment", {"text": "Hm"}).status_code == 404


def test_it_counts_against_the_quota_of_its_team(stage: SimpleNamespace, settings) -> None:
    settings.KEYTURN_TEAM_QUOTA_MB = 0
    with pytest.raises(TooLarge):
        write(stage)


@pytest.mark.unrecorded
def test_the_database_keeps_it_as_it_was_said(stage: SimpleNamespace) -> None:
    comment = write(stage)
    for change in ({"text": "Else"}, {"by": stage.lead}, {"mentions": [["x", "y"]]}):
        with pytest.raises(IntegrityError, match="only ever withdrawn"), transaction.atomic():
            one(Comment, comment, **change)
    with pytest.raises(IntegrityError, match="kept for good"), transaction.atomic():
        comment.delete()
    row = {"item": stage.items[3], "size": 1, "by": stage.member, "by_name": "Mika"}
    with pytest.raises(IntegrityError, match="after it was written"), transaction.atomic():
        Comment.objects.create(**row, text="x", withdrawn_at=timezone.now())
    with lifted():
        one(Comment, comment, text="Else")
    deployments.cancel_deployment(stage.deployment, by=again(stage.lead), reason="No need")
    with pytest.raises(IntegrityError, match="takes no more comments"), transaction.atomic():
        Comment.objects.create(**row, text="x")
