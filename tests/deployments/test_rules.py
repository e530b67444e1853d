"""Variables in texts: filled where a checklist names them, and quick to look for in whatever somebody pasted."""

import signal

import pytest

from apps.deployments.rules import fill_variables

VALUES = {"version": "2.4.1", "a b": "both"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("deploy {{ version }}", "deploy 2.4.1"),
        ("deploy {{version}} <version>", "deploy 2.4.1 2.4.1"),
        ("{{ a b }}", "both"),
        ("{{ unknown }} <unknown> {{}} {{  }}", "{{ unknown }} <unknown> {{}} {{  }}"),
        ("{{ version\n}}", "{{ version\n}}"),
        ("{{{ version }}}", "{2.4.1}"),
    ],
)
def test_values_stand_where_names_stood(text, filled):
    assert fill_variables(text, VALUES) == filled


@pytest.fixture
def patience():
    """An end to a search that would go on for hours."""

    def give_up(*_):
        raise TimeoutError("still looking")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("text", ["{{" + " " * 300_000 + "x", "{{" * 200_000, "<" * 300_000, "{{ a" * 100_000])
def test_a_text_made_to_be_slow_is_searched_all_the_same(patience, text):
    assert fill_variables(text, VALUES) == text
