"""A slice of the long campaign of `scripts.fuzz_importer`: hostile texts of every format are read or refused."""

from tests.imports.formats import fuzz

TEXTS, SEED = 3_000, 9


def test_texts_that_nobody_wrote_are_read_or_refused():
    found = [fuzz.tried(SEED, number) for number in range(TEXTS)]
    assert [one for one in found if one.fault] == []


def test_the_command_counts_what_does_not_hold(monkeypatch):
    lines: list[str] = []
    assert fuzz.main(["4", "5"], lines.append) == 0
    assert lines[-1].startswith("4 texts from seed 5: 0 faults; slowest 0.")
    assert fuzz.main(["4", "5", "2/2"], lines.append) == 0
    assert lines[-1].startswith("0 texts from seed 5")
    monkeypatch.setattr(fuzz, "_fault", lambda text, kind, number: 1 / 0)
    assert "ZeroDivisionError" in fuzz.tried(5, 1).fault
    monkeypatch.setattr(fuzz, "_fault", lambda text, kind, number: "")
    monkeypatch.setattr(fuzz, "MOST_SECONDS", -1)
    assert "characters" in fuzz.tried(5, 1).fault
