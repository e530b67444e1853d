"""YAML is read and written as PyYAML does it, in one walk."""

import pytest
import yaml

from apps.checklists.markdown import yaml_values

LOADER = yaml.SafeLoader


@pytest.mark.parametrize(
    "text",
    [
        "", "7", "a", "- 1\n- 1.5\n- 0x1F\n- 1:30\n",
        "a: ~\nb:\nc: null\n", "[yes, No, on, true, 'true', \"no\"]",
        "day: 2024-02-29\nat: 2024-02-29 10:00:00\n", "a: 1\na: 2\n", "<<: {a: 1}\nb: 2\n",
        "a: !!str 7\nb: !!int '7'\n",
        "? [a, b]\n: c\n", "? {a: b}\n: c\n",
        "text: |\n  one\n  two\nfolded: >\n  one\n  two\n", "true: 1\n2: b\n", "- []\n- {}\n",
        "--- a\n--- b\n", "a: !thing 1\n", "a: [", "a: =\n", "! a",
    ],
)  # fmt: skip
def test_values_are_those_of_the_library(text):
    try:
        expected = yaml.load(text, Loader=LOADER)
    except yaml.YAMLError:
        with pytest.raises(ValueError, match=r"Line \d+ of it cannot be read"):
            yaml_values.load(text, LOADER)
    else:
        assert yaml_values.load(text, LOADER) == expected


def test_every_value_is_a_text_where_the_loader_says_so():
    assert yaml_values.load("a: 1.10\nb: no\nc:\n", yaml.BaseLoader) == {"a": "1.10", "b": "no", "c": ""}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: &x 1\nb: *x\n", "Line 1 of it uses & or"),
        ("a: 1\nb: *x\n", "Line 2 of it uses & or"),
        ("[" * 13 + "]" * 13, "more than 12 lists"),
    ],
)
def test_what_repeats_itself_or_is_too_deep_is_refused(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        yaml_values.load(text, LOADER)


def test_what_is_written_is_what_the_library_reads():
    values = {
        "words": ["yes", "7", "", " a ", "a: b", "- a", "#", "\u00e4\u200b", "one\ntwo\n", "=",
                  "<<", "2024-02-29", "~"],
        "empty": [{}, [], None], "numbers": [7, -1, 10**20], "truths": [True, False], "9": {"a": {"b": ["c"]}},
    }  # fmt: skip
    text = yaml_values.dump(values, yaml.SafeDumper, width=110)
    assert yaml.load(text, Loader=LOADER) == values
    assert "one\n" in text
