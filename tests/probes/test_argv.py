"""What a command may use, and how its program and arguments are written."""

import pytest

from apps.probes.argv import Limits, argv_problem, digest, filled, in_one_line, parameters, spelt_out


def test_what_a_command_has_if_nothing_is_said_is_allowed():
    assert list(Limits().problems()) == []
    assert Limits().as_json() == {"seconds": 10, "cpu_seconds": 5, "memory_mb": 128, "processes": 8}


@pytest.mark.parametrize(
    ("limits", "name", "sentence"),
    [
        ({"seconds": 0}, "seconds", "1 to 55 seconds"),
        ({"seconds": 56}, "seconds", "1 to 55 seconds"),
        ({"cpu_seconds": 0}, "cpu_seconds", "computing time"),
        ({"memory_mb": 15}, "memory_mb", "16 to 1024 MB"),
        ({"processes": 65, "memory_mb": 16}, "processes", "1 to 64 processes"),
        ({"processes": 17, "memory_mb": 128}, "memory_mb", "17 processes of 128 MB each are 2176 MB"),
    ],
)
def test_what_is_too_much_is_said(limits, name, sentence):
    [(wrong, why)] = Limits(**limits).problems()
    assert wrong == name
    assert sentence in why


def test_the_most_of_everything_is_allowed():
    assert list(Limits(seconds=55, cpu_seconds=55, memory_mb=1024, processes=2).problems()) == []
    assert list(Limits(memory_mb=32, processes=64).problems()) == []


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "Name the program"),
        ([""], "Name the program"),
        (["--help"], "cannot begin with"),
        (["true", *["x"] * 64], "at most 64 elements"),
        (["true", *["x" * 1000] * 4], "4000 characters"),
        (["true", "x" * 1001], "One element"),
        (["true", "a\0b"], "NUL"),
    ],
)
def test_what_cannot_be_run_is_said(argv, sentence):
    assert sentence in argv_problem(argv)


@pytest.mark.parametrize(
    "argv", [["true"], ["printf", "", "$HOME; reboot\n"], ["true", *["x"] * 63], ["x", "y" * 1000]]
)
def test_arguments_are_any_text(argv):
    assert argv_problem(argv) == ""


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["{program:word}"], "The program itself"),
        (["ls", "{folder:folder}"], "Write one of number, path, word"),
        (["ls", "{a:word}", "{a:path}"], "“a” has two types"),
    ],
)
def test_what_cannot_be_filled_in_is_said(argv, sentence):
    assert sentence in argv_problem(argv)


def test_whole_elements_are_filled_in_and_nothing_else_is():
    argv = ["test", "{}", "x{a:word}", "{a:word}", "{A:word}", "{a:word}", "{size:number}"]
    assert parameters(argv) == [("a", "word"), ("a", "word"), ("size", "number")]
    assert argv_problem(argv) == ""
    assert filled(argv, {"a": "b=c", "size": "1.5"}) == ["test", "{}", "x{a:word}", "b=c", "{A:word}", "b=c", "1.5"]


@pytest.mark.parametrize(
    ("typed", "value", "sentence"),
    [
        ("word", "", "is not filled in"),
        ("word", "a b", "is not a word"),
        ("word", "a\n", "is not a word"),
        ("word", "ä", "is not a word"),
        ("word", "a/b", "is not a word"),
        ("word", "x" * 101, "is not a word"),
        ("word", "--help", "begins with “-”"),
        ("number", "1e9", "is not a number"),
        ("number", "-1", "begins with “-”"),
        ("path", "/tmp/$(id)", "is not a path"),
        ("path", "-rf", "begins with “-”"),
    ],
)
def test_what_does_not_fit_is_refused(typed, value, sentence):
    with pytest.raises(ValueError, match=sentence):
        filled(["ls", f"{{a:{typed}}}"], {"a": value})


def test_after_two_dashes_nothing_is_an_option():
    assert filled(["ls", "--", "{a:word}"], {"a": "-l"}) == ["ls", "--", "-l"]
    with pytest.raises(ValueError, match="begins with"):
        filled(["ls", "{a:word}", "--"], {"a": "-l"})


def test_what_is_not_asked_for_is_not_taken():
    with pytest.raises(ValueError, match="nothing called b"):
        filled(["ls", "{a:word}"], {"a": "x", "b": "y"})


def test_the_digest_changes_with_every_element_and_every_limit():
    known = digest(["df", "-h"], Limits())
    others = [
        (["df", "-H"], Limits()),
        (["df", "-h", ""], Limits()),
        (["df -h"], Limits()),
        (["df", "-h"], Limits(seconds=11)),
    ]
    assert len({known, *(digest(*each) for each in others)}) == 5


@pytest.mark.parametrize(
    ("element", "seen"),
    [
        ("--output=pcent", "--output=pcent"),
        ("a b", "a b"),
        ("", "⟨empty⟩"),
        (" ", "⟨space⟩"),
        ("  a ", "⟨space⟩⟨space⟩a⟨space⟩"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\u00a0b\tc\nd", "a⟨U+00A0⟩b⟨U+0009⟩c⟨U+000A⟩d"),
        ("ü監", "ü監"),
        ("f\u0430iled", "f⟨U+0430⟩iled"),
        ("\uff2b\u03bf", "⟨U+FF2B⟩⟨U+03BF⟩"),
        ("a\ufe0fb\u2800c\u3164", "a⟨U+FE0F⟩b⟨U+2800⟩c⟨U+3164⟩"),
    ],
)
def test_what_nobody_sees_is_spelt_out(element, seen):
    assert spelt_out(element) == seen


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["df", "-h"], "df -h"),
        (["grep", "a b"], 'grep "a b"'),
        (["grep", '"a', 'b"'], r'grep "\"a" "b\""'),
        (["printf", r"a\n"], r'printf "a\\n"'),
        (["echo", "", " "], "echo ⟨empty⟩ ⟨space⟩"),
    ],
)
def test_no_two_commands_read_alike_in_one_line(argv, line):
    assert in_one_line(argv) == line
