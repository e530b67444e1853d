"""Plurals, sizes and moments are spelt in one place, apps/core/wording.py, which templates reach by their tags."""

import ast
import re

import pytest

from tests.house import source
from tests.house.source import ROOT, files, name

HOME = ROOT / "apps" / "core" / "wording.py"
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
# One or many, chosen beside the words: n === 1 ? "1 item" : …
CHOSEN_IN_SCRIPT = re.compile(r"[!=]==? 1\s*\?\s*[\"'`]")
FORMAT_OF_A_MOMENT = re.compile(r"%[A-Za-z]")


def hand_made(path):
    """(line, what) of every plural chosen beside its words and of every moment with a format of its own."""
    for node in source.walk(path, ast.IfExp, ast.FormattedValue, ast.Call):
        match node:
            case ast.IfExp(test=ast.Compare(ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=1)])):
                if all(isinstance(words, ast.Constant | ast.JoinedStr) for words in (node.body, node.orelse)):
                    yield node.lineno, "a plural"
            case ast.IfExp(body=ast.Constant(value="s" | "es" | "y" | "ies")):
                yield node.lineno, "a plural"
            case ast.IfExp(orelse=ast.Constant(value="s" | "es" | "y" | "ies")):
                yield node.lineno, "a plural"
            case ast.FormattedValue(format_spec=ast.JoinedStr() as spec):
                if FORMAT_OF_A_MOMENT.search(ast.unparse(spec)):
                    yield node.lineno, "a moment"
            case ast.Call(func=ast.Attribute(attr="strftime")):
                yield node.lineno, "a moment"


@source.for_each([path for path in files("apps", "project") if path != HOME], name)
def test_no_plural_and_no_moment_is_spelt_elsewhere(path):
    found = [f"{name(path)}:{line}: {what}: apps/core/wording.py spells it" for line, what in hand_made(path)]
    assert not found, "\n".join(found)


@source.for_each(SCRIPTS, name)
def test_no_script_chooses_a_plural_beside_its_words(path):
    lines = enumerate(path.read_text().splitlines(), 1)
    assert [number for number, line in lines if CHOSEN_IN_SCRIPT.search(line)] == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('words = "1 item" if count == 1 else f"{count} items"', ["a plural"]),
        ("words = f\"item{'s' if count != 1 else ''}\"", ["a plural"]),
        ('words = "" if lonely else "s"', ["a plural"]),
        ('words = f"{at:%d %b}"', ["a moment"]),
        ('words = at.strftime("%H")', ["a moment"]),
        ('port = "" if port == 80 else f":{port}"', []),
        ('size = f"{size:>8}"', []),
    ],
)
def test_hand_made_words_are_found(tmp_path, line, what):
    path = tmp_path / "words.py"
    path.write_text(line)
    assert [found for _, found in hand_made(path)] == what
