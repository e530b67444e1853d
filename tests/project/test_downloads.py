"""Files leave in pieces, as fast as they are read: no download holds a whole file in memory."""

import asyncio
import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.attachments import commands as attachments
from apps.evidence import commands, selectors
from apps.evidence.models import Blob, Kind
from project import pages
from tests.cast import again, signed_in
from tests.clock import PATIENCE
from tests.project.test_pages import scope, serving

PIECE = selectors.PIECE


@pytest.mark.django_db
@pytest.mark.unrecorded
@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
def test_a_blob_is_read_piece_by_piece_and_none_of_it_is_missing(stage: SimpleNamespace, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    stored = commands.store_blob(stage.team, data)
    found = list(selectors.pieces(Blob.objects.defer("data").get(pk=stored.pk)))
    assert b"".join(found) == data
    assert all(0 < len(piece) <= PIECE for piece in found)


@pytest.mark.django_db
@pytest.mark.unrecorded
def test_a_blob_that_is_shorter_than_it_should_be_is_no_whole_download(stage: SimpleNamespace) -> None:
    stored = commands.store_blob(stage.team, b"proof")
    stored.size = 6
    with pytest.raises(EOFError, match="ends before byte 6"):
        list(selectors.pieces(stored))


@pytest.mark.django_db
def test_whoever_finds_a_file_reads_none_of_it(stage: SimpleNamespace) -> None:
    data = b"p" * (PIECE + 1)
    content: dict[str, Any] = {"kind": Kind.FILE, "data": data, "media_type": "text/plain"}
    filed = attachments.attach_evidence(stage.items[0], by=again(stage.member), title="log.txt", **content)
    url = reverse("deployments:download_evidence", args=["pay", stage.deployment.number, 1, filed.pk])
    with CaptureQueriesContext(connection) as asked:
        answer = signed_in(stage.auditor).get(url)
        assert answer.getvalue() == data
    assert not [each["sql"] for each in asked if '"evidence_blob"."data"' in each["sql"]]
    assert answer.headers["Content-Length"] == str(len(data))


class Pieces:
    """An answer of many pieces that counts how many were made."""

    def __init__(self) -> None:
        self.made, self.is_closed = 0, False

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(100):
            self.made += 1
            yield b"x" * PIECE

    def close(self) -> None:
        self.is_closed = True


def test_no_piece_is_made_before_the_one_ahead_of_it_is_on_its_way() -> None:
    async def story() -> None:
        answer, reads, gone = Pieces(), asyncio.Semaphore(0), asyncio.Event()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body":
                await reads.acquire()

        made = pages.Pages(serving(answer), threads=2)
        sending = asyncio.create_task(made(scope(), receive, send, io.BytesIO()))
        for read in range(3):
            while answer.made < read + 1:
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.02)
            assert answer.made == read + 1
            reads.release()
        gone.set()
        await asyncio.sleep(0.02)
        reads.release()
        reads.release()
        await asyncio.wait_for(sending, PATIENCE)
        assert answer.is_closed
        assert answer.made < 10

    asyncio.run(story())
