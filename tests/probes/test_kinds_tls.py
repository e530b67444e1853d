"""The TLS kind: what a certificate says, and whether it proves who answers."""

from typing import Any

import pytest

from apps.probes import egress
from apps.probes.kinds import Tls
from apps.probes.kinds.tls import certificate_facts
from tests.probes.hostile import certified, over_tls, silent
from tests.probes.samples import AUTHORITIES, run

NAMED, NAMED_PEM = certified(name="mail.example.com")


def test_what_a_certificate_says_is_measured_and_kept():
    conditions = '"mail.example.com" in names\nissuer contains "CN=mail"\nprotocol == "TLSv1.3"'
    settings: dict[str, Any] = {"authorities": NAMED_PEM, "server_name": "mail.example.com"}
    outcome = run("tls", over_tls(silent, NAMED), conditions=conditions, **settings)
    assert outcome.verdict == "passed"
    assert outcome.response["names"] == "mail.example.com"
    assert outcome.response["problem"] == ""
    assert len(outcome.response["sha256"]) == 64
    assert outcome.response["peer"].startswith("127.0.0.1 port ")


def test_the_days_that_are_left_are_a_number():
    outcome = run("tls", over_tls(silent, certified(days=10)[0]), conditions="certificate_days > 14 d")
    assert (outcome.verdict, outcome.value, outcome.unit, outcome.limit) == ("failed", "10", "d", "14")


def test_one_that_is_over_is_not_valid_and_its_days_are_below_zero():
    context, pem = certified(days=-3)
    outcome = run("tls", over_tls(silent, context), authorities=pem, conditions=Tls.USUAL)
    assert outcome.verdict == "failed"
    assert "certificate_days is -3 d" in outcome.explanation
    assert "certificate has expired" in outcome.explanation


def test_one_for_another_name_is_looked_at_and_is_not_valid():
    outcome = run("tls", over_tls(silent, NAMED), authorities=NAMED_PEM)
    assert outcome.verdict == "failed"
    assert outcome.explanation.startswith("valid is false, expected true. The certificate of 127.0.0.1 is not valid: ")
    assert outcome.response["names"] == "mail.example.com"


def test_the_usual_authorities_vouch_for_none_of_ours():
    outcome = run("tls", over_tls(silent, NAMED), authorities="", server_name="mail.example.com")
    assert (outcome.verdict, outcome.response["problem"] != "") == ("failed", True)


def test_where_only_the_age_counts_the_chain_is_not_judged():
    assert run("tls", over_tls(silent, NAMED), conditions="certificate_days > 14 d").verdict == "passed"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Write host and port"),
        ({"address": "mail.example.com"}, "Write host and port"),
        ({"address": "a.example:443", "server_name": "a b"}, "invisible character"),
        ({"address": "a.example:443", "server_name": "a.example:5"}, "not a host name"),
        ({"address": "a.example:443", "authorities": "none"}, "no certificate"),
        ({"address": "a.example:443", "conditions": "certificate_days > 14"}, "needs a unit"),
    ],
)
def test_a_bad_setting_is_refused_with_what_to_do(values, message):
    with pytest.raises(ValueError, match=message):
        Tls.parse(values)


def test_it_says_what_it_does():
    config = Tls.parse({"address": "10.0.0.5:443", "server_name": "mail.example.com"})
    assert config.summary() == "TLS 10.0.0.5:443 as mail.example.com: valid == true, certificate_days > 14 d"


def test_no_key_log_is_written_whatever_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    for make in (egress.trusting, egress.trusting_anybody):
        make.cache_clear()
        assert make().keylog_filename is None
    assert egress.trusting(AUTHORITIES).keylog_filename is None


def test_what_is_no_certificate_is_no_answer():
    with pytest.raises(egress.NoAnswer, match="cannot be read"):
        certificate_facts(b"\x30\x03\x02\x01\x05")
