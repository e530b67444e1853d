"""Blanks of an item take answers of their kind, stored as one text and shown in words."""

from types import SimpleNamespace

import pytest

from apps.boards.forms.items import FillInItem
from apps.core.errors import WrongState
from apps.deployments.models import Item
from tests.deployments.templates import blank, fill, item, line, start

ASKED = [
    blank("Measured p95", "number", unit="s"), blank("Tested on", "date"), blank("Strategy", "choice", "canary", "all"),
    blank("Ready", "yes_no"), blank("Workers", "capacity"), blank("Where"),
]  # fmt: skip
TYPED = ("2.5 s", "2026-11-29", "Canary", "YES", "Q=20 L=0.3 U=0.6", "  vault 7")
STORED = ["2.5", "2026-11-29", "canary", "yes", "Q=20 L=0.3 U=0.6 W=10", "  vault 7"]
WORDS = ["2.5 s", "2026-11-29", "canary", "yes", "10 workers = ⌈20 requests/s × 0.3 s ÷ 0.6⌉", "  vault 7"]
SENT = {
    "value_0": "2.5 s", "value_1": "2026-11-29", "value_2": "canary", "value_3": "yes", "value_4_Q": "20",
    "value_4_L": "0.3", "value_4_U": "0.6", "value_5": "vault 7", "result": "",
}  # fmt: skip


def test_an_answer_is_stored_as_one_text_signed_as_that_and_shown_in_words(people: SimpleNamespace) -> None:
    made = start(people, line("a", fill_ins=ASKED))
    filled = fill(made, "a", *TYPED, by=people.member)
    assert [each["value"] for each in filled.fill_ins] == STORED
    assert [words for _, words in filled.answers] == WORDS
    signed = filled.content(pinned=None)["fill_ins"]
    labels = [each["label"] for each in ASKED]
    assert signed == [{"label": label, "value": value} for label, value in zip(labels, STORED, strict=True)]
    assert item(made, "a").fill_ins[0]["unit"] == "s"


@pytest.mark.parametrize(
    ("place", "typed", "sentence"),
    [
        (0, "fast", "“fast” is not a number"), (1, "tomorrow", "is not a day"),
        (2, "blue", "Choose one of canary, all"),
        (3, "maybe", "Choose one of yes, no"), (4, "Q=20 L=0.3 U=2", "U is 2, and is at most 1"),
    ],
)  # fmt: skip
def test_an_answer_of_another_kind_is_refused_with_a_sentence(
    people: SimpleNamespace, place: int, typed: str, sentence: str
) -> None:
    made = start(people, line("a", fill_ins=ASKED))
    values = ["" if at != place else typed for at in range(len(ASKED))]
    with pytest.raises(WrongState, match=sentence):
        fill(made, "a", *values, by=people.member)


def test_the_form_asks_each_kind_by_fields_of_its_own(people: SimpleNamespace) -> None:
    one = Item.objects.get(deployment=start(people, line("a", fill_ins=ASKED)))
    form = FillInItem(item=one)
    assert list(form.fields)[:6] == ["value_0", "value_1", "value_2", "value_3", "value_4_Q", "value_4_L"]
    assert [form[name].label for name in ("value_0", "value_4_Q")] == [
        "Measured p95, in s", "Workers: Q, requests per second",
    ]  # fmt: skip
    assert [value for value, _ in form.fields["value_3"].choices] == ["", "yes", "no"]  # type: ignore[attr-defined]
    sent = FillInItem(SENT, item=one)  # type: ignore[arg-type]  # a plain dictionary will do
    assert sent.is_valid(), sent.errors
    assert sent.cleaned_data["values"] == [*STORED[:5], "vault 7"]
    empty = FillInItem({"result": ""}, item=one)  # type: ignore[arg-type]
    assert empty.is_valid(), empty.errors
    assert empty.cleaned_data["values"] == [""] * 6


@pytest.mark.parametrize(
    ("field", "typed"),
    [("value_0", "fast"), ("value_1", "x"), ("value_2", "blue"), ("value_4_U", "60"), ("value_4_L", "")],
)
def test_the_form_says_at_the_field_what_is_wrong(people: SimpleNamespace, field: str, typed: str) -> None:
    one = Item.objects.get(deployment=start(people, line("a", fill_ins=ASKED)))
    form = FillInItem(SENT | {field: typed}, item=one)  # type: ignore[arg-type]
    assert not form.is_valid()
    assert list(form.errors) == [field]


def test_what_was_filled_in_stands_in_the_form_again(people: SimpleNamespace) -> None:
    made = start(people, line("a", fill_ins=ASKED))
    form = FillInItem(item=fill(made, "a", *TYPED, by=people.member))
    assert form["value_4_L"].initial == "0.3"
    assert form["value_2"].initial == "canary"
