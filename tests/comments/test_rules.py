"""Whom a text mentions, and how it is shown in parts."""

from uuid import UUID

import pytest

from apps.comments.rules import TextPart, mentioned, parts_of

LENA, LEN, OMAR, REI = (UUID(int=n) for n in range(1, 5))
PEOPLE = [
    (LENA, "Lena Brandt"), (LENA, "lena"), (LEN, "Len"), (OMAR, "عمر الحداد"), (OMAR, "omar"), (REI, "Groß, Rei"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Nobody is mentioned", []),
        ("@Lena Brandt look", [(LENA, "Lena Brandt")]),
        ("look, @lena brandt!", [(LENA, "lena brandt")]),
        ("(@LENA) and @omar", [(LENA, "LENA"), (OMAR, "omar")]),
        ("@عمر الحداد انظر", [(OMAR, "عمر الحداد")]),
        ("@Len, not the longer one", [(LEN, "Len")]),
        ("@Lena is the longer one", [(LENA, "Lena")]),
        ("@Lenard is neither", []),
        ("an address: ops@lena.example", []),
        ("@Lena Brandt, @lena again", [(LENA, "Lena Brandt")]),
        ("@", []),
        ("@@lena", [(LENA, "lena")]),
    ],
)
def test_a_name_after_an_at_mentions_somebody(text: str, found: list[tuple[UUID, str]]) -> None:
    assert mentioned(text, PEOPLE) == found


def test_two_of_the_same_name_are_both_mentioned() -> None:
    assert mentioned("@Len", [(LEN, "Len"), (REI, "len")]) == [(LEN, "Len"), (REI, "Len")]


def test_a_text_in_parts_is_the_text() -> None:
    text = "@lena and @omar: it holds. ops@lena.example"
    parts = parts_of(text, ["lena", "omar"])
    assert "".join(part.text for part in parts) == text
    assert [part.text for part in parts if part.is_mention] == ["@lena", "@omar"]
    assert parts_of("plain", ["", "lena"]) == [TextPart("plain", is_mention=False)]
    assert parts_of("@lena", ["lena"]) == [TextPart("@lena", is_mention=True)]
