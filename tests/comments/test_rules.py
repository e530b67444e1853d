"""Whom a text mentions, and how it is shown in parts."""

from unittest.mock import patch
from uuid import UUID

import pytest

from apps.comments import rules
from apps.comments.rules import TextPart, mentioned, parts_of
from apps.core import wording

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


@pytest.mark.parametrize("unit", ["@", "@a", "@a ", "@Person 1 ", "@\ufdfa"])
def test_a_text_of_mentions_costs_little_however_many_there_are(unit: str) -> None:
    """Few places are looked at closely, each at as many lengths as names have, in a team of any size."""
    people = [(UUID(int=n), f"{name}{n}") for n in range(300) for name in ("Person ", "a", "A very long name of ")]
    text = (unit * 5000)[:5000]
    looked_at: list[str] = []

    def counted(name: str) -> str:
        looked_at.append(name)
        return wording.folded(name)

    with patch.object(rules, "folded", counted):
        found = mentioned(text, people)
        parts_of(text, [name for _, name in found])
    assert len(looked_at) < 25_000
    assert len(found) <= rules.MOST_LOOKED_AT * 2


def test_what_comes_after_so_many_mentions_nobody() -> None:
    text = "@lena " * rules.MOST_LOOKED_AT + "@omar"
    assert mentioned(text, PEOPLE) == [(LENA, "lena")]
    assert mentioned(text[6:], PEOPLE) == [(LENA, "lena"), (OMAR, "omar")]
    assert sum(part.is_mention for part in parts_of(text, ["lena", "omar"])) == rules.MOST_LOOKED_AT
