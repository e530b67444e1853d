"""What of a service's answer is read at all."""

import pytest

from apps.sso.rules import Wrong, read_json


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>", "no JSON"),
        (b"\xff\xfe{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no object"),
        (b'"text"', "no object"),
        (b"null", "no object"),
    ],
)
def test_an_answer_that_is_no_object_counts_for_nothing(body, why):
    with pytest.raises(Wrong, match=why):
        read_json(body)


def test_an_object_is_read():
    assert read_json(b'{"issuer": "https://id.example.com"}') == {"issuer": "https://id.example.com"}
