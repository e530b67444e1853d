"""Where things stand on paper: nothing typed leaves its column, rows stay whole, headings stay with what they head."""

import re
import subprocess
from itertools import combinations
from typing import Any, NamedTuple

import pytest

from apps.records import pdf
from apps.records.document import Made, build, facts, machine_record, printed
from tests.records import sample
from tests.records.sample import replace

PAGE_WIDTH, LEFT, RIGHT, FOOT = 595.28, 24 * 72 / 25.4, 16 * 72 / 25.4, 24 * 72 / 25.4
# What machines write, or templates choose: not typed by anybody.
GIVEN = {
    "id", "digest", "sha256", "response_digest", "run", "run_digest", "person", "stream", "state", "outcome", "verdict",
    "kind", "answer", "meaning", "software", "label", "code", "evidence", "probe", "body", "openings", "media_type",
}  # fmt: skip
LENGTH = {"service": 100, "version": 100, "environment": 60, "title": 200, "name": 150, "team": 100}


class Word(NamedTuple):
    """A word on paper, in points from the upper left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


def words_of(made: Made) -> list[Word]:
    run = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=made.pdf, capture_output=True, check=True)
    found: list[Word] = []
    page = 0
    for line in run.stdout.decode().splitlines():
        page += "<page " in line
        if match := re.search(r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*)</word>', line):
            left, top, right, bottom = (float(match[place]) for place in range(1, 5))
            found.append(Word(page, left, top, right, bottom, match[5]))
    # The verdict is set larger than its box, so that its capitals are as tall as the keys beside it.
    return [word for word in found if word.bottom - word.top < 80]


def rendered(record: facts.Record) -> Made:
    return pdf.render(record, lambda step, pages: None)


def typed_long(value: Any, name: str = "", character: str = "W") -> Any:
    """The fact with every text that people type as one word, as long as it may be."""
    if hasattr(value, "_fields"):
        return value._replace(
            **{each: typed_long(getattr(value, each), each, character) for each in value._fields if each not in GIVEN}
        )
    if isinstance(value, tuple):
        return tuple(typed_long(each, name, character) for each in value)
    if isinstance(value, str) and value and name not in GIVEN:
        return character * LENGTH.get(name, 400)
    return value


def everything() -> facts.Record:
    """A record with every kind of entry, and a sheet."""
    record = replace(sample.troubled(), sheet=sample.SHEET)
    return replace(record, ledger=replace(record.ledger, entries=record.ledger.entries[:8]))


@pytest.fixture(scope="module", params=["W", "_", "ʬ"])
def endless(request: pytest.FixtureRequest) -> list[Word]:
    return words_of(rendered(typed_long(everything(), character=request.param)))


def test_no_word_leaves_the_page_however_long_it_is(endless: list[Word]) -> None:
    assert [word for word in endless if word.right > PAGE_WIDTH - RIGHT + 1 or word.left < LEFT - 1] == []


def test_no_word_covers_another_however_long_it_is(endless: list[Word]) -> None:
    pages: dict[int, list[Word]] = {}
    for word in endless:
        pages.setdefault(word.page, []).append(word)
    assert [pair for page in pages.values() for pair in combinations(page, 2) if is_covering(*pair)] == []


def is_covering(one: Word, other: Word) -> bool:
    """Whether they share more than the air around letters: a third of a line, and a point of width."""
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    width = min(one.right, other.right) - max(one.left, other.left)
    return width > 1 and height > 0.4 * min(one.bottom - one.top, other.bottom - other.top)


# How headings, leads and the head of a table begin.
HEADS = re.compile(
    r"^\d\.\d+ |^[2-9] (Sign-off|Items|Waivers|Probes|Evidence|Rollback|Ledger|People)|^Heading|^Entry Time|"
    r"^Commands as they|^Decisions, waivers|^All entries|^Each is|items?: \d|^A line\.$"
)


def uneven(blockers: int) -> facts.Record:
    """A record whose rows are two lines long and whose sections end all over the page."""
    record = sample.record(24, 24)
    text = (
        "WORDTHAT{} begins a row that goes on long enough for more than one line of any column, and so ends with {}END"
    )
    sections = tuple(
        replace(section, title=f"Heading {place}", text="A line.\n" * (place % 9))
        for place, section in enumerate(record.sections)
    )
    entries = tuple(
        replace(each, kind="waiver.ended", text=text.format(each.sequence, each.sequence))
        for each in record.ledger.entries[:36]
    )
    blocked = tuple(facts.Blocker(f"Check {n}", text.format(f"B{n}", f"B{n}"), "Ruth can.") for n in range(blockers))
    decision = facts.Decision("closed", "completed", "NO-GO", blocked)
    return replace(record, sections=sections, ledger=replace(record.ledger, entries=entries), decision=decision)


def lines_on(words: list[Word]) -> dict[int, list[str]]:
    """The lines of each page from top to bottom, without what stands in its margins."""
    pages: dict[int, dict[int, list[Word]]] = {}
    for word in words:
        if 60 < word.top < 842 - FOOT:
            pages.setdefault(word.page, {}).setdefault(round(word.bottom), []).append(word)
    return {
        page: [
            " ".join(each.text for each in sorted(found, key=lambda each: each.left)) for _, found in sorted(at.items())
        ]
        for page, at in pages.items()
    }


@pytest.fixture(scope="module", params=[16, 70])
def breaks(request: pytest.FixtureRequest) -> list[Word]:
    return words_of(rendered(uneven(request.param)))


def test_a_heading_stays_with_what_it_heads(breaks: list[Word]) -> None:
    for page, lines in lines_on(breaks).items():
        assert not HEADS.search(lines[-1]), (page, lines[-3:])


def test_a_row_stays_whole(breaks: list[Word]) -> None:
    begun = {word.text.removeprefix("WORDTHAT"): word.page for word in breaks if word.text.startswith("WORDTHAT")}
    ended = {word.text.removesuffix("END"): word.page for word in breaks if word.text.endswith("END")}
    assert len(begun) > 50
    assert {key: page for key, page in begun.items() if ended.get(key, page) != page} == {}


PERSIAN, ARABIC = "لیلی حداد", "الخدمة تجيب (24/7), see README."


def from_right_to_left() -> facts.Record:
    """A record in which names and texts are written from right to left, in sentences and by themselves."""
    record = everything()
    section = record.sections[0]
    lost = facts.Fallen(sample.after(9), "the text changed", (replace(sample.key(1, 0, 8, 1), name=PERSIAN),))
    item = replace(section.items[0], title=ARABIC, text=ARABIC, fallen=(lost,))
    note = replace(record.evidence[0], kind="note", title=ARABIC, text=ARABIC, added_by=PERSIAN)
    entries = (*record.ledger.entries[:3], replace(record.ledger.entries[3], kind="waiver.ended"))
    return replace(
        record,
        sections=(replace(section, title=ARABIC, items=(item,)),),
        evidence=(note,),
        deployment=replace(record.deployment, service=ARABIC),
        ledger=replace(record.ledger, entries=entries),
    )


def test_a_date_beside_a_name_from_right_to_left_is_not_mirrored() -> None:
    made = rendered(from_right_to_left())
    text = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=made.pdf, capture_output=True, check=True
    ).stdout.decode()
    assert "2026-10-05 08:22:09 UTC" in " ".join(text.split())
    dates = [word for word in words_of(made) if re.fullmatch(r"20\d\d-\d\d-\d\d", word.text)]
    assert dates
    assert not re.search(r"\d\d-\d\d-20\d\d", text)
    assert "⟨U+206" not in text


def test_the_base_direction_is_that_of_the_text() -> None:
    html, _ = pdf._page(build(from_right_to_left()))
    assert not set("\u2066\u2067\u2068\u2069") & set(html.partition("<main")[2].partition(">")[2])
    assert f'<p class="entry__text" dir="rtl">{ARABIC}</p>' in html
    assert f'<bdi dir="rtl">{PERSIAN}</bdi>, 2026-10-05 08:22:09 UTC' in html
    assert pdf.unprintable(printed(build(from_right_to_left()))) == ()


def test_what_is_written_from_left_to_right_stays_as_it_is() -> None:
    assert "<bdi dir" not in pdf._page(build(replace(sample.record(2, 1), people=())))[0].replace(sample.NAMES[3], "")


def test_data_has_no_characters_that_isolate_for_paper() -> None:
    record = from_right_to_left()
    isolated = f"taken away by \u2068{PERSIAN}\u2069"
    lost = replace(record.sections[0].items[0].fallen[0], why=isolated)
    section = replace(record.sections[0], items=(replace(record.sections[0].items[0], fallen=(lost,)),))
    blocker = facts.Blocker(ARABIC, isolated, PERSIAN, 1)
    record = replace(
        record,
        sections=(section,),
        decision=replace(record.decision, blockers=(blocker,)),
        evidence=(replace(record.evidence[0], text="typed \u2068so\u2069", removed=isolated),),
        waivers=tuple(replace(each, note=isolated) for each in record.waivers),
        ledger=replace(record.ledger, entries=tuple(replace(each, text=isolated) for each in record.ledger.entries)),
    )
    data = machine_record(build(record)).decode()
    assert data.count("\u2068") == data.count("typed \u2068so\u2069") == 1
    assert f"taken away by {PERSIAN}" in data
