"""What a probe counts as after its runs: how many failures in a row it takes, and how many passes."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import Refusal
from apps.probes import commands
from apps.probes.kinds import FAILED, INCONCLUSIVE, PASSED, Outcome
from apps.probes.models import Probe, Run
from apps.probes.states import CountsAs, State, answer_of, standing_after
from tests.cast import again
from tests.probes.conftest import CONFIG, STREAM
from tests.probing import claim, run_through

OUTCOMES = {"p": PASSED, "f": FAILED, "i": INCONCLUSIVE}
STATES = {"p": State.PASSED, "f": State.FAILED, "i": State.INCONCLUSIVE, "l": State.LOST}
WORDS = {CountsAs.PASSES: "P", CountsAs.FAILS: "F", CountsAs.WAITS: "-"}


def counted(runs, failure_limit, consecutive_successes):
    """What the probe counts as after each of some runs, a letter each."""
    standing, found = None, ""
    for each in runs:
        standing = standing_after(
            standing, STATES[each], failure_limit=failure_limit, consecutive_successes=consecutive_successes
        )
        found += WORDS[standing.answer]
    return found


@pytest.mark.parametrize(
    ("runs", "failure_limit", "consecutive_successes", "expected"),
    [
        ("pfpi", 1, 1, "PFPF"),
        ("pffpfff", 3, 1, "PPPPPPF"),
        ("pfifp", 3, 1, "PPPFP"),
        ("fff", 3, 1, "--F"),
        ("fppfppp", 1, 3, "FFFFFFP"),
        ("pppfpfp", 2, 3, "--PPPPP"),
        ("plp", 3, 1, "PFP"),
        ("ppflppp", 3, 3, "---FFFP"),
    ],
)
def test_what_a_probe_counts_as(runs, failure_limit, consecutive_successes, expected):
    assert counted(runs, failure_limit, consecutive_successes) == expected


@given(st.text("pfil", min_size=1, max_size=40))
def test_without_limits_it_counts_as_what_its_last_run_says(runs):
    assert counted(runs, 1, 1)[-1] == WORDS[answer_of(STATES[runs[-1]])]


@given(st.text("pfi", max_size=30), st.integers(1, 4), st.integers(1, 4))
def test_it_changes_only_after_as_many_in_a_row_as_it_takes(runs, failures, successes):
    assert counted(runs + "f" * failures, failures, successes)[-1] == "F"
    assert counted(runs + "p" * successes, failures, successes)[-1] == "P"
    before = counted(runs + "p" * successes, failures, successes)[-1]
    assert counted(runs + "p" * successes + "f" * (failures - 1), failures, successes)[-1] == before


@pytest.fixture
def patient(cast):
    """A probe that counts as failing after two failures, as passing after two passes."""
    config = CONFIG | {"failure_limit": 2, "consecutive_successes": 2}
    cast.probe = commands.change_probe(cast.probe, by=again(cast.lead), name="Health", config=config, stream=STREAM)
    return cast


def ran(cast, letters):
    """The last of some runs, which end one after the other."""
    for each in letters:
        run = run_through(cast.order(), Outcome(OUTCOMES[each], "Answered.", "1", "ms"))
    return run


def test_a_run_says_what_the_probe_counts_as_and_how_many_ended_alike(patient):
    run = ran(patient, "p")
    assert (run.state, run.counts_as, run.in_a_row) == ("passed", "waits", 1)
    assert run.explanation == "Answered. Passed 1 of 2 times in a row after which it counts as passing."
    run = ran(patient, "p")
    assert (run.counts_as, run.in_a_row, run.explanation) == ("passes", 2, "Answered.")
    run = ran(patient, "i")
    assert (run.state, run.counts_as, run.in_a_row) == ("inconclusive", "passes", 1)
    assert run.explanation == (
        "Answered. Did not pass 1 of 2 times in a row after which it counts as failing; it still counts as passing."
    )
    run = ran(patient, "f")
    assert (run.counts_as, run.in_a_row, run.explanation) == ("fails", 2, "Answered.")
    assert run.digest == run.computed_digest()
    assert run.facts()["counts_as"] == "fails"


def test_what_ran_before_its_settings_changed_does_not_count(patient):
    ran(patient, "pp")
    config = CONFIG | {"failure_limit": 3}
    commands.change_probe(patient.probe, by=again(patient.lead), name="Health", config=config, stream=STREAM)
    run = ran(patient, "f")
    assert (run.counts_as, run.in_a_row) == ("waits", 1)


def test_a_run_that_is_called_off_counts_for_nothing(patient):
    ran(patient, "pp")
    run = patient.order()
    commands.cancel_series(run.series, by=again(patient.lead))
    run = ran(patient, "p")
    assert (run.counts_as, run.in_a_row) == ("passes", 3)


@pytest.mark.parametrize("setting", ["failure_limit", "consecutive_successes"])
@pytest.mark.parametrize("value", [0, 21, -1])
def test_limits_that_make_no_sense_are_refused(cast, setting, value):
    with pytest.raises(Refusal, match="1 to 20"):
        commands.change_probe(
            cast.probe, by=again(cast.lead), name="Health", config=CONFIG | {setting: value}, stream=STREAM
        )


@pytest.mark.unrecorded
@pytest.mark.parametrize(
    ("before", "state", "counts_as", "in_a_row"),
    [
        ("", "passed", "passes", 1),  # two passes in a row are asked for
        ("p", "passed", "passes", 3),
        ("p", "passed", "waits", 2),
        ("pp", "failed", "passes", 2),
        ("ppf", "failed", "passes", 1),
        ("ppf", "inconclusive", "passes", 2),
        ("pp", "lost", "passes", 1),
        ("f", "failed", "waits", 2),
        ("pp", "passed", "", 3),
    ],
)
def test_the_database_lets_no_run_count_as_something_else(patient, before, state, counts_as, in_a_row):
    if before:
        ran(patient, before)
    run = patient.order()
    claim(run)
    with pytest.raises(IntegrityError, match=r"follows from its runs|finished_with_its_result"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(
            state=state, counts_as=counts_as, in_a_row=in_a_row, digest="0" * 64, finished_at=timezone.now(),
            lease_until=None,
        )  # fmt: skip
    assert Probe.objects.get(pk=patient.probe.pk).latest_run.state == "running"
