"""What takes too long for every run of the suite stands in one list, where whoever changes something finds it."""

import re

from tests.house.source import ROOT

LISTED = (ROOT / "CONTRIBUTING.md").read_text().partition("### Long campaigns")[2].partition("\n## ")[0]


def test_every_script_that_starts_an_instance_is_listed():
    scripts = [path for path in (ROOT / "scripts").glob("*.py") if "tests.journeys.standing" in path.read_text()]
    campaigns = {*(path.stem for path in scripts), "pressure", "fuzz_importer"}
    assert len(campaigns) > 2
    assert campaigns == set(re.findall(r"scripts\.(\w+)[^`]*` \|", LISTED))


def test_every_long_form_of_a_test_is_a_listed_target():
    targets = re.findall(
        r"^# The long form of (\S+?):.*\n(?:#.*\n)*(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    assert len(targets) > 1
    assert [target for _, target in targets if f"`make {target}`" not in LISTED] == []
    assert [path for path, _ in targets if not (ROOT / path).exists()] == []
