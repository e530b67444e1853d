"""Pages are compressed for whoever can read that; what streams is not."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from apps.core.middleware import CompressMiddleware

LONG = "<p>the same words</p>" * 100


def answered(response: HttpResponse | StreamingHttpResponse) -> HttpResponse:
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    return CompressMiddleware(lambda _: response)(request)  # type: ignore[return-value]


def test_a_page_is_compressed_and_reads_the_same() -> None:
    answer = answered(HttpResponse(LONG))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.content) < len(LONG) / 4
    assert gzip.decompress(answer.content).decode() == LONG


def test_a_client_that_does_not_ask_gets_it_plain() -> None:
    answer = CompressMiddleware(lambda _: HttpResponse(LONG))(RequestFactory().get("/"))
    assert isinstance(answer, HttpResponse)
    assert answer.content.decode() == LONG


@pytest.mark.parametrize(
    "response",
    [
        StreamingHttpResponse(iter([LONG]), content_type="text/event-stream"),
        HttpResponse(LONG, content_type="application/pdf"),
        HttpResponse(LONG, content_type="application/octet-stream"),
    ],
)
def test_streams_and_files_go_out_as_they_are(response: HttpResponse) -> None:
    assert "Content-Encoding" not in answered(response).headers


@pytest.mark.django_db
def test_the_real_pages_are_compressed() -> None:
    answer = Client().get("/sign-in/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
